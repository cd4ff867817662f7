//! Kernels that look at one element at a time, and the greatest channel: against NumPy, and piece by piece as a whole.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use headwater::array::{Element, match_dtype};
use headwater::kernels::{
    Arithmetic, ArithmeticOperation, LabelOverlay, arg_max_channel, cast, first_nonzero, map_elements,
    max_channel_indicator, merge_elements,
};
use headwater::{Array, Checkpoint, DType, Error, ErrorKind, Interrupt, Roi, roi};
use ndarray::{Array2, ArrayD};
use ndarray_npy::{ReadableElement, read_npy};

const TYPES: [DType; 11] = DType::ALL;

fn fixture<T: ReadableElement>(name: &str) -> ArrayD<T> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kernels/fixtures/elementwise");
    read_npy(folder.join(name)).unwrap()
}

fn elements<T: Element>(array: &Array) -> Vec<T> {
    array.view::<T>().unwrap().iter().copied().collect()
}

#[test]
fn types_of_results_are_those_of_numpy() {
    let common: Array2<u8> = fixture("common.npy").into_dimensionality().unwrap();
    for (a, left) in TYPES.into_iter().enumerate() {
        for (b, right) in TYPES.into_iter().enumerate() {
            let expected = TYPES[usize::from(common[[a, b]])];
            assert_eq!(Arithmetic::common(left, right), expected, "{left} and {right}");
        }
    }
}

#[test]
fn the_greatest_channel_is_that_of_numpy_in_any_layout_and_on_any_threads() {
    let channels = Array::from_ndarray("zyxc", fixture::<f32>("channels.npy")).unwrap();
    let greatest = Array::from_ndarray("zyxc", fixture::<u32>("greatest.npy")).unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    for axes in ["zyxc", "czyx", "xcyz"] {
        let turned = channels
            .to_axes(axes)
            .unwrap()
            .to_contiguous()
            .unwrap()
            .to_axes("zyxc")
            .unwrap();
        let mut out = Array::zeros("zyxc", greatest.shape(), DType::U32).unwrap();
        pool.install(|| arg_max_channel(&turned, &mut out, &Checkpoint::never()))
            .unwrap();
        assert_eq!(out, greatest, "{axes}");
    }
}

#[test]
fn pairs_with_nan_are_those_of_numpy() {
    let rows: Array2<f32> = fixture("pairs.npy").into_dimensionality().unwrap();
    let row = |nth: usize| Array::from_vec("x", &[rows.ncols()], rows.row(nth).to_vec()).unwrap();
    for (nth, operation) in [
        (2, ArithmeticOperation::Minimum),
        (3, ArithmeticOperation::Maximum),
        (4, ArithmeticOperation::Difference),
    ] {
        let result = Arithmetic::new(operation)
            .apply(&row(0), &row(1), &Checkpoint::never())
            .unwrap();
        assert_eq!(result, row(nth), "{operation:?}");
    }
    let divisor = row(1).map(|value: f32| if value == 0.0 { 1.0 } else { value }).unwrap();
    let quotient = Arithmetic::new(ArithmeticOperation::Divide)
        .apply(&row(0), &divisor, &Checkpoint::never())
        .unwrap();
    assert_eq!(quotient, row(5));
}

