//! The watershed: against a flood with a heap, against scikit-image, on all paths.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use headwater::array::Element;
use headwater::kernels::{Connectivity, Form, Watershed, local_minima, watershed};
use headwater::{Array, Checkpoint, DType};
use ndarray::{ArrayD, Dimension, IxDyn};
use ndarray_npy::ReadableElement;
use proptest::prelude::*;

use crate::probe::{check_interrupts, integers, numbers, pool, reals, turned};

const NEVER: Checkpoint = Checkpoint::never();
const ALL: [Connectivity; 3] = [Connectivity::Faces, Connectivity::Edges, Connectivity::Full];

fn labels(array: &Array) -> Vec<u32> {
    array.view::<u32>().unwrap().iter().copied().collect()
}

/// The neighbours of a place, the nearest first, then in the order of the axes of space.
fn around(array: &Array, connectivity: Connectivity, at: &IxDyn) -> Vec<IxDyn> {
    let spatial: Vec<_> = array.axes().spatial().collect();
    let mut found = Vec::new();
    for code in 0..3usize.pow(spatial.len() as u32) {
        let (mut other, mut away, mut inside, mut rest) = (at.clone(), 0, true, code);
        for &axis in spatial.iter().rev() {
            let way = (rest % 3) as isize - 1;
            rest /= 3;
            away += way.unsigned_abs();
            let place = at[axis] as isize + way;
            inside &= (0..array.shape()[axis] as isize).contains(&place);
            other[axis] = place.max(0) as usize;
        }
        if inside && (1..=connectivity.axes()).contains(&away) {
            found.push((away, other));
        }
    }
    found.sort_by_key(|way| way.0);
    found.into_iter().map(|way| way.1).collect()
}

/// The definition: a heap of values and ages.
fn reference(image: &Array, seeds: &[u32], mask: Option<&[f64]>, connectivity: Connectivity) -> Vec<u32> {
    let values = ArrayD::from_shape_vec(image.shape(), reals(image)).unwrap();
    let mut labels = ArrayD::from_shape_vec(image.shape(), seeds.to_vec()).unwrap();
    let mask = ArrayD::from_shape_vec(image.shape(), mask.map_or(vec![1.0; seeds.len()], <[f64]>::to_vec)).unwrap();
    labels.zip_mut_with(&mask, |label, on| *label = if *on == 0.0 { 0 } else { *label });
    let key = |at: &IxDyn| (values[at] * 1000.0).round() as i64;
    let mut age = 0;
    let mut open = BinaryHeap::new();
    for (at, _) in labels.indexed_iter().filter(|(_, label)| **label != 0) {
        open.push(Reverse((key(&at), age, at.as_array_view().to_vec())));
        age += 1;
    }
    while let Some(Reverse((level, _, at))) = open.pop() {
        let at = IxDyn(&at);
        for other in around(image, connectivity, &at) {
            if labels[&other] == 0 && mask[&other] != 0.0 {
                labels[&other] = labels[&at];
                open.push(Reverse((key(&other).max(level), age, other.as_array_view().to_vec())));
                age += 1;
            }
        }
    }
    labels.into_iter().collect()
}

/// Local minima by definition: plateaus without a lower neighbour.
fn reference_minima(image: &Array, connectivity: Connectivity) -> Vec<u32> {
    let values = ArrayD::from_shape_vec(image.shape(), reals(image)).unwrap();
    let mut labels = ArrayD::<u32>::zeros(image.shape());
    let (mut seen, mut next) = (ArrayD::from_elem(image.shape(), false), 0);
    let volume = |at: &IxDyn| -> Vec<usize> {
        let spatial: Vec<_> = image.axes().spatial().collect();
        (0..at.ndim())
            .filter(|axis| !spatial.contains(axis))
            .map(|axis| at[axis])
            .collect()
    };
    let mut last = Vec::new();
    let mut order: Vec<IxDyn> = values.indexed_iter().map(|(at, _)| at).collect();
    order.sort_by_key(&volume);
    for start in order {
        if volume(&start) != last {
            (last, next) = (volume(&start), 0);
        }
        if std::mem::replace(&mut seen[&start], true) {
            continue;
        }
        let (mut plateau, mut done, mut is_minimum) = (vec![start.clone()], 0, true);
        while done < plateau.len() {
            for other in around(image, connectivity, &plateau[done].clone()) {
                is_minimum &= values[&other] >= values[&start];
                if values[&other] == values[&start] && !std::mem::replace(&mut seen[&other], true) {
                    plateau.push(other);
                }
            }
            done += 1;
        }
        if is_minimum {
            next += 1;
            plateau.into_iter().for_each(|at| labels[&at] = next);
        }
    }
    labels.into_iter().collect()
}

