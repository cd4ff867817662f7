//! Distance transform, watershed and region features in the graph.

use headwater::graph::{Graph, Meta, PixelSize};
use headwater::kernels::{self, Connectivity, Stencil, region_features};
use headwater::operators::{BlockCache, DistanceTransform, RegionFeatures, Watershed};
use headwater::{Array, Checkpoint, DType, Roi, Runtime, roi};
use proptest::prelude::*;

use crate::exact::{assert_blockwise, assert_marked, region_in};

const NEVER: Checkpoint = Checkpoint::never();

/// Integers below `below` without a pattern.
fn noise(axes: &str, shape: &[usize], dtype: DType, below: u64, seed: u64) -> Array {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let values = (0..shape.iter().product::<usize>()).map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) % below
    });
    Array::from_vec(axes, shape, values.collect::<Vec<u64>>())
        .unwrap()
        .cast(dtype)
        .unwrap()
}

const SHAPE: [usize; 4] = [2, 9, 12, 10];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn distances_by_region_are_those_of_the_whole(
        regions in prop::collection::vec(region_in(&SHAPE), 4), maximum in prop::option::of(0.0f64..5.0), seed: u64,
    ) {
        let graph = Graph::new();
        let operator = match maximum {
            Some(maximum) => DistanceTransform::new().sampling([2.0, 1.0, 0.5]).maximum(maximum),
            None => DistanceTransform::new().sampling([2.0, 1.0, 0.5]),
        };
        let distance = graph.add(operator);
        let image = noise("tzyx", &SHAPE, DType::U8, 30, seed);
        graph.edit(|e| e.set(&distance.input, image.clone())).unwrap();
        let mut kernel = kernels::DistanceTransform::new().sampling([2.0, 1.0, 0.5]);
        if let Some(maximum) = maximum {
            kernel = kernel.maximum(maximum);
        }
        let whole = distance.output.request(Roi::full(SHAPE)).wait().unwrap();
        prop_assert!(whole.same_bits(&kernel.apply(&image, &NEVER).unwrap()));
        assert_blockwise(&distance.output, regions);
    }

    #[test]
    fn of_distances_only_what_is_marked_changes(roi in region_in(&SHAPE), maximum in prop::option::of(0.0f64..4.0), seed: u64) {
        let graph = Graph::new();
        let distance = graph.add(DistanceTransform::new());
        graph.edit(|e| {
            e.set(&distance.maximum, maximum)?;
            e.set(&distance.input, noise("tzyx", &SHAPE, DType::U8, 9, seed))
        }).unwrap();
        let part = noise("tzyx", roi.shape().as_slice(), DType::U8, 9, !seed);
        let (marked, _) = assert_marked(&graph, &distance.input, &distance.output, roi, &part);
        // No wider than the maximum, and never in another time step.
        let reach = maximum.map_or(12, |maximum| maximum as usize);
        let widest = roi.expand_by_halo([0, reach, reach, reach], Roi::full(SHAPE)).unwrap().outer;
        prop_assert!(marked.regions(Roi::full(SHAPE)).iter().all(|marked| widest.contains(marked)));
    }

    #[test]
    fn floods_by_region_are_those_of_the_whole(
        regions in prop::collection::vec(region_in(&SHAPE), 3), padding in prop::option::of(0usize..4), masked: bool, seed: u64,
    ) {
        let graph = Graph::new();
        let flood = graph.add(Watershed::new().connectivity(Connectivity::Full));
        let image = noise("tzyx", &SHAPE, DType::U16, 300, seed);
        let seeds = noise("tzyx", &SHAPE, DType::U32, 40, seed ^ 1).map(|seed: u32| if seed < 3 { seed } else { 0 }).unwrap();
        let mask = noise("tzyx", &SHAPE, DType::U8, 4, seed ^ 2);
        graph.edit(|e| {
            e.set(&flood.image, image.clone())?;
            e.set(&flood.seeds, seeds.clone())?;
            if masked {
                e.set(&flood.mask, mask.clone())?;
            }
            e.set(&flood.padding, padding)
        }).unwrap();
        assert_blockwise(&flood.output, regions);
        if padding.is_none() {
            let kernel = kernels::Watershed::new().connectivity(Connectivity::Full);
            let expected = kernel.apply(&image, Some(&seeds), masked.then_some(&mask), &NEVER).unwrap();
            let whole = flood.output.request(Roi::full(SHAPE)).wait().unwrap();
            prop_assert!(whole.same_bits(&expected));
        }
    }

    #[test]
    fn of_regions_only_what_is_marked_changes(
        roi in region_in(&SHAPE), padding in prop::option::of(0usize..4), seed: u64, by_seeds: bool,
    ) {
        let graph = Graph::new();
        let cache = graph.add(BlockCache::new().block([1, 4, 5, 4]));
        let flood = graph.add(Watershed::new());
        let image = noise("tzyx", &SHAPE, DType::U16, 300, seed);
        let seeds = noise("tzyx", &SHAPE, DType::U32, 20, seed ^ 1);
        graph.edit(|e| {
            e.set(&cache.input, image)?;
            e.connect(&cache.output, &flood.image)?;
            e.set(&flood.seeds, seeds)?;
            e.set(&flood.padding, padding)
        }).unwrap();
        let (input, dtype) = if by_seeds { (&flood.seeds, DType::U32) } else { (&cache.input, DType::U16) };
        let part = noise("tzyx", roi.shape().as_slice(), dtype, 25, !seed);
        let (marked, _) = assert_marked(&graph, input, &flood.output, roi, &part);
        let steps = roi.range(0);
        prop_assert!(marked.regions(Roi::full(SHAPE)).iter().all(|roi| steps.contains(&roi.range(0).start)));
    }
}

