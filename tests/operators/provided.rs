//! Where data and values come from, which of several, and what is said of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use headwater::graph::{
    Data, Declare, Dirt, Execute, Graph, Input, Meta, Operator, Output, PerLane, PixelSize, Setup, Slot, SlotType,
};
use headwater::operators::{
    ArraySource, AsList, Identity, InjectMeta, JoinLists, ListToLanes, MergeMeta, MetaField, MetaPatch,
    MissingDataError, MissingSource, Pointwise, Precomputed, SelectAttribute, SelectMeta, Switch, ValueCache,
    ZeroDefault,
};
use headwater::{Array, DType, Error, Roi, Shape, roi};
use proptest::prelude::*;

use crate::exact::{assert_blockwise, assert_marked, region_in};
use crate::support::{Probe, counting, elements, marked, noise, refusal, whole};

// Sources.

#[test]
fn a_source_gives_parts_of_its_array_with_what_is_said_of_it() {
    let graph = Graph::new();
    let image = counting("xtycz", &[1, 2, 3, 4, 5]);
    let source = graph.add(ArraySource::new(image.clone()).patch(MetaPatch::new().range(0.0, 119.0).extra("raw")));
    let region = roi![0..1, 1..2, 0..3, 2..4, 3..5];
    let part = source.output.request(region).wait().unwrap();
    assert!(part.same_buffer(&image.slice(&region).unwrap()));
    let meta = source.output.meta().unwrap();
    assert_eq!(
        (meta.range(), meta.extra::<&str>(), meta.shape()),
        (Some((0.0, 119.0)), Some(&"raw"), Shape::from([1, 2, 3, 4, 5]))
    );
}

#[test]
fn the_data_of_a_source_could_not_change() {
    let graph = Graph::new();
    let source = graph.add(ArraySource::constant("yx", &[1000, 1000], 3_u8).unwrap());
    assert_eq!(whole(&source.output).buffer_nbytes(), 1);
    let dirt = marked(&graph, &source.output, |e| {
        e.write(&source.array, roi![2..3, 4..6], &Array::full("yx", &[1, 2], 9_u8)?)
    });
    assert_eq!(dirt, roi![2..3, 4..6].into());
    assert_eq!(
        elements::<u8>(&source.output.request(roi![2..3, 3..7]).wait().unwrap()),
        [3, 9, 9, 3]
    );
    // Another array: all of it, with another shape if it has one.
    assert!(marked(&graph, &source.output, |e| e.set(&source.array, counting("x", &[3]))).is_everything());
    assert_eq!(source.output.meta().unwrap().shape(), [3]);
}

#[test]
fn missing_data_is_described_and_refused() {
    let graph = Graph::new();
    let meta = Meta::new(Shape::from([200, 100, 42]), DType::U8, "xyz")
        .unwrap()
        .with_extra(7_u8);
    let gone = graph.add(MissingSource::new(meta.clone()));
    assert_eq!(*gone.output.meta().unwrap(), meta);
    let error = gone.output.request(roi![0..1, 0..1, 0..1]).wait().unwrap_err();
    assert!(error.downcast_ref::<MissingDataError>().is_some());
    assert!(
        error.report().contains("the data of `MissingSource.output` is missing"),
        "{}",
        error.report()
    );
}

#[test]
fn zeros_stand_in_until_there_is_data() {
    let graph = Graph::new();
    let zeros = graph.add(ZeroDefault);
    let image = counting("xy", &[100, 100]);
    graph.edit(|e| e.set(&zeros.meta, image.clone())).unwrap();
    let nothing = whole(&zeros.output);
    assert!(elements::<u32>(&nothing).iter().all(|value| *value == 0) && nothing.buffer_nbytes() == 4);
    // Becoming ready changes all.
    assert!(marked(&graph, &zeros.output, |e| e.set(&zeros.input, image.clone())).is_everything());
    assert!(whole(&zeros.output).same_buffer(&image));
    let dirt = marked(&graph, &zeros.output, |e| e.mark_dirty(&zeros.input, roi![3..4, 5..6]));
    assert_eq!(dirt, roi![3..4, 5..6].into());
    // What the description comes with is not data.
    assert!(marked(&graph, &zeros.output, |e| e.mark_dirty(&zeros.meta, roi![3..4, 5..6])).is_nothing());
    assert!(marked(&graph, &zeros.output, |e| e.disconnect(&zeros.input)).is_everything());
    assert_eq!(
        elements::<u32>(&zeros.output.request(roi![9..10, 9..10]).wait().unwrap()),
        [0]
    );
}