#[test]
fn integers_saturate_at_their_limits_and_quotients_are_no_integers() {
    let of = |values: [i8; 4]| Array::from_vec("x", &[4], values.to_vec()).unwrap();
    let (a, b) = (of([127, -128, -128, 100]), of([1, 127, -128, 3]));
    let ask = |operation| Arithmetic::new(operation).apply(&a, &b, &Checkpoint::never()).unwrap();
    assert_eq!(elements::<i8>(&ask(ArithmeticOperation::Add)), [127, -1, -128, 103]);
    assert_eq!(elements::<i8>(&ask(ArithmeticOperation::Subtract)), [126, -128, 0, 97]);
    assert_eq!(
        elements::<i8>(&ask(ArithmeticOperation::Multiply)),
        [127, -128, 127, 127]
    );
    assert_eq!(elements::<i8>(&ask(ArithmeticOperation::Difference)), [126, 127, 0, 97]);
    assert_eq!(
        elements::<f32>(&ask(ArithmeticOperation::Divide))[..3],
        [127.0, -128.0 / 127.0, 1.0]
    );
    let whole = Arithmetic::new(ArithmeticOperation::Divide)
        .with_dtype(DType::I8)
        .apply(&a, &b, &Checkpoint::never())
        .unwrap();
    assert_eq!(elements::<i8>(&whole), [127, -1, 1, 33]);
    let zero = of([0; 4]);
    let nothing = Arithmetic::new(ArithmeticOperation::Divide)
        .apply(&a, &zero, &Checkpoint::never())
        .unwrap();
    assert!(elements::<f32>(&nothing).iter().all(|value| value.is_infinite()));
}

#[test]
fn sixty_four_bits_are_not_rounded() {
    let of = |values: [u64; 2]| Array::from_vec("x", &[2], values.to_vec()).unwrap();
    let sum = Arithmetic::new(ArithmeticOperation::Add)
        .apply(&of([1 << 60, u64::MAX]), &of([1, 1]), &Checkpoint::never())
        .unwrap();
    assert_eq!(elements::<u64>(&sum), [(1 << 60) + 1, u64::MAX]);
}

#[test]
fn views_constants_and_empty_arrays_are_as_good_as_any() {
    let never = Checkpoint::never();
    let image = Array::from_vec("yx", &[300, 70], (0..21_000_u32).collect()).unwrap();
    let turned = image.to_axes("xy").unwrap();
    let mut out = Array::zeros("xy", &[70, 300], DType::U16).unwrap();
    cast(&turned, &mut out, &never).unwrap();
    assert_eq!(out, turned.cast(DType::U16).unwrap());
    // An array with strides of 0, to a view that is turned round.
    let constant = Array::full("xy", &[70, 300], 7_u8).unwrap();
    let sum = Arithmetic::new(ArithmeticOperation::Add)
        .apply(&turned, &constant, &never)
        .unwrap();
    assert_eq!(sum, turned.map(|value: u32| value + 7).unwrap());
    let empty = Array::zeros("xy", &[0, 300], DType::U8).unwrap();
    assert_eq!(
        Arithmetic::new(ArithmeticOperation::Add)
            .apply(&empty, &empty, &never)
            .unwrap(),
        empty
    );
    let merged = merge_elements(
        &[turned.clone(), turned.clone()],
        |values: &[u32]| values[0] + values[1],
        &never,
    )
    .unwrap();
    assert_eq!(merged, turned.map(|value: u32| 2 * value).unwrap());
}

#[test]
fn results_do_not_depend_on_threads() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap();
    let image = Array::from_vec("zyx", &[3, 190, 101], (0..57_570).map(|v| v as f32 * 0.37).collect()).unwrap();
    let sum = |a: &Array| {
        Arithmetic::new(ArithmeticOperation::Multiply)
            .apply(a, a, &Checkpoint::never())
            .unwrap()
    };
    assert!(pool.install(|| sum(&image)).same_bits(&sum(&image)));
}

#[test]
fn the_indicator_is_1_for_the_channel_of_the_greatest() {
    let channels = Array::from_ndarray("zyxc", fixture::<f32>("channels.npy")).unwrap();
    let greatest = fixture::<u32>("greatest.npy");
    let mut out = Array::zeros("zyxc", &[3, 4, 5, 3], DType::U8).unwrap();
    max_channel_indicator(&channels, 2..5, &mut out, &Checkpoint::never()).unwrap();
    let view = channels.view::<f32>().unwrap();
    for (at, flag) in out.view::<u8>().unwrap().indexed_iter() {
        let pixel = [at[0], at[1], at[2]];
        let zero = (0..6).all(|c| view[[pixel[0], pixel[1], pixel[2], c]] == 0.0);
        let expected = !zero && greatest[[pixel[0], pixel[1], pixel[2], 0]] as usize == at[3] + 2;
        assert_eq!(*flag, u8::from(expected), "{at:?}");
    }
}

