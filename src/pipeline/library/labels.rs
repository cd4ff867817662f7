//! Operators for labels.

use crate::operators::{
    ConnectedComponents, FilterBySize, LabelOverlay, LabelProjection, LazyConnectedComponents, RelabelConsecutive,
};
use crate::pipeline::entry::Entry;
use crate::pipeline::registration::Registration;

const BACKGROUND: &str = "what gets no label; \"none\": everything gets one";
const CONNECTIVITY: &str = "which elements are neighbours";
const BLOCK: &str = "in what blocks to read the input; \"none\": its own";

pub(super) fn entries() -> Vec<Entry> {
    vec![
        Registration::new(
            "ConnectedComponents",
            "Labels the connected components of each volume: exact across blocks, and the same whatever was asked for first.",
            ConnectedComponents::new,
        )
        .input("input", "what to label", |s| &s.input)
        .parameter("background", BACKGROUND, |s| &s.background)
        .parameter("connectivity", CONNECTIVITY, |s| &s.connectivity)
        .parameter("block", BLOCK, |s| &s.block)
        .output("output", "0, or the component from 1 on, u32", |s| &s.output)
        .output("count", "how many components each volume has, u32", |s| &s.count)
        .entry(),
        Registration::new(
            "LazyConnectedComponents",
            "Labels connected components, reading only the blocks that the objects in the region asked for reach.",
            LazyConnectedComponents::new,
        )
        .input("input", "what to label", |s| &s.input)
        .parameter("background", BACKGROUND, |s| &s.background)
        .parameter("connectivity", CONNECTIVITY, |s| &s.connectivity)
        .parameter("block", BLOCK, |s| &s.block)
        .output("output", "0, or the label, not consecutive", |s| &s.output)
        .entry(),
        Registration::new(
            "FilterBySize",
            "Makes 0 of labels that too few or too many elements of their volume have.",
            || FilterBySize::new(0, None),
        )
        .input("input", "labels", |s| &s.input)
        .parameter("min", "elements that a label must have to be kept", |s| &s.min)
        .at_least(0.0)
        .parameter("max", "elements that it may have", |s| &s.max)
        .at_least(0.0)
        .parameter("binary", "whether what is kept becomes 1", |s| &s.binary)
        .output("output", "the labels that are kept", |s| &s.output)
        .entry(),
        Registration::new(
            "RelabelConsecutive",
            "Numbers the labels of each volume consecutively, in the order in which they come in it; 0 stays 0.",
            RelabelConsecutive::new,
        )
        .input("input", "labels", |s| &s.input)
        .parameter("start", "the first new label", |s| &s.start)
        .at_least(1.0)
        .output("output", "new labels", |s| &s.output)
        .output_list("maps", "for each volume, what became of each label", |s| &s.maps)
        .entry(),
        Registration::new(
            "LabelOverlay",
            "Draws labels in colour over an image in grey, each filled lightly, with a line just inside its border.",
            || LabelOverlay::new(0.0, 255.0),
        )
        .input("image", "in grey", |s| &s.image)
        .input("labels", "integers of the same axes and shape; 0 is no label", |s| &s.labels)
        .parameter("black", "what of the image is black", |s| &s.black)
        .parameter("white", "what of the image is white", |s| &s.white)
        .parameter("opacity", "how much of the colour there is within a label", |s| &s.opacity)
        .within(0.0..=1.0)
        .parameter("outline", "whether there is a line", |s| &s.outline)
        .output("output", "red, green and blue as channels, u8", |s| &s.output)
        .entry(),
        Registration::new(
            "LabelProjection",
            "Shows in one plane how deep the first label lies beneath each of its points.",
            || LabelProjection::along('z'),
        )
        .input("labels", "what is not 0 is a label", |s| &s.labels)
        .optional("blocks", "regions outside of which all is 0", |s| &s.blocks)
        .parameter("axis", "along which to look", |s| &s.axis)
        .output("output", "f32 from 0 to 1", |s| &s.output)
        .entry(),
    ]
}
