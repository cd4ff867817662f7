//! Pipelines that are right, and images for them.

use headwater::Array;
use headwater::pipeline::Pipeline;

/// A pipeline that is right, with this between input and output.
pub(crate) fn with_nodes(nodes: &str) -> String {
    format!("version = 1\ninputs.image = {{}}\n{nodes}\n")
}

pub(crate) fn parse(text: &str) -> Pipeline {
    Pipeline::parse(text, "test.toml").unwrap_or_else(|error| panic!("{}\n{text}", error.report()))
}

/// What is wrong with a text.
pub(crate) fn wrong(text: &str) -> String {
    match Pipeline::parse(text, "test.toml") {
        Ok(_) => panic!("nothing is wrong with\n{text}"),
        Err(error) => error.report(),
    }
}

/// A small image with something in it.
pub(crate) fn image() -> Array {
    let pixel = |nth: u32| ((nth * nth * 7 + nth * 31) % 251) as u8;
    Array::from_vec("yx", &[24, 20], (0..480).map(pixel).collect()).unwrap()
}

/// Pipelines that use every kind of slot.
pub(crate) const VALID: [&str; 7] = [
    "version = 1",
    r#"
version = 1
description = "Bright things."

[inputs.image]
path = "cells.npy"
axes = "yx"
format = "npy"

[nodes.smooth]
operator = "Gaussian"
input = "image"
sigma = [1.5, 2]
axes = "yx"

[nodes.level]
operator = "Otsu"
input = "smooth"

[nodes.bright]
operator = "Threshold"
input = "smooth.output"
level = { from = "level.threshold" }

[nodes.things]
operator = "ConnectedComponents"
input = "bright"
background = "none"
connectivity = "full"
block = [16, 16]

[outputs.mask]
from = "bright"
path = "mask.npy"
region = "0..10, 2..8"
axes = "yxc"
dtype = "u8"
normalise = { to = [0, 255] }
replace = true

[outputs.labels]
from = "things"
path = "labels.zarr"
compression = "zstd:3"
chunk = [8, 8]
labels = true
scales = 3
"#,
    r#"
version = 1
[inputs.image]
[nodes.slices]
operator = "Slices"
input = "image"
axis = "y"
[nodes.some]
operator = "Slices"
input = "image"
axis = "y"
indices = [3, 1]
[nodes.joined]
operator = "JoinLists"
lists = ["slices.slices", "some"]
[nodes.stack]
operator = "Stack"
images = "joined"
axis = "y"
[nodes.two]
operator = "Stack"
images = ["image", "stack", "image"]
axis = "y"
[outputs.all]
from = "two"
path = "all.tif"
"#,
    r#"
version = 1
inputs.image = {}
inputs.labels = {}
nodes.features = { operator = "PixelFeatures", input = "image", scales = [0.7, 1], selection = [], in_2d = [true, false] }
nodes.train = { operator = "TrainForest", images = ["features"], labels = ["labels"], options = { trees = 10, seed = 3 }, block = [8, 8, 0] }
nodes.predict = { operator = "PredictForest", image = "features", classifier = "train.classifier", classes = 2 }
nodes.best = { operator = "ArgMaxChannel", input = "predict" }
outputs.classes = { from = "best", path = "classes.npy" }
"#,
    r#"
version = 1
inputs.image = {}
nodes.facts = { operator = "InjectMeta", input = "image", patch = { pixel_size = [0.5, 0.5], units = ["micrometer", "micrometer"], range = [0, 255] } }
nodes.smooth = { operator = "Gaussian", input = "facts", sigma = 2 }
nodes.kept = { operator = "MergeMeta", input = "smooth", source = "facts", fields = ["pixel_size", "range"] }
nodes.part = { operator = "Crop", input = "kept", roi = "2..10, 3..9" }
nodes.large = { operator = "Resize", input = "part", shape = [16, 12], interpolation = "nearest" }
nodes.cast = { operator = "Cast", input = "large", dtype = "u16" }
outputs.part = { from = "cast", path = "part.png" }
"#,
    r#"
version = 1
[inputs.image]
[nodes.cache]
operator = "BlockCache"
input = "image"
block = [0, 8]
compressed = true
[nodes.sliced]
operator = "SlicedCache"
input = "cache"
shapes = [[1, 0], [0, 1]]
[nodes.components]
operator = "ConnectedComponents"
input = "sliced"
[nodes.table]
operator = "RegionFeatures"
labels = "components"
image = "image"
background = true
[nodes.sizes]
operator = "FilterBySize"
input = "components"
min = 3
max = 100
[outputs.table]
from = "table"
path = "things.csv"
[outputs.count]
from = "components.count"
path = "count.npy"
[outputs.some]
from = "sizes"
path = "some.npy"
"#,
    r#"
version = 1
inputs.image = {}
nodes.forest = { operator = "LoadForest", path = "models/forest.safetensors" }
nodes.predict = { operator = "PredictForest", image = "image", classifier = "forest", classes = 3 }
nodes.zero = { operator = "ZeroDefault", meta = "image" }
nodes.switch = { operator = "Switch", images = ["zero", "predict"], selected = 1 }
nodes.median = { operator = "Rank", input = "switch", radius = [0, 2], ball = true }
nodes.thick = { operator = "Morphology", input = "median", operation = "white_top_hat", radius = 3 }
nodes.distance = { operator = "DistanceTransform", input = "thick", sampling = [2, 1], maximum = 10.5 }
outputs.shares = { from = "distance", path = "shares.npy" }
"#,
];
