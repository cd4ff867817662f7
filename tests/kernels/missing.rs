//! Patches without content, and gaps that are closed.

use std::path::Path;

use headwater::kernels::{Detector, FillMissing, Form, GapFilling, MissingPatches, first_nonzero};
use headwater::{Array, Checkpoint, DType, Error, Interrupt, roi};
use ndarray::ArrayD;
use ndarray_npy::ReadableElement;
use proptest::prelude::*;

const NEVER: Checkpoint = Checkpoint::never();

fn fixture<T: ReadableElement + headwater::array::Element>(name: &str) -> Array {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/kernels/fixtures/missing")
        .join(format!("{name}.npy"));
    let array: ArrayD<T> = ndarray_npy::read_npy(path).unwrap();
    Array::from_ndarray("zyx", array).unwrap()
}

#[test]
fn patches_are_missing_where_numpys_histograms_say_so() {
    let volume = fixture::<u8>("volume_u8");
    for (patch, halo) in [(8, 3), (5, 0), (16, 2)] {
        let expected = fixture::<u8>(&format!("missing_u8_{patch}_{halo}"));
        let missing = MissingPatches::new(patch, halo);
        assert_eq!(missing.apply(&volume, &NEVER).unwrap(), expected, "{missing:?}");
        // The same by a function of the histogram.
        let custom = missing.detector(Detector::custom(|bins| bins[1..].iter().all(|density| *density == 0.0)));
        assert_eq!(custom.apply(&volume, &NEVER).unwrap(), expected, "{custom:?}");
    }
    let (volume, expected) = (fixture::<u16>("volume_u16"), fixture::<u8>("missing_u16_6_1"));
    assert_eq!(MissingPatches::new(6, 1).apply(&volume, &NEVER).unwrap(), expected);
    // Whatever the order of the axes.
    let turned = volume.to_axes("xzy").unwrap();
    assert_eq!(
        MissingPatches::new(6, 1)
            .apply(&turned, &NEVER)
            .unwrap()
            .to_axes("zyx")
            .unwrap(),
        expected
    );
}

#[test]
fn gaps_are_closed_as_scipys_splines_do() {
    let (stack, missing) = (fixture::<f64>("stack"), fixture::<u8>("stack_missing"));
    let filled = FillMissing::default().apply(&stack, &missing, &NEVER).unwrap();
    assert!(filled.approx_eq(&fixture::<f64>("stack_filled"), 1e-9));
}

#[test]
fn the_last_patch_is_moved_back_to_the_border() {
    // As in the original's test: 128 but for the lower right, patches of 2 with a halo of 1.
    let mut image = Array::full("xy", &[5, 5], 128_u8).unwrap();
    image
        .assign_region(&roi![2..5, 2..5], &Array::zeros("xy", &[3, 3], DType::U8).unwrap())
        .unwrap();
    let mut expected = Array::zeros("xy", &[5, 5], DType::U8).unwrap();
    expected
        .assign_region(&roi![3..5, 3..5], &Array::full("xy", &[2, 2], 1_u8).unwrap())
        .unwrap();
    assert_eq!(MissingPatches::new(2, 1).apply(&image, &NEVER).unwrap(), expected);
}

#[test]
fn values_beyond_the_range_were_no_content() {
    let image = Array::full("yx", &[4, 4], 4000_i32).unwrap();
    let found = |missing: MissingPatches| missing.apply(&image, &NEVER).unwrap().view::<u8>().unwrap()[[0, 0]];
    assert_eq!(found(MissingPatches::new(4, 0)), 0);
    assert_eq!(found(MissingPatches::new(4, 0).range(4000.0, 9000.0)), 1);
    let nothing = Array::full("yx", &[4, 4], f32::NAN).unwrap();
    let missing = MissingPatches::new(4, 0).apply(&nothing, &NEVER).unwrap();
    assert_eq!(missing, Array::full("yx", &[4, 4], 1_u8).unwrap());
}

#[test]
fn histograms_are_densities() {
    let image = Array::from_vec("x", &[4], vec![0.0_f32, 0.5, 2.9, f32::NAN]).unwrap();
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let detector = Detector::custom({
        let seen = std::sync::Arc::clone(&seen);
        move |bins| {
            seen.lock().unwrap().extend_from_slice(bins);
            false
        }
    });
    let missing = MissingPatches::new(4, 0).bins(3).range(0.0, 6.0).detector(detector);
    missing.apply(&image, &NEVER).unwrap();
    assert_eq!(*seen.lock().unwrap(), [1.0 / 3.0, 1.0 / 6.0, 0.0]);
}

