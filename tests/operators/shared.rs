//! What is not computed is not copied: who hands an image on hands on its buffer.

use headwater::array::{Element, match_dtype};
use headwater::graph::{Graph, Input, List, Node, Operator, Output};
use headwater::kernels::Detector;
use headwater::operators::{
    ArraySource, AsList, BlockCache, Cast, Crop, FeatureMatrixCache, FixableCache, Identity, InjectMeta,
    InterpolateMissing, JoinLists, MergeMeta, MetaField, MetaPatch, MissingData, Precomputed, Reinterpret, ReorderAxes,
    Resize, SelectChannel, SelectChannels, SlicedCache, Slices, SplitBlocks, Stack, Switch, UnblockedCache,
    ZeroDefault,
};
use headwater::{Array, DType, Roi, roi};

use crate::support::noise;

/// Where the first element of an array lies, and how far from there each axis goes.
fn place(array: &Array) -> (usize, Vec<isize>) {
    fn of<T: Element>(array: &Array) -> (usize, Vec<isize>) {
        let view = array.view::<T>().unwrap();
        // Along an axis of length 1 nothing goes anywhere.
        let steps = view.strides().iter().zip(view.shape());
        let steps = steps.map(|(step, length)| if *length == 1 { 0 } else { *step });
        (view.as_ptr().addr(), steps.collect())
    }
    match_dtype!(array.dtype(), T => of::<T>(array))
}

/// An operator at work, what to ask it for, and what of the image that is.
struct Case {
    name: &'static str,
    build: fn(&Graph, &Array) -> (Output<Array>, Roi, Array),
}

/// The operator behind an image; what it gives of `roi` is `shows` of that.
fn behind<O: Operator>(
    graph: &Graph,
    image: &Array,
    operator: O,
    input: fn(&Node<O>) -> &Input<Array>,
    output: fn(&Node<O>) -> Output<Array>,
) -> Output<Array> {
    let node = graph.add(operator);
    graph.edit(|e| e.set(input(&node), image.clone())).unwrap();
    output(&node)
}

/// The part of an image that is asked for where nothing is rearranged.
const PART: fn() -> Roi = || roi![1..3, 4..20, 0..30];

fn same(output: Output<Array>, image: &Array) -> (Output<Array>, Roi, Array) {
    (output, PART(), image.slice(&PART()).unwrap())
}

fn fill(list: &List<Input<Array>>, graph: &Graph, images: &[Array]) {
    graph.edit(|e| e.set_all(list, images.to_vec())).unwrap();
}

