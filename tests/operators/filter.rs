//! The adapter from stencils to operators, with a stencil of the tests' own.

use headwater::graph::{Declare, Graph, Input, Meta, PixelSize};
use headwater::kernels::{Form, Stencil};
use headwater::operators::{Filter, Values};
use headwater::{Array, Axes, Checkpoint, DType, Error, Roi, Shape, roi};
use proptest::prelude::*;

use crate::exact::{assert_blockwise, assert_marked, region_in};

/// The least and the greatest value within `radius`, as two channels.
#[derive(Clone, Debug)]
struct Span {
    radius: usize,
}

impl Stencil for Span {
    fn halo(&self, input: &Form) -> Result<Vec<usize>, Error> {
        if self.radius > 50 {
            return Err(Error::invalid(format!("a radius of {}", self.radius)));
        }
        let is_space = |letter| matches!(letter, 'z' | 'y' | 'x');
        Ok(input
            .axes
            .iter()
            .map(|letter| usize::from(is_space(letter)) * self.radius)
            .collect())
    }

    fn channels(&self, _: &Form) -> Result<Option<usize>, Error> {
        Ok(Some(2))
    }

    fn dtype(&self, input: DType) -> DType {
        input
    }

    fn apply_region(&self, input: &Array, roi: &Roi, checkpoint: &Checkpoint) -> Result<Array, Error> {
        checkpoint.check()?;
        let form = Form::of(input)?;
        let result = self.result(&form)?;
        let (view, channel) = (input.view::<u8>()?, result.axes.position('c').unwrap());
        let own = form.axes.position('c');
        let mut values = Vec::new();
        for point in points(roi) {
            let (mut at, nth) = (point.clone(), point[channel]);
            match own {
                Some(axis) => at[axis] = nth / 2,
                None => drop(at.remove(channel)),
            }
            let start: Vec<_> = at
                .iter()
                .zip(self.halo(&form)?)
                .map(|(at, halo)| at.saturating_sub(halo))
                .collect();
            let halo = self.halo(&form)?;
            let stop = at
                .iter()
                .zip(halo)
                .zip(view.shape())
                .map(|((at, halo), len)| (at + halo + 1).min(*len));
            let around = points(&Roi::new(start, stop.collect::<Vec<_>>())?).map(|near| view[&near[..]]);
            let value = if nth % 2 == 0 { around.min() } else { around.max() };
            values.extend(value);
        }
        Array::from_vec(result.axes, roi.shape().as_slice(), values)
    }

    fn bytes(&self, _: &Form, roi: &Roi, _: usize) -> Result<u64, Error> {
        Ok(roi.volume()? as u64)
    }
}

fn points(roi: &Roi) -> impl Iterator<Item = Vec<usize>> + use<> {
    let (start, shape) = (roi.start().to_vec(), roi.shape());
    let count = shape.as_slice().iter().product();
    (0..count).map(move |mut nth: usize| {
        let mut point = start.clone();
        for axis in (0..point.len()).rev() {
            point[axis] += nth % shape[axis];
            nth /= shape[axis];
        }
        point
    })
}

struct SpanOperator;

struct SpanParameters {
    radius: Input<usize>,
}

impl Filter for SpanOperator {
    type Kernel = Span;
    type Parameters = SpanParameters;

    fn parameters(&self, declare: &mut Declare<'_>) -> SpanParameters {
        SpanParameters {
            radius: declare.default("radius", 1),
        }
    }

    fn kernel(&self, slots: &SpanParameters, values: &mut Values<'_, '_>, _: &Form) -> Result<Span, Error> {
        Ok(Span {
            radius: values.get(&slots.radius)?,
        })
    }

    fn describe(&self, _: &Span, input: &Meta, result: Meta) -> Meta {
        match input.range() {
            Some((least, greatest)) => result.with_range(least, greatest),
            None => result,
        }
    }
}

fn noise(axes: &str, shape: &[usize], seed: u64) -> Array {
    let mut state = seed | 1;
    let values = (0..shape.iter().product::<usize>()).map(|_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    });
    Array::from_vec(axes, shape, values.collect()).unwrap()
}

