//! Missing data, found and made up for.

use headwater::graph::{Graph, Input, Node, Output};
use headwater::kernels::{Detector, GapFilling};
use headwater::operators::{BlockCache, DetectMissing, InterpolateMissing, MissingData};
use headwater::{Array, BlockGrid, DType, Roi, roi};
use proptest::prelude::*;

use crate::exact::{assert_blockwise, assert_marked, region_in};

/// A stack of slices of 12 × 10, each of one value.
fn stack(values: impl IntoIterator<Item = f32>) -> Array {
    let values: Vec<f32> = values.into_iter().collect();
    let elements = values.iter().flat_map(|value| [*value; 120]).collect();
    Array::from_vec("zyx", &[values.len(), 12, 10], elements).unwrap()
}

fn line(slices: usize) -> Vec<f32> {
    (0..slices).map(|slice| slice as f32 + 51.0).collect()
}

fn curve(slices: usize) -> Vec<f32> {
    let (n, third) = (slices as f32, (slices / 3) as f32);
    let value = |z: f32| (z - third).powi(2) * z * 150.0 / (n * (n - third).powi(2)) + 30.0;
    (0..slices).map(|slice| value(slice as f32)).collect()
}

struct Scene {
    graph: Graph,
    repair: Node<MissingData>,
}

fn scene(image: Array) -> Scene {
    let graph = Graph::new();
    let repair = graph.add_named("repair", MissingData::new());
    graph
        .edit(|e| {
            e.set(&repair.patch, 10_usize)?;
            e.set(&repair.halo, 0_usize)?;
            e.set(&repair.input, image)
        })
        .unwrap();
    Scene { graph, repair }
}

fn whole(output: &Output<Array>) -> Array {
    output.request(output.meta().unwrap().roi()).wait().unwrap()
}

/// `values` with `gaps` set to 0, repaired as a whole, slice by slice.
fn repaired(values: &[f32], gaps: &[usize], method: GapFilling) -> Vec<f32> {
    let mut image = values.to_vec();
    gaps.iter().for_each(|gap| image[*gap] = 0.0);
    let scene = scene(stack(image));
    scene
        .graph
        .edit(|e| {
            e.set(&scene.repair.method, method)?;
            e.set(&scene.repair.depth, values.len())
        })
        .unwrap();
    let filled = whole(&scene.repair.output);
    let filled = filled.view::<f32>().unwrap();
    let missing = whole(&scene.repair.missing);
    for (at, value) in filled.indexed_iter() {
        assert_eq!(*value, filled[[at[0], 0, 0]], "slices are repaired as a whole");
        assert_eq!(missing.view::<u8>().unwrap()[&at], u8::from(gaps.contains(&at[0])));
    }
    (0..values.len()).map(|slice| filled[[slice, 0, 0]]).collect()
}

fn assert_near(values: &[f32], expected: &[f32]) {
    let far = values
        .iter()
        .zip(expected)
        .position(|(value, expected)| (value - expected).abs() > 1e-2);
    assert_eq!(far, None, "{values:?}, not {expected:?}");
}

/// The original's volumes, with a search as deep as they are.
#[test]
fn stacks_with_gaps_are_repaired() {
    for method in [GapFilling::Linear, GapFilling::Cubic] {
        let values = line(40);
        // One slice, a block, several blocks, next to the border.
        for gaps in [vec![30], (10..30).collect(), vec![10, 11, 30, 31], vec![1], vec![38]] {
            assert_near(&repaired(&values, &gaps, method), &values);
        }
        // At the border there is one side only.
        let mut first = values.clone();
        first[..10].fill(values[10]);
        assert_near(&repaired(&values, &(0..10).collect::<Vec<_>>(), method), &first);
        let mut last = values.clone();
        last[39] = values[38];
        assert_near(&repaired(&values, &[39], method), &last);
        assert_near(&repaired(&values, &(0..40).collect::<Vec<_>>(), method), &[0.0; 40]);
    }
    let values = curve(40);
    assert_near(&repaired(&values, &[30], GapFilling::Cubic), &values);
    let mut constant = values.clone();
    constant[30] = values[29];
    assert_near(&repaired(&values, &[30], GapFilling::Constant), &constant);
}

