//! Operators that keep what they give, and those that hand on what comes in.

use headwater::graph::{Graph, Input, Meta, Node, Operator, Output};
use headwater::operators::{
    ArraySource, AsList, BlockCache, FixableCache, InjectMeta, JoinLists, LabelProjection, MergeMeta, MetaField,
    MetaPatch, Precomputed, SlicedCache, Switch, UnblockedCache, UserLabels, ZeroDefault,
};
use headwater::{Array, BlockGrid, DType, Roi, Shape, roi};

use super::fresh::{any, fresh, image};
use super::{Asked, Case, at_most, check, computes, hands_on};

/// An operator behind an image, asked for `roi`.
fn of<O: Operator>(
    graph: &Graph,
    operator: O,
    input: fn(&Node<O>) -> &Input<Array>,
    output: fn(&Node<O>) -> Output<Array>,
    roi: Roi,
) -> Asked {
    let (image, node) = (fresh(graph, "zyx", &[64, 128, 128], DType::U16), graph.add(operator));
    graph.edit(|e| e.connect(&image, input(&node))).unwrap();
    (output(&node), roi)
}

/// The same when each block has been asked for once.
fn again((output, roi): Asked) -> Asked {
    let whole = output.meta().unwrap().roi();
    for block in &BlockGrid::aligned(whole, Shape::from(BLOCK)).unwrap() {
        output.request(block.roi).wait().unwrap();
    }
    (output, roi)
}

const BLOCK: [usize; 3] = [32, 64, 64];

fn one() -> Roi {
    roi![0..32, 64..128, 0..64]
}

fn all() -> Roi {
    roi![0..64, 0..128, 0..128]
}

/// Labels in the first block, or in all of them.
fn labels(graph: &Graph, strokes: &Roi, roi: Roi) -> Asked {
    let image = fresh(graph, "zyx", &[64, 128, 128], DType::U16);
    let node = graph.add(UserLabels::new().block([16, 32, 32]));
    graph.edit(|e| e.connect(&image, &node.input)).unwrap();
    let stroke = Array::full("zyx", strokes.shape().as_slice(), 3_u8).unwrap();
    graph.edit(|e| e.write(&node.output, *strokes, &stroke)).unwrap();
    (node.output.clone(), roi)
}

