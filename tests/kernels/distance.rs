//! The Euclidean distance transform: against its definition, against scipy, on all paths.

use headwater::kernels::{DistanceTransform, Form, Stencil, distance_transform};
use headwater::{Array, Checkpoint, DType, Roi, Shape, roi};
use ndarray::ArrayD;
use proptest::prelude::*;

use crate::probe::{check_interrupts, integers, numbers, pool, reals, turned};

const NEVER: Checkpoint = Checkpoint::never();

fn bits(array: &Array) -> Vec<u32> {
    array
        .view::<f32>()
        .unwrap()
        .iter()
        .map(|value| value.to_bits())
        .collect()
}

/// The distance by definition: for each element the least over all background of the same time and channel.
fn reference(array: &Array, sampling: &[f64]) -> Vec<f64> {
    let axes = array.axes();
    let spatial: Vec<_> = axes.spatial().collect();
    let values = ArrayD::from_shape_vec(array.shape(), reals(array)).unwrap();
    let square = |a: &ndarray::IxDyn, b: &ndarray::IxDyn| {
        let mut sum = 0.0;
        for axis in 0..axes.len() {
            let away = a[axis].abs_diff(b[axis]) as f64;
            match spatial.iter().position(|&own| own == axis) {
                Some(nth) => sum += (away * sampling[nth]).powi(2),
                None if away > 0.0 => return f64::INFINITY,
                None => {}
            }
        }
        sum
    };
    let background: Vec<_> = values
        .indexed_iter()
        .filter(|(_, v)| **v == 0.0)
        .map(|(at, _)| at)
        .collect();
    let nearest = |at: ndarray::IxDyn| background.iter().map(|b| square(&at, b)).fold(f64::INFINITY, f64::min);
    values.indexed_iter().map(|(at, _)| nearest(at).sqrt()).collect()
}

fn assert_near(own: &Array, expected: &[f64], what: &str) {
    for (at, (own, expected)) in reals(own).into_iter().zip(expected).enumerate() {
        let near = own == *expected || (own - expected).abs() <= 6e-8 * expected;
        assert!(near, "{what} at {at}: {own}, expected {expected}");
    }
}

