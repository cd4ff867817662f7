use headwater::array::{Element, match_dtype};
use headwater::kernels::{
    Histogram, Local, LocalThreshold, Normalise, Stencil, Threshold, otsu, threshold, value_range,
};
use headwater::{Array, DType};
use ndarray_npy::ReadableElement;
use proptest::prelude::*;

use crate::stencils::{DTYPES, NEVER, check_odd_shapes, check_stops, checked, fixture, image, noise, refusal, shapes};

#[test]
fn otsus_threshold_is_scikit_images() {
    fn own<T: ReadableElement + Element>(name: &str) -> f64 {
        otsu(&image::<T>("threshold", name), &NEVER).unwrap()
    }
    let own = [
        own::<u8>("u8"),
        own::<i16>("i16"),
        own::<u16>("u16"),
        own::<i32>("i32"),
        own::<f32>("f32"),
        own::<f64>("f64"),
        own::<f32>("f32_skewed"),
    ];
    assert_eq!(&own[..], fixture::<f64>("threshold", "otsu").as_slice().unwrap());
}

fn check_local<T: ReadableElement + Element>(name: &str, file: &str, kernel: &LocalThreshold) {
    let input = image::<T>("threshold", name);
    let own = checked(kernel, &input, 1234);
    let (own, level) = (own.view::<bool>().unwrap(), fixture::<f64>("threshold", file));
    let (input, mut certain) = (input.view::<T>().unwrap(), 0);
    for ((at, own), level) in own.indexed_iter().zip(&level) {
        let value = input[&at].cast::<f64>();
        // An `f32` may round the mean to the other side.
        if (value - level).abs() > 1e-5 * level.abs().max(1.0) {
            assert_eq!(*own, value > *level, "at {at:?}");
            certain += 1;
        }
    }
    assert!(certain > own.len() * 9 / 10, "{certain} of {}", own.len());
}