#[test]
fn a_single_slice_searches_for_its_neighbours() {
    let mut values = curve(40);
    let right = values.clone();
    values[30] = 0.0;
    let repair = scene(stack(values));
    let slice = repair.repair.output.request(roi![30..31, 0..12, 0..10]).wait().unwrap();
    assert!((slice.view::<f32>().unwrap()[[0, 3, 3]] - right[30]).abs() < 1e-2);
    let mut values = line(40);
    values[30..32].fill(0.0);
    let repair = scene(stack(values));
    for (slice, value) in [(30, 81.0), (31, 82.0)] {
        let slice = repair
            .repair
            .output
            .request(roi![slice..slice + 1, 0..12, 0..10])
            .wait()
            .unwrap();
        assert_eq!(slice.view::<f32>().unwrap()[[0, 3, 3]], value);
    }
}

#[test]
fn a_gap_longer_than_the_search_was_closed_for_those_who_asked_for_all_of_it() {
    let mut values = line(12);
    values[2..10].fill(0.0);
    let scene = scene(stack(values));
    let filled = whole(&scene.repair.output);
    let at = |slice: usize| filled.view::<f32>().unwrap()[[slice, 3, 3]];
    // Three slices deep: those near an end get its slice, those in the middle stay.
    let expected = [51.0, 52.0, 52.0, 52.0, 52.0, 0.0, 0.0, 61.0, 61.0, 61.0, 61.0, 62.0];
    assert_eq!((0..12).map(at).collect::<Vec<_>>(), expected);
}

#[test]
fn where_nothing_is_missing_the_image_is_handed_on() {
    let image = stack(line(8));
    let repair = scene(image.clone());
    let part = roi![2..5, 0..12, 0..10];
    let same = repair.repair.output.request(part).wait().unwrap();
    assert!(same.same_buffer(&image.slice(&part).unwrap()));
}

#[test]
fn a_slice_that_changed_did_not_tell_those_that_were_interpolated_from_it() {
    let mut values = line(20);
    values[8..10].fill(0.0);
    let scene = scene(stack(values));
    let cache = scene.graph.add(BlockCache::new().block([1, 0, 0]));
    scene
        .graph
        .edit(|e| e.connect(&scene.repair.output, &cache.input))
        .unwrap();
    let slice = |nth: usize| {
        let slice = cache.output.request(roi![nth..nth + 1, 0..12, 0..10]).wait().unwrap();
        slice.view::<f32>().unwrap()[[0, 5, 5]]
    };
    assert_eq!((slice(8), slice(9)), (59.0, 60.0));
    let bright = Array::full("zyx", &[1, 12, 10], 88.0_f32).unwrap();
    scene
        .graph
        .edit(|e| e.write(&scene.repair.input, roi![7..8, 0..12, 0..10], &bright))
        .unwrap();
    assert_eq!((slice(7), slice(8), slice(9)), (88.0, 79.0, 70.0));
    // And one that is there now closes the gap otherwise.
    scene
        .graph
        .edit(|e| e.write(&scene.repair.input, roi![8..9, 0..12, 0..10], &bright))
        .unwrap();
    assert_eq!(slice(8), 88.0);
    assert!(
        (slice(9) - (4.0 * (88.0 + 61.0) - (88.0 + 62.0)) / 6.0).abs() < 1e-4,
        "the cubic through four"
    );
}

#[test]
fn the_grid_of_patches_was_that_of_the_request() {
    let graph = Graph::new();
    let missing = graph.add(DetectMissing::new());
    let mut image = Array::full("yx", &[40, 40], 200_u8).unwrap();
    image
        .assign_region(&roi![8..40, 8..32], &Array::zeros("yx", &[32, 24], DType::U8).unwrap())
        .unwrap();
    graph
        .edit(|e| {
            e.set(&missing.patch, 8_usize)?;
            e.set(&missing.halo, 2_usize)?;
            e.set(&missing.input, image)
        })
        .unwrap();
    let mut expected = Array::zeros("yx", &[40, 40], DType::U8).unwrap();
    expected
        .assign_region(&roi![16..40, 16..24], &Array::full("yx", &[24, 8], 1_u8).unwrap())
        .unwrap();
    assert_eq!(whole(&missing.output), expected);
    let odd = roi![13..29, 11..23];
    assert_eq!(
        missing.output.request(odd).wait().unwrap(),
        expected.slice(&odd).unwrap()
    );
}

