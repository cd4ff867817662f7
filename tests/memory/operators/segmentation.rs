//! Distances, floods and missing data.

use headwater::graph::Graph;
use headwater::operators::{DetectMissing, DistanceTransform, InterpolateMissing, MissingData, Watershed};
use headwater::{DType, Roi, roi};

use super::fresh::{fresh, image, things};
use super::{Asked, Case, at_most, check, computes, hands_on};

fn distance(graph: &Graph, transform: DistanceTransform, roi: Roi) -> Asked {
    let (image, node) = (
        image(graph, "tzyx", &[2, 96, 96, 96], DType::U8, things),
        graph.add(transform),
    );
    graph.edit(|e| e.connect(&image, &node.input)).unwrap();
    (node.output.clone(), roi)
}

fn flood(graph: &Graph, watershed: Watershed, with_mask: bool, roi: Roi) -> Asked {
    let (image, seeds, mask, node) = (
        fresh(graph, "zyx", &[80, 80, 80], DType::U16),
        image(graph, "zyx", &[80, 80, 80], DType::U32, things),
        fresh(graph, "zyx", &[80, 80, 80], DType::U8),
        graph.add(watershed),
    );
    graph
        .edit(|e| {
            e.connect(&image, &node.image)?;
            e.connect(&seeds, &node.seeds)?;
            if with_mask {
                e.connect(&mask, &node.mask)
            } else {
                Ok(())
            }
        })
        .unwrap();
    (node.output.clone(), roi)
}

/// Slices of an image, in which some are black.
fn gaps(place: &[usize]) -> u64 {
    if place[0] % 4 == 3 {
        0
    } else {
        100 + place[2] as u64 % 50
    }
}

/// Everything is missing.
fn missing(_: &[usize]) -> u64 {
    1
}

fn nothing(_: &[usize]) -> u64 {
    0
}

fn fill(graph: &Graph, is_missing: fn(&[usize]) -> u64, dtype: DType) -> Asked {
    let (image, missing, node) = (
        fresh(graph, "zyx", &[192, 192, 192], DType::U16),
        image(graph, "zyx", &[192, 192, 192], dtype, is_missing),
        graph.add(InterpolateMissing::new()),
    );
    graph
        .edit(|e| {
            e.connect(&image, &node.input)?;
            e.connect(&missing, &node.missing)
        })
        .unwrap();
    (node.output.clone(), roi![64..128, 64..128, 64..128])
}

const CASES: &[Case] = &[
    computes("DistanceTransform", |g| {
        let slice = roi![1..2, 0..96, 0..96, 0..96];
        distance(g, DistanceTransform::new(), slice)
    }),
    computes("DistanceTransform with a maximum", |g| {
        let block = roi![0..2, 0..64, 0..64, 0..64];
        distance(g, DistanceTransform::new().maximum(5.0), block)
    }),
    computes("DistanceTransform of boxes", |g| {
        let boxes = DistanceTransform::new().sampling([3.0, 1.0, 1.0]).maximum(5.0);
        distance(g, boxes, roi![0..2, 0..64, 0..64, 0..64])
    }),
    computes("Watershed", |g| {
        flood(g, Watershed::new(), false, roi![0..80, 0..80, 0..80])
    }),
    computes("Watershed with a mask", |g| {
        flood(g, Watershed::new(), true, roi![0..80, 0..80, 0..80])
    }),
    computes("Watershed in blocks", |g| {
        flood(g, Watershed::new().padding(8), true, roi![0..64, 0..64, 0..64])
    }),
    computes("DetectMissing", |g| {
        let (image, node) = (
            image(g, "zyx", &[192, 512, 512], DType::U16, gaps),
            g.add(DetectMissing::new()),
        );
        g.edit(|e| e.connect(&image, &node.input)).unwrap();
        (node.output.clone(), roi![64..128, 256..320, 256..320])
    }),
    computes("InterpolateMissing", |g| fill(g, missing, DType::U8)),
    computes("InterpolateMissing of what is bool", |g| fill(g, missing, DType::Bool)),
    at_most(hands_on("InterpolateMissing, nothing is", |g| {
        fill(g, nothing, DType::U8)
    })),
    computes("MissingData", |g| {
        let (image, node) = (
            image(g, "zyx", &[24, 200, 200], DType::U8, gaps),
            g.add(MissingData::new()),
        );
        g.edit(|e| {
            e.set(&node.patch, 64_usize)?;
            e.set(&node.halo, 0_usize)?;
            e.connect(&image, &node.input)
        })
        .unwrap();
        (node.output.clone(), roi![0..24, 64..128, 64..128])
    }),
];

#[test]
fn segmentation() {
    check(CASES);
}