#[test]
fn data_that_is_not_as_described_is_refused() {
    let graph = Graph::new();
    let zeros = graph.add(ZeroDefault);
    graph
        .edit(|e| {
            e.set(&zeros.meta, counting("yx", &[4, 4]))?;
            e.set(&zeros.input, counting("yx", &[4, 5]))
        })
        .unwrap();
    assert!(refusal(&zeros.output).contains("the input, yx (4, 5) u32, is not as `meta`, yx (4, 4) u32"));
}

// One of several.

#[test]
fn a_switch_hands_on_what_is_selected_and_hears_of_nothing_else() {
    let graph = Graph::new();
    let switch = graph.add(Switch::default());
    let images = [counting("yx", &[4, 4]), noise("xc", &[3, 2], DType::F32, 1)];
    graph.edit(|e| e.set_all(&switch.images, images.clone())).unwrap();
    assert!(whole(&switch.output).same_buffer(&images[0]));
    let (first, second) = (switch.images.at(0).unwrap(), switch.images.at(1).unwrap());
    assert!(marked(&graph, &switch.output, |e| e.mark_dirty(&second, roi![0..1, 0..1])).is_nothing());
    assert_eq!(
        marked(&graph, &switch.output, |e| e.mark_dirty(&first, roi![0..1, 0..2])),
        roi![0..1, 0..2].into()
    );
    assert!(marked(&graph, &switch.output, |e| e.set(&switch.selected, 1_usize)).is_everything());
    assert!(whole(&switch.output).same_buffer(&images[1]));
    assert_eq!(*switch.output.meta().unwrap(), *second.meta().unwrap());
}

#[test]
fn a_switch_needs_only_what_is_selected() {
    let graph = Graph::new();
    let switch = graph.add(Switch::new(1));
    assert!(refusal(&switch.output).contains("there is no image 1 of 0"));
    graph.edit(|e| e.resize(&switch.images, 2)).unwrap();
    assert!(refusal(&switch.output).contains("image 1, which is selected, is not"));
    let second = switch.images.at(1).unwrap();
    graph.edit(|e| e.set(&second, counting("x", &[4]))).unwrap();
    assert!(switch.output.is_ready());
    graph.edit(|e| e.set(&switch.selected, 0_usize)).unwrap();
    assert!(switch.output.meta().unwrap_err().is_not_ready());
}

#[test]
fn images_of_one_kind_that_change_places_under_a_switch_are_dirty() {
    let graph = Graph::new();
    let switch = graph.add(Switch::default());
    graph
        .edit(|e| e.set_all(&switch.images, [0, 1].map(|seed| noise("x", &[9], DType::U8, seed))))
        .unwrap();
    let first = switch.images.keys()[0];
    let before = whole(&switch.output);
    assert!(marked(&graph, &switch.output, |e| e.remove_lane(&switch.images, first)).is_everything());
    assert_ne!(whole(&switch.output), before);
}

#[test]
fn what_was_computed_before_is_right_until_something_changes() {
    let graph = Graph::new();
    let computed = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&computed);
    let slow = graph.add(Pointwise::new(move |value: u32| {
        count.fetch_add(1, Ordering::SeqCst);
        value * 10
    }));
    let (fast, node) = (graph.add(Identity), graph.add(Precomputed::new()));
    let (image, ready) = (
        counting("x", &[10]),
        counting("x", &[10]).map(|value: u32| value * 10).unwrap(),
    );
    graph
        .edit(|e| {
            e.set(&slow.input, image)?;
            e.set(&fast.input, ready.clone())?;
            e.connect(&slow.output, &node.slow)
        })
        .unwrap();
    let calls = || computed.swap(0, Ordering::SeqCst);
    assert_eq!((whole(&node.output), calls()), (ready.clone(), 10));
    assert!(marked(&graph, &node.output, |e| e.connect(&fast.output, &node.precomputed)).is_everything());
    assert!(whole(&node.output).same_buffer(&ready));
    assert_eq!(calls(), 0);
    // The first change of what is slow changes all: it is another source from here on.
    assert!(marked(&graph, &node.output, |e| e.mark_dirty(&slow.input, roi![3..4])).is_everything());
    assert_eq!((whole(&node.output), calls()), (ready.clone(), 10));
    // The next ones change what they change; those of the precomputed, which is not used, nothing.
    assert_eq!(
        marked(&graph, &node.output, |e| e.mark_dirty(&slow.input, roi![5..7])),
        roi![5..7].into()
    );
    assert!(marked(&graph, &node.output, |e| e.mark_dirty(&fast.input, roi![5..7])).is_nothing());
    assert!(marked(&graph, &node.output, |e| e.set(&node.reset, 1_u64)).is_everything());
    calls();
    assert!(whole(&node.output).same_buffer(&ready));
    assert_eq!(calls(), 0);
    assert_eq!(
        marked(&graph, &node.output, |e| e.mark_dirty(&fast.input, roi![5..7])),
        roi![5..7].into()
    );
}

