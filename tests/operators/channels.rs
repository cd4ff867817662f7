//! Channels: one, several, and which is the greatest.

use headwater::graph::{Graph, Slot};
use headwater::operators::{ArgMaxChannel, ArraySource, MaxChannelIndicator, MetaPatch, SelectChannel, SelectChannels};
use headwater::{Array, DType, Roi, Shape, roi};
use proptest::prelude::*;

use crate::exact::{assert_blockwise, assert_marked, region_in};
use crate::support::{Probe, counting, elements, marked, noise, refusal, whole};

const SHAPES: [(&str, [usize; 3]); 3] = [("yxc", [5, 6, 4]), ("cyx", [4, 5, 6]), ("ycx", [5, 4, 6])];

/// An image with four channels somewhere, and a region of it.
fn image() -> impl Strategy<Value = (&'static str, [usize; 3], Roi)> {
    prop::sample::select(SHAPES.to_vec()).prop_flat_map(|(axes, shape)| (Just(axes), Just(shape), region_in(&shape)))
}

fn channel_axis(axes: &str) -> usize {
    axes.find('c').unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn one_channel_is_a_slice_and_marks_what_is_dirty_in_it((axes, shape, touched) in image(), channel in 0..4_usize) {
        let graph = Graph::new();
        let select = graph.add(SelectChannel::new(channel));
        let image = counting(axes, &shape);
        graph.edit(|e| e.set(&select.input, image.clone())).unwrap();
        let place = Roi::full(Shape::new(shape).unwrap()).with_axis(channel_axis(axes), channel..channel + 1).unwrap();
        prop_assert!(whole(&select.output).same_buffer(&image.slice(&place).unwrap()));
        let part = Array::full(axes, touched.shape().as_slice(), 1_000_000_u32).unwrap();
        let (dirt, changed) = assert_marked(&graph, &select.input, &select.output, touched, &part);
        prop_assert_eq!(dirt.regions(select.output.meta().unwrap().roi()), Vec::from_iter(changed));
    }

    #[test]
    fn any_channels_come_in_any_order(
        (axes, shape, touched) in image(), channels in prop::collection::vec(0..4_usize, 1..7), nth in any::<usize>(),
    ) {
        let graph = Graph::new();
        let select = graph.add(SelectChannels::new(channels.as_slice()));
        let image = counting(axes, &shape);
        graph.edit(|e| e.set(&select.input, image.clone())).unwrap();
        let axis = channel_axis(axes);
        let full = Roi::full(Shape::new(shape).unwrap());
        let slices: Vec<_> = channels.iter().map(|c| image.slice(&full.with_axis(axis, *c..c + 1).unwrap()).unwrap()).collect();
        prop_assert_eq!(whole(&select.output), Array::concat('c', &slices).unwrap());
        let (a, b) = (nth % channels.len(), nth / 7 % channels.len());
        let out = select.output.meta().unwrap().roi();
        assert_blockwise(&select.output, [out.with_axis(axis, a.min(b)..a.max(b) + 1).unwrap()]);
        // Marks: exactly the places at which a channel that is chosen changed.
        let part = Array::full(axes, touched.shape().as_slice(), 1_000_000_u32).unwrap();
        let (dirt, _) = assert_marked(&graph, &select.input, &select.output, touched, &part);
        for (at, channel) in channels.iter().enumerate() {
            let place = touched.with_axis(axis, at..at + 1).unwrap();
            prop_assert_eq!(dirt.intersects(&place), touched.range(axis).contains(channel));
        }
        let volume: usize = dirt.regions(out).iter().map(|roi| roi.volume().unwrap()).sum();
        let hit = channels.iter().filter(|channel| touched.range(axis).contains(channel)).count();
        prop_assert_eq!(volume, hit * touched.with_axis(axis, 0..1).unwrap().volume().unwrap());
    }

    #[test]
    fn the_greatest_channel_is_found_wherever_the_channels_are(
        (axes, shape, touched) in image(), dtype in prop::sample::select(DType::ALL.to_vec()), seed in any::<u64>(),
    ) {
        let graph = Graph::new();
        let (best, flags) = (graph.add(ArgMaxChannel), graph.add(MaxChannelIndicator));
        // Few values, so that there are ties and pixels that are all zero.
        let image = noise(axes, &shape, DType::U8, seed).map(|value: u8| (value % 3).saturating_sub(1)).unwrap().cast(dtype).unwrap();
        graph.edit(|e| { e.set(&best.input, image.clone())?; e.connect(&best.input, &flags.input) }).unwrap();
        let axis = channel_axis(axes);
        let turned = image.to_axes("yxc").unwrap().cast(DType::F64).unwrap();
        let naive: Vec<(usize, bool)> = elements::<f64>(&turned).chunks(4).map(|pixel| {
            let greatest = pixel.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            (pixel.iter().position(|value| *value == greatest).unwrap(), pixel.iter().all(|value| *value == 0.0))
        }).collect();
        let numbers = elements::<u32>(&whole(&best.output).to_axes("yxc").unwrap());
        prop_assert_eq!(&numbers, &naive.iter().map(|(nth, _)| *nth as u32).collect::<Vec<_>>());
        let expected: Vec<u8> = naive.iter().flat_map(|(nth, zero)| (0..4).map(move |c| u8::from(!zero && c == *nth))).collect();
        prop_assert_eq!(elements::<u8>(&whole(&flags.output).to_axes("yxc").unwrap()), expected);
        let out = flags.output.meta().unwrap();
        assert_blockwise(&flags.output, [touched]);
        assert_blockwise(&best.output, [touched.with_axis(axis, 0..1).unwrap()]);
        for seed in [seed ^ 7, seed ^ 8] {
            let part = noise(axes, touched.shape().as_slice(), dtype, seed);
            assert_marked(&graph, &best.input, [&best.output, &flags.output][seed as usize % 2], touched, &part);
        }
        let dirt = marked(&graph, &flags.output, |e| e.mark_dirty(&best.input, touched));
        prop_assert_eq!(dirt.regions(out.roi()), [touched.with_axis(axis, 0..4).unwrap()]);
        let dirt = marked(&graph, &best.output, |e| e.mark_dirty(&best.input, touched));
        prop_assert_eq!(dirt.regions(best.output.meta().unwrap().roi()), [touched.with_axis(axis, 0..1).unwrap()]);
    }
}

