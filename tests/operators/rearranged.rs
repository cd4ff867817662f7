//! Axes, regions, slices and stacks: where data comes from, and that it is not copied on the way.

use headwater::graph::{Dirt, Graph, Meta, PerLane, PixelSize, Slot};
use headwater::operators::{Crop, Identity, ReorderAxes, Slices, SplitBlocks, Stack};
use headwater::{Array, DType, Roi, Shape, roi};
use proptest::prelude::*;

use crate::exact::{assert_blockwise, assert_marked, region_in};
use crate::support::{Probe, counting, elements, marked, noise, refusal, whole};

fn micrometers(sizes: &[f64]) -> Vec<PixelSize> {
    let unit = || "micrometer".into();
    sizes.iter().map(|&size| PixelSize { size, unit: unit() }).collect()
}

// Axes.

#[test]
fn axes_are_permuted_put_in_and_left_out() {
    let graph = Graph::new();
    let reorder = graph.add(ReorderAxes::new("xcyz"));
    let image = counting("tyxc", &[1, 4, 5, 3]);
    graph.edit(|e| e.set(&reorder.input, image.clone())).unwrap();
    assert_eq!(reorder.output.meta().unwrap().shape(), [5, 3, 4, 1]);
    assert_eq!(whole(&reorder.output), image.to_axes("xcyz").unwrap());
    let part = reorder.output.request(roi![1..3, 2..3, 0..4, 0..1]).wait().unwrap();
    let same = image
        .slice(&roi![0..1, 0..4, 1..3, 2..3])
        .unwrap()
        .to_axes("xcyz")
        .unwrap();
    assert!(part.same_buffer(&same));
}

#[test]
fn the_default_order_is_tzyxc() {
    let graph = Graph::new();
    let reorder = graph.add(ReorderAxes::default());
    graph
        .edit(|e| e.set(&reorder.input, counting("cxy", &[2, 3, 4])))
        .unwrap();
    let meta = reorder.output.meta().unwrap();
    assert_eq!(
        (meta.axes().to_string().as_str(), meta.shape()),
        ("tzyxc", Shape::from([1, 1, 4, 3, 2]))
    );
}

#[test]
fn an_axis_that_is_not_single_was_dropped_in_the_setup_and_failed_in_the_execution_only() {
    let graph = Graph::new();
    let reorder = graph.add(ReorderAxes::new("yx"));
    graph
        .edit(|e| e.set(&reorder.input, counting("zyx", &[2, 3, 4])))
        .unwrap();
    let error = refusal(&reorder.output);
    assert!(
        error.contains("`yx` leaves out the axis z of zyx (2, 3, 4) u32, whose length is 2, not 1"),
        "{error}"
    );
    // Either side mends it.
    graph.edit(|e| e.set(&reorder.order, "yxz")).unwrap();
    assert!(reorder.output.is_ready());
    graph.edit(|e| e.set(&reorder.order, "yx")).unwrap();
    graph
        .edit(|e| e.set(&reorder.input, counting("zyx", &[1, 3, 4])))
        .unwrap();
    assert_eq!(whole(&reorder.output), counting("yx", &[3, 4]));
    graph.edit(|e| e.set(&reorder.order, "yy")).unwrap();
    assert!(refusal(&reorder.output).contains("'y' occurs twice"));
}

#[test]
fn what_is_known_of_axes_goes_with_them() {
    let graph = Graph::new();
    let (source, reorder) = (graph.add(Described), graph.add(ReorderAxes::new("xzyc")));
    graph.edit(|e| e.connect(&source.output, &reorder.input)).unwrap();
    let meta = reorder.output.meta().unwrap();
    assert_eq!(
        (meta.ideal_block(), meta.max_block()),
        (Some([8, 1, 4, 0].into()), Some([16, 1, 8, 2].into()))
    );
    assert_eq!(meta.channel_names().len(), 2);
    assert_eq!(meta.range(), Some((0.0, 9.0)));
    let sizes: Vec<_> = meta.pixel_size().unwrap().iter().map(|pixel| pixel.size).collect();
    assert_eq!(sizes, [0.25, 1.0, 0.5, 1.0]);
    assert_eq!(meta.extra::<u8>(), Some(&7));
}