#[test]
fn what_is_precomputed_in_the_edit_that_changes_the_rest_is_right_after_it() {
    let graph = Graph::new();
    let node = graph.add(Precomputed::new());
    let of = |value: u8| Array::full("x", &[4], value);
    graph.edit(|e| e.set(&node.slow, of(1)?)).unwrap();
    graph
        .edit(|e| {
            e.set(&node.precomputed, of(2)?)?;
            e.set(&node.slow, of(3)?)
        })
        .unwrap();
    assert_eq!(elements::<u8>(&whole(&node.output)), [2; 4]);
    graph.edit(|e| e.set(&node.slow, of(4)?)).unwrap();
    assert_eq!(elements::<u8>(&whole(&node.output)), [4; 4]);
    // Other precomputed data is not right by itself.
    graph.edit(|e| e.set(&node.precomputed, of(5)?)).unwrap();
    assert_eq!(elements::<u8>(&whole(&node.output)), [4; 4]);
    graph
        .edit(|e| {
            e.set(&node.reset, 1_u64)?;
            e.set(&node.slow, of(6)?)
        })
        .unwrap();
    assert_eq!(elements::<u8>(&whole(&node.output)), [5; 4]);
    // Gone, and there again.
    graph.edit(|e| e.disconnect(&node.precomputed)).unwrap();
    assert_eq!(elements::<u8>(&whole(&node.output)), [6; 4]);
    graph.edit(|e| e.set(&node.precomputed, of(7)?)).unwrap();
    assert_eq!(elements::<u8>(&whole(&node.output)), [7; 4]);
}

#[test]
fn what_was_wrong_for_good_was_right_again_after_what_is_slow_had_been_away() {
    let graph = Graph::new();
    let node = graph.add(Precomputed::new());
    let of = |value: u8| Array::full("x", &[4], value);
    // What comes late is not a change.
    graph.edit(|e| e.set(&node.precomputed, of(2)?)).unwrap();
    graph.edit(|e| e.set(&node.slow, of(1)?)).unwrap();
    assert_eq!(elements::<u8>(&whole(&node.output)), [2; 4]);
    // What goes is one.
    graph.edit(|e| e.disconnect(&node.slow)).unwrap();
    assert!(node.output.meta().is_err());
    graph.edit(|e| e.set(&node.slow, of(3)?)).unwrap();
    assert_eq!(elements::<u8>(&whole(&node.output)), [3; 4]);
    graph.edit(|e| e.set(&node.reset, 1_u64)).unwrap();
    assert_eq!(elements::<u8>(&whole(&node.output)), [2; 4]);
}

#[test]
fn an_edit_that_fails_does_not_make_what_was_precomputed_wrong() {
    let graph = Graph::new();
    let node = graph.add(Precomputed::new());
    graph
        .edit(|e| {
            e.set(&node.slow, Array::full("x", &[4], 1_u8)?)?;
            e.set(&node.precomputed, Array::full("x", &[4], 2_u8)?)
        })
        .unwrap();
    let before = graph.snapshot();
    let failed: Result<(), Error> = graph.edit(|e| {
        e.mark_dirty(&node.slow, roi![0..1])?;
        Err(Error::msg("no"))
    });
    assert!(failed.is_err());
    assert_eq!(elements::<u8>(&whole(&node.output)), [2; 4]);
    graph.edit(|e| e.mark_dirty(&node.slow, roi![0..1])).unwrap();
    assert_eq!(elements::<u8>(&whole(&node.output)), [1; 4]);
    // Who looks at an old revision sees what was right then.
    assert_eq!(
        elements::<u8>(&before.request(&node.output, roi![0..4]).wait().unwrap()),
        [2; 4]
    );
}

