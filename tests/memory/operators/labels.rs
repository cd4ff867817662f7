//! Labels of whole volumes. What is kept of a volume is in the account of the runtime: it is there before anything is measured.

use headwater::graph::{Graph, Output};
use headwater::operators::{
    ConnectedComponents, FilterBySize, LabelOverlay, LazyConnectedComponents, RelabelConsecutive,
};
use headwater::{Array, DType, Roi, roi};

use super::fresh::{image, noise, things};
use super::{Asked, Case, at_most, check, computes};

/// A volume of which it is known what belongs together.
fn counted(graph: &Graph) -> Output<Array> {
    let image = image(graph, "zyx", SHAPE, DType::U8, things);
    let node = graph.add(ConnectedComponents::new().block([32, 64, 64]));
    graph.edit(|e| e.connect(&image, &node.input)).unwrap();
    node.count.request(roi![0..1]).wait().unwrap();
    node.output.clone()
}

/// All of a volume of which that is known. Not much is painted for it.
fn known(output: &Output<Array>) -> Asked {
    output.request(roi![0..1, 0..8, 0..8]).wait().unwrap();
    (output.clone(), output.meta().unwrap().roi())
}

/// Labels over an image, which have these types.
fn overlay(graph: &Graph, types: (DType, DType), roi: Roi) -> Asked {
    let node = graph.add(LabelOverlay::new(0.0, 200.0));
    let (pixels, labels) = (
        image(graph, "yx", &[1024, 1024], types.0, noise),
        image(graph, "yx", &[1024, 1024], types.1, things),
    );
    let connected = graph.edit(|e| {
        e.connect(&pixels, &node.image)?;
        e.connect(&labels, &node.labels)
    });
    connected.unwrap();
    (node.output.clone(), roi)
}

const SHAPE: &[usize] = &[64, 128, 128];

const CASES: &[Case] = &[
    // Of many blocks only those in hand are there as pieces: `labels_of_many_blocks_…` has the bound.
    at_most(computes("ConnectedComponents", |g| {
        (counted(g), roi![0..64, 0..128, 0..128])
    })),
    computes("ConnectedComponents, one block", |g| {
        (counted(g), roi![32..64, 0..64, 0..64])
    }),
    computes("LazyConnectedComponents", |g| {
        let (image, node) = (
            image(g, "zyx", SHAPE, DType::U8, things),
            g.add(LazyConnectedComponents::new().block([32, 64, 64])),
        );
        g.edit(|e| e.connect(&image, &node.input)).unwrap();
        known(&node.output)
    }),
    computes("LazyConnectedComponents of a large type", |g| {
        let (image, node) = (
            image(g, "zyx", SHAPE, DType::F64, things),
            g.add(LazyConnectedComponents::new().block([64, 64, 64])),
        );
        g.edit(|e| e.connect(&image, &node.input)).unwrap();
        known(&node.output)
    }),
    computes("FilterBySize", |g| {
        let (labels, node) = (
            image(g, "zyx", SHAPE, DType::U32, noise),
            g.add(FilterBySize::new(2, None)),
        );
        g.edit(|e| e.connect(&labels, &node.input)).unwrap();
        known(&node.output)
    }),
    computes("RelabelConsecutive", |g| {
        let (labels, node) = (
            image(g, "zyx", SHAPE, DType::U16, noise),
            g.add(RelabelConsecutive::new()),
        );
        g.edit(|e| e.connect(&labels, &node.input)).unwrap();
        known(&node.output)
    }),
    computes("RelabelConsecutive, several volumes", |g| {
        let (labels, node) = (
            image(g, "tzyx", &[4, 16, 128, 128], DType::U32, noise),
            g.add(RelabelConsecutive::new()),
        );
        g.edit(|e| e.connect(&labels, &node.input)).unwrap();
        node.output.request(roi![0..4, 0..1, 0..8, 0..8]).wait().unwrap();
        (node.output.clone(), node.output.meta().unwrap().roi())
    }),
    computes("LabelOverlay", |g| {
        overlay(g, (DType::U16, DType::U32), roi![0..1024, 0..1024, 0..3])
    }),
    computes("LabelOverlay of large types", |g| {
        overlay(g, (DType::F32, DType::U64), roi![0..1024, 0..1024, 0..3])
    }),
    computes("LabelOverlay of small types", |g| {
        overlay(g, (DType::U8, DType::U8), roi![256..768, 256..768, 0..3])
    }),
];

#[test]
fn labels() {
    check(CASES);
}
