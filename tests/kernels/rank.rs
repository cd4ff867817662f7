use headwater::array::{Element, match_dtype};
use headwater::kernels::{Footprint, Rank, Stencil, median};
use headwater::{Array, DType};
use ndarray::{ArrayD, Dimension};
use ndarray_npy::ReadableElement;
use proptest::prelude::*;

use crate::reference::mirrored;
use crate::stencils::{DTYPES, NEVER, check_odd_shapes, check_stops, checked, fixture, image, noise, refusal, shapes};

fn check_fixture<T: ReadableElement + Element>(kernel: &Rank, input: &str, output: &str) {
    let own = checked(kernel, &image::<T>("rank", input), 77);
    assert_eq!(own.view::<T>().unwrap(), fixture::<T>("rank", output), "{output}");
}

#[test]
fn results_are_scipys() {
    check_fixture::<u8>(&Rank::median(1), "plane_u8", "median_plane_u8_1");
    check_fixture::<u8>(&Rank::median(7), "plane_u8", "median_plane_u8_7");
    check_fixture::<f32>(&Rank::median([2, 0]), "plane_f32", "median_plane_f32_2_0");
    check_fixture::<u16>(&Rank::median(1), "volume_u16", "median_volume_u16_1");
    check_fixture::<i32>(&Rank::median(4), "volume_i32", "median_volume_i32_4");
    let ball = Footprint::Ball([2, 3, 2].into());
    check_fixture::<f64>(&Rank::median(ball), "volume_f64", "median_volume_f64_ball_2_3_2");
    check_fixture::<u8>(&Rank::new(5, 1), "plane_u8", "rank_5_plane_u8_1");
    let percentile = Rank::percentile(20.0, [2, 1, 1]);
    check_fixture::<u16>(&percentile, "volume_u16", "percentile_20_volume_u16_2_1_1");
    let disk = Rank::percentile(90.0, Footprint::Ball(5.into()));
    check_fixture::<f32>(&disk, "plane_f32", "percentile_90_plane_f32_ball_5");
    check_fixture::<u16>(&Rank::minimum([0, 2, 5]), "volume_u16", "minimum_volume_u16_0_2_5");
    check_fixture::<f32>(&Rank::maximum(20), "plane_f32", "maximum_plane_f32_20");
    let ball = Rank::maximum(Footprint::Ball(3.into()));
    check_fixture::<i32>(&ball, "volume_i32", "maximum_volume_i32_ball_3");
}

/// The definition: all elements around each point, sorted.
fn reference(array: &Array, radii: &[usize], is_ball: bool, rank: impl Fn(usize) -> usize) -> ArrayD<f64> {
    let values = match_dtype!(array.dtype(), T => array.view::<T>().unwrap().mapv(|value| value.cast::<f64>()));
    let window: Vec<_> = radii.iter().map(|radius| 2 * radius + 1).collect();
    let offsets: Vec<Vec<isize>> = ndarray::indices(&window[..])
        .into_iter()
        .map(|at| {
            at.slice()
                .iter()
                .zip(radii)
                .map(|(at, radius)| *at as isize - *radius as isize)
                .collect()
        })
        .filter(|offset: &Vec<isize>| {
            let far = offset.iter().zip(radii).filter(|(_, radius)| **radius > 0);
            !is_ball || far.map(|(o, r)| (*o as f64 / *r as f64).powi(2)).sum::<f64>() <= 1.0 + 1e-12
        })
        .collect();
    ArrayD::from_shape_fn(values.raw_dim(), |at| {
        let near = offsets.iter().map(|offset| {
            let near = offset
                .iter()
                .enumerate()
                .map(|(axis, o)| mirrored(at[axis] as isize + o, values.shape()[axis]));
            values[&near.collect::<Vec<_>>()[..]]
        });
        let mut near: Vec<_> = near.collect();
        near.sort_by(f64::total_cmp);
        near[rank(near.len())]
    })
}

/// One radius for each axis: that of an axis of space, or 0.
fn along(axes: &str, radii: &[usize]) -> Vec<usize> {
    let mut radii = radii.iter();
    let mut next = |letter| {
        if matches!(letter, 'z' | 'y' | 'x') {
            *radii.next().unwrap()
        } else {
            0
        }
    };
    axes.chars().map(&mut next).collect()
}

