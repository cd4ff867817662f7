//! Thresholds, normalising, and the values that they are connected to.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use headwater::graph::{Data, Declare, Dirty, Execute, Graph, Input, Operator, Output, Setup};
use headwater::kernels::{self, Stencil};
use headwater::operators::{Normalise, Otsu, Threshold, ValueRange};
use headwater::{Array, Checkpoint, DType, Error, Roi, Shape, roi};
use proptest::prelude::*;

use crate::exact::{assert_blockwise, assert_marked, region_in};

const NEVER: Checkpoint = Checkpoint::never();

/// Whole numbers, of two kinds.
fn noise(shape: &[usize], dtype: DType, seed: u64) -> Array {
    let mut state = seed | 1;
    let values = (0..shape.iter().product::<usize>()).map(|_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let value = (state >> 58) as i64;
        if value % 3 == 0 { value / 4 } else { value + 60 }
    });
    let array = Array::from_vec(&"zyx"[3 - shape.len()..], shape, values.collect()).unwrap();
    array.cast(dtype).unwrap()
}

/// Hands its input on in blocks of a shape, and counts the elements that were asked for.
struct Counting {
    block: Shape,
    asked: Arc<AtomicUsize>,
}

struct CountingSlots {
    input: Input<Array>,
    output: Output<Array>,
}