const CASES: &[Case] = &[
    Case {
        name: "ArraySource",
        build: |g, image| same(g.add(ArraySource::new(image.clone())).output.clone(), image),
    },
    Case {
        name: "AsList",
        build: |g, image| same(behind(g, image, AsList, |n| &n.input, |n| n.list.at(0).unwrap()), image),
    },
    Case {
        name: "Cast to the same type",
        build: |g, image| {
            let cast = Cast::new(DType::U16);
            same(behind(g, image, cast, |n| &n.input, |n| n.output.clone()), image)
        },
    },
    Case {
        name: "Crop",
        build: |g, image| {
            let crop = Crop::new(roi![1..4, 2..32, 3..40]);
            let output = behind(g, image, crop, |n| &n.input, |n| n.output.clone());
            let part = image.slice(&roi![2..4, 4..12, 3..13]).unwrap();
            (output, roi![1..3, 2..10, 0..10], part)
        },
    },
    Case {
        name: "FeatureMatrixCache, its labels",
        build: |g, image| {
            let node = g.add(FeatureMatrixCache::new());
            g.edit(|e| {
                e.set(&node.image, image.clone())?;
                e.set(&node.labels, image.clone())
            })
            .unwrap();
            same(node.labelled.clone(), image)
        },
    },
    Case {
        name: "Identity",
        build: |g, image| same(behind(g, image, Identity, |n| &n.input, |n| n.output.clone()), image),
    },
    Case {
        name: "InjectMeta",
        build: |g, image| {
            let inject = InjectMeta::new(MetaPatch::new().range(0.0, 9.0));
            same(behind(g, image, inject, |n| &n.input, |n| n.output.clone()), image)
        },
    },
    Case {
        name: "InterpolateMissing where nothing is missing",
        build: |g, image| {
            let node = g.add(InterpolateMissing::new());
            let missing = Array::full("zyx", image.shape(), 0_u8).unwrap();
            g.edit(|e| {
                e.set(&node.input, image.clone())?;
                e.set(&node.missing, missing)
            })
            .unwrap();
            same(node.output.clone(), image)
        },
    },
    Case {
        name: "JoinLists",
        build: |g, image| {
            let node = g.add(JoinLists);
            g.edit(|e| e.resize(&node.lists, 1)).unwrap();
            fill(&node.lists.at(0).unwrap(), g, std::slice::from_ref(image));
            same(node.list.at(0).unwrap(), image)
        },
    },
    Case {
        name: "MergeMeta",
        build: |g, image| {
            let node = g.add(MergeMeta::new([MetaField::range()]));
            g.edit(|e| {
                e.set(&node.input, image.clone())?;
                e.set(&node.source, image.clone())
            })
            .unwrap();
            same(node.output.clone(), image)
        },
    },
    Case {
        name: "MissingData where nothing is missing",
        build: |g, image| {
            let node = g.add(MissingData::new());
            g.edit(|e| {
                e.set(&node.detector, Detector::custom(|_| false))?;
                e.set(&node.input, image.clone())
            })
            .unwrap();
            same(node.output.clone(), image)
        },
    },
    Case {
        name: "Precomputed",
        build: |g, image| {
            let node = g.add(Precomputed::new());
            g.edit(|e| {
                e.set(&node.slow, Array::full("zyx", image.shape(), 0_u16)?)?;
                e.set(&node.precomputed, image.clone())
            })
            .unwrap();
            same(node.output.clone(), image)
        },
    },
    Case {
        name: "Reinterpret as the same type",
        build: |g, image| {
            let bits = Reinterpret::new(DType::U16);
            same(behind(g, image, bits, |n| &n.input, |n| n.output.clone()), image)
        },
    },
    Case {
        name: "ReorderAxes",
        build: |g, image| {
            let turn = ReorderAxes::new("cxzy");
            let output = behind(g, image, turn, |n| &n.input, |n| n.output.clone());
            let part = image.slice(&roi![1..3, 4..20, 0..30]).unwrap();
            (output, roi![0..1, 0..30, 1..3, 4..20], part.to_axes("cxzy").unwrap())
        },
    },
    Case {
        name: "Resize to the same shape",
        build: |g, image| {
            let resize = Resize::to([4, 32, 40]);
            same(behind(g, image, resize, |n| &n.input, |n| n.output.clone()), image)
        },
    },
    Case {
        name: "SelectChannel",
        build: |g, image| {
            let channels = image.with_axes("cyx").unwrap();
            let select = SelectChannel::new(2);
            let output = behind(g, &channels, select, |n| &n.input, |n| n.output.clone());
            let part = channels.slice(&roi![2..3, 4..20, 0..30]).unwrap();
            (output, roi![0..1, 4..20, 0..30], part)
        },
    },
    Case {
        name: "SelectChannels that follow each other",
        build: |g, image| {
            let channels = image.with_axes("cyx").unwrap();
            let select = SelectChannels::new([3, 1, 2]);
            let output = behind(g, &channels, select, |n| &n.input, |n| n.output.clone());
            let part = channels.slice(&roi![1..3, 4..20, 0..30]).unwrap();
            (output, roi![1..3, 4..20, 0..30], part)
        },
    },
    Case {
        name: "Slices",
        build: |g, image| {
            let output = behind(g, image, Slices::new('z'), |n| &n.input, |n| n.slices.at(3).unwrap());
            let part = image.slice(&roi![3..4, 4..20, 0..30]).unwrap();
            (output, roi![0..1, 4..20, 0..30], part)
        },
    },
    Case {
        name: "SplitBlocks, within a block",
        build: |g, image| {
            let split = SplitBlocks::new([4, 20, 40]);
            same(behind(g, image, split, |n| &n.input, |n| n.output.clone()), image)
        },
    },
    Case {
        name: "Stack, within an image",
        build: |g, image| {
            let node = g.add(Stack::new('z'));
            fill(
                &node.images,
                g,
                &[noise("zyx", &[2, 32, 40], DType::U16, 1), image.clone()],
            );
            (
                node.output.clone(),
                roi![3..5, 4..20, 0..30],
                image.slice(&PART()).unwrap(),
            )
        },
    },
    Case {
        name: "Switch",
        build: |g, image| {
            let node = g.add(Switch::new(0));
            fill(&node.images, g, std::slice::from_ref(image));
            same(node.output.clone(), image)
        },
    },
    Case {
        name: "UnblockedCache, of the whole",
        build: |g, image| {
            let output = behind(g, image, UnblockedCache::new(), |n| &n.input, |n| n.output.clone());
            output.request(roi![0..4, 0..32, 0..40]).wait().unwrap();
            same(output, image)
        },
    },
    Case {
        name: "ZeroDefault",
        build: |g, image| {
            let node = g.add(ZeroDefault);
            g.edit(|e| {
                e.set(&node.meta, image.clone())?;
                e.set(&node.input, image.clone())
            })
            .unwrap();
            same(node.output.clone(), image)
        },
    },
    Case {
        name: "BlockCache, of the whole",
        build: |g, image| {
            let cache = BlockCache::new().block([0, 0, 0]);
            same(behind(g, image, cache, |n| &n.input, |n| n.output.clone()), image)
        },
    },
    Case {
        name: "SlicedCache, of the whole",
        build: |g, image| {
            let cache = SlicedCache::new([[0, 0, 0]]);
            same(behind(g, image, cache, |n| &n.input, |n| n.output.clone()), image)
        },
    },
    Case {
        name: "FixableCache, of the whole",
        build: |g, image| {
            let cache = FixableCache::new(BlockCache::new().block([0, 0, 0]));
            same(behind(g, image, cache, |n| &n.input, |n| n.output.clone()), image)
        },
    },
    Case {
        name: "FixableCache, fixed",
        build: |g, image| {
            let node = g.add(FixableCache::new(BlockCache::new().block([0, 0, 0])));
            g.edit(|e| e.set(&node.input, image.clone())).unwrap();
            node.output.request(PART()).wait().unwrap();
            g.edit(|e| node.fix(e)).unwrap();
            same(node.output.clone(), image)
        },
    },
];