fn spatial(axes: &str) -> usize {
    axes.chars().filter(|letter| matches!(letter, 'z' | 'y' | 'x')).count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn results_are_those_of_the_definition(
        (axes, shape) in shapes(6),
        radii in prop::collection::vec(0usize..3, 3),
        dtype in prop::sample::select(&DTYPES[..]),
        is_ball: bool,
        permille in 0usize..1001,
        seed: u32,
    ) {
        let array = noise(axes, &shape, dtype, seed.into());
        let radii = &radii[..spatial(axes)];
        let footprint = if is_ball { Footprint::Ball(radii.into()) } else { radii.into() };
        let percentile = permille as f64 / 10.0;
        let rank = |count: usize| ((count as f64 * percentile / 100.0) as usize).min(count - 1);
        let own = checked(&Rank::percentile(percentile, footprint), &array, seed as usize);
        let expected = reference(&array, &along(axes, radii), is_ball, rank);
        prop_assert_eq!(own.dtype(), dtype);
        let own = own.cast(DType::F64).unwrap();
        prop_assert_eq!(own.view::<f64>().unwrap(), expected);
    }

    #[test]
    fn extrema_are_those_of_the_definition(
        (axes, shape) in shapes(6),
        radii in prop::collection::vec(0usize..8, 3),
        dtype in prop::sample::select(&DTYPES[..]),
        seed: u32,
    ) {
        let array = noise(axes, &shape, dtype, seed.into());
        let radii = &radii[..spatial(axes)];
        let few: Vec<_> = along(axes, radii).iter().zip(&shape).map(|(radius, len)| (*radius).min(len - 1)).collect();
        for (kernel, last) in [(Rank::minimum(radii), false), (Rank::maximum(radii), true)] {
            let own = checked(&kernel, &array, seed as usize).cast(DType::F64).unwrap();
            let expected = reference(&array, &few, false, |count| if last { count - 1 } else { 0 });
            prop_assert_eq!(own.view::<f64>().unwrap(), expected);
        }
    }
}

/// Windows in which comparing gives way to counting, whatever that is: for each type the same result as for another.
#[test]
fn large_windows_give_the_same_for_all_types() {
    for (axes, shape, radius) in [
        ("yx", &[36, 40][..], 12),
        ("zyx", &[13, 14, 13], 6),
        ("yxc", &[24, 25, 3], 9),
    ] {
        let bytes = noise(axes, shape, DType::U8, 5);
        for kernel in [
            Rank::median(radius),
            Rank::percentile(7.0, radius),
            Rank::percentile(30.0, Footprint::Ball(radius.into())),
        ] {
            let expected = kernel.apply(&bytes, &NEVER).unwrap();
            for dtype in [DType::U16, DType::I32, DType::F32, DType::F64] {
                let own = checked(&kernel, &bytes.cast(dtype).unwrap(), 99);
                assert_eq!(own.cast(DType::U8).unwrap(), expected, "{kernel:?} of {dtype}");
            }
        }
    }
    let plane = noise("yx", &[16, 17], DType::F32, 6);
    let own = Rank::median(12)
        .apply(&plane, &NEVER)
        .unwrap()
        .cast(DType::F64)
        .unwrap();
    assert_eq!(
        own.view::<f64>().unwrap(),
        reference(&plane, &[12, 12], false, |count| count / 2)
    );
}

/// Shapes that are cut into many tiles, and radii that make tiles thin.
#[test]
fn large_arrays_are_cut_without_a_seam() {
    for (axes, shape, radius) in [
        ("x", &[30_000][..], 3),
        ("yx", &[120, 150], 2),
        ("yx", &[3, 9_000], 1),
        ("zyx", &[25, 26, 27], 1),
        ("zyx", &[9_000, 1, 1], 1),
        ("zyx", &[1, 1, 9_000], 1),
        ("yxc", &[60, 61, 3], 1),
    ] {
        let array = noise(axes, shape, DType::U16, 3);
        let own = checked(&Rank::median(radius), &array, 1_234_567);
        let mixed = Rank::new(1, radius).apply(&array, &NEVER).unwrap();
        let least = checked(&Rank::minimum(radius), &array, 7_654_321);
        for ((own, least), mixed) in own
            .view::<u16>()
            .unwrap()
            .iter()
            .zip(least.view::<u16>().unwrap())
            .zip(mixed.view::<u16>().unwrap())
        {
            assert!(least <= mixed && mixed <= own);
        }
    }
    for radius in [40, 90] {
        let array = noise("yx", &[200, 210], DType::F32, 3);
        checked(&Rank::maximum(radius), &array, 1_234_567);
    }
}