impl Operator for Counting {
    type Slots = CountingSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> CountingSlots {
        CountingSlots {
            input: declare.input("input"),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &CountingSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = cx.meta(&slots.input)?;
        cx.describe(&slots.output, meta.with_ideal_block(self.block))
    }

    fn dirty(&self, slots: &CountingSlots, cx: &mut Dirty<'_>) {
        cx.same_region(&slots.input, &slots.output);
    }

    async fn execute(&self, slots: &CountingSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        self.asked.fetch_add(roi.volume()?, Ordering::SeqCst);
        Ok(cx.request(&slots.input, roi).await?.into())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn otsu_block_by_block_is_that_of_the_whole(
        shape in prop::collection::vec(1usize..20, 2),
        block in prop::collection::vec(0usize..8, 2),
        dtype in prop::sample::select(vec![DType::U8, DType::I16, DType::I32, DType::F32, DType::F64]),
        seed: u64,
    ) {
        let image = noise(&shape, dtype, seed);
        let graph = Graph::new();
        let source = graph.add(Counting { block: Shape::new(&block).unwrap(), asked: Arc::default() });
        let (otsu, threshold, range) = (graph.add(Otsu::new()), graph.add(Threshold::above(0.0)), graph.add(ValueRange::new()));
        graph.edit(|e| {
            e.set(&source.input, image.clone())?;
            e.connect(&source.output, &otsu.input)?;
            e.connect(&source.output, &range.input)?;
            e.connect(&source.output, &threshold.input)?;
            e.connect(&otsu.threshold, &threshold.level)
        }).unwrap();
        let level = kernels::otsu(&image, &NEVER).unwrap();
        prop_assert_eq!(otsu.threshold.get().wait().unwrap(), level);
        let ends = (range.minimum.get().wait().unwrap(), range.maximum.get().wait().unwrap());
        prop_assert_eq!(Some(ends), kernels::value_range(&image, &NEVER).unwrap());
        let whole = Roi::full(Shape::new(&shape).unwrap());
        let mask = threshold.output.request(whole).wait().unwrap();
        prop_assert_eq!(mask, kernels::threshold(&image, level, &NEVER).unwrap());
    }

    #[test]
    fn parts_are_those_of_the_whole_and_nothing_changes_unmarked(
        seed: u64,
        regions in prop::collection::vec(region_in(&[9, 11]), 1..4),
        dirty in region_in(&[9, 11]),
    ) {
        let graph = Graph::new();
        let (threshold, normalise) = (graph.add(Threshold::above(50.0)), graph.add(Normalise::new((0.0, 120.0), (0.0, 1.0), DType::F32)));
        let image = noise(&[9, 11], DType::U8, seed);
        graph.edit(|e| {
            e.set(&threshold.input, image.clone())?;
            e.set(&normalise.input, image.clone())
        }).unwrap();
        // Other values everywhere: what is written as it was is no change.
        let part = image.slice(&dirty).unwrap().map(|value: u8| !value).unwrap();
        for (input, output) in [(&threshold.input, &threshold.output), (&normalise.input, &normalise.output)] {
            assert_blockwise(output, regions.clone());
            let (marked, _) = assert_marked(&graph, input, output, dirty, &part);
            prop_assert_eq!(marked.regions(roi![0..9, 0..11]).iter().map(|roi| roi.volume().unwrap()).sum::<usize>(), dirty.volume().unwrap());
        }
    }
}

#[test]
fn a_threshold_is_computed_once_until_the_image_changes() {
    let graph = Graph::new();
    let asked = Arc::new(AtomicUsize::new(0));
    let source = graph.add(Counting {
        block: Shape::from([10, 10]),
        asked: Arc::clone(&asked),
    });
    let (otsu, threshold) = (graph.add(Otsu::new()), graph.add(Threshold::above(0.0)));
    let image = noise(&[40, 50], DType::U8, 3);
    graph
        .edit(|e| {
            e.set(&source.input, image.clone())?;
            e.set(&threshold.input, image.clone())?;
            e.connect(&source.output, &otsu.input)?;
            e.connect(&otsu.threshold, &threshold.level)
        })
        .unwrap();
    for start in 0..5 {
        threshold.output.request(roi![0..10, start..start + 10]).wait().unwrap();
    }
    assert_eq!(asked.load(Ordering::SeqCst), 40 * 50);
    let before = threshold.output.request(roi![0..40, 0..50]).wait().unwrap();
    let white = Array::full("yx", &[40, 50], 1_u8).unwrap();
    graph
        .edit(|e| e.write(&source.input, roi![0..40, 0..50], &white))
        .unwrap();
    assert_eq!(otsu.threshold.get().wait().unwrap(), 1.0);
    assert_eq!(asked.load(Ordering::SeqCst), 2 * 40 * 50);
    let after = threshold.output.request(roi![0..40, 0..50]).wait().unwrap();
    assert_ne!(before, after);
    assert_eq!(after, kernels::threshold(&image, 1.0, &NEVER).unwrap());
}

#[test]
fn an_image_is_normalised_to_its_own_range() {
    let graph = Graph::new();
    let (range, normalise) = (
        graph.add(ValueRange::new()),
        graph.add(Normalise::new((0.0, 1.0), (0.0, 255.0), DType::U8)),
    );
    let image = noise(&[30, 40], DType::F32, 7);
    graph
        .edit(|e| {
            e.set(&range.input, image.clone())?;
            e.set(&normalise.input, image.clone())?;
            e.connect(&range.minimum, &normalise.in_min)?;
            e.connect(&range.maximum, &normalise.in_max)
        })
        .unwrap();
    let own = normalise.output.request(roi![0..30, 0..40]).wait().unwrap();
    let kernel = kernels::Normalise::range_of(&image, (0.0, 255.0), DType::U8, &NEVER).unwrap();
    assert_eq!(own, kernel.apply(&image, &NEVER).unwrap());
    assert_eq!(kernels::value_range(&own, &NEVER).unwrap(), Some((0.0, 255.0)));
}

#[test]
fn what_cannot_be_computed_says_why() {
    let graph = Graph::new();
    let (range, otsu) = (graph.add(ValueRange::new()), graph.add(Otsu::new()));
    let nothing = Array::full("x", &[3], f32::NAN).unwrap();
    graph
        .edit(|e| {
            e.set(&range.input, nothing.clone())?;
            e.set(&otsu.input, nothing.clone())
        })
        .unwrap();
    let report = range.minimum.get().wait().unwrap_err().report();
    assert!(report.contains("the image has no numbers, and so no range"), "{report}");
    let report = otsu.threshold.get().wait().unwrap_err().report();
    assert!(report.contains("no numbers to make a histogram of"), "{report}");
}

#[test]
fn of_an_empty_image_it_is_said_that_it_is_empty() {
    let graph = Graph::new();
    let (range, otsu) = (graph.add(ValueRange::new()), graph.add(Otsu::new()));
    for dtype in [DType::U8, DType::F32] {
        let empty = Array::zeros("yx", &[0, 3], dtype).unwrap();
        graph
            .edit(|e| {
                e.set(&range.input, empty.clone())?;
                e.set(&otsu.input, empty.clone())
            })
            .unwrap();
        let report = range.maximum.get().wait().unwrap_err().report();
        assert!(
            report.contains("ValueRange") && report.contains("is empty, so it has no range"),
            "{report}"
        );
        let report = otsu.threshold.get().wait().unwrap_err().report();
        assert!(
            report.contains("Otsu") && report.contains("is empty, so it has no threshold"),
            "{report}"
        );
    }
}