#[test]
fn changes_can_be_ignored() {
    let graph = Graph::new();
    let node = graph.add(Precomputed::new().ignore_changes());
    graph
        .edit(|e| {
            e.set(&node.slow, Array::full("x", &[4], 1_u8)?)?;
            e.set(&node.precomputed, Array::full("x", &[4], 2_u8)?)
        })
        .unwrap();
    assert!(marked(&graph, &node.output, |e| e.mark_dirty(&node.slow, roi![0..1])).is_nothing());
    assert_eq!(elements::<u8>(&whole(&node.output)), [2; 4]);
    graph.edit(|e| e.set(&node.ignore_changes, false)).unwrap();
    assert_eq!(elements::<u8>(&whole(&node.output)), [1; 4]);
}

#[test]
fn each_lane_has_its_own_precomputed() {
    let graph = Graph::new();
    let lanes = graph.add(PerLane::new(Precomputed::new));
    let (slow, fast) = (lanes.list(|s| &s.slow), lanes.list(|s| &s.precomputed));
    let (outputs, resets) = (lanes.list(|s| &s.output), lanes.list(|s| &s.reset));
    let of = |value: u8| Array::full("x", &[2], value).unwrap();
    graph.edit(|e| e.set_all(&slow, [of(1), of(2), of(3)])).unwrap();
    graph
        .edit(|e| {
            let mut lanes = fast.iter().zip([10, 20, 30]);
            lanes.try_for_each(|(lane, value)| e.set(&lane, of(value)))
        })
        .unwrap();
    let read = || {
        outputs
            .iter()
            .map(|output| elements::<u8>(&whole(&output))[0])
            .collect::<Vec<_>>()
    };
    assert_eq!(read(), [10, 20, 30]);
    for lane in slow.iter() {
        graph.edit(|e| e.mark_dirty(&lane, roi![0..1])).unwrap();
    }
    assert_eq!(read(), [1, 2, 3]);
    graph.edit(|e| e.set(&resets.at(1).unwrap(), 1_u64)).unwrap();
    assert_eq!(read(), [1, 20, 3]);
}

// Lists.

#[test]
fn one_is_a_list() {
    let graph = Graph::new();
    let node = graph.add(AsList);
    let image = counting("x", &[4]);
    graph.edit(|e| e.set(&node.input, image.clone())).unwrap();
    assert_eq!(node.list.len(), 1);
    let lane = node.list.at(0).unwrap();
    assert!(whole(&lane).same_buffer(&image));
    assert_eq!(
        marked(&graph, &lane, |e| e.mark_dirty(&node.input, roi![1..2])),
        roi![1..2].into()
    );
}

#[test]
fn lists_are_joined_and_followed() {
    let graph = Graph::new();
    let join = graph.add(JoinLists);
    let of = |value: u8| Array::full("x", &[2], value).unwrap();
    let read = || -> Vec<u8> {
        let ready = join.list.iter().filter(Slot::is_ready);
        ready.map(|lane| elements::<u8>(&whole(&lane))[0]).collect()
    };
    assert_eq!(join.list.len(), 0);
    let (first, second) = graph
        .edit(|e| {
            let ((_, first), (_, second)) = (e.push(&join.lists)?, e.push(&join.lists)?);
            e.set_all(&first, [of(1), of(2)])?;
            e.set_all(&second, [of(3)])?;
            Ok((first, second))
        })
        .unwrap();
    assert_eq!(read(), [1, 2, 3]);
    // One between them: the others stay what they are, and nobody behind them hears of it.
    let last = join.list.at(2).unwrap();
    let dirt = marked(&graph, &last, |e| {
        let (_, lane) = e.insert(&first, 1)?;
        e.set(&lane, of(9))
    });
    assert_eq!((read(), dirt), (vec![1, 9, 2, 3], Dirt::nothing()));
    assert!(join.list.at(3).unwrap() == last);
    let dirt = marked(&graph, &last, |e| e.mark_dirty(&second.at(0).unwrap(), roi![0..1]));
    assert_eq!(dirt, roi![0..1].into());
    let key = first.keys()[0];
    graph.edit(|e| e.remove_lane(&first, key)).unwrap();
    assert_eq!(read(), [9, 2, 3]);
    // One that is not ready is not ready alone.
    graph.edit(|e| e.push(&first)).unwrap();
    assert_eq!((join.list.len(), read()), (4, vec![9, 2, 3]));
    let list = join.lists.keys()[0];
    graph.edit(|e| e.remove_lane(&join.lists, list)).unwrap();
    assert_eq!(read(), [3]);
}