#[test]
fn a_change_of_another_channel_made_the_chosen_one_dirty() {
    let graph = Graph::new();
    let select = graph.add(SelectChannel::new(1));
    graph
        .edit(|e| e.set(&select.input, counting("yxc", &[4, 4, 3])))
        .unwrap();
    let dirt = |touched: Roi| marked(&graph, &select.output, |e| e.mark_dirty(&select.input, touched));
    assert!(dirt(roi![0..4, 0..4, 0..1]).is_nothing());
    assert!(dirt(roi![0..4, 0..4, 2..3]).is_nothing());
    assert_eq!(dirt(roi![0..4, 1..2, 0..2]), roi![0..4, 1..2, 0..1].into());
    assert!(marked(&graph, &select.output, |e| e.set(&select.channel, 0_usize)).is_everything());
}

#[test]
fn a_channel_that_does_not_exist_is_not_ready() {
    let graph = Graph::new();
    let (one, some) = (graph.add(SelectChannel::new(1)), graph.add(SelectChannels::new([1])));
    let image = counting("yxc", &[4, 4, 2]);
    graph
        .edit(|e| {
            e.set(&one.input, image.clone())?;
            e.set(&some.input, image)
        })
        .unwrap();
    assert!(one.output.is_ready() && some.output.is_ready());
    let less = counting("yxc", &[4, 4, 1]);
    graph
        .edit(|e| {
            e.set(&one.input, less.clone())?;
            e.set(&some.input, less)
        })
        .unwrap();
    for output in [&one.output, &some.output] {
        assert!(output.meta().unwrap_err().is_not_ready());
        assert!(refusal(output).contains("there is no channel 1 of 1"));
    }
    graph.edit(|e| e.set(&some.channels, vec![])).unwrap();
    assert!(refusal(&some.output).contains("no channel is chosen"));
    graph.edit(|e| e.set(&one.input, counting("yx", &[4, 4]))).unwrap();
    assert!(refusal(&one.output).contains("has no axis c"));
}

#[test]
fn channels_that_are_not_chosen_are_not_asked_for_and_the_chosen_ones_once() {
    let graph = Graph::new();
    let (probe, select) = (Probe::default(), graph.add(SelectChannels::new([4, 2, 3, 4, 2, 3])));
    let node = graph.add(probe.clone());
    graph
        .edit(|e| {
            e.set(&node.input, counting("xc", &[3, 6]))?;
            e.connect(&node.output, &select.input)
        })
        .unwrap();
    whole(&select.output);
    assert_eq!(probe.take(), [roi![0..3, 2..4], roi![0..3, 2..5], roi![0..3, 4..5]]);
    select.output.request(roi![0..3, 1..3]).wait().unwrap();
    assert_eq!(probe.take(), [roi![0..3, 2..4]]);
}