#[test]
fn options_that_make_no_sense_are_named() {
    let image = Array::zeros("yx", &[4, 4], DType::U8).unwrap();
    let message = |missing: MissingPatches, image: &Array| missing.apply(image, &NEVER).unwrap_err().to_string();
    assert_eq!(message(MissingPatches::new(0, 1), &image), "patches of 0 elements");
    assert_eq!(
        message(MissingPatches::new(1, 1).bins(1), &image),
        "1 bins; at least 2 are needed"
    );
    assert_eq!(
        message(MissingPatches::new(1, 1).range(3.0, 3.0), &image),
        "a range of values from 3 to 3"
    );
    let line = Array::zeros("z", &[4], DType::U8).unwrap();
    assert_eq!(
        message(MissingPatches::new(1, 1), &line),
        "an image `z` has neither `y` nor `x`"
    );
    let fill = |image: &Array, missing: &Array| FillMissing::default().apply(image, missing, &NEVER).unwrap_err();
    assert!(
        fill(&image, &image)
            .to_string()
            .contains("has no axis `z` to interpolate along")
    );
    assert!(fill(&image, &line).to_string().contains("does not fit"));
}

/// Interpolated voxel by voxel, from the definition.
fn reference_fill(image: &[f64], missing: &[bool], method: GapFilling) -> Vec<f64> {
    let good = |at: isize| usize::try_from(at).is_ok_and(|at| at < missing.len() && !missing[at]);
    let value = |at: isize| image[at as usize];
    (0..image.len() as isize)
        .map(|at| {
            if good(at) {
                return value(at);
            }
            let before = (0..at).rev().find(|at| good(*at));
            let behind = (at..image.len() as isize).find(|at| good(*at));
            match (before, behind) {
                (Some(a), Some(b)) if method != GapFilling::Constant => {
                    if method == GapFilling::Cubic && b - a == 2 && good(a - 1) && good(b + 1) {
                        return -value(a - 1) / 6.0 + value(a) * 2.0 / 3.0 + value(b) * 2.0 / 3.0 - value(b + 1) / 6.0;
                    }
                    let part = (at - a) as f64 / (b - a) as f64;
                    (1.0 - part) * value(a) + part * value(b)
                }
                (Some(a), _) => value(a),
                (None, Some(b)) => value(b),
                (None, None) => value(at),
            }
        })
        .collect()
}

fn methods() -> impl Strategy<Value = GapFilling> {
    prop_oneof![
        Just(GapFilling::Constant),
        Just(GapFilling::Linear),
        Just(GapFilling::Cubic)
    ]
}

fn in_pool<R: Send>(f: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new()
        .num_threads(2)
        .build()
        .unwrap()
        .install(f)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn gaps_are_closed_line_by_line(
        (y, z, x) in (1..4_usize, 1..9_usize, 1..5_usize),
        values in proptest::collection::vec(-100.0..100.0_f64, 4 * 9 * 5),
        missing in proptest::collection::vec(proptest::bool::weighted(0.4), 4 * 9 * 5),
        method in methods(),
        cut in (0.0..1.0_f64, 0.0..1.0_f64),
    ) {
        let count = y * z * x;
        let (values, missing) = (values[..count].to_vec(), missing[..count].to_vec());
        let image = Array::from_vec("yzx", &[y, z, x], values.clone()).unwrap();
        let mask = Array::from_vec("yzx", &[y, z, x], missing.clone()).unwrap();
        let filled = FillMissing::new(method).apply(&image, &mask, &NEVER).unwrap();
        let pooled = in_pool(|| FillMissing::new(method).apply(&image, &mask, &NEVER).unwrap());
        prop_assert!(filled.same_bits(&pooled));
        let view = filled.view::<f64>().unwrap();
        for (row, column) in (0..y).flat_map(|row| (0..x).map(move |column| (row, column))) {
            let place = |at: usize| (row * z + at) * x + column;
            let line: Vec<f64> = (0..z).map(|at| values[place(at)]).collect();
            let gaps: Vec<bool> = (0..z).map(|at| missing[place(at)]).collect();
            let expected = reference_fill(&line, &gaps, method);
            for at in 0..z {
                prop_assert!((view[[row, at, column]] - expected[at]).abs() < 1e-9, "{} of {:?}", at, expected);
            }
        }
        // A part is the slice of the whole.
        let from = (cut.0 * z as f64) as usize;
        let to = from + 1 + (cut.1 * (z - from - 1) as f64) as usize;
        let part = roi![0..y, from..to, x / 2..x];
        let own = FillMissing::new(method).apply_region(&image, &mask, &part, &NEVER).unwrap();
        prop_assert!(own.same_bits(&filled.slice(&part).unwrap()));
    }

    #[test]
    fn parts_of_missing_patches_are_slices_of_the_whole_and_depend_on_what_they_say(
        (z, y, x) in (1..3_usize, 1..20_usize, 1..20_usize),
        (patch, halo) in (1..8_usize, 0..4_usize),
        values in proptest::collection::vec(prop_oneof![9 => Just(0_u8), 1 => any::<u8>()], 2 * 20 * 20),
        bounds in (0.0..1.0_f64, 0.0..1.0_f64, 0.0..1.0_f64, 0.0..1.0_f64),
        changed in (0.0..1.0_f64, 0.0..1.0_f64, any::<u8>()),
    ) {
        let image = Array::from_vec("zyx", &[z, y, x], values[..z * y * x].to_vec()).unwrap();
        let kernel = MissingPatches::new(patch, halo);
        let form = Form::of(&image).unwrap();
        let whole = kernel.apply(&image, &NEVER).unwrap();
        prop_assert!(in_pool(|| kernel.apply(&image, &NEVER).unwrap()).same_bits(&whole));
        let pick = |from: f64, to: f64, length: usize| {
            let from = (from * length as f64) as usize;
            from..from + 1 + (to * (length - from - 1) as f64) as usize
        };
        let roi = roi![z - 1..z, pick(bounds.0, bounds.1, y), pick(bounds.2, bounds.3, x)];
        let needed = kernel.needed(&form, &roi).unwrap();
        let part = image.slice(&needed).unwrap();
        let own = kernel.apply_region(&form, &part, &needed, &roi, &NEVER).unwrap();
        prop_assert!(own.same_bits(&whole.slice(&roi).unwrap()));
        // What changes where one element does is within what it says.
        let point = roi![z - 1..z, pick(changed.0, 0.0, y), pick(changed.1, 0.0, x)];
        let mut other = image.clone();
        other.assign_region(&point, &Array::full("zyx", &[1, 1, 1], changed.2).unwrap()).unwrap();
        let after = kernel.apply(&other, &NEVER).unwrap();
        let affected = kernel.affected(&form, &point).unwrap();
        let (before, after) = (whole.view::<u8>().unwrap(), after.view::<u8>().unwrap());
        for (at, before) in before.indexed_iter() {
            if after[&at] != *before {
                prop_assert!(affected.contains_point([at[0], at[1], at[2]]), "{:?} beyond {}", at, affected);
            }
        }
    }
}