#[test]
fn numbers_are_in_total_order() {
    let line = Array::from_vec("x", &[5], vec![f32::NAN, 1.0, -0.0, 0.0, f32::INFINITY]).unwrap();
    let bits = |array: Array| {
        array
            .view::<f32>()
            .unwrap()
            .iter()
            .map(|value| value.to_bits())
            .collect::<Vec<_>>()
    };
    let of = |kernel: Rank| bits(kernel.apply(&line, &NEVER).unwrap());
    let [nan, one, minus, plus, inf] = [f32::NAN, 1.0, -0.0, 0.0, f32::INFINITY].map(f32::to_bits);
    assert_eq!(of(Rank::minimum(1)), [one, minus, minus, minus, plus]);
    assert_eq!(of(Rank::maximum(1)), [nan, nan, one, inf, inf]);
    assert_eq!(of(Rank::median(1)), [one, one, plus, plus, plus]);
}

#[test]
fn odd_shapes_pass() {
    check_odd_shapes(&Rank::median(2));
    check_odd_shapes(&Rank::maximum(3));
    check_odd_shapes(&Rank::median(Footprint::Ball(1.into())));
    check_odd_shapes(&Rank::median(0));
    check_odd_shapes(&Rank::median(20));
}

#[test]
fn errors_name_the_value() {
    let array = noise("tyx", &[2, 9, 9], DType::U8, 1);
    let report = |kernel: Rank| refusal(kernel.apply(&array, &NEVER));
    assert_eq!(
        report(Rank::median([1, 1, 1])),
        "3 radii for the 2 axes of space of tyx"
    );
    assert_eq!(
        report(Rank::maximum([1, 100_000])),
        "axis x has radius 100000, 65536 is the most"
    );
    assert_eq!(report(Rank::new(9, 1)), "rank is 9, but the footprint has 9 elements");
    assert_eq!(
        report(Rank::percentile(101.0, 1)),
        "percentile is 101, not from 0 to 100"
    );
    assert_eq!(
        report(Rank::percentile(f64::NAN, 1)),
        "percentile is NaN, not from 0 to 100"
    );
    assert_eq!(
        report(Rank::median([2000, 2000])),
        "a footprint of [1, 4001, 4001] elements, 1048576 are the most"
    );
    let beyond = Rank::median(1).apply_region(&array, &headwater::roi![0..1, 0..10, 0..9], &NEVER);
    assert_eq!(
        refusal(beyond),
        "region 0..1, 0..10, 0..9 is not within the result, of shape (2, 9, 9)"
    );
    let mut other = Array::zeros("tyx", &[2, 9, 9], DType::U16).unwrap();
    let result = Rank::median(1).write_region(&array, &headwater::roi![0..2, 0..9, 0..9], &mut other, &NEVER);
    assert!(refusal(result).contains("cannot write region"));
}

#[test]
fn the_least_of_a_box_that_is_too_large_to_be_counted_is_its_minimum() {
    let array = noise("yx", &[9, 14], DType::U8, 1);
    let wide = [2000, 2000];
    assert_eq!(
        Rank::new(0, wide).apply(&array, &NEVER).unwrap(),
        Rank::minimum(wide).apply(&array, &NEVER).unwrap()
    );
}

#[test]
fn the_short_form_is_the_median() {
    let array = noise("yx", &[20, 20], DType::I16, 1);
    assert_eq!(
        median(&array, 2, &NEVER).unwrap(),
        Rank::new(12, 2).apply(&array, &NEVER).unwrap()
    );
}

#[test]
fn a_kernel_looks_up_often_and_stops() {
    // Never more between two looks than a millisecond of work: so many windows of so many elements.
    for (axes, shape, kernel, least) in [
        ("zyx", &[20, 30, 40][..], Rank::median(1), 10),
        ("zyx", &[7, 8, 9], Rank::median(5), 5),
        ("x", &[50_000], Rank::median(3), 10),
        ("yx", &[300, 300], Rank::maximum(30), 5),
        ("yx", &[20, 20], Rank::median(30), 5),
    ] {
        let array = noise(axes, shape, DType::F32, 3);
        check_stops(least, |checkpoint| kernel.apply(&array, checkpoint));
    }
}