#[test]
fn what_is_handed_on_is_the_same_buffer() {
    let mut copied = Vec::new();
    for case in CASES {
        let (graph, image) = (Graph::new(), noise("zyx", &[4, 32, 40], DType::U16, 3));
        let (output, roi, expected) = (case.build)(&graph, &image);
        let given = output.request(roi).wait().unwrap();
        assert_eq!(given, expected, "{}", case.name);
        if place(&given) != place(&expected) {
            copied.push(case.name);
        }
    }
    assert!(copied.is_empty(), "these copied what they handed on: {copied:?}");
}

/// A block that is kept is given to all who ask, and so is a part of it.
#[test]
fn what_is_kept_is_the_same_buffer() {
    let graph = Graph::new();
    let image = noise("zyx", &[4, 32, 40], DType::U16, 3);
    let (blocks, sliced, regions) = (
        graph.add(BlockCache::new().block([2, 16, 20])),
        graph.add(SlicedCache::new([[2, 16, 20]])),
        graph.add(UnblockedCache::new()),
    );
    graph
        .edit(|e| {
            e.set(&blocks.input, image.clone())?;
            e.set(&sliced.input, image.clone())?;
            e.set(&regions.input, image)
        })
        .unwrap();
    for output in [&blocks.output, &sliced.output, &regions.output] {
        let block = roi![2..4, 16..32, 0..20];
        let ask = |roi| output.request(roi).wait().unwrap();
        // The first to ask gets what came in; what is kept of a part of something larger is a copy.
        ask(block);
        let (kept, part) = (ask(block), ask(roi![3..4, 20..24, 5..9]));
        assert_eq!(place(&ask(block)), place(&kept));
        assert_eq!(place(&part), place(&kept.slice(&roi![1..2, 4..8, 5..9]).unwrap()));
    }
}