/// A source with a description that leaves nothing out.
struct Described;

struct DescribedSlots {
    output: headwater::graph::Output<Array>,
}

impl headwater::graph::Operator for Described {
    type Slots = DescribedSlots;

    fn slots(&self, declare: &mut headwater::graph::Declare<'_>) -> DescribedSlots {
        DescribedSlots {
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &DescribedSlots, cx: &mut headwater::graph::Setup<'_>) -> Result<(), headwater::Error> {
        let meta = Meta::new(Shape::from([16, 32, 2]), DType::U8, "yxc")?
            .with_range(0.0, 9.0)
            .with_pixel_size(micrometers(&[0.5, 0.25, 1.0]))?
            .with_channel_names(["red", "green"])
            .with_ideal_block([4, 8, 0].into())
            .with_max_block([8, 16, 2].into())
            .with_extra(7_u8);
        cx.describe(&slots.output, meta)
    }
}

#[test]
fn of_a_new_axis_nothing_can_be_asked_for() {
    let graph = Graph::new();
    let reorder = graph.add(ReorderAxes::new("zx"));
    graph.edit(|e| e.set(&reorder.input, counting("x", &[4]))).unwrap();
    let nothing = reorder.output.request(roi![1..1, 0..4]).wait().unwrap();
    assert_eq!(nothing.shape(), [0, 4]);
}

/// Some of the letters, in any order, each with a length.
fn shaped() -> impl Strategy<Value = (String, Vec<usize>)> {
    let letters = Just("tzyxc".chars().collect::<Vec<_>>()).prop_shuffle();
    (letters, 1..=5_usize, prop::collection::vec(1..5_usize, 5))
        .prop_map(|(letters, count, lengths)| (letters[..count].iter().collect(), lengths[..count].to_vec()))
}

/// A shape with axes and a region of it.
fn shaped_region() -> impl Strategy<Value = (String, Vec<usize>, Roi)> {
    shaped().prop_flat_map(|(axes, shape)| {
        let region = region_in(&shape);
        (Just(axes), Just(shape), region)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn reordered_is_what_arrays_do_and_marks_go_with_it(
        (axes, shape, touched) in shaped_region(), order in Just("tzyxc".chars().collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let graph = Graph::new();
        let order: String = order.into_iter().collect();
        let reorder = graph.add(ReorderAxes::new(order.as_str()));
        let image = counting(&axes, &shape);
        graph.edit(|e| e.set(&reorder.input, image.clone())).unwrap();
        let expected = image.to_axes(order.as_str()).unwrap();
        prop_assert!(whole(&reorder.output).same_buffer(&expected));
        let part = Array::full(axes.as_str(), touched.shape().as_slice(), 1_000_000_u32).unwrap();
        let (dirt, changed) = assert_marked(&graph, &reorder.input, &reorder.output, touched, &part);
        prop_assert_eq!(dirt.regions(reorder.output.meta().unwrap().roi()), Vec::from_iter(changed));
    }

    #[test]
    fn a_crop_is_a_slice_and_marks_what_lies_in_it(
        (axes, shape, part, touched) in shaped_region().prop_flat_map(|(axes, shape, part)| {
            let touched = region_in(&shape);
            (Just(axes), Just(shape), Just(part), touched)
        }),
    ) {
        let graph = Graph::new();
        let crop = graph.add(Crop::new(part));
        let image = counting(&axes, &shape);
        graph.edit(|e| e.set(&crop.input, image.clone())).unwrap();
        prop_assert!(whole(&crop.output).same_buffer(&image.slice(&part).unwrap()));
        let new = Array::full(axes.as_str(), touched.shape().as_slice(), 1_000_000_u32).unwrap();
        let (dirt, changed) = assert_marked(&graph, &crop.input, &crop.output, touched, &new);
        prop_assert_eq!(dirt.regions(crop.output.meta().unwrap().roi()), Vec::from_iter(changed));
    }

    #[test]
    fn slices_are_slices_and_mark_what_lies_in_them(
        (axes, shape, touched) in shaped_region(), nth in 0..5_usize, picks in prop::option::of(prop::collection::vec(0..6_usize, 0..4)),
    ) {
        let graph = Graph::new();
        let axis = nth % axes.len();
        let slices = graph.add(Slices::new(axes.chars().nth(axis).unwrap()));
        let image = counting(&axes, &shape);
        graph.edit(|e| { e.set(&slices.indices, picks.clone())?; e.set(&slices.input, image.clone()) }).unwrap();
        let indices = picks.unwrap_or_else(|| (0..shape[axis]).collect());
        prop_assert_eq!(slices.slices.len(), indices.len());
        for (slice, &index) in slices.slices.iter().zip(&indices) {
            if index >= shape[axis] {
                prop_assert!(refusal(&slice).contains("there is no slice"));
                continue;
            }
            let expected = Roi::full(Shape::new(&shape).unwrap()).with_axis(axis, index..index + 1).unwrap();
            prop_assert!(whole(&slice).same_buffer(&image.slice(&expected).unwrap()));
            let now = slices.input.request(touched).wait().unwrap();
            let new = now.map(|value: u32| value + 1000).unwrap();
            let (dirt, changed) = assert_marked(&graph, &slices.input, &slice, touched, &new);
            prop_assert_eq!(dirt.regions(slice.meta().unwrap().roi()), Vec::from_iter(changed));
            graph.edit(|e| e.set(&slices.input, image.clone())).unwrap();
        }
    }

    #[test]
    fn a_stack_is_a_concatenation_wherever_it_is_cut(
        (axes, shape, touched) in shaped_region(), nth in 0..6_usize, lengths in prop::collection::vec(0..4_usize, 1..5),
        regions in prop::collection::vec(prop::array::uniform6((0.0..1.0_f64, 0.0..1.0_f64)), 4), which in 0..5_usize,
    ) {
        let graph = Graph::new();
        // Along an axis that is there, or a new one in any place.
        let letter = axes.chars().nth(nth).unwrap_or('t');
        let is_new = !axes.contains(letter);
        let stack = graph.add(Stack::new(letter).position(which.min(axes.len())));
        let images: Vec<_> = lengths.iter().enumerate().map(|(seed, &length)| {
            let mut own = shape.clone();
            if !is_new { own[axes.find(letter).unwrap()] = length + usize::from(seed == 0); }
            noise(&axes, &own, DType::U32, seed as u64)
        }).collect();
        graph.edit(|e| e.set_all(&stack.images, images.clone())).unwrap();
        let all = whole(&stack.output);
        let out = stack.output.meta().unwrap();
        let shown: Vec<_> = images.iter().map(|image| image.to_axes(out.axes()).unwrap()).collect();
        prop_assert!(all.same_bits(&Array::concat(letter, &shown).unwrap()));
        let cut = |at: &[(f64, f64); 6]| Roi::from_ranges(out.shape().iter().zip(at).map(|(length, (a, b))| {
            let (a, b) = ((a * length as f64) as usize, (b * length as f64) as usize + 1);
            a.min(b)..b.max(a).min(length)
        })).unwrap();
        assert_blockwise(&stack.output, regions.iter().map(cut));
        // One image changes.
        let lane = stack.images.at(which % images.len()).unwrap();
        let own = lane.meta().unwrap().roi();
        let Some(touched) = touched.intersection(&own) else { return Ok(()) };
        let part = Array::full(axes.as_str(), touched.shape().as_slice(), 1_000_000_u32).unwrap();
        let (dirt, changed) = assert_marked(&graph, &lane, &stack.output, touched, &part);
        prop_assert_eq!(dirt.regions(out.roi()), Vec::from_iter(changed));
    }

    #[test]
    fn split_into_blocks_is_the_whole(
        (axes, shape, touched) in shaped_region(), block in prop::collection::vec(0..4_usize, 5), full in any::<bool>(),
        regions in prop::collection::vec(any::<u64>(), 3),
    ) {
        let graph = Graph::new();
        let block = &block[..axes.len()];
        let split = graph.add(match full { true => SplitBlocks::new(block).full_blocks(), false => SplitBlocks::new(block) });
        let image = counting(&axes, &shape);
        graph.edit(|e| e.set(&split.input, image.clone())).unwrap();
        prop_assert!(whole(&split.output).same_bits(&image));
        assert_blockwise(&split.output, regions.iter().map(|seed| {
            Roi::from_ranges(shape.iter().enumerate().map(|(axis, &length)| {
                let (a, b) = ((seed >> (8 * axis)) as usize % length, (seed >> (8 * axis + 4)) as usize % length);
                a.min(b)..a.max(b) + 1
            })).unwrap()
        }));
        let part = Array::full(axes.as_str(), touched.shape().as_slice(), 1_000_000_u32).unwrap();
        let (dirt, changed) = assert_marked(&graph, &split.input, &split.output, touched, &part);
        prop_assert_eq!(dirt.regions(split.output.meta().unwrap().roi()), Vec::from_iter(changed));
    }
}

// Regions.

#[test]
fn a_crop_marks_what_is_dirty_within_it_and_nothing_else() {
    let graph = Graph::new();
    let crop = graph.add(Crop::new(roi![0..1, 20..30, 30..50, 5..8, 0..1]));
    let image = Array::zeros("tzyxc", &[1, 100, 100, 10, 1], DType::F32).unwrap();
    graph.edit(|e| e.set(&crop.input, image)).unwrap();
    let dirt = marked(&graph, &crop.output, |e| {
        e.mark_dirty(&crop.input, roi![0..1, 15..35, 32..33, 0..10, 0..1])
    });
    assert_eq!(dirt, roi![0..1, 0..10, 2..3, 0..3, 0..1].into());
    let dirt = marked(&graph, &crop.output, |e| {
        e.mark_dirty(&crop.input, roi![0..1, 70..80, 32..33, 0..10, 0..1])
    });
    assert!(dirt.is_nothing());
    // A region that moves shows other data, though the description is as before.
    let dirt = marked(&graph, &crop.output, |e| {
        e.set(&crop.roi, roi![0..1, 21..31, 30..50, 5..8, 0..1])
    });
    assert!(dirt.is_everything());
}

#[test]
fn a_crop_that_does_not_fit_is_not_ready_and_says_why() {
    let graph = Graph::new();
    let crop = graph.add(Crop::new(roi![0..4, 2..2]));
    graph.edit(|e| e.set(&crop.input, counting("yx", &[4, 4]))).unwrap();
    assert!(refusal(&crop.output).contains("the region 0..4, 2..2 is empty"));
    for outside in [roi![0..5, 0..4], roi![0..4]] {
        graph.edit(|e| e.set(&crop.roi, outside)).unwrap();
        let error = crop.output.meta().unwrap_err();
        assert!(
            error.is_not_ready() && error.report().contains("is not within the input, yx (4, 4) u32"),
            "{}",
            error.report()
        );
    }
    graph.edit(|e| e.set(&crop.roi, roi![1..2, 0..4])).unwrap();
    assert_eq!(elements::<u32>(&whole(&crop.output)), [4, 5, 6, 7]);
}

#[test]
fn blocks_of_a_crop_are_no_larger_than_it() {
    let graph = Graph::new();
    let (source, crop) = (graph.add(Described), graph.add(Crop::new(roi![2..12, 3..8, 0..1])));
    graph.edit(|e| e.connect(&source.output, &crop.input)).unwrap();
    let meta = crop.output.meta().unwrap();
    assert_eq!(
        (meta.ideal_block(), meta.max_block()),
        (Some([4, 5, 0].into()), Some([8, 5, 1].into()))
    );
    assert_eq!(meta.pixel_size().unwrap()[1].size, 0.25);
}

// Slices.

#[test]
fn a_raw_index_was_taken_for_the_place_of_an_output() {
    let graph = Graph::new();
    let slices = graph.add(Slices::new('z').indices([4, 1]));
    graph.edit(|e| e.set(&slices.input, counting("zx", &[6, 3]))).unwrap();
    let of = |nth: usize, touched: Roi| {
        let slice = slices.slices.at(nth).unwrap();
        marked(&graph, &slice, |e| e.mark_dirty(&slices.input, touched))
    };
    assert_eq!(of(0, roi![4..5, 1..2]), roi![0..1, 1..2].into());
    assert!(of(1, roi![4..5, 1..2]).is_nothing());
    assert_eq!(of(1, roi![0..3, 0..2]), roi![0..1, 0..2].into());
    assert!(of(0, roi![0..2, 0..3]).is_nothing());
    assert!(of(0, roi![0..6, 0..3]).is_everything());
}

#[test]
fn slices_follow_the_input_and_the_indices() {
    let graph = Graph::new();
    let slices = graph.add(Slices::new('c'));
    graph
        .edit(|e| e.set(&slices.input, counting("yxc", &[2, 2, 3])))
        .unwrap();
    let shapes = || {
        slices
            .slices
            .iter()
            .map(|slice| slice.meta().unwrap().shape())
            .collect::<Vec<_>>()
    };
    assert_eq!(shapes(), [Shape::from([2, 2, 1]); 3]);
    graph
        .edit(|e| e.set(&slices.input, counting("yxc", &[3, 2, 5])))
        .unwrap();
    assert_eq!(shapes(), [Shape::from([3, 2, 1]); 5]);
    graph.edit(|e| e.set(&slices.indices, Some(vec![1, 2]))).unwrap();
    assert_eq!(
        elements::<u32>(&whole(&slices.slices.at(0).unwrap())),
        [1, 6, 11, 16, 21, 26]
    );
    assert_eq!(slices.slices.len(), 2);
    graph.edit(|e| e.set(&slices.axis, 'q')).unwrap();
    assert!(refusal(&slices.slices.at(0).unwrap()).contains("has no axis q"));
}

#[test]
fn a_slice_has_the_name_of_its_channel() {
    let graph = Graph::new();
    let (source, slices) = (graph.add(Described), graph.add(Slices::new('c')));
    graph.edit(|e| e.connect(&source.output, &slices.input)).unwrap();
    let meta = slices.slices.at(1).unwrap().meta().unwrap();
    assert_eq!(
        meta.channel_names().iter().map(|name| &**name).collect::<Vec<_>>(),
        ["green"]
    );
    assert_eq!(
        (meta.ideal_block(), meta.max_block()),
        (Some([4, 8, 0].into()), Some([8, 16, 1].into()))
    );
}

#[test]
fn slices_work_per_lane() {
    let graph = Graph::new();
    let lanes = graph.add(PerLane::new(|| Slices::new('c')).promote(["input"]));
    let (inputs, slices) = (lanes.list(|s| &s.input), lanes.list(|s| &s.slices));
    let image = counting("xc", &[4, 3]);
    let double = image.map(|value: u32| 2 * value).unwrap();
    graph.edit(|e| e.set_all(&inputs, [image, double])).unwrap();
    assert_eq!(slices.at(1).unwrap().len(), 3);
    let last = slices.at(1).unwrap().at(2).unwrap();
    assert_eq!(elements::<u32>(&whole(&last)), [4, 10, 16, 22]);
    graph
        .edit(|e| e.set(&lanes.shared(|s| &s.indices), Some(vec![1, 2])))
        .unwrap();
    assert_eq!(slices.iter().map(|slices| slices.len()).collect::<Vec<_>>(), [2, 2]);
    assert_eq!(
        elements::<u32>(&whole(&slices.at(1).unwrap().at(0).unwrap())),
        [2, 8, 14, 20]
    );
}

// Stacks.

#[test]
fn a_region_across_two_images_was_left_unwritten() {
    let graph = Graph::new();
    let stack = graph.add(Stack::new('z'));
    let (low, high) = (counting("zx", &[3, 2]), counting("zx", &[2, 2]));
    graph.edit(|e| e.set_all(&stack.images, [low, high])).unwrap();
    let across = stack.output.request(roi![2..4, 0..2]).wait().unwrap();
    assert_eq!(elements::<u32>(&across), [4, 5, 0, 1]);
}

#[test]
fn only_images_that_are_touched_are_asked() {
    let graph = Graph::new();
    let stack = graph.add(Stack::new('z').position(0));
    let probes: Vec<_> = (0..10).map(|_| Probe::default()).collect();
    graph
        .edit(|e| {
            for (nth, probe) in probes.iter().enumerate() {
                let node = e.add(probe.clone());
                e.set(&node.input, noise("yx", &[5, 5], DType::F32, nth as u64))?;
                let (_, lane) = e.push(&stack.images)?;
                e.connect(&node.output, &lane)?;
            }
            Ok(())
        })
        .unwrap();
    assert_eq!(stack.output.meta().unwrap().shape(), [10, 5, 5]);
    let part = stack.output.request(roi![3..5, 0..5, 0..5]).wait().unwrap();
    assert_eq!(
        part.slice(&roi![1..2, 0..5, 0..5]).unwrap().to_axes("yx").unwrap(),
        noise("yx", &[5, 5], DType::F32, 4)
    );
    for (nth, probe) in probes.iter().enumerate() {
        let expected = if (3..5).contains(&nth) {
            vec![roi![0..5, 0..5]]
        } else {
            Vec::new()
        };
        assert_eq!(probe.take(), expected, "image {nth}");
    }
}

#[test]
fn a_region_of_one_image_is_its_buffer() {
    let graph = Graph::new();
    let stack = graph.add(Stack::new('c'));
    let (first, second) = (counting("yx", &[4, 4]), counting("yx", &[4, 4]));
    graph
        .edit(|e| e.set_all(&stack.images, [first, second.clone()]))
        .unwrap();
    let part = stack.output.request(roi![1..3, 0..4, 1..2]).wait().unwrap();
    let same = second.slice(&roi![1..3, 0..4]).unwrap().to_axes("yxc").unwrap();
    assert!(part.same_buffer(&same));
}

#[test]
fn all_of_a_stack_was_dirty_when_one_image_was() {
    let graph = Graph::new();
    let stack = graph.add(Stack::new('z'));
    let images = [2, 3, 1].map(|length| counting("zx", &[length, 4]));
    graph.edit(|e| e.set_all(&stack.images, images)).unwrap();
    let second = stack.images.at(1).unwrap();
    let dirt = marked(&graph, &stack.output, |e| e.mark_dirty(&second, roi![1..3, 0..1]));
    assert_eq!(dirt, roi![3..5, 0..1].into());
    // Another image of the same kind at the same place is all of that place.
    let dirt = marked(&graph, &stack.output, |e| {
        e.set(&second, noise("zx", &[3, 4], DType::U32, 1))
    });
    assert_eq!(dirt, roi![2..5, 0..4].into());
}

#[test]
fn images_that_others_push_along_are_dirty_though_the_stack_is_described_as_before() {
    let graph = Graph::new();
    let stack = graph.add(Stack::new('z'));
    let images = [3, 2, 5].map(|length| counting("zx", &[length, 1]));
    graph.edit(|e| e.set_all(&stack.images, images)).unwrap();
    let before = whole(&stack.output);
    let (first, last) = (stack.images.at(0).unwrap(), stack.images.at(2).unwrap());
    let dirt = marked(&graph, &stack.output, |e| {
        e.set(&first, counting("zx", &[5, 1]))?;
        e.set(&last, counting("zx", &[3, 1]))
    });
    assert!(dirt.is_everything());
    assert_ne!(whole(&stack.output), before);
    // So does one that takes another's place.
    let key = stack.images.keys()[0];
    let dirt = marked(&graph, &stack.output, |e| {
        e.remove_lane(&stack.images, key)?;
        let (_, lane) = e.push(&stack.images)?;
        e.set(&lane, counting("zx", &[5, 1]))
    });
    assert!(dirt.is_everything());
}

#[test]
fn images_of_one_length_that_change_places_are_dirty() {
    let graph = Graph::new();
    let stack = graph.add(Stack::new('z'));
    let images = [0, 1, 2].map(|seed| noise("zx", &[2, 2], DType::U8, seed));
    graph.edit(|e| e.set_all(&stack.images, images)).unwrap();
    let before = whole(&stack.output);
    let key = stack.images.keys()[0];
    let dirt = marked(&graph, &stack.output, |e| {
        e.remove_lane(&stack.images, key)?;
        let (_, lane) = e.push(&stack.images)?;
        e.set(&lane, noise("zx", &[2, 2], DType::U8, 0))
    });
    assert!(whole(&stack.output) != before && dirt.is_everything(), "{dirt}");
}

#[test]
fn a_stack_joins_what_its_images_say() {
    let graph = Graph::new();
    let stack = graph.add(Stack::new('c'));
    let sources = [graph.add(Described), graph.add(Described)];
    graph
        .edit(|e| {
            for source in &sources {
                let (_, lane) = e.push(&stack.images)?;
                e.connect(&source.output, &lane)?;
            }
            Ok(())
        })
        .unwrap();
    let meta = stack.output.meta().unwrap();
    assert_eq!(meta.shape(), [16, 32, 4]);
    let names: Vec<_> = meta.channel_names().iter().map(|name| &**name).collect();
    assert_eq!(names, ["red", "green", "red", "green"]);
    assert_eq!(meta.range(), Some((0.0, 9.0)));
    assert_eq!(meta.pixel_size().unwrap()[0].size, 0.5);
    graph.edit(|e| e.set(&stack.axis, 't')).unwrap();
    let meta = stack.output.meta().unwrap();
    assert_eq!(
        (meta.axes().to_string().as_str(), meta.shape()),
        ("yxct", Shape::from([16, 32, 2, 2]))
    );
    assert_eq!(
        (meta.ideal_block(), meta.max_block()),
        (Some([4, 8, 0, 1].into()), Some([8, 16, 2, 1].into()))
    );
    assert_eq!(meta.channel_names().len(), 2);
}

#[test]
fn images_that_do_not_fit_are_named() {
    let graph = Graph::new();
    let stack = graph.add(Stack::new('z'));
    let ask = |second: Array| {
        let images = [counting("zx", &[2, 3]), second];
        graph.edit(|e| e.set_all(&stack.images, images)).unwrap();
        refusal(&stack.output)
    };
    assert!(
        ask(counting("zx", &[2, 4]))
            .contains("image 1, zx (2, 4) u32, does not fit on the first, zx (2, 3) u32, along z")
    );
    assert!(ask(noise("zx", &[2, 3], DType::U8, 0)).contains("image 1"));
    assert!(ask(counting("zy", &[2, 3])).contains("axis"));
    assert!(stack.output.meta().is_err());
    // An image without the axis is one layer.
    graph
        .edit(|e| e.set_all(&stack.images, [counting("zx", &[2, 3]), counting("x", &[3])]))
        .unwrap();
    assert_eq!(elements::<u32>(&whole(&stack.output)), [0, 1, 2, 3, 4, 5, 0, 1, 2]);
}

#[test]
fn a_stack_with_an_image_that_is_not_ready_is_not_ready() {
    let graph = Graph::new();
    let stack = graph.add(Stack::new('z'));
    assert!(stack.output.meta().unwrap_err().is_not_ready());
    graph
        .edit(|e| e.set_all(&stack.images, [counting("zx", &[2, 3]), counting("zx", &[2, 3])]))
        .unwrap();
    assert!(stack.output.is_ready());
    let first = stack.images.at(0).unwrap();
    graph.edit(|e| e.disconnect(&first)).unwrap();
    assert!(stack.output.meta().unwrap_err().is_not_ready());
}

// Identity and blocks.

#[test]
fn the_identity_hands_on_the_buffer_the_description_and_the_dirt() {
    let graph = Graph::new();
    let (source, pipe) = (graph.add(Described), graph.add(Identity));
    graph.edit(|e| e.connect(&source.output, &pipe.input)).unwrap();
    assert_eq!(pipe.output.meta().unwrap(), source.output.meta().unwrap());
    let image = counting("yx", &[4, 4]);
    graph
        .edit(|e| {
            e.disconnect(&pipe.input)?;
            e.set(&pipe.input, image.clone())
        })
        .unwrap();
    let part = pipe.output.request(roi![1..2, 1..3]).wait().unwrap();
    assert!(part.same_buffer(&image.slice(&roi![1..2, 1..3]).unwrap()));
    let dirt = marked(&graph, &pipe.output, |e| e.mark_dirty(&pipe.input, roi![0..1, 0..2]));
    assert_eq!(dirt, roi![0..1, 0..2].into());
}

#[test]
fn whole_blocks_are_asked_for_or_only_what_is_wanted_of_them() {
    let graph = Graph::new();
    let (probe, split) = (Probe::default(), graph.add(SplitBlocks::new([10, 10])));
    let node = graph.add(probe.clone());
    graph
        .edit(|e| {
            e.set(&node.input, counting("yx", &[25, 30]))?;
            e.connect(&node.output, &split.input)
        })
        .unwrap();
    split.output.request(roi![5..22, 12..18]).wait().unwrap();
    assert_eq!(
        probe.take(),
        [roi![5..10, 12..18], roi![10..20, 12..18], roi![20..22, 12..18]]
    );
    graph.edit(|e| e.set(&split.full_blocks, true)).unwrap();
    let part = split.output.request(roi![5..22, 12..18]).wait().unwrap();
    assert_eq!(
        probe.take(),
        [roi![0..10, 10..20], roi![10..20, 10..20], roi![20..25, 10..20]]
    );
    assert_eq!(part, counting("yx", &[25, 30]).slice(&roi![5..22, 12..18]).unwrap());
    assert_eq!(split.output.meta().unwrap().ideal_block(), Some([10, 10].into()));
    graph.edit(|e| e.set(&split.block, vec![10])).unwrap();
    assert!(refusal(&split.output).contains("blocks of [10] do not fit the axes `yx`"));
}

#[test]
fn how_requests_are_split_is_no_change_of_data() {
    let graph = Graph::new();
    let split = graph.add(SplitBlocks::new([2]));
    graph.edit(|e| e.set(&split.input, counting("x", &[8]))).unwrap();
    let dirt = marked(&graph, &split.output, |e| e.set(&split.full_blocks, true));
    assert_eq!(dirt, Dirt::nothing());
}

#[test]
fn large_parts_are_put_together_in_the_compute_pool() {
    let graph = Graph::new();
    let split = graph.add(SplitBlocks::new([0, 100]));
    let image = noise("yx", &[300, 333], DType::U16, 3);
    graph.edit(|e| e.set(&split.input, image.clone())).unwrap();
    assert!(whole(&split.output).same_bits(&image));
}