#[test]
fn local_thresholds_are_scikit_images() {
    check_local::<u8>("u8", "local_mean_u8", &LocalThreshold::new(Local::Mean, 3));
    check_local::<u8>(
        "u8",
        "local_gaussian_u8",
        &LocalThreshold::new(Local::Gaussian, 4).offset(5.0),
    );
    check_local::<f32>(
        "f32",
        "local_mean_f32",
        &LocalThreshold::new(Local::Mean, [2, 5]).offset(-0.05),
    );
    check_local::<f32>(
        "f32",
        "local_gaussian_f32",
        &LocalThreshold::new(Local::Gaussian, 10).offset(0.1),
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn above_is_above((axes, shape) in shapes(6), dtype in prop::sample::select(&DTYPES[..]), level in -70.0..130.0f64, whole: bool, seed: u32) {
        let array = noise(axes, &shape, dtype, seed.into());
        let level = if whole { level.round() } else { level };
        let own = checked(&Threshold::above(level), &array, seed as usize);
        let exact = array.cast(DType::F64).unwrap();
        prop_assert_eq!(own.view::<bool>().unwrap(), exact.view::<f64>().unwrap().mapv(|value| value > level));
    }

    #[test]
    fn normalising_is_the_formula(
        (axes, shape) in shapes(6),
        dtypes in (prop::sample::select(&DTYPES[..]), prop::sample::select(&DTYPES[..])),
        ends in prop::array::uniform4(-100i32..100),
        seed: u32,
    ) {
        let array = noise(axes, &shape, dtypes.0, seed.into());
        let [in_min, in_max, out_min, out_max] = ends.map(f64::from);
        let own = checked(&Normalise::new((in_min, in_max), (out_min, out_max), dtypes.1), &array, seed as usize);
        let ratio = if in_min == in_max { 0.0 } else { (out_max - out_min) / (in_max - in_min) };
        let expected = array.cast(DType::F64).unwrap().map(|value: f64| out_min + (value - in_min) * ratio).unwrap();
        prop_assert_eq!(own, expected.cast(dtypes.1).unwrap());
    }

    #[test]
    fn histograms_of_blocks_make_up_that_of_the_whole(len in 1usize..300, cut in 0usize..300, dtype in prop::sample::select(&DTYPES[..]), seed: u32) {
        let array = noise("x", &[len], dtype, seed.into());
        let range = value_range(&array, &NEVER).unwrap();
        let mut whole = Histogram::of_all(dtype).map_or_else(|| Histogram::between(dtype, range), Ok).unwrap();
        let empty = whole.clone();
        whole.add(&array, &NEVER).unwrap();
        prop_assert_eq!(whole.counts().iter().sum::<u64>(), len as u64);
        let mut sum = empty.clone();
        for part in [0..cut.min(len), cut.min(len)..len] {
            let mut own = empty.clone();
            own.add(&array.slice(&headwater::Roi::from_ranges([part]).unwrap()).unwrap(), &NEVER).unwrap();
            sum.merge(&own).unwrap();
        }
        prop_assert_eq!(&sum, &whole);
        prop_assert_eq!(sum.otsu().unwrap(), otsu(&array, &NEVER).unwrap());
    }
}

#[test]
fn merging_adds_and_needs_the_same_bins() {
    let [mut a, mut b] = [0, 1].map(|_| Histogram::of_all(DType::U8).unwrap());
    a.add(&Array::from_vec("x", &[3], vec![1_u8, 2, 2]).unwrap(), &NEVER)
        .unwrap();
    b.add(&Array::from_vec("x", &[2], vec![2_u8, 9]).unwrap(), &NEVER)
        .unwrap();
    a.merge(&b).unwrap();
    assert_eq!([a.counts()[1], a.counts()[2], a.counts()[9]], [1, 3, 1]);
    let other = Histogram::of_all(DType::I8).unwrap();
    assert_eq!(
        refusal(a.merge(&other)),
        "histograms with different bins cannot be merged"
    );
    assert_eq!((a.centre(9), other.centre(0)), (9.0, -128.0));
}

/// What an `f64` cannot hold is compared exactly all the same.
#[test]
fn large_integers_are_compared_exactly() {
    let edge = (1_u64 << 53) + 1;
    let line = Array::from_vec("x", &[3], vec![edge - 1, edge, u64::MAX]).unwrap();
    let above = |level: f64| {
        threshold(&line, level, &NEVER)
            .unwrap()
            .view::<bool>()
            .unwrap()
            .iter()
            .copied()
            .collect::<Vec<_>>()
    };
    assert_eq!(above(9_007_199_254_740_992.0), [false, true, true]);
    assert_eq!(above(-1.0), [true; 3]);
    assert_eq!(above(1e30), [false; 3]);
    assert_eq!(above(f64::NAN), [false; 3]);
    let floats = Array::from_vec("x", &[4], vec![0.1_f32, f32::NAN, f32::INFINITY, f32::NEG_INFINITY]).unwrap();
    // The nearest `f32` to 0.1 is above it.
    let own = threshold(&floats, 0.1, &NEVER).unwrap();
    assert_eq!(
        own.view::<bool>().unwrap().as_slice(),
        Some(&[true, false, true, false][..])
    );
    for dtype in DTYPES {
        let zero = Array::zeros("x", &[1], dtype).unwrap();
        for (level, expected) in [
            (f64::NEG_INFINITY, true),
            (-0.5, true),
            (0.0, false),
            (f64::INFINITY, false),
            (f64::NAN, false),
        ] {
            assert_eq!(
                threshold(&zero, level, &NEVER).unwrap().view::<bool>().unwrap()[[0]],
                expected,
                "{dtype} {level}"
            );
        }
    }
}

#[test]
fn the_range_ignores_what_is_no_number() {
    let nan = f64::NAN;
    let line = |values: Vec<f64>| value_range(&Array::from_vec("x", &[values.len()], values).unwrap(), &NEVER).unwrap();
    assert_eq!(line(vec![nan, 3.0, nan, -1.0]), Some((-1.0, 3.0)));
    assert_eq!(line(vec![nan]), None);
    assert_eq!(line(vec![]), None);
    for dtype in DTYPES {
        let array = noise("yx", &[30, 40], dtype, 3);
        let (least, greatest) = value_range(&array, &NEVER).unwrap().unwrap();
        let mut values: Vec<f64> =
            match_dtype!(dtype, T => array.view::<T>().unwrap().iter().map(|value| value.cast()).collect());
        values.sort_by(f64::total_cmp);
        assert_eq!((least, greatest), (values[0], values[values.len() - 1]));
    }
}

#[test]
fn what_has_no_threshold_says_why() {
    let of = |values: Vec<f32>| otsu(&Array::from_vec("x", &[values.len()], values).unwrap(), &NEVER);
    assert_eq!(refusal(of(vec![])), "no numbers to make a histogram of");
    assert_eq!(
        refusal(of(vec![1.0, f32::INFINITY])),
        "values from 1 to inf have no histogram"
    );
    assert_eq!(of(vec![5.5; 9]).unwrap(), 5.5);
    let bytes = Array::full("x", &[9], 200_u8).unwrap();
    assert_eq!(otsu(&bytes, &NEVER).unwrap(), 200.0);
    let empty = Array::from_vec("x", &[0], Vec::<u8>::new()).unwrap();
    assert_eq!(refusal(otsu(&empty, &NEVER)), "no numbers to separate by a threshold");
}

#[test]
fn integers_that_no_f64_holds_have_a_threshold() {
    // The ends of their range are rounded: none of them was in a bin.
    let rounded = (1_u64 << 53) as f64;
    let same = Array::from_vec("x", &[4], vec![(1_u64 << 53) + 1; 4]).unwrap();
    assert_eq!(otsu(&same, &NEVER).unwrap(), rounded);
    let large = 1_i64 << 60;
    let close = Array::from_vec("x", &[3], vec![large + 1, large + 2, large + 3]).unwrap();
    assert_eq!(otsu(&close, &NEVER).unwrap(), large as f64);
    let apart = Array::from_vec("x", &[3], vec![-large - 3, 1 - large, large + 1]).unwrap();
    let level = otsu(&apart, &NEVER).unwrap();
    assert_eq!(
        threshold(&apart, level, &NEVER)
            .unwrap()
            .view::<bool>()
            .unwrap()
            .as_slice(),
        Some(&[false, false, true][..]),
        "{level}"
    );
}

#[test]
fn integers_that_equal_the_mean_of_a_box_are_not_above_it() {
    // Weights of 1/3 and 1/5, rounded, made up less than 1.
    for dtype in [DType::U8, DType::I16, DType::U16, DType::I32, DType::Bool] {
        for value in [1.0, 3.0, 7.0, 85.0, 127.0] {
            let flat = Array::full("zyx", &[9, 8, 10], value).unwrap().cast(dtype).unwrap();
            for radius in [[1, 1, 1], [0, 2, 3], [5, 4, 7], [8, 0, 6]] {
                let above = LocalThreshold::new(Local::Mean, radius).apply(&flat, &NEVER).unwrap();
                assert_eq!(
                    above.view::<bool>().unwrap().iter().filter(|is| **is).count(),
                    0,
                    "{value} of {dtype}"
                );
                let above = LocalThreshold::new(Local::Mean, radius)
                    .offset(1e-3)
                    .apply(&flat, &NEVER)
                    .unwrap();
                assert!(above.view::<bool>().unwrap().iter().all(|is| *is), "{value} of {dtype}");
            }
        }
    }
}

#[test]
fn normalising_saturates_rounds_halves_to_even_and_maps_an_empty_range_to_its_begin() {
    let line = Array::from_vec("x", &[5], vec![-1.0_f32, 0.5, 1.5, 2.5, 400.0]).unwrap();
    let same = |to| Normalise::new((0.0, 1.0), (0.0, 1.0), to).apply(&line, &NEVER).unwrap();
    assert_eq!(
        same(DType::U8).view::<u8>().unwrap().as_slice(),
        Some(&[0, 0, 2, 2, 255][..])
    );
    let flat = Normalise::new((7.0, 7.0), (3.0, 9.0), DType::U8)
        .apply(&line, &NEVER)
        .unwrap();
    assert_eq!(flat, Array::full("x", &[5], 3_u8).unwrap());
    let whole = Normalise::range_of(&line, (0.0, 401.0), DType::I16, &NEVER)
        .unwrap()
        .apply(&line, &NEVER)
        .unwrap();
    assert_eq!(whole.view::<i16>().unwrap().as_slice(), Some(&[0, 2, 2, 4, 401][..]));
    let report = refusal(Normalise::new((0.0, f64::INFINITY), (0.0, 1.0), DType::U8).apply(&line, &NEVER));
    assert_eq!(report, "in_max is inf, not a finite number");
}

#[test]
fn odd_shapes_pass() {
    check_odd_shapes(&Threshold::above(3.0));
    check_odd_shapes(&Normalise::new((0.0, 9.0), (0.0, 1.0), DType::F32));
    check_odd_shapes(&LocalThreshold::new(Local::Mean, 3));
}

#[test]
fn errors_name_the_value() {
    let array = noise("yx", &[9, 40], DType::U8, 1);
    let report = |kernel: LocalThreshold| refusal(kernel.apply(&array, &NEVER));
    assert_eq!(
        report(LocalThreshold::new(Local::Mean, 9)),
        "axis y has length 9, too short for a mean that reaches 9"
    );
    assert_eq!(
        report(LocalThreshold::new(Local::Mean, 2).offset(f64::NAN)),
        "offset is NaN, not a number"
    );
    assert_eq!(
        report(LocalThreshold::new(Local::Mean, [1, 1, 1])),
        "3 radii for the 2 axes of space of yx"
    );
    assert_eq!(
        refusal("median".parse::<Local>()),
        "no local mean is called `median`; there are mean, gaussian"
    );
    assert_eq!("gaussian".parse::<Local>().unwrap().to_string(), "gaussian");
}

#[test]
fn they_stop() {
    let array = noise("yx", &[500, 800], DType::U8, 2);
    check_stops(4, |checkpoint| threshold(&array, 3.0, checkpoint));
    check_stops(4, |checkpoint| otsu(&array, checkpoint));
    check_stops(4, |checkpoint| value_range(&array, checkpoint));
    check_stops(4, |checkpoint| {
        Normalise::new((0.0, 1.0), (0.0, 1.0), DType::F32).apply(&array, checkpoint)
    });
    let small = noise("yx", &[200, 300], DType::U8, 2);
    check_stops(4, |checkpoint| {
        LocalThreshold::new(Local::Mean, 3).apply(&small, checkpoint)
    });
}