/// Stops after so many looks.
struct After(AtomicUsize);

impl Interrupt for After {
    fn interrupted(&self) -> Option<Error> {
        let looks = self.0.fetch_sub(1, Ordering::SeqCst);
        (looks == 0 || looks > 1 << 40).then(|| Error::msg("enough"))
    }
}

#[test]
fn a_checkpoint_is_looked_at_every_few_thousand_elements_of_one_long_row() {
    let image = Array::zeros("x", &[1 << 20], DType::U8).unwrap();
    let mut out = Array::zeros("x", &[1 << 20], DType::U8).unwrap();
    let calls = AtomicUsize::new(0);
    let count = |value: u8| {
        calls.fetch_add(1, Ordering::Relaxed);
        value
    };
    let checkpoint = Checkpoint::new(Arc::new(After(AtomicUsize::new(20))));
    let stopped = map_elements(&image, &mut out, count, &checkpoint).unwrap_err();
    assert_eq!(stopped.report(), "enough");
    assert!(calls.load(Ordering::Relaxed) <= 20 << 13, "{calls:?}");
    let stops = |run: &dyn Fn(&Checkpoint) -> Result<(), Error>| {
        let checkpoint = Checkpoint::new(Arc::new(After(AtomicUsize::new(3))));
        assert_eq!(run(&checkpoint).unwrap_err().report(), "enough");
    };
    stops(&|checkpoint| {
        Arithmetic::new(ArithmeticOperation::Add)
            .apply(&image, &image, checkpoint)
            .map(drop)
    });
    stops(&|checkpoint| merge_elements(std::slice::from_ref(&image), |values: &[u8]| values[0], checkpoint).map(drop));
    stops(&|checkpoint| cast(&image, &mut Array::zeros("x", &[1 << 20], DType::F32)?, checkpoint));
    stops(&|checkpoint| first_nonzero(&image, None, checkpoint).map(drop));
    // Many channels of few pixels are as much work.
    let channels = Array::zeros("xc", &[64, 1 << 14], DType::U8).unwrap();
    stops(&|checkpoint| arg_max_channel(&channels, &mut Array::zeros("xc", &[64, 1], DType::U32)?, checkpoint));
}

#[test]
fn what_does_not_fit_is_named() {
    let never = Checkpoint::never();
    let (wide, narrow) = (
        Array::zeros("x", &[4], DType::U8).unwrap(),
        Array::zeros("x", &[3], DType::U8).unwrap(),
    );
    let report = |result: Result<(), Error>| result.unwrap_err().report();
    assert!(
        report(
            Arithmetic::new(ArithmeticOperation::Add)
                .apply(&wide, &narrow, &never)
                .map(drop)
        )
        .contains("do not make")
    );
    assert!(report(cast(&wide, &mut narrow.clone(), &never)).contains("different shapes"));
    assert!(report(arg_max_channel(&wide, &mut narrow.clone(), &never)).contains("has no axis c"));
    assert!(report(merge_elements::<u8, u8>(&[], |_| 0, &never).map(drop)).contains("nothing to merge"));
    let mut floats = Array::zeros("x", &[4], DType::F32).unwrap();
    assert!(
        report(map_elements(&wide, &mut floats, |value: u8| value, &never)).contains("the array holds f32, not u8")
    );
}

