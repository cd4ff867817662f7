//! Operators that separate and measure the things in an image.

use crate::operators::{DistanceTransform, RegionFeatures, Watershed};
use crate::pipeline::entry::Entry;
use crate::pipeline::registration::Registration;

pub(super) fn entries() -> Vec<Entry> {
    vec![
        Registration::new(
            "DistanceTransform",
            "The distance of each pixel that is not 0 to the nearest that is.",
            DistanceTransform::new,
        )
        .input("input", "an image; background is 0", |s| &s.input)
        .parameter("sampling", "how far neighbours are apart along the axes of space; empty is 1", |s| &s.sampling)
        .above(0.0)
        .parameter("calibrated", "whether an empty sampling is the input's pixel size", |s| &s.calibrated)
        .parameter("maximum", "the largest distance", |s| &s.maximum)
        .above(0.0)
        .parameter("squared", "whether to give squares", |s| &s.squared)
        .output("output", "distances, f32", |s| &s.output)
        .entry(),
        Registration::new(
            "Watershed",
            "Floods an image from seeds: each pixel gets the label of the seed whose flood reaches it first.",
            Watershed::new,
        )
        .input("image", "low values are flooded first", |s| &s.image)
        .optional("seeds", "labels, 0 where there is none; without it each local minimum is a seed", |s| &s.seeds)
        .optional("mask", "where it is 0 nothing is flooded", |s| &s.mask)
        .parameter("connectivity", "which pixels are neighbours", |s| &s.connectivity)
        .parameter("padding", "how much around a block is flooded with it; \"none\" is everything", |s| &s.padding)
        .output("output", "labels, u32", |s| &s.output)
        .entry(),
        Registration::new(
            "RegionFeatures",
            "A table of the regions of a label image: how large they are, where, how they lie, and how bright they are.",
            RegionFeatures::new,
        )
        .input("labels", "integers; 0 is background", |s| &s.labels)
        .optional("image", "intensities", |s| &s.image)
        .parameter("background", "whether label 0 has a row", |s| &s.background)
        .output("table", "a row for each label of each time step", |s| &s.table)
        .entry(),
    ]
}