/// Axes and shapes of one to three axes of space, with time and channels here and there.
fn forms() -> impl Strategy<Value = (String, Vec<usize>)> {
    let axes = prop::sample::select(vec!["x", "yx", "zyx", "tyx", "zyxc", "tzyxc", "cyx", "xy", "yxc", "q"]);
    axes.prop_flat_map(|axes| {
        let shape = prop::collection::vec(1usize..9, axes.len());
        (Just(axes.to_owned()), shape)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn distances_are_those_of_the_definition((axes, shape) in forms(), dtype in 0..11usize, rare in 2u64..30, seed: u64) {
        // Background is one element of `rare`; or, of `bool`, half of them.
        let array = integers(&axes, &shape, DType::ALL[dtype], rare, seed);
        let expected = reference(&array, &[1.0; 3]);
        let own = distance_transform(&array, &NEVER).unwrap();
        prop_assert_eq!(own.shape(), array.shape());
        prop_assert_eq!(own.axes(), array.axes());
        for (own, expected) in reals(&own).into_iter().zip(&expected) {
            prop_assert_eq!(own as f32, *expected as f32);
        }
        prop_assert_eq!(bits(&distance_transform(&turned(&array), &NEVER).unwrap()), bits(&own));
        let mut used = Array::full(axes.as_str(), &shape, 5_f32).unwrap();
        let whole = Roi::full(Shape::new(&*shape).unwrap());
        DistanceTransform::new().write_region(&array, &whole, &mut used, &NEVER).unwrap();
        prop_assert_eq!(bits(&used), bits(&own));
        let squared = DistanceTransform::new().squared().apply(&array, &NEVER).unwrap();
        for (own, expected) in reals(&squared).into_iter().zip(&expected) {
            prop_assert_eq!(own as f32, (expected * expected).round() as f32);
        }
    }

    #[test]
    fn neighbours_can_be_apart_differently((axes, shape) in forms(), rare in 2u64..60, seed: u64, even: bool) {
        let array = integers(&axes, &shape, DType::U8, rare, seed);
        let count = array.axes().spatial().count();
        let sampling = if even { [0.3; 3] } else { [2.5, 0.7, 1.1] };
        let expected = reference(&array, &sampling);
        let transform = DistanceTransform::new().sampling(&sampling[..count]);
        let own = transform.apply(&array, &NEVER).unwrap();
        assert_near(&own, &expected, "distance");
        let expected: Vec<_> = expected.iter().map(|distance| distance.min(2.6)).collect();
        assert_near(&transform.maximum(2.6).apply(&array, &NEVER).unwrap(), &expected, "with a maximum");
    }

    #[test]
    fn with_a_maximum_a_block_with_its_halo_is_the_part_of_the_whole(
        shape in prop::collection::vec(1usize..24, 3), maximum in 0.0f64..9.0, uneven: bool, rare in 2u64..400, seed: u64,
    ) {
        let array = integers("zyx", &shape, DType::U16, rare, seed);
        let sampling = if uneven { [1.7, 0.9, 1.0] } else { [1.3; 3] };
        let transform = DistanceTransform::new().sampling(sampling).maximum(maximum);
        let whole = transform.apply(&array, &NEVER).unwrap();
        let mut random = numbers(seed);
        let roi = Roi::from_ranges(shape.iter().map(|&length| {
            let start = random.next().unwrap() as usize % length;
            start..start + 1 + random.next().unwrap() as usize % (length - start)
        })).unwrap();
        let form = Form::of(&array).unwrap();
        let needed = transform.needed(&form, &roi).unwrap();
        let part = array.slice(&needed).unwrap();
        let own = transform.apply_region(&part, &roi.relative_to(&needed).unwrap(), &NEVER).unwrap();
        let expected = bits(&whole.slice(&roi).unwrap());
        prop_assert_eq!(bits(&own), &expected[..]);
        prop_assert_eq!(bits(&transform.apply_region(&array, &roi, &NEVER).unwrap()), &expected[..]);
    }
}

/// One spot of background in a corner, or a few far apart: longer ways than a vector of small integers can hold.
fn sparse() -> Vec<(&'static str, Array)> {
    let spots = |axes, shape: &[usize], at: &[&[usize]]| {
        let mut array = Array::full(axes, shape, 1u8).unwrap();
        for &at in at {
            array.view_mut::<u8>().unwrap()[at] = 0;
        }
        array
    };
    vec![
        ("corner", spots("yx", &[280, 150], &[&[0, 0]])),
        ("two", spots("zyx", &[280, 3, 40], &[&[0, 0, 0], &[270, 2, 3]])),
        ("far", spots("yx", &[2, 70_000], &[&[1, 2]])),
        ("line", spots("x", &[100_000], &[&[70_000]])),
        ("column", spots("yx", &[70_000, 1], &[&[10, 0], &[40_000, 0]])),
    ]
}

#[test]
fn long_ways_are_exact() {
    for (name, array) in sparse() {
        let own = distance_transform(&array, &NEVER).unwrap();
        let values = array.view::<u8>().unwrap();
        let background: Vec<_> = values
            .indexed_iter()
            .filter(|(_, v)| **v == 0)
            .map(|(at, _)| at)
            .collect();
        for (at, own) in own.view::<f32>().unwrap().indexed_iter().step_by(97) {
            let square =
                |b: &ndarray::IxDyn| -> usize { (0..array.ndim()).map(|axis| at[axis].abs_diff(b[axis]).pow(2)).sum() };
            let least = background.iter().map(square).min().unwrap() as f64;
            assert_eq!(*own, least.sqrt() as f32, "{name} at {at:?}");
        }
    }
}

#[test]
fn distances_are_scipys() {
    for (name, sampling) in [
        ("blobs", &[][..]),
        ("uneven", &[2.0, 0.5, 0.8]),
        ("plane", &[0.25, 3.0]),
    ] {
        let file = |end: &str| {
            format!(
                "{}/tests/kernels/fixtures/distance/{name}_{end}.npy",
                env!("CARGO_MANIFEST_DIR")
            )
        };
        let mask: ArrayD<u8> = ndarray_npy::read_npy(file("in")).unwrap();
        let expected: ArrayD<f32> = ndarray_npy::read_npy(file("out")).unwrap();
        let axes = if mask.ndim() == 3 { "zyx" } else { "yx" };
        let mask = Array::from_ndarray(axes, mask).unwrap();
        let own = DistanceTransform::new()
            .sampling(sampling)
            .apply(&mask, &NEVER)
            .unwrap();
        let expected: Vec<_> = expected.iter().map(|&value| f64::from(value)).collect();
        for (own, expected) in reals(&own).into_iter().zip(expected) {
            assert!(
                (own - expected).abs() <= 1.2e-7 * expected,
                "{name}: {own}, expected {expected}"
            );
        }
    }
}

#[test]
fn without_background_the_distance_is_infinite() {
    for shape in [&[4, 5, 6][..], &[1, 1, 1], &[1, 9, 1]] {
        let array = Array::full("zyx", shape, 7i16).unwrap();
        let infinite = distance_transform(&array, &NEVER).unwrap();
        assert!(reals(&infinite).iter().all(|&distance| distance == f64::INFINITY));
        let capped = DistanceTransform::new().maximum(2.5).apply(&array, &NEVER).unwrap();
        assert!(reals(&capped).iter().all(|&distance| distance == 2.5));
        let uneven = DistanceTransform::new().sampling([1.0, 2.0, 3.0]).squared();
        assert!(
            reals(&uneven.apply(&array, &NEVER).unwrap())
                .iter()
                .all(|&distance| distance == f64::INFINITY)
        );
    }
}

#[test]
fn what_is_no_number_is_not_background_and_negative_zero_is() {
    let line = Array::from_vec("x", &[4], vec![f32::NAN, -0.0, f32::NAN, f32::NAN]).unwrap();
    assert_eq!(reals(&distance_transform(&line, &NEVER).unwrap()), [1.0, 0.0, 1.0, 2.0]);
}

#[test]
fn empty_arrays_stay_empty() {
    for shape in [[0, 3, 4], [3, 0, 4], [3, 4, 0]] {
        let array = Array::zeros("tyx", &shape, DType::F64).unwrap();
        let own = distance_transform(&array, &NEVER).unwrap();
        assert_eq!((own.shape(), own.dtype()), (&shape[..], DType::F32));
    }
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let mut cases = sparse();
    cases.push(("noise", integers("zyx", &[20, 30, 150], DType::U8, 30, 1)));
    for (name, array) in cases {
        let run = || bits(&distance_transform(&array, &NEVER).unwrap());
        let alone = run();
        assert!(alone == pool(3).install(run), "{name}");
    }
}

#[test]
fn it_looks_up_often_and_stops_at_once() {
    let mut cases = sparse();
    cases.push(("noise", integers("zyx", &[20, 30, 150], DType::U8, 30, 1)));
    cases.push(("full", Array::full("x", &[3_000_000], 1u8).unwrap()));
    for (name, array) in cases {
        let looks = check_interrupts(|checkpoint| distance_transform(&array, checkpoint).map(drop));
        assert!(array.len() / looks < 100_000, "{name}: {looks} looks");
    }
}

#[test]
fn the_halo_is_the_maximum_in_elements() {
    let form = Form::of(&Array::zeros("tzyxc", &[2, 50, 60, 70, 3], DType::U8).unwrap()).unwrap();
    let transform = DistanceTransform::new().sampling([4.0, 1.0, 0.5]);
    assert_eq!(transform.halo(&form).unwrap(), [0, 49, 59, 69, 0]);
    assert_eq!(transform.maximum(10.0).halo(&form).unwrap(), [0, 2, 10, 20, 0]);
}

#[test]
fn what_does_not_fit_is_refused() {
    let array = Array::zeros("zyx", &[2, 2, 2], DType::U8).unwrap();
    let refusal = |transform: DistanceTransform| transform.apply(&array, &NEVER).unwrap_err().report();
    let new = DistanceTransform::new;
    assert_eq!(
        refusal(new().sampling([1.0, 2.0])),
        "sampling has 2 numbers for 3 axes of space"
    );
    assert_eq!(
        refusal(new().sampling([1.0, 0.0, 1.0])),
        "sampling is 0, not a number above 0"
    );
    assert_eq!(refusal(new().maximum(-1.0)), "maximum is -1, not a number from 0 up");
    let outside = new().apply_region(&array, &roi![0..3, 0..1, 0..1], &NEVER).unwrap_err();
    assert!(outside.report().contains("0..3"), "{}", outside.report());
}