/// lazyflow's watershed numbers the regions of each request by themselves (research §1.4).
#[test]
fn labels_are_the_same_in_all_blocks() {
    let graph = Graph::new();
    let flood = graph.add(Watershed::new());
    let image = noise("yx", &[40, 50], DType::U8, 200, 3);
    graph.edit(|e| e.set(&flood.image, image.clone())).unwrap();
    let minima = kernels::local_minima(&image, Connectivity::Faces, &NEVER).unwrap();
    let expected = kernels::watershed(&image, &minima, &NEVER).unwrap();
    for roi in [roi![0..7, 0..9], roi![30..40, 45..50], roi![12..13, 0..50]] {
        assert_eq!(flood.output.request(roi).wait().unwrap(), expected.slice(&roi).unwrap());
    }
    // In blocks minima would have numbers of their own.
    graph.edit(|e| e.set(&flood.padding, Some(3))).unwrap();
    let error = flood.output.request(roi![0..7, 0..9]).wait().unwrap_err().report();
    assert!(error.contains("a padding needs seeds"), "{error}");
    graph.edit(|e| e.set(&flood.seeds, minima)).unwrap();
    let part = flood.output.request(roi![0..7, 0..9]).wait().unwrap();
    assert_eq!(part.shape(), [7, 9]);
}

#[test]
fn descriptions_say_what_comes() {
    let graph = Graph::new();
    let (distance, flood) = (graph.add(DistanceTransform::new()), graph.add(Watershed::new()));
    let image = noise("tyxc", &[3, 200, 300, 2], DType::U8, 200, 3);
    graph
        .edit(|e| {
            e.set(&distance.input, image.clone())?;
            e.set(&flood.image, image)
        })
        .unwrap();
    let meta = distance.output.meta().unwrap();
    assert_eq!((meta.dtype(), meta.range()), (DType::F32, None));
    assert_eq!(meta.ideal_block().unwrap(), [1, 200, 300, 1]);
    let meta = flood.output.meta().unwrap();
    assert_eq!(
        (meta.dtype(), meta.ideal_block().unwrap()),
        (DType::U32, [1, 200, 300, 1].into())
    );
    assert!((16..40).contains(&meta.bytes_per_pixel()), "{}", meta.bytes_per_pixel());
    graph
        .edit(|e| {
            e.set(&distance.maximum, Some(3.0))?;
            e.set(&distance.squared, true)
        })
        .unwrap();
    assert_eq!(distance.output.meta().unwrap().range(), Some((0.0, 9.0)));
}