#[test]
fn an_overlay_of_what_does_not_fit_is_refused() {
    let never = Checkpoint::never();
    let zeros = |axes: &str, shape: &[usize], dtype| Array::zeros(axes, shape, dtype).unwrap();
    let (image, labels) = (zeros("yx", &[2, 2], DType::U8), zeros("yx", &[4, 4], DType::U32));
    let picture = zeros("yxc", &[2, 2, 3], DType::U8);
    let draw = |image: &Array, labels: &Array, roi: Roi, mut out: Array| {
        LabelOverlay::new(0.0, 1.0).write_region(image, labels, &roi, &mut out, &never)
    };
    let (inside, outside) = (roi![1..3, 0..2, 0..3], roi![3..5, 0..2, 0..3]);
    draw(&image, &labels, inside, picture.clone()).unwrap();
    let colours = zeros("yxc", &[2, 2, 4], DType::U8);
    let channels = (zeros("yc", &[2, 2], DType::U8), zeros("yc", &[4, 4], DType::U32));
    for (nth, refused) in [
        draw(&image, &labels, outside, picture.clone()),
        draw(&image, &labels, roi![1..3, 0..2], image.clone()),
        draw(&image, &labels, roi![1..3, 0..2, 0..4], colours),
        draw(&image, &labels, roi![1..3, 0..2, 0..2], picture.clone()),
        draw(&image, &labels.to_axes("xy").unwrap(), inside, picture.clone()),
        draw(&image, &labels, inside, zeros("xyc", &[2, 2, 3], DType::U8)),
        draw(&image, &labels, inside, zeros("yxc", &[2, 2, 3], DType::U16)),
        draw(&zeros("yx", &[2, 3], DType::U8), &labels, inside, picture.clone()),
        draw(&channels.0, &channels.1, inside, picture.clone()),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Invalid, "{nth}");
    }
}

#[test]
fn an_overlay_has_the_colour_of_each_label_whatever_its_type() {
    let never = Checkpoint::never();
    let labels = Array::from_vec("yx", &[2, 3], vec![5_u8, 5, 0, 200, 9, 9]).unwrap();
    let image = Array::from_vec("yx", &[2, 3], vec![0_u8, 50, 100, 100, 150, 0]).unwrap();
    let overlay = LabelOverlay::new(50.0, 100.0).outline(false).opacity(0.5);
    let expected: Vec<u8> = elements::<u8>(&image)
        .into_iter()
        .zip(elements::<u8>(&labels))
        .flat_map(|(value, label)| {
            let grey = ((f64::from(value) - 50.0) / 50.0).clamp(0.0, 1.0) * 255.0;
            let colour = LabelOverlay::colour(label.into());
            colour.map(|colour| match label {
                0 => grey.round() as u8,
                _ => ((grey + f64::from(colour)) / 2.0).round() as u8,
            })
        })
        .collect();
    for dtype in [DType::U8, DType::I16, DType::U64, DType::F32] {
        let drawn = overlay.apply(&image.cast(dtype).unwrap(), &labels.cast(dtype).unwrap(), &never);
        assert_eq!(elements::<u8>(&drawn.unwrap()), expected, "{dtype}");
    }
    // The second and third colour of a part.
    let part = image.slice(&roi![1..2, 0..2]).unwrap();
    let mut out = Array::full("yxc", &[1, 2, 2], 7_u8).unwrap();
    overlay
        .write_region(&part, &labels, &roi![1..2, 0..2, 1..3], &mut out, &never)
        .unwrap();
    assert_eq!(elements::<u8>(&out), [10, 11, 13, 14].map(|place| expected[place]));
}

#[test]
fn all_types_go_through() {
    for dtype in TYPES {
        let channels = match_dtype!(dtype, T => {
            Array::from_vec::<T, _>("xc", &[2, 2], vec![0_u8.cast(), 1_u8.cast(), 1_u8.cast(), 0_u8.cast()]).unwrap()
        });
        let mut out = Array::zeros("xc", &[2, 1], DType::U32).unwrap();
        arg_max_channel(&channels, &mut out, &Checkpoint::never()).unwrap();
        assert_eq!(elements::<u32>(&out), [1, 0], "{dtype}");
    }
}