fn forms() -> impl Strategy<Value = (String, Vec<usize>)> {
    let axes = prop::sample::select(vec!["x", "yx", "zyx", "tyx", "zyxc", "tzyxc", "cyx", "xy", "q"]);
    axes.prop_flat_map(|axes| (Just(axes.to_owned()), prop::collection::vec(1usize..8, axes.len())))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn regions_are_those_of_the_definition(
        (axes, shape) in forms(), dtype in 0..11usize, values in 1u64..200, rare in 1u64..20, nth in 0..3usize, seed: u64, masked: bool,
    ) {
        let mut image = integers(&axes, &shape, DType::ALL[dtype], values, seed);
        if image.dtype().is_float() || image.dtype() == DType::I16 {
            // Negative numbers, and fractions.
            let scale = if image.dtype() == DType::I16 { 1.0 } else { 0.5 };
            image = image.cast(DType::F64).unwrap().map(|value: f64| (value - 50.0) * scale).unwrap();
            image = image.cast(DType::ALL[dtype]).unwrap();
        }
        let mut random = numbers(seed ^ 1);
        let seeds: Vec<u32> = std::iter::repeat_with(|| random.next().unwrap())
            .map(|number| if number % rare == 0 { (number / rare % 9) as u32 } else { 0 })
            .take(image.len()).collect();
        let mask = integers(&axes, &shape, DType::I32, 5, seed ^ 2);
        let mask = masked.then_some(mask);
        let expected = reference(&image, &seeds, mask.as_ref().map(reals).as_deref(), ALL[nth]);
        let seeds = Array::from_vec(axes.as_str(), &shape, seeds).unwrap();
        let run = |image: &Array, seeds: &Array| {
            Watershed::new().connectivity(ALL[nth]).apply(image, Some(seeds), mask.as_ref(), &NEVER).unwrap()
        };
        let own = run(&image, &seeds);
        prop_assert_eq!((own.axes(), own.shape()), (image.axes(), image.shape()));
        prop_assert_eq!(labels(&own), &expected[..]);
        prop_assert_eq!(labels(&run(&turned(&image), &turned(&seeds.cast(DType::U8).unwrap()))), &expected[..]);
    }

    #[test]
    fn minima_are_plateaus_without_a_lower_neighbour((axes, shape) in forms(), dtype in 0..11usize, values in 1u64..9, nth in 0..3usize, seed: u64) {
        let image = integers(&axes, &shape, DType::ALL[dtype], values, seed);
        let own = local_minima(&image, ALL[nth], &NEVER).unwrap();
        let expected = reference_minima(&image, ALL[nth]);
        prop_assert_eq!(labels(&own), &expected[..]);
        let regions = Watershed::new().connectivity(ALL[nth]).apply(&image, None, None, &NEVER).unwrap();
        prop_assert_eq!(labels(&regions), reference(&image, &expected, None, ALL[nth]));
    }
}

fn fixture<T: Element + ReadableElement>(name: &str, what: &str) -> Array {
    let path = format!(
        "{}/tests/kernels/fixtures/watershed/{name}_{what}.npy",
        env!("CARGO_MANIFEST_DIR")
    );
    let array: ArrayD<T> = ndarray_npy::read_npy(path).unwrap();
    let axes = if array.ndim() == 3 { "zyx" } else { "yx" };
    Array::from_ndarray(axes, array).unwrap()
}

#[test]
fn regions_are_scikit_images() {
    let check = |name, image: Array, connectivity, mask: Option<Array>| {
        let watershed = Watershed::new().connectivity(connectivity);
        let seeds = fixture::<u32>(name, "seeds");
        let own = watershed.apply(&image, Some(&seeds), mask.as_ref(), &NEVER).unwrap();
        assert!(labels(&own) == labels(&fixture::<u32>(name, "regions")), "{name}");
        assert_eq!(labels(&own).contains(&0), mask.is_some());
    };
    check("plane", fixture::<u8>("plane", "image"), Connectivity::Faces, None);
    check("full", fixture::<i16>("full", "image"), Connectivity::Full, None);
    check("volume", fixture::<u16>("volume", "image"), Connectivity::Faces, None);
    check("corners", fixture::<u8>("corners", "image"), Connectivity::Full, None);
    check("edges", fixture::<i16>("edges", "image"), Connectivity::Edges, None);
    let mask = fixture::<u8>("masked", "mask");
    check(
        "masked",
        fixture::<f32>("masked", "image"),
        Connectivity::Faces,
        Some(mask),
    );
}

#[test]
fn minima_are_scikit_images() {
    let image = fixture::<u8>("minima", "image");
    for (connectivity, name) in [(Connectivity::Faces, "faces"), (Connectivity::Full, "full")] {
        let own = local_minima(&image, connectivity, &NEVER).unwrap();
        assert!(labels(&own) == labels(&fixture::<u32>("minima", name)), "{name}");
    }
}

#[test]
fn a_plateau_is_shared_out_by_distance() {
    let flat = Array::full("x", &[9], 3.5f64).unwrap();
    let seeds = Array::from_vec("x", &[9], vec![1u8, 0, 0, 0, 0, 0, 0, 0, 2]).unwrap();
    let own = labels(&watershed(&flat, &seeds, &NEVER).unwrap());
    assert_eq!(own, [1, 1, 1, 1, 1, 2, 2, 2, 2]);
}