#[test]
fn what_is_found_is_described_and_the_parameters_are_checked() {
    let graph = Graph::new();
    let missing = graph.add_named("missing", DetectMissing::new());
    graph.edit(|e| e.set(&missing.input, stack(line(3)))).unwrap();
    let meta = missing.output.meta().unwrap();
    assert_eq!(
        (meta.dtype(), meta.range(), meta.bytes_per_pixel()),
        (DType::U8, Some((0.0, 1.0)), 5)
    );
    let refused = |patch: usize, bins: usize| {
        graph
            .edit(|e| {
                e.set(&missing.patch, patch)?;
                e.set(&missing.bins, bins)
            })
            .unwrap();
        missing
            .output
            .request(roi![0..1, 0..1, 0..1])
            .wait()
            .unwrap_err()
            .report()
    };
    let report = refused(0, 30);
    assert!(report.contains("patches of 0 elements"), "{report}");
    let report = refused(4, 0);
    assert!(report.contains("0 bins; at least 2 are needed"), "{report}");
    let report = refused(4, usize::MAX);
    assert!(report.contains("bins; at most 65536"), "{report}");
    graph.edit(|e| e.set(&missing.bins, 30_usize)).unwrap();
    let all = |value: u8| {
        whole(&missing.output)
            .view::<u8>()
            .unwrap()
            .iter()
            .all(|found| *found == value)
    };
    assert!(all(0));
    // Another judge makes everything dirty, the same does not.
    let bright = Detector::custom(|bins| bins[..10].iter().any(|density| *density > 0.0));
    let mut events = graph.subscribe();
    graph.edit(|e| e.set(&missing.detector, bright.clone())).unwrap();
    assert!(events.try_next().is_some());
    graph.edit(|e| e.set(&missing.detector, bright)).unwrap();
    assert!(events.try_next().is_none());
    assert!(
        whole(&missing.output)
            .view::<u8>()
            .unwrap()
            .iter()
            .all(|found| *found == 1)
    );
    let fill = graph.add_named("fill", InterpolateMissing::new());
    graph
        .edit(|e| {
            e.connect(&missing.output, &fill.missing)?;
            e.set(&fill.input, stack(line(4)))
        })
        .unwrap();
    let report = fill.output.request(roi![0..1, 0..1, 0..1]).wait().unwrap_err().report();
    assert!(report.contains("does not fit"), "{report}");
}

#[test]
fn images_of_four_and_five_axes_are_taken() {
    for (axes, shape) in [("cxyz", vec![3, 8, 9, 6]), ("cxzty", vec![2, 5, 6, 3, 4])] {
        let image = Array::full(axes, &shape, 100_u8).unwrap();
        let scene = scene(image.clone());
        assert_eq!(whole(&scene.repair.output), image);
        let z = axes.find('z').unwrap();
        let mut slice = scene.repair.output.meta().unwrap().roi();
        slice = slice.with_axis(z, 2..3).unwrap().with_axis(0, 1..2).unwrap();
        let zeros = Array::zeros(axes, slice.shape().as_slice(), DType::U8).unwrap();
        scene
            .graph
            .edit(|e| e.write(&scene.repair.input, slice, &zeros))
            .unwrap();
        assert_eq!(whole(&scene.repair.output), image, "one slice of one channel");
    }
}