#[test]
fn the_description_is_the_kernels_and_keeps_what_is_known() {
    let graph = Graph::new();
    let span = graph.add(SpanOperator);
    let micrometers = |size| PixelSize {
        size,
        unit: "micrometer".into(),
    };
    let meta = Meta::new(Shape::from([3, 20, 30]), DType::U8, "tyx")
        .unwrap()
        .with_range(0.0, 9.0);
    let meta = meta
        .with_pixel_size([micrometers(1.0), micrometers(2.0), micrometers(3.0)])
        .unwrap();
    let meta = meta.with_ideal_block(Shape::from([1, 10, 30]));
    struct Source(Meta);
    impl headwater::graph::Operator for Source {
        type Slots = headwater::graph::Output<Array>;
        fn slots(&self, declare: &mut Declare<'_>) -> Self::Slots {
            declare.output("output")
        }
        fn setup(&self, slots: &Self::Slots, cx: &mut headwater::graph::Setup<'_>) -> Result<(), Error> {
            cx.describe(slots, self.0.clone())
        }
    }
    let source = graph.add(Source(meta));
    graph.edit(|e| e.connect(&*source, &span.input)).unwrap();
    let meta = span.output.meta().unwrap();
    assert_eq!(
        (meta.axes(), meta.shape()),
        ("tcyx".parse::<Axes>().unwrap(), Shape::from([3, 2, 20, 30]))
    );
    assert_eq!(meta.range(), Some((0.0, 9.0)));
    assert_eq!(meta.ideal_block(), Some(Shape::from([1, 0, 10, 30])));
    assert_eq!(meta.pixel_size().unwrap()[3], micrometers(3.0));
    // A block is 10 x 30 and two channels: its result takes 600 bytes, its input (at the border) 11 x 30.
    assert_eq!(meta.bytes_per_pixel(), 930_u64.div_ceil(600));
}

#[test]
fn a_parameter_that_the_kernel_refuses_is_the_state_of_the_output() {
    let graph = Graph::new();
    let span = graph.add(SpanOperator);
    graph.edit(|e| e.set(&span.input, noise("yx", &[9, 9], 1))).unwrap();
    graph.edit(|e| e.set(&span.radius, 99_usize)).unwrap();
    let report = span.output.request(roi![0..1, 0..1, 0..1]).wait().unwrap_err().report();
    assert!(report.contains("a radius of 99"), "{report}");
    graph.edit(|e| e.set(&span.radius, 2_usize)).unwrap();
    assert!(span.output.request(roi![0..1, 0..1, 0..1]).wait().is_ok());
}

#[test]
fn dirt_reaches_as_far_as_the_halo_and_no_further() {
    let graph = Graph::new();
    let span = graph.add(SpanOperator);
    graph
        .edit(|e| e.set(&span.input, noise("yxc", &[20, 20, 3], 1)))
        .unwrap();
    let dot = Array::full("yxc", &[1, 1, 1], 255_u8).unwrap();
    let (marked, _) = assert_marked(&graph, &span.input, &span.output, roi![5..6, 0..1, 1..2], &dot);
    assert_eq!(
        marked.regions(span.output.meta().unwrap().roi()),
        [roi![4..7, 0..2, 2..4]]
    );
    let mut events = graph.subscribe();
    graph.edit(|e| e.set(&span.radius, 3_usize)).unwrap();
    let batch = events.try_next().unwrap();
    assert!(format!("{batch:?}").contains("Dirty"), "{batch:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_part_is_that_of_the_whole_and_nothing_changes_unmarked(
        (axes, shape, radius, seed, regions, dirty) in (
            prop::sample::select(vec!["yx", "zyx", "yxc", "cyx", "tyx"]),
            prop::collection::vec(1usize..9, 3),
            0usize..4,
            any::<u64>(),
        ).prop_flat_map(|(axes, shape, radius, seed)| {
            let shape = shape[..axes.len()].to_vec();
            let result = Span { radius }.result(&Form {
                axes: axes.parse().unwrap(),
                shape: Shape::new(&shape).unwrap(),
                dtype: DType::U8,
            }).unwrap().shape;
            let regions = prop::collection::vec(region_in(result.as_slice()), 1..4);
            (Just(axes), Just(shape.clone()), Just(radius), Just(seed), regions, region_in(&shape))
        })
    ) {
        let graph = Graph::new();
        let span = graph.add(SpanOperator);
        graph.edit(|e| {
            e.set(&span.radius, radius)?;
            e.set(&span.input, noise(axes, &shape, seed))
        }).unwrap();
        assert_blockwise(&span.output, regions);
        let part = noise(axes, dirty.shape().as_slice(), !seed);
        assert_marked(&graph, &span.input, &span.output, dirty, &part);
    }
}