#[test]
fn nobody_heard_of_a_list_of_values_that_changed() {
    let graph = Graph::new();
    let node = graph.add(ListToLanes::<u32>::new());
    graph.edit(|e| e.set(&node.list, vec![1, 2, 3])).unwrap();
    let read = || node.items.iter().map(|item| item.value().unwrap()).collect::<Vec<_>>();
    assert_eq!(read(), [1, 2, 3]);
    let (first, second) = (node.items.at(0).unwrap(), node.items.at(1).unwrap());
    let mut events = graph.subscribe();
    graph.edit(|e| e.set(&node.list, vec![1, 7])).unwrap();
    let batch = events.try_next().unwrap();
    let dirty = |id| {
        batch
            .events
            .iter()
            .any(|event| event.slot == id && matches!(event.kind, headwater::graph::GraphEventKind::Dirty(_)))
    };
    assert_eq!(
        (read(), dirty(first.id()), dirty(second.id())),
        (vec![1, 7], false, true)
    );
    assert_eq!(first.get().wait().unwrap(), 1);
}

// Descriptions.

#[test]
fn facts_that_changed_made_nobody_look() {
    let graph = Graph::new();
    let (inject, behind) = (graph.add(InjectMeta::default()), graph.add(Identity));
    let image = noise("yxc", &[4, 4, 2], DType::U8, 1);
    graph
        .edit(|e| {
            e.set(&inject.input, image.clone())?;
            e.connect(&inject.output, &behind.input)
        })
        .unwrap();
    assert_eq!(inject.output.meta().unwrap(), inject.input.meta().unwrap());
    let patch = MetaPatch::new()
        .range(0.0, 250.0)
        .channel_names(["a", "b"])
        .extra(7_i64)
        .bytes_per_pixel(3)
        .max_block([2, 2, 2].into());
    assert!(marked(&graph, &behind.output, |e| e.set(&inject.patch, patch.clone())).is_everything());
    let meta = behind.output.meta().unwrap();
    assert_eq!(
        (meta.range(), meta.extra::<i64>(), meta.bytes_per_pixel()),
        (Some((0.0, 250.0)), Some(&7), 3)
    );
    assert_eq!(
        (meta.channel_names().len(), meta.max_block()),
        (2, Some([2, 2, 2].into()))
    );
    assert!(whole(&behind.output).same_buffer(&image));
    // The same facts again, made anew, are no change.
    let again = MetaPatch::new()
        .max_block([2, 2, 2].into())
        .bytes_per_pixel(3)
        .extra(7_i64)
        .channel_names(["a", "b"])
        .range(0.0, 250.0);
    assert!(marked(&graph, &behind.output, |e| e.set(&inject.patch, again)).is_nothing());
    assert_eq!(
        marked(&graph, &behind.output, |e| e
            .mark_dirty(&inject.input, roi![0..1, 0..1, 0..1])),
        roi![0..1, 0..1, 0..1].into()
    );
}

#[test]
fn facts_that_do_not_fit_are_refused() {
    let graph = Graph::new();
    let inject = graph.add(InjectMeta::new(MetaPatch::new().ideal_block([2].into())));
    graph.edit(|e| e.set(&inject.input, counting("yx", &[4, 4]))).unwrap();
    assert!(refusal(&inject.output).contains("do not fit the axes `yx`"));
    let unit = || "".into();
    graph
        .edit(|e| {
            e.set(
                &inject.patch,
                MetaPatch::new().pixel_size([PixelSize {
                    size: 1.0,
                    unit: unit(),
                }]),
            )
        })
        .unwrap();
    assert!(refusal(&inject.output).contains("1 pixel sizes do not fit the axes `yx`"));
}