#[test]
fn distances_can_be_in_the_unit_of_the_pixel_size() {
    use headwater::graph::{Data, Declare, Execute, Operator, Output, Setup};
    struct Scanner;
    struct Slots {
        output: Output<Array>,
    }
    impl Operator for Scanner {
        type Slots = Slots;
        fn slots(&self, declare: &mut Declare<'_>) -> Slots {
            Slots {
                output: declare.output("output"),
            }
        }
        fn setup(&self, slots: &Slots, cx: &mut Setup<'_>) -> Result<(), headwater::Error> {
            let sizes = [40.0, 5.0].map(|size| PixelSize {
                size,
                unit: "nm".into(),
            });
            cx.describe(&slots.output, Meta::of(&line()).with_pixel_size(sizes)?)
        }
        async fn execute(&self, _: &Slots, _: &Execute, roi: Roi) -> Result<Data, headwater::Error> {
            Ok(line().slice(&roi)?.into())
        }
    }
    fn line() -> Array {
        Array::from_vec("yx", &[2, 3], vec![0u8, 1, 1, 1, 1, 1]).unwrap()
    }
    let graph = Graph::new();
    let (scanner, distance) = (graph.add(Scanner), graph.add(DistanceTransform::new()));
    graph
        .edit(|e| {
            e.connect(&scanner.output, &distance.input)?;
            e.set(&distance.calibrated, true)
        })
        .unwrap();
    let ask = || distance.output.request(roi![0..2, 0..3]).wait().unwrap();
    assert_eq!(
        ask().view::<f32>().unwrap().iter().copied().collect::<Vec<_>>()[..4],
        [0.0, 5.0, 10.0, 40.0]
    );
    graph.edit(|e| e.set(&distance.sampling, vec![2.0])).unwrap();
    assert_eq!(ask().view::<f32>().unwrap()[[1, 0]], 2.0);
    assert_eq!(distance.output.meta().unwrap().pixel_size().unwrap()[0].size, 40.0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_table_of_blocks_is_that_of_the_whole(block in prop::collection::vec(1usize..14, 4), seed: u64, channels: bool) {
        let runtime = Runtime::builder().slots(2).compute_threads(2).build().unwrap();
        let graph = Graph::on(&runtime);
        let (cache, features) = (graph.add(BlockCache::new().block(block)), graph.add(RegionFeatures::new().background()));
        let labels = noise("tzyx", &SHAPE, DType::U16, 20, seed);
        let image = if channels {
            noise("tzyxc", &[2, 9, 12, 10, 3], DType::U16, 60_000, seed)
        } else {
            noise("tzyx", &SHAPE, DType::U16, 60_000, seed)
        };
        graph.edit(|e| {
            e.set(&cache.input, labels.clone())?;
            e.connect(&cache.output, &features.labels)?;
            e.set(&features.image, image.clone())
        }).unwrap();
        let expected = kernels::RegionFeatures::new().background().apply(&labels, Some(&image), &NEVER).unwrap();
        prop_assert_eq!(features.table.get().wait().unwrap(), expected);
    }
}

#[test]
fn a_table_follows_labels_and_image() {
    let graph = Graph::new();
    let features = graph.add(RegionFeatures::new());
    let labels = noise("yx", &[30, 40], DType::U8, 5, 1);
    graph.edit(|e| e.set(&features.labels, labels.clone())).unwrap();
    let table = || features.table.get().wait().unwrap();
    assert_eq!(table(), region_features(&labels, None, &NEVER).unwrap());
    let image = noise("yx", &[30, 40], DType::F32, 500, 2);
    graph.edit(|e| e.set(&features.image, image.clone())).unwrap();
    assert_eq!(table(), region_features(&labels, Some(&image), &NEVER).unwrap());
    let spot = Array::full("yx", &[2, 2], 4u8).unwrap();
    graph
        .edit(|e| e.write(&features.labels, roi![3..5, 6..8], &spot))
        .unwrap();
    let mut labels = labels;
    labels.assign_region(&roi![3..5, 6..8], &spot).unwrap();
    assert_eq!(table(), region_features(&labels, Some(&image), &NEVER).unwrap());
    // What does not fit is the state of the output until an edit mends it.
    graph
        .edit(|e| e.set(&features.image, noise("yx", &[30, 41], DType::F32, 500, 2)))
        .unwrap();
    let error = features.table.get().wait().unwrap_err().report();
    assert!(error.contains("does not fit the labels"), "{error}");
    graph
        .edit(|e| e.set(&features.labels, Array::zeros("yx", &[0, 41], DType::U8)?))
        .unwrap();
    graph
        .edit(|e| e.set(&features.image, Array::zeros("yxc", &[0, 41, 2], DType::U8)?))
        .unwrap();
    let table = table();
    assert!(table.is_empty() && table.column("intensity_mean_1").is_some());
}
