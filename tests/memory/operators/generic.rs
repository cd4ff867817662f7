//! Operators that rearrange images and change their elements.

use headwater::graph::{Graph, Input, List, Node, Operator, Output};
use headwater::kernels::Interpolation;
use headwater::operators::{
    ArgMaxChannel, Arithmetic, Cast, Crop, Identity, MaxChannelIndicator, Merge, MergeFn, Normalise, Pointwise,
    Reinterpret, ReorderAxes, Resize, SelectChannel, SelectChannels, Slices, SplitBlocks, Stack, Threshold,
};
use headwater::{Array, DType, Roi, roi};

use super::fresh::fresh;
use super::{Asked, Case, at_most, check, computes, hands_on};

/// An operator behind an image of `dtype`, asked for all of its output.
fn of<O: Operator>(
    graph: &Graph,
    operator: O,
    dtype: DType,
    input: fn(&Node<O>) -> &Input<Array>,
    output: fn(&Node<O>) -> &Output<Array>,
) -> Asked {
    let (image, node) = (fresh(graph, "zyx", &[32, 128, 128], dtype), graph.add(operator));
    graph.edit(|e| e.connect(&image, input(&node))).unwrap();
    all(output(&node))
}

/// The same behind an image of eight channels.
fn of_channels<O: Operator>(
    graph: &Graph,
    operator: O,
    dtype: DType,
    input: fn(&Node<O>) -> &Input<Array>,
    output: fn(&Node<O>) -> &Output<Array>,
) -> Asked {
    let (image, node) = (fresh(graph, "cyx", &[8, 256, 256], dtype), graph.add(operator));
    graph.edit(|e| e.connect(&image, input(&node))).unwrap();
    all(output(&node))
}

fn all(output: &Output<Array>) -> Asked {
    (output.clone(), output.meta().unwrap().roi())
}

fn stack(graph: &Graph, images: &List<Input<Array>>) {
    let inputs = [1, 2, 3].map(|_| fresh(graph, "yx", &[256, 512], DType::U16));
    graph.edit(|e| e.resize(images, inputs.len())).unwrap();
    graph
        .edit(|e| {
            for (nth, input) in inputs.iter().enumerate() {
                e.connect(input, &images.at(nth).expect("it is as long"))?;
            }
            Ok(())
        })
        .unwrap();
}

const CASES: &[Case] = &[
    computes("ArgMaxChannel", |g| {
        of_channels(g, ArgMaxChannel, DType::F32, |n| &n.input, |n| &n.output)
    }),
    computes("MaxChannelIndicator", |g| {
        of_channels(g, MaxChannelIndicator, DType::F32, |n| &n.input, |n| &n.output)
    }),
    computes("Arithmetic", |g| {
        let (a, b) = (
            fresh(g, "yx", &[512, 512], DType::U8),
            fresh(g, "yx", &[512, 512], DType::U16),
        );
        let node = g.add(Arithmetic::add());
        g.edit(|e| {
            e.connect(&a, &node.a)?;
            e.connect(&b, &node.b)
        })
        .unwrap();
        all(&node.output)
    }),
    computes("Cast", |g| {
        of(g, Cast::new(DType::F64), DType::U8, |n| &n.input, |n| &n.output)
    }),
    hands_on("Cast to the same", |g| {
        of(g, Cast::new(DType::U16), DType::U16, |n| &n.input, |n| &n.output)
    }),
    hands_on("Crop", |g| {
        let part = Crop::new(roi![0..16, 0..128, 0..128]);
        of(g, part, DType::F32, |n| &n.input, |n| &n.output)
    }),
    hands_on("Identity", |g| of(g, Identity, DType::F32, |n| &n.input, |n| &n.output)),
    computes("Merge", |g| {
        let sum = |values: &[u16]| values.iter().map(|value| u32::from(*value)).sum::<u32>();
        let node = g.add(Merge::new(MergeFn::per_element(sum)));
        stack(g, &node.images);
        all(&node.output)
    }),
    computes("Pointwise", |g| {
        let root = Pointwise::new(|value: u16| f32::from(value).sqrt());
        of(g, root, DType::U16, |n| &n.input, |n| &n.output)
    }),
    computes("Reinterpret", |g| {
        of(g, Reinterpret::new(DType::I16), DType::U16, |n| &n.input, |n| &n.output)
    }),
    hands_on("ReorderAxes", |g| {
        of(g, ReorderAxes::new("xyz"), DType::F32, |n| &n.input, |n| &n.output)
    }),
    hands_on("SelectChannel", |g| {
        of_channels(g, SelectChannel::new(2), DType::F32, |n| &n.input, |n| &n.output)
    }),
    hands_on("SelectChannels in order", |g| {
        of_channels(
            g,
            SelectChannels::new([2, 3, 4]),
            DType::U8,
            |n| &n.input,
            |n| &n.output,
        )
    }),
    computes("SelectChannels", |g| {
        of_channels(
            g,
            SelectChannels::new([4, 1, 4, 4, 7]),
            DType::U8,
            |n| &n.input,
            |n| &n.output,
        )
    }),
    hands_on("Slices", |g| {
        let image = fresh(g, "zyx", &[8, 512, 512], DType::F32);
        let node = g.add(Slices::new('z'));
        g.edit(|e| e.connect(&image, &node.input)).unwrap();
        all(&node.slices.at(3).unwrap())
    }),
    computes("SplitBlocks", |g| {
        let blocks = SplitBlocks::new([16, 64, 64]);
        of(g, blocks, DType::F32, |n| &n.input, |n| &n.output)
    }),
    at_most(hands_on("SplitBlocks, one block", |g| {
        let blocks = SplitBlocks::new([16, 64, 64]);
        let (output, _) = of(g, blocks, DType::F32, |n| &n.input, |n| &n.output);
        (output, roi![0..16, 0..64, 64..128])
    })),
    computes("Stack", |g| {
        let node = g.add(Stack::new('z').position(0));
        stack(g, &node.images);
        all(&node.output)
    }),
    at_most(hands_on("Stack, one image", |g| {
        let node = g.add(Stack::new('z').position(0));
        stack(g, &node.images);
        (node.output.clone(), roi![1..2, 0..256, 0..512])
    })),
    computes("Threshold", |g| {
        of(g, Threshold::above(9.0), DType::U16, |n| &n.input, |n| &n.output)
    }),
    computes("Normalise", |g| {
        let kernel = Normalise::new((0.0, 9.0), (0.0, 1.0), DType::F32);
        of(g, kernel, DType::U8, |n| &n.input, |n| &n.output)
    }),
    computes("Resize", |g| {
        resized(g, Resize::to([96, 96, 96]), roi![0..64, 0..64, 0..64])
    }),
    computes("Resize to the nearest", |g| {
        let nearest = Resize::to([400, 400, 400]).interpolation(Interpolation::Nearest);
        resized(g, nearest, roi![192..256, 192..256, 192..256])
    }),
];

fn resized(graph: &Graph, resize: Resize, roi: Roi) -> Asked {
    let (image, node) = (fresh(graph, "zyx", &[192, 192, 192], DType::U16), graph.add(resize));
    graph.edit(|e| e.connect(&image, &node.input)).unwrap();
    (node.output.clone(), roi)
}

#[test]
fn generic_operators() {
    check(CASES);
}