#[test]
fn a_fact_is_a_value_of_which_others_hear_when_it_is_another() {
    let graph = Graph::new();
    let shape = graph.add(SelectMeta::new(|meta: &Meta| meta.shape()));
    let axes = graph.add(SelectMeta::new(|meta: &Meta| meta.axes().to_string()));
    graph
        .edit(|e| {
            e.set(&shape.input, counting("xtycz", &[1, 2, 3, 4, 5]))?;
            e.connect(&shape.input, &axes.input)
        })
        .unwrap();
    assert_eq!(
        (shape.output.value().unwrap(), axes.output.value().unwrap()),
        ([1, 2, 3, 4, 5].into(), "xtycz".to_owned())
    );
    // Other data, another type: the shape is the same.
    assert!(
        marked(&graph, &shape.output, |e| e
            .set(&shape.input, noise("xtycz", &[1, 2, 3, 4, 5], DType::U8, 1)))
        .is_nothing()
    );
    assert!(
        !marked(&graph, &shape.output, |e| e
            .set(&shape.input, counting("xtycz", &[1, 2, 3, 4, 6])))
        .is_nothing()
    );
}

#[test]
fn facts_of_another_image_are_taken_over_and_no_others() {
    let graph = Graph::new();
    let um = |size: f64| PixelSize {
        size,
        unit: "micrometer".into(),
    };
    let patch = MetaPatch::new()
        .extra("Salutations")
        .extra(5_u64)
        .range(0.0, 9.0)
        .channel_names(["only"])
        .ideal_block([2, 2].into())
        .pixel_size([um(3.0), um(2.0)]);
    let source = graph.add(ArraySource::new(counting("xy", &[3, 3])).patch(patch));
    let merge = graph.add(MergeMeta::new([MetaField::extra::<&str>(), MetaField::pixel_size()]));
    let image = counting("yx", &[9, 10]);
    graph
        .edit(|e| {
            e.set(&merge.input, image.clone())?;
            e.connect(&source.output, &merge.source)
        })
        .unwrap();
    let meta = merge.output.meta().unwrap();
    assert_eq!(
        (meta.shape(), meta.extra::<&str>(), meta.extra::<u64>(), meta.range()),
        ([9, 10].into(), Some(&"Salutations"), None, None)
    );
    assert_eq!(meta.pixel_size().unwrap(), [um(2.0), um(3.0)]);
    assert!(whole(&merge.output).same_buffer(&image));
    let all = vec![
        MetaField::extras(),
        MetaField::range(),
        MetaField::channel_names(),
        MetaField::ideal_block(),
        MetaField::max_block(),
    ];
    graph.edit(|e| e.set(&merge.fields, all)).unwrap();
    let meta = merge.output.meta().unwrap();
    assert_eq!(
        (meta.extra::<u64>(), meta.range(), meta.channel_names().len()),
        (Some(&5), Some((0.0, 9.0)), 1)
    );
    // Its axes are others.
    assert_eq!((meta.ideal_block(), meta.pixel_size()), (None, None));
    // The data of the source is nobody's concern.
    assert!(marked(&graph, &merge.output, |e| e.mark_dirty(&source.array, roi![0..1, 0..1])).is_nothing());
    assert_eq!(
        marked(&graph, &merge.output, |e| e.mark_dirty(&merge.input, roi![0..1, 0..1])),
        roi![0..1, 0..1].into()
    );
}

#[derive(Clone, PartialEq)]
struct Options {
    name: String,
    level: u32,
}