#[test]
fn integers_are_rounded_and_stay_within_their_limits() {
    for (values, expected) in [
        ([220_u8, 255, 0, 255, 220], 255_u8),
        ([35, 0, 255, 0, 35], 0),
        ([1, 2, 9, 3, 4], 2),
    ] {
        let image = Array::from_vec("z", &[5], values.to_vec()).unwrap();
        let missing = Array::from_vec("z", &[5], vec![0_u8, 0, 1, 0, 0]).unwrap();
        let filled = FillMissing::default().apply(&image, &missing, &NEVER).unwrap();
        assert_eq!(filled.view::<u8>().unwrap()[[2]], expected);
    }
}

#[test]
fn all_types_and_empty_images_are_taken() {
    for dtype in [
        DType::U8,
        DType::U16,
        DType::U32,
        DType::U64,
        DType::I8,
        DType::I16,
        DType::I32,
        DType::I64,
        DType::F32,
        DType::F64,
        DType::Bool,
    ] {
        let image = Array::from_vec("zy", &[3, 1], vec![1_u8, 0, 1])
            .unwrap()
            .cast(dtype)
            .unwrap();
        let missing = Array::from_vec("zy", &[3, 1], vec![0_u8, 1, 0]).unwrap();
        let ones = Array::full("zy", &[3, 1], 1_u8).unwrap().cast(dtype).unwrap();
        assert_eq!(
            FillMissing::default().apply(&image, &missing, &NEVER).unwrap(),
            ones,
            "{dtype}"
        );
        MissingPatches::new(1, 0).apply(&image, &NEVER).unwrap();
        let empty = Array::zeros("zyx", &[3, 0, 2], dtype).unwrap();
        let mask = Array::zeros("zyx", &[3, 0, 2], DType::U8).unwrap();
        assert_eq!(FillMissing::default().apply(&empty, &mask, &NEVER).unwrap(), empty);
        assert_eq!(MissingPatches::new(4, 1).apply(&empty, &NEVER).unwrap(), mask);
        assert_eq!(
            first_nonzero(&image, Some(0), &NEVER).unwrap().view::<u64>().unwrap()[[0, 0]],
            1
        );
    }
}

#[test]
fn nothing_is_copied_where_nothing_is_missing() {
    let image = Array::full("zyx", &[5, 4, 3], 7_u16).unwrap();
    let missing = Array::zeros("zyx", &[5, 4, 3], DType::U8).unwrap();
    let filled = FillMissing::default().apply(&image, &missing, &NEVER).unwrap();
    assert!(filled.same_buffer(&image));
}

struct Stop;

impl Interrupt for Stop {
    fn interrupted(&self) -> Option<Error> {
        Some(Error::msg("stopped"))
    }
}

#[test]
fn the_checkpoint_stops_them() {
    let checkpoint = Checkpoint::new(std::sync::Arc::new(Stop));
    let image = Array::zeros("zyx", &[3, 4, 5], DType::U8).unwrap();
    let mask = Array::full("zyx", &[3, 4, 5], 1_u8).unwrap();
    let stopped = |result: Result<Array, Error>| assert_eq!(result.unwrap_err().to_string(), "stopped");
    stopped(MissingPatches::new(2, 0).apply(&image, &checkpoint));
    stopped(FillMissing::default().apply(&image, &mask, &checkpoint));
    stopped(first_nonzero(&image, Some(0), &checkpoint));
}
