//! Data that is missing.

use crate::operators::{DetectMissing, InterpolateMissing, MissingData};
use crate::pipeline::entry::Entry;
use crate::pipeline::registration::Registration;

const PATCH: &str = "the side of a patch";
const HALO: &str = "how far around a patch is looked at";
const DETECTOR: &str = "who judges the histograms";
const METHOD: &str = "how gaps are closed at best";
const DEPTH: &str = "how many slices around a region are looked at";

pub(super) fn entries() -> Vec<Entry> {
    vec![
        Registration::new(
            "DetectMissing",
            "Finds the patches of each slice in which an image has no content: a `MissingPatches` kernel.",
            DetectMissing::new,
        )
        .input("input", "the image, with an axis y or x", |s| &s.input)
        .parameter("patch", PATCH, |s| &s.patch)
        .at_least(1.0)
        .parameter("halo", HALO, |s| &s.halo)
        .parameter("bins", "of the histogram", |s| &s.bins)
        .at_least(1.0)
        .parameter("range", "where the bins begin and end", |s| &s.range)
        .parameter("detector", DETECTOR, |s| &s.detector)
        .output("output", "where the image is missing, u8", |s| &s.output)
        .entry(),
        Registration::new(
            "InterpolateMissing",
            "Puts what it interpolates along `z` in the place of what is missing: a `FillMissing` kernel.",
            InterpolateMissing::new,
        )
        .input("input", "the image, with an axis z", |s| &s.input)
        .input("missing", "what is not 0 is missing", |s| &s.missing)
        .parameter("method", METHOD, |s| &s.method)
        .parameter("depth", DEPTH, |s| &s.depth)
        .output("output", "the image without gaps", |s| &s.output)
        .entry(),
        Registration::new(
            "MissingData",
            "Finds where an image is missing, and closes the gaps: `DetectMissing` and `InterpolateMissing` in one.",
            MissingData::new,
        )
        .input("input", "the image, with axes z, and y or x", |s| &s.input)
        .parameter("patch", PATCH, |s| &s.patch)
        .at_least(1.0)
        .parameter("halo", HALO, |s| &s.halo)
        .parameter("detector", DETECTOR, |s| &s.detector)
        .parameter("method", METHOD, |s| &s.method)
        .parameter("depth", DEPTH, |s| &s.depth)
        .output("output", "the image without gaps", |s| &s.output)
        .output("missing", "where it was missing, u8", |s| &s.missing)
        .entry(),
    ]
}