impl SlotType for Options {
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

#[test]
fn a_part_of_a_value_changes_when_it_is_another() {
    let graph = Graph::new();
    let level = graph.add(SelectAttribute::new(|options: &Options| options.level));
    let options = |name: &str, level| Options {
        name: name.into(),
        level,
    };
    graph.edit(|e| e.set(&level.object, options("a", 1))).unwrap();
    assert_eq!(level.output.value().unwrap(), 1);
    assert!(marked(&graph, &level.output, |e| e.set(&level.object, options("b", 1))).is_nothing());
    assert!(!marked(&graph, &level.output, |e| e.set(&level.object, options("b", 2))).is_nothing());
    assert_eq!(level.output.get().wait().unwrap(), 2);
}

// Values that are computed.

/// Computes a value, and counts how often.
#[derive(Clone, Default)]
struct Train(Arc<AtomicUsize>);

struct TrainSlots {
    image: Input<Array>,
    output: Output<u32>,
}

impl Operator for Train {
    type Slots = TrainSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> TrainSlots {
        TrainSlots {
            image: declare.input("image"),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &TrainSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        cx.computed(&slots.output)
    }

    async fn execute(&self, slots: &TrainSlots, cx: &Execute, _: Roi) -> Result<Data, Error> {
        self.0.fetch_add(1, Ordering::SeqCst);
        let roi = cx.meta(&slots.image)?.roi();
        let image = cx.request(&slots.image, roi).await?;
        Ok(Data::of(image.view::<u32>()?.sum()))
    }
}

struct Trained {
    graph: Graph,
    train: headwater::graph::Node<Train>,
    cache: headwater::graph::Node<ValueCache<u32>>,
    count: Arc<AtomicUsize>,
}

fn trained() -> Trained {
    let graph = Graph::new();
    let operator = Train::default();
    let count = Arc::clone(&operator.0);
    let (train, cache) = (graph.add(operator), graph.add(ValueCache::new()));
    graph
        .edit(|e| {
            e.set(&train.image, counting("x", &[5]))?;
            e.connect(&train.output, &cache.input)
        })
        .unwrap();
    Trained {
        graph,
        train,
        cache,
        count,
    }
}

impl Trained {
    #[track_caller]
    fn assert(&self, value: u32, computed: usize) {
        assert_eq!(self.cache.output.get().wait().unwrap(), value);
        assert_eq!(self.count.swap(0, Ordering::SeqCst), computed);
    }

    /// Fresh, outdated and missing.
    fn kept(&self) -> (u64, u64, u64) {
        let kept = self.graph.why(&self.cache.output, roi![]).unwrap().kept.unwrap();
        (kept.fresh, kept.outdated, kept.missing)
    }
}

#[test]
fn a_value_is_computed_once_until_its_input_changes() {
    let scene = trained();
    assert_eq!(scene.kept(), (0, 0, 1));
    scene.assert(10, 1);
    scene.assert(10, 0);
    assert_eq!((scene.kept(), scene.cache.operator().last()), ((1, 0, 0), Some(10)));
    scene
        .graph
        .edit(|e| e.write(&scene.train.image, roi![0..1], &Array::full("x", &[1], 90_u32)?))
        .unwrap();
    assert_eq!(scene.kept(), (0, 1, 0));
    scene.assert(100, 1);
    scene.assert(100, 0);
    scene.cache.operator().clear();
    scene.assert(100, 1);
}

#[test]
fn a_hundred_callers_have_a_value_computed_once() {
    let scene = trained();
    std::thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| assert_eq!(scene.cache.output.get().wait().unwrap(), 10));
        }
    });
    assert_eq!(scene.count.load(Ordering::SeqCst), 1);
}

#[test]
fn callers_that_leave_do_not_take_the_value_from_the_others() {
    let scene = trained();
    std::thread::scope(|scope| {
        for nth in 0..20 {
            let scene = &scene;
            scope.spawn(move || {
                let request = scene.cache.output.get();
                request.submit();
                match nth % 5 {
                    0 => drop(request.cancel()),
                    _ => assert_eq!(request.wait().unwrap(), 10),
                }
            });
        }
    });
    assert_eq!(scene.cache.output.get().wait().unwrap(), 10);
}

#[test]
fn a_forced_value_is_right_until_the_input_changes() {
    let scene = trained();
    let dirt = marked(&scene.graph, &scene.cache.output, |e| {
        e.set(&scene.cache.forced, Some(7_u32))
    });
    assert!(dirt.is_everything());
    scene.assert(7, 0);
    assert_eq!(scene.cache.output.value().unwrap(), 7);
    scene
        .graph
        .edit(|e| e.mark_dirty(&scene.train.image, roi![0..1]))
        .unwrap();
    scene.assert(10, 1);
    // For good.
    scene
        .graph
        .edit(|e| e.mark_dirty(&scene.train.image, roi![0..1]))
        .unwrap();
    scene.assert(10, 1);
    // In the edit that changes the input it is right after it; and it can be taken back.
    scene
        .graph
        .edit(|e| {
            e.set(&scene.cache.forced, Some(8_u32))?;
            e.mark_dirty(&scene.train.image, roi![0..1])
        })
        .unwrap();
    scene.assert(8, 0);
    scene.graph.edit(|e| e.set(&scene.cache.forced, None)).unwrap();
    scene.assert(10, 1);
}

