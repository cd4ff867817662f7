//! Filters of ranks, morphology and local thresholds in the graph.

use headwater::graph::{Graph, Meta};
use headwater::kernels::{self, Footprint, Local, MorphologyOperation, Stencil};
use headwater::operators::{Filter, FilterSlots, LocalThreshold, Morphology, Rank};
use headwater::{Array, Checkpoint, DType, roi};
use proptest::prelude::*;

use crate::exact::{assert_blockwise, assert_marked, region_in};

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

/// The result is the kernel's, any part of it is the same, and what changes is marked.
fn check<F: Filter>(filter: F, kernel: &impl Stencil, seed: u64, regions: Vec<headwater::Roi>, dirty: headwater::Roi) {
    let graph = Graph::new();
    let node = graph.add(filter);
    let slots: &FilterSlots<F::Parameters> = &node;
    let input = noise("zyx", &SHAPE, seed);
    graph.edit(|e| e.set(&slots.input, input.clone())).unwrap();
    let whole = slots.output.request(slots.output.meta().unwrap().roi()).wait().unwrap();
    assert_eq!(whole, kernel.apply(&input, &Checkpoint::never()).unwrap());
    assert_blockwise(&slots.output, regions);
    let part = noise("zyx", dirty.shape().as_slice(), !seed);
    assert_marked(&graph, &slots.input, &slots.output, dirty, &part);
}

const SHAPE: [usize; 3] = [7, 9, 11];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn parts_are_those_of_the_whole_and_nothing_changes_unmarked(
        which in 0..5,
        radius in 0usize..3,
        seed: u64,
        regions in prop::collection::vec(region_in(&SHAPE), 1..4),
        dirty in region_in(&SHAPE),
    ) {
        let ball = Footprint::Ball(radius.into());
        match which {
            0 => check(Rank::median(radius), &kernels::Rank::median(radius), seed, regions, dirty),
            1 => check(Rank::percentile(20.0, radius).ball(), &kernels::Rank::percentile(20.0, ball), seed, regions, dirty),
            2 => check(Rank::maximum(radius), &kernels::Rank::maximum(radius), seed, regions, dirty),
            3 => {
                let top_hat = (MorphologyOperation::WhiteTopHat, radius);
                check(
                    Morphology::new(top_hat.0, top_hat.1),
                    &kernels::Morphology::new(top_hat.0, top_hat.1),
                    seed,
                    regions,
                    dirty,
                );
            }
            _ => check(
                LocalThreshold::new(Local::Mean, radius).offset(-3.0),
                &kernels::LocalThreshold::new(Local::Mean, radius).offset(-3.0),
                seed,
                regions,
                dirty,
            ),
        }
    }
}

#[test]
fn dirt_reaches_as_far_as_the_window_and_no_further() {
    let graph = Graph::new();
    let (rank, open) = (
        graph.add(Rank::maximum([1, 2])),
        graph.add(Morphology::new(MorphologyOperation::Open, 2)),
    );
    let image = Array::zeros("yx", &[40, 40], DType::U8).unwrap();
    graph
        .edit(|e| {
            e.set(&rank.input, image.clone())?;
            e.set(&open.input, image.clone())
        })
        .unwrap();
    let extent = roi![0..40, 0..40];
    let dot = Array::full("yx", &[1, 1], 9_u8).unwrap();
    let (marked, changed) = assert_marked(&graph, &rank.input, &rank.output, roi![20..21, 30..31], &dot);
    assert_eq!(marked.regions(extent), [roi![19..22, 28..33]]);
    assert_eq!(changed, Some(roi![19..22, 28..33]));
    // An opening depends on twice the radius.
    let square = Array::full("yx", &[5, 5], 9_u8).unwrap();
    let (marked, changed) = assert_marked(&graph, &open.input, &open.output, roi![20..25, 30..35], &square);
    assert_eq!(marked.regions(extent), [roi![16..29, 26..39]]);
    assert_eq!(changed, Some(roi![20..25, 30..35]));
}

#[test]
fn parameters_are_slots_and_bad_ones_can_be_mended() {
    let graph = Graph::new();
    let rank = graph.add(Rank::median(1));
    let image = noise("yx", &[20, 20], 3);
    graph.edit(|e| e.set(&rank.input, image.clone())).unwrap();
    graph.edit(|e| e.set(&rank.percentile, 100.0)).unwrap();
    graph.edit(|e| e.set(&rank.radius, [1, 0])).unwrap();
    let whole = roi![0..20, 0..20];
    let expected = kernels::Rank::maximum([1, 0])
        .apply(&image, &Checkpoint::never())
        .unwrap();
    assert_eq!(rank.output.request(whole).wait().unwrap(), expected);
    graph.edit(|e| e.set(&rank.percentile, 101.0)).unwrap();
    let report = rank.output.request(whole).wait().unwrap_err().report();
    assert!(report.contains("percentile is 101, not from 0 to 100"), "{report}");
    graph.edit(|e| e.set(&rank.percentile, 100.0)).unwrap();
    assert_eq!(rank.output.request(whole).wait().unwrap(), expected);
}

#[test]
fn descriptions_say_what_is_known() {
    struct Source(Meta);
    impl headwater::graph::Operator for Source {
        type Slots = headwater::graph::Output<Array>;
        fn slots(&self, declare: &mut headwater::graph::Declare<'_>) -> Self::Slots {
            declare.output("output")
        }
        fn setup(&self, slots: &Self::Slots, cx: &mut headwater::graph::Setup<'_>) -> Result<(), headwater::Error> {
            cx.describe(slots, self.0.clone())
        }
    }
    let graph = Graph::new();
    let meta = Meta::new(headwater::Shape::from([64, 64]), DType::U16, "yx")
        .unwrap()
        .with_range(10.0, 4000.0);
    let source = graph.add(Source(meta));
    let rank = graph.add(Rank::median(1));
    let top_hat = graph.add(Morphology::new(MorphologyOperation::BlackTopHat, 1));
    let local = graph.add(LocalThreshold::new(Local::Gaussian, 3));
    graph
        .edit(|e| {
            e.connect(&*source, &rank.input)?;
            e.connect(&*source, &top_hat.input)?;
            e.connect(&*source, &local.input)
        })
        .unwrap();
    let seen = [&rank.output, &top_hat.output, &local.output].map(|output| {
        let meta = output.meta().unwrap();
        (meta.dtype(), meta.range())
    });
    assert_eq!(
        seen,
        [
            (DType::U16, Some((10.0, 4000.0))),
            (DType::U16, Some((0.0, 3990.0))),
            (DType::Bool, Some((0.0, 1.0)))
        ]
    );
}
