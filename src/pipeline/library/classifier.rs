//! Pixel classification.

use std::path::PathBuf;

use crate::kernels::RandomForest;
use crate::operators::{
    ConcatenateFeatureMatrices, FeatureMatrixCache, LoadForest, PredictForest, TrainForest, TrainFromMatrix,
};
use crate::pipeline::entry::Entry;
use crate::pipeline::kind::Kind;
use crate::pipeline::registration::Registration;

const FEATURES: &str = "features, numbered along c";
const LABELS: &str = "labels; 0 is unlabelled";
const BLOCKS: &str = "where labels may be";
const OPTIONS: &str = "how to train";
const CLASSES: &str = "the least number of labelled pixels";
const BLOCK: &str = "the blocks in which features are kept; \"none\": those of the image";

pub(super) fn entries() -> Vec<Entry> {
    let mut entries = training();
    entries.extend(matrices());
    entries
}

fn training() -> Vec<Entry> {
    vec![
        Registration::with(
            "TrainForest",
            "Trains a random forest on the labelled pixels of one or more images.",
            |arguments| {
                let train = TrainForest::new(RandomForest::new());
                let block = arguments.get::<Option<Vec<usize>>>("block")?;
                Ok(match block {
                    Some(block) => train.block(block),
                    None => train,
                })
            },
        )
        .list("images", FEATURES, |s| &s.images)
        .list("labels", LABELS, |s| &s.labels)
        .optional_list("blocks", BLOCKS, |s| &s.blocks)
        .parameter("options", OPTIONS, |s| &s.options)
        .parameter("classes", CLASSES, |s| &s.classes)
        .argument("block", BLOCK, None::<Vec<usize>>)
        .output("classifier", "the forest", |s| &s.classifier)
        .output("matrix", "the labelled rows", |s| &s.matrix)
        .entry(),
        Registration::new(
            "LoadForest",
            "Reads a forest from a file, when somebody asks for it, and again when the path changes.",
            || LoadForest::new(PathBuf::new()),
        )
        .required("path", "a file that was saved by training", |s| &s.path)
        .kind(Kind::Path)
        .output("classifier", "the forest", |s| &s.classifier)
        .entry(),
        Registration::new("PredictForest", "Gives the share of each class for each pixel.", || {
            PredictForest::new(2)
        })
        .input("image", FEATURES, |s| &s.image)
        .input("classifier", "the forest", |s| &s.classifier)
        .required("classes", "how many classes there are", |s| &s.classes)
        .at_least(1.0)
        .optional("mask", "what to multiply the shares with", |s| &s.mask)
        .output("output", "the share of class k in channel k - 1, f32", |s| &s.output)
        .entry(),
    ]
}

fn matrices() -> Vec<Entry> {
    vec![
        Registration::with(
            "FeatureMatrixCache",
            "Gives the features of the pixels that have a label, and keeps them.",
            |arguments| {
                let cache = FeatureMatrixCache::new();
                Ok(match arguments.get::<Option<Vec<usize>>>("block")? {
                    Some(block) => cache.block(block),
                    None => cache,
                })
            },
        )
        .input("image", FEATURES, |s| &s.image)
        .input("labels", LABELS, |s| &s.labels)
        .optional("blocks", BLOCKS, |s| &s.blocks)
        .argument("block", BLOCK, None::<Vec<usize>>)
        .output("output", "the labelled rows", |s| &s.output)
        .entry(),
        Registration::new(
            "ConcatenateFeatureMatrices",
            "Puts the rows of several matrices one after the other; none of them is copied.",
            || ConcatenateFeatureMatrices,
        )
        .list("matrices", "the rows of each image", |s| &s.matrices)
        .output("output", "all rows", |s| &s.output)
        .entry(),
        Registration::new(
            "TrainFromMatrix",
            "Trains a random forest on labelled rows, when somebody asks for it.",
            || TrainFromMatrix::new(RandomForest::new()),
        )
        .input("matrix", "the labelled rows", |s| &s.matrix)
        .parameter("options", OPTIONS, |s| &s.options)
        .parameter("classes", CLASSES, |s| &s.classes)
        .output("classifier", "the forest", |s| &s.classifier)
        .entry(),
    ]
}