#[test]
fn a_frozen_value_was_nothing_if_it_had_not_been_asked_for() {
    let scene = trained();
    scene.graph.edit(|e| e.freeze(&scene.cache.output)).unwrap();
    scene
        .graph
        .edit(|e| e.set(&scene.train.image, counting("x", &[3])))
        .unwrap();
    scene.assert(10, 1);
    scene.assert(10, 0);
    let dirt = marked(&scene.graph, &scene.cache.output, |e| e.thaw(&scene.cache.output));
    assert!(dirt.is_everything());
    scene.assert(3, 1);
}

#[test]
fn a_value_that_is_known_is_known_behind_the_cache() {
    let graph = Graph::new();
    let cache = graph.add(ValueCache::<&'static str>::new());
    graph.edit(|e| e.set(&cache.input, "hello")).unwrap();
    assert_eq!(cache.output.value().unwrap(), "hello");
    assert!(marked(&graph, &cache.output, |e| e.set(&cache.input, "hello")).is_nothing());
    assert!(marked(&graph, &cache.output, |e| e.set(&cache.input, "goodbye")).is_everything());
}

#[test]
fn a_part_of_a_computed_value_is_computed() {
    let scene = trained();
    let half = scene.graph.add(SelectAttribute::new(|sum: &u32| sum / 2));
    scene
        .graph
        .edit(|e| e.connect(&scene.cache.output, &half.object))
        .unwrap();
    assert_eq!(half.output.get().wait().unwrap(), 5);
    assert!(half.output.value().is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_handed_on_is_marked_as_it_changes(touched in region_in(&[6, 5]), other in region_in(&[6, 5]), which in 0..5_usize) {
        let graph = Graph::new();
        let image = noise("yx", &[6, 5], DType::U32, 3);
        let source = graph.add(Identity);
        let (switch, zeros, merge) = (graph.add(Switch::default()), graph.add(ZeroDefault), graph.add(MergeMeta::default()));
        let (inject, pre) = (graph.add(InjectMeta::default()), graph.add(Precomputed::new()));
        graph.edit(|e| {
            e.set(&source.input, image)?;
            let (_, lane) = e.push(&switch.images)?;
            e.connect(&source.output, &lane)?;
            e.connect(&source.output, &zeros.meta)?;
            e.connect(&source.output, &zeros.input)?;
            e.connect(&source.output, &merge.input)?;
            e.connect(&source.output, &merge.source)?;
            e.connect(&source.output, &inject.input)?;
            e.connect(&source.output, &pre.slow)
        }).unwrap();
        let output = [&switch.output, &zeros.output, &merge.output, &inject.output, &pre.output][which];
        assert_blockwise(output, [touched]);
        let part = Array::full("yx", touched.shape().as_slice(), 1_000_000_u32).unwrap();
        let (dirt, changed) = assert_marked(&graph, &source.input, output, touched, &part);
        prop_assert_eq!(dirt.regions(output.meta().unwrap().roi()), Vec::from_iter(changed));
        let dirt = marked(&graph, output, |e| e.mark_dirty(&source.input, other));
        prop_assert_eq!(dirt.regions(output.meta().unwrap().roi()), [other]);
    }
}

#[test]
fn what_only_hands_on_makes_no_request_of_its_own() {
    let graph = Graph::new();
    let probe = Probe::default();
    let node = graph.add(probe.clone());
    let (switch, inject) = (graph.add(Switch::default()), graph.add(InjectMeta::default()));
    graph
        .edit(|e| {
            e.set(&node.input, counting("x", &[8]))?;
            let (_, lane) = e.push(&switch.images)?;
            e.connect(&node.output, &lane)?;
            e.connect(&switch.output, &inject.input)
        })
        .unwrap();
    inject.output.request(roi![2..4]).wait().unwrap();
    assert_eq!(probe.take(), [roi![2..4]]);
    assert!(switch.operator().is_inline() && inject.operator().is_inline());
}