#[test]
fn what_is_no_number_is_flooded_last_and_the_zeros_are_equal() {
    let image = Array::from_vec("x", &[5], vec![0.0f32, f32::NAN, f32::INFINITY, -0.0, 0.0]).unwrap();
    let seeds = Array::from_vec("x", &[5], vec![1u32, 0, 0, 0, 2]).unwrap();
    assert_eq!(labels(&watershed(&image, &seeds, &NEVER).unwrap()), [1, 1, 2, 2, 2]);
    let minima = local_minima(&image, Connectivity::Faces, &NEVER).unwrap();
    assert_eq!(labels(&minima), [1, 0, 0, 2, 2]);
}

#[test]
fn large_numbers_are_told_apart() {
    let image = |values: Vec<u64>| Array::from_vec("x", &[values.len()], values).unwrap();
    let image = image(vec![
        1 << 60,
        (1 << 60) + 1,
        (1 << 60) + 2,
        1 << 40,
        u64::MAX,
        u64::MAX - 1,
    ]);
    let minima = local_minima(&image, Connectivity::Faces, &NEVER).unwrap();
    assert_eq!(labels(&minima), [1, 0, 0, 2, 0, 3]);
    let image = Array::from_vec("x", &[4], vec![i64::MIN, -1, 1, 0]).unwrap();
    let minima = local_minima(&image, Connectivity::Faces, &NEVER).unwrap();
    assert_eq!(labels(&minima), [1, 0, 0, 2]);
}

#[test]
fn empty_arrays_stay_empty() {
    for shape in [[0, 3, 4], [3, 0, 4], [3, 4, 0]] {
        let image = Array::zeros("tyx", &shape, DType::F32).unwrap();
        let own = Watershed::new().apply(&image, None, None, &NEVER).unwrap();
        assert_eq!((own.shape(), own.dtype()), (&shape[..], DType::U32));
    }
}

/// Loads of every type of queue and way: long rows, columns, flat, without a pattern.
fn loads() -> Vec<(&'static str, Array)> {
    vec![
        ("row", integers("x", &[300_000], DType::F32, 1 << 20, 1)),
        ("flat row", Array::full("x", &[300_000], 1f64).unwrap()),
        ("column", integers("yx", &[100_000, 1], DType::I64, 1 << 50, 2)),
        ("plane", integers("yx", &[300, 400], DType::U16, 60_000, 3)),
        ("movie", integers("tyx", &[40, 30, 40], DType::U8, 200, 4)),
        ("volume", integers("zyx", &[40, 50, 60], DType::F32, 1 << 20, 5)),
    ]
}

#[test]
fn the_number_of_threads_does_not_matter() {
    for (name, image) in loads() {
        let run = || labels(&Watershed::new().apply(&image, None, None, &NEVER).unwrap());
        let alone = run();
        for threads in [2, 5] {
            assert!(alone == pool(threads).install(run), "{name} on {threads} threads");
        }
    }
}

#[test]
fn it_looks_up_often_and_stops_at_once() {
    for (name, image) in loads() {
        let looks = check_interrupts(|checkpoint| Watershed::new().apply(&image, None, None, checkpoint).map(drop));
        assert!(image.len() / looks < 10_000, "{name}: {looks} looks");
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let image = Array::zeros("yx", &[2, 3], DType::U8).unwrap();
    let refusal = |seeds: &Array, mask: Option<&Array>| {
        Watershed::new()
            .apply(&image, Some(seeds), mask, &NEVER)
            .unwrap_err()
            .report()
    };
    let seeds = |shape: &[usize], dtype| Array::zeros("yx", shape, dtype).unwrap();
    assert_eq!(
        refusal(&seeds(&[2, 3], DType::I64), None),
        "seeds are u8, u16 or u32, not i64"
    );
    assert_eq!(
        refusal(&seeds(&[2, 2], DType::U8), None),
        "seeds Array(yx u8 [2, 2]) do not fit the image Array(yx u8 [2, 3])"
    );
    assert_eq!(
        refusal(&seeds(&[2, 3], DType::U8), Some(&image.with_axes("zx").unwrap())),
        "mask Array(zx u8 [2, 3]) do not fit the image Array(yx u8 [2, 3])"
    );
    let large = Array::full("yx", &[2, 3], u32::MAX).unwrap();
    assert_eq!(
        refusal(&large, None),
        "a seed is labelled 4294967295, 2147483647 is the most"
    );
    let endless = Array::full("zyx", &[1 << 11, 1 << 11, 1 << 9], 1u8).unwrap();
    let report = local_minima(&endless, Connectivity::Faces, &NEVER)
        .unwrap_err()
        .report();
    assert_eq!(
        report,
        "a volume of Array(zyx u8 [2048, 2048, 512]) has more than 2147483647 elements with its border"
    );
}

#[test]
fn memory_grows_with_the_longest_type() {
    let bytes = |dtype| {
        let image = Array::zeros("zyx", &[64, 64, 64], DType::U8)
            .unwrap()
            .cast(dtype)
            .unwrap();
        Watershed::new().bytes(&Form::of(&image).unwrap(), true, 2).unwrap() / (64 * 64 * 64)
    };
    assert_eq!([DType::U8, DType::F32, DType::F64].map(bytes), [13, 28, 44]);
}