/// A stack in which some slices, and some patches of others, are empty.
fn broken() -> impl Strategy<Value = Array> {
    let slices = proptest::collection::vec(prop_oneof![3 => Just(0_u8), 2 => Just(1_u8), 1 => Just(2_u8)], 9);
    (slices, proptest::collection::vec(20..250_u8, 9 * 8 * 9)).prop_map(|(slices, mut values)| {
        for (nth, value) in values.iter_mut().enumerate() {
            let (slice, column) = (slices[nth / 72], nth % 9);
            if slice == 1 || (slice == 2 && column >= 5) {
                *value = 0;
            }
        }
        Array::from_vec("zyx", &[9, 8, 9], values).unwrap()
    })
}

fn repair(image: &Array, depth: usize) -> (Graph, Input<Array>, Output<Array>, Output<Array>) {
    let graph = Graph::new();
    let repair = graph.add(MissingData::new());
    graph
        .edit(|e| {
            e.set(&repair.patch, 3_usize)?;
            e.set(&repair.halo, 1_usize)?;
            e.set(&repair.depth, depth)?;
            e.set(&repair.input, image.clone())
        })
        .unwrap();
    (
        graph,
        repair.input.clone(),
        repair.output.clone(),
        repair.missing.clone(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// However deep the search is, it does not matter which region is asked for.
    #[test]
    fn blockwise_is_the_whole(
        image in broken(),
        regions in proptest::collection::vec(region_in(&[9, 8, 9]), 6),
        depth in 0_usize..10,
    ) {
        let (_graph, _, output, missing) = repair(&image, depth);
        assert_blockwise(&output, regions.clone());
        assert_blockwise(&missing, regions);
        let grid = BlockGrid::aligned(roi![0..9, 0..8, 0..9], [2, 3, 5]).unwrap();
        assert_blockwise(&output, grid.iter().map(|block| block.roi));
    }

    /// With the depth that it has if nothing else is said: what was not marked, region by region, did not change; and no more
    /// is marked than the depth and the patches reach.
    #[test]
    fn what_was_not_marked_did_not_change(
        image in broken(),
        roi in region_in(&[9, 8, 9]),
        value in prop_oneof![Just(0_u8), Just(200_u8)],
    ) {
        let (graph, input, _, missing) = repair(&image, 3);
        let part = Array::full("zyx", roi.shape().as_slice(), value).unwrap();
        assert_marked(&graph, &input, &missing, roi, &part);
        let (graph, input, output, _) = repair(&image, 3);
        assert_marked(&graph, &input, &output, roi, &part);
        let (graph, input, output, _) = repair(&image, 3);
        let slices: Vec<Roi> = (0..9).map(|z| roi![z..z + 1, 0..8, 0..9]).collect();
        let before: Vec<_> = slices.iter().map(|slice| output.request(*slice).wait().unwrap()).collect();
        let old = graph.snapshot();
        graph.edit(|e| e.write(&input, roi, &part)).unwrap();
        let now = graph.snapshot();
        for (slice, before) in slices.iter().zip(before) {
            let marked = now.stamp(&output, slice).unwrap() != old.stamp(&output, slice).unwrap();
            let differs = !output.request(*slice).wait().unwrap().same_bits(&before);
            prop_assert!(marked || !differs, "{} differs and was not marked", slice);
            let near = slice.start()[0] + 3 >= roi.start()[0] && slice.start()[0] < roi.stop()[0] + 3;
            prop_assert!(near || !marked, "{} is marked, too far from {}", slice, roi);
        }
    }
}

#[test]
fn a_halo_without_end_was_a_sum_too_large() {
    let graph = Graph::new();
    let missing = graph.add(DetectMissing::new());
    graph
        .edit(|e| {
            e.set(&missing.patch, 4_usize)?;
            e.set(&missing.halo, usize::MAX)?;
            e.set(&missing.input, stack([51.0, 0.0]))
        })
        .unwrap();
    let found = missing.output.request(roi![0..2, 3..5, 0..1]).wait().unwrap();
    assert_eq!(
        found.view::<u8>().unwrap().iter().copied().collect::<Vec<_>>(),
        [0, 0, 1, 1]
    );
    graph
        .edit(|e| e.mark_dirty(&missing.input, roi![0..1, 0..1, 0..1]))
        .unwrap();
}