#[test]
fn channels_that_follow_each_other_are_not_copied() {
    let graph = Graph::new();
    let select = graph.add(SelectChannels::new([1, 2]));
    let image = counting("xc", &[3, 6]);
    graph.edit(|e| e.set(&select.input, image.clone())).unwrap();
    assert!(whole(&select.output).same_buffer(&image.slice(&roi![0..3, 1..3]).unwrap()));
}

#[test]
fn names_of_channels_go_with_them() {
    let graph = Graph::new();
    let source =
        graph.add(ArraySource::new(counting("xc", &[3, 3])).patch(MetaPatch::new().channel_names(["r", "g", "b"])));
    let (one, some, best) = (
        graph.add(SelectChannel::new(2)),
        graph.add(SelectChannels::new([1, 0, 1])),
        graph.add(ArgMaxChannel),
    );
    graph
        .edit(|e| {
            e.connect(&source.output, &one.input)?;
            e.connect(&source.output, &best.input)?;
            e.connect(&source.output, &some.input)
        })
        .unwrap();
    let names = |meta: &headwater::graph::Meta| {
        meta.channel_names()
            .iter()
            .map(|name| name.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&one.output.meta().unwrap()), ["b"]);
    assert_eq!(names(&some.output.meta().unwrap()), ["g", "r", "g"]);
    let meta = best.output.meta().unwrap();
    assert_eq!(
        (names(&meta).len(), meta.range(), meta.dtype()),
        (0, Some((0.0, 2.0)), DType::U32)
    );
}

#[test]
fn where_all_channels_are_zero_none_is_the_greatest() {
    let graph = Graph::new();
    let flags = graph.add(MaxChannelIndicator);
    graph
        .edit(|e| e.set(&flags.input, Array::zeros("tzyxc", &[1, 3, 5, 7, 2], DType::F64)?))
        .unwrap();
    assert!(elements::<u8>(&whole(&flags.output)).iter().all(|flag| *flag == 0));
    // lazyflow looks at the request: a pixel that is zero counted for the first channel as soon as a neighbour was not.
    graph
        .edit(|e| {
            e.set(
                &flags.input,
                Array::from_vec("xc", &[2, 2], vec![0.0_f64, 0.0, 0.0, 1.0])?,
            )
        })
        .unwrap();
    assert_eq!(elements::<u8>(&whole(&flags.output)), [0, 0, 0, 1]);
    assert_eq!(
        elements::<u8>(&flags.output.request(roi![0..1, 0..2]).wait().unwrap()),
        [0, 0]
    );
}

#[test]
fn dirt_of_one_channel_was_not_told_to_the_others() {
    let graph = Graph::new();
    let flags = graph.add(MaxChannelIndicator);
    graph.edit(|e| e.set(&flags.input, counting("xc", &[3, 4]))).unwrap();
    let dirt = marked(&graph, &flags.output, |e| e.mark_dirty(&flags.input, roi![1..2, 0..1]));
    assert_eq!(dirt, roi![1..2, 0..4].into());
}

#[test]
fn several_channels_could_not_be_asked_for_at_once() {
    let graph = Graph::new();
    let flags = graph.add(MaxChannelIndicator);
    graph
        .edit(|e| {
            e.set(
                &flags.input,
                Array::from_vec("xc", &[2, 3], vec![0.2_f32, 0.5, 0.5, 0.3, 0.3, 0.1])?,
            )
        })
        .unwrap();
    assert_eq!(elements::<u8>(&whole(&flags.output)), [0, 1, 0, 1, 0, 0]);
    assert_eq!(
        elements::<u8>(&flags.output.request(roi![0..2, 1..3]).wait().unwrap()),
        [1, 0, 0, 0]
    );
    assert_eq!(flags.output.meta().unwrap().range(), Some((0.0, 1.0)));
}

#[test]
fn of_no_channels_none_is_the_greatest() {
    let graph = Graph::new();
    let best = graph.add(ArgMaxChannel);
    graph
        .edit(|e| e.set(&best.input, Array::zeros("xc", &[3, 0], DType::F32)?))
        .unwrap();
    assert!(best.output.meta().unwrap_err().is_not_ready());
    graph
        .edit(|e| e.set(&best.input, Array::zeros("xc", &[3, 2], DType::F32)?))
        .unwrap();
    assert_eq!(best.output.request(roi![0..3, 0..0]).wait().unwrap().shape(), [3, 0]);
}