const CASES: &[Case] = &[
    hands_on("BlockCache", |g| {
        let cache = BlockCache::new().block(BLOCK);
        of(g, cache, |n| &n.input, |n| n.output.clone(), one())
    }),
    at_most(hands_on("BlockCache, a kept block", |g| {
        let cache = BlockCache::new().block(BLOCK);
        again(of(g, cache, |n| &n.input, |n| n.output.clone(), one()))
    })),
    computes("BlockCache, kept blocks", |g| {
        let cache = BlockCache::new().block(BLOCK);
        let (output, _) = again(of(g, cache, |n| &n.input, |n| n.output.clone(), all()));
        (output, roi![0..63, 0..128, 0..128])
    }),
    hands_on("BlockCache, compressed", |g| {
        let (image, node) = (
            image(g, "zyx", &[64, 128, 128], DType::U16, any),
            g.add(BlockCache::new().block(BLOCK).compressed()),
        );
        g.edit(|e| e.connect(&image, &node.input)).unwrap();
        (node.output.clone(), one())
    }),
    at_most(computes("BlockCache, compressed blocks", |g| {
        let cache = BlockCache::new().block(BLOCK).compressed();
        let (output, _) = again(of(g, cache, |n| &n.input, |n| n.output.clone(), all()));
        (output, roi![0..32, 0..128, 0..128])
    })),
    computes("FixableCache, fixed", |g| {
        let image = fresh(g, "zyx", &[64, 128, 128], DType::U16);
        let node = g.add(FixableCache::new(BlockCache::new().block(BLOCK)));
        g.edit(|e| e.connect(&image, &node.input)).unwrap();
        node.output.request(roi![0..32, 0..128, 0..128]).wait().unwrap();
        g.edit(|e| node.fix(e)).unwrap();
        (node.output.clone(), roi![0..63, 0..128, 0..128])
    }),
    computes("SlicedCache, kept blocks", |g| {
        let cache = SlicedCache::new([BLOCK]);
        let (output, _) = again(of(g, cache, |n| &n.input, |n| n.output.clone(), all()));
        (output, roi![0..63, 0..128, 0..128])
    }),
    hands_on("UnblockedCache", |g| {
        of(g, UnblockedCache::new(), |n| &n.input, |n| n.output.clone(), all())
    }),
    hands_on("UnblockedCache, compressed", |g| {
        let (image, node) = (
            image(g, "zyx", &[64, 128, 128], DType::U16, any),
            g.add(UnblockedCache::new().compressed()),
        );
        g.edit(|e| e.connect(&image, &node.input)).unwrap();
        (node.output.clone(), roi![0..64, 64..128, 64..128])
    }),
    computes("UserLabels", |g| labels(g, &all(), all())),
    computes("UserLabels, part of a block", |g| {
        let image = fresh(g, "yx", &[2048, 2048], DType::U8);
        let node = g.add(UserLabels::new().block([1024, 1024]));
        g.edit(|e| e.connect(&image, &node.input)).unwrap();
        let stroke = Array::full("yx", &[9, 9], 3_u8).unwrap();
        g.edit(|e| e.write(&node.output, roi![0..9, 0..9], &stroke)).unwrap();
        (node.output.clone(), roi![0..1024, 0..1024])
    }),
    at_most(hands_on("UserLabels, none", |g| {
        let first = roi![0..1, 0..1, 0..1];
        labels(g, &first, roi![32..64, 0..128, 0..128])
    })),
    computes("LabelProjection", |g| {
        let (labels, node) = (
            fresh(g, "zyx", &[16, 512, 512], DType::U8),
            g.add(LabelProjection::along('z')),
        );
        g.edit(|e| e.connect(&labels, &node.labels)).unwrap();
        (node.output.clone(), roi![0..1, 0..512, 0..512])
    }),
    at_most(hands_on("ArraySource", |g| {
        let node = g.add(ArraySource::new(
            Array::zeros("zyx", &[64, 128, 128], DType::U16).unwrap(),
        ));
        (node.output.clone(), all())
    })),
    hands_on("AsList", |g| {
        of(g, AsList, |n| &n.input, |n| n.list.at(0).unwrap(), all())
    }),
    hands_on("InjectMeta", |g| {
        let patch = MetaPatch::new().range(0.0, 1.0);
        of(g, InjectMeta::new(patch), |n| &n.input, |n| n.output.clone(), all())
    }),
    hands_on("JoinLists", |g| {
        let (image, node) = (fresh(g, "zyx", &[64, 128, 128], DType::U16), g.add(JoinLists));
        g.edit(|e| e.resize(&node.lists, 1)).unwrap();
        g.edit(|e| e.resize(&node.lists.at(0).unwrap(), 1)).unwrap();
        let inside = node.lists.at(0).unwrap().at(0).unwrap();
        g.edit(|e| e.connect(&image, &inside)).unwrap();
        (node.list.at(0).unwrap(), all())
    }),
    hands_on("MergeMeta", |g| {
        let merge = MergeMeta::new([MetaField::range()]);
        let (image, node) = (fresh(g, "zyx", &[64, 128, 128], DType::U16), g.add(merge));
        g.edit(|e| {
            e.connect(&image, &node.input)?;
            e.connect(&image, &node.source)
        })
        .unwrap();
        (node.output.clone(), all())
    }),
    hands_on("Precomputed", |g| {
        of(g, Precomputed::new(), |n| &n.slow, |n| n.output.clone(), all())
    }),
    hands_on("Switch", |g| {
        let (image, node) = (fresh(g, "zyx", &[64, 128, 128], DType::U16), g.add(Switch::new(0)));
        g.edit(|e| e.resize(&node.images, 1)).unwrap();
        g.edit(|e| e.connect(&image, &node.images.at(0).unwrap())).unwrap();
        (node.output.clone(), all())
    }),
    hands_on("ZeroDefault", |g| {
        let (image, node) = (fresh(g, "zyx", &[64, 128, 128], DType::U16), g.add(ZeroDefault));
        g.edit(|e| {
            e.connect(&image, &node.meta)?;
            e.connect(&image, &node.input)
        })
        .unwrap();
        (node.output.clone(), all())
    }),
    at_most(hands_on("ZeroDefault, nothing", |g| {
        of(g, ZeroDefault, |n| &n.meta, |n| n.output.clone(), all())
    })),
];

#[test]
fn stores_and_what_hands_on() {
    check(CASES);
}

#[test]
fn bytes_for_pixels_are_not_rounded_for_each() {
    let meta = Meta::new([10, 10].into(), DType::U8, "yx").unwrap();
    assert_eq!((meta.bytes_per_pixel(), meta.bytes_for(100)), (1, 100));
    let meta = meta.with_bytes_for(100, 151);
    assert_eq!((meta.bytes_per_pixel(), meta.bytes_for(200)), (2, 302));
    assert_eq!(meta.clone().with_bytes_for(200, 302), meta);
    assert_eq!(meta.with_bytes_for(1, u64::MAX).bytes_for(2), u64::MAX);
}
