use headwater::array::Element;
use headwater::kernels::{Form, Interpolation, Resize};
use headwater::{Array, DType, Roi, roi};
use ndarray::ArrayD;
use ndarray_npy::ReadableElement;
use proptest::prelude::*;

use crate::reference::mirrored;
use crate::stencils::{DTYPES, NEVER, check_stops, fixture, image, noise, refusal, some_region};

fn check_fixture<T: ReadableElement + Element>(name: &str, shape: &[usize]) {
    let input = image::<T>("resize", name);
    let sizes: Vec<_> = shape.iter().map(usize::to_string).collect();
    let file = |kind: &str| format!("{kind}_{name}_{}", sizes.join("_"));
    let nearest = Resize::to(shape).interpolation(Interpolation::Nearest);
    let own = checked(&nearest, &input, 5);
    assert_eq!(
        own.view::<T>().unwrap(),
        fixture::<T>("resize", &file("nearest")),
        "nearest {name} to {shape:?}"
    );
    let own = checked(&Resize::to(shape), &input, 6);
    let expected = fixture::<f32>("resize", &file("linear"));
    let rounded = if T::DTYPE == DType::F32 { 0.0 } else { 0.5 };
    for ((at, own), expected) in own.view::<T>().unwrap().indexed_iter().zip(&expected) {
        let off = (own.to_f32() - expected).abs();
        assert!(
            off <= rounded + 1e-5 * expected.abs().max(1.0),
            "{name} to {shape:?} at {at:?}: {own}, not {expected}"
        );
    }
}

#[test]
fn results_are_scipys() {
    for shape in [[15, 43], [7, 11], [45, 60], [1, 99]] {
        check_fixture::<f32>("plane", &shape);
    }
    for shape in [[6, 17, 10], [5, 25, 7]] {
        check_fixture::<u8>("volume", &shape);
    }
}

/// The result for `array`, after looking at whether a part is the same from what it needs, from another layout, and on
/// several threads; and whether what changes of the input changes no more of the result than it says.
fn checked(kernel: &Resize, array: &Array, seed: usize) -> Array {
    let whole = kernel.apply(array, &NEVER).unwrap();
    let form = Form::of(array).unwrap();
    assert_eq!(Form::of(&whole).unwrap(), kernel.result(&form).unwrap());
    let roi = some_region(whole.shape(), seed);
    let expected = whole.slice(&roi).unwrap();
    let needed = kernel.needed(&form, &roi).unwrap();
    let part = array.slice(&needed).unwrap();
    let own = kernel.apply_region(&part, &needed, &form, &roi, &NEVER).unwrap();
    assert!(own.same_bits(&expected), "{kernel:?} of {array:?}, {roi} from {needed}");
    let reversed: String = array.axes().to_string().chars().rev().collect();
    let turned = array.to_axes(&reversed[..]).unwrap().to_contiguous().unwrap();
    let turned = turned.to_axes(array.axes()).unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    let own = pool.install(|| kernel.apply(&turned, &NEVER).unwrap());
    assert!(
        own.same_bits(&whole),
        "{kernel:?} of {array:?} from another layout, on several threads"
    );

    let changed = some_region(array.shape(), seed.wrapping_add(5));
    let mut other = array.clone();
    let axes = array.axes().to_string();
    other
        .assign_region(
            &changed,
            &noise(&axes, changed.shape().as_slice(), array.dtype(), seed as u64 + 3),
        )
        .unwrap();
    let after = kernel.apply(&other, &NEVER).unwrap();
    let affected = kernel.affected(&form, &changed).unwrap();
    let [before, after] = [&whole, &after].map(|array| array.cast(DType::F64).unwrap());
    for ((at, before), after) in before
        .view::<f64>()
        .unwrap()
        .indexed_iter()
        .zip(after.view::<f64>().unwrap())
    {
        let at = ndarray::Dimension::slice(&at);
        assert!(
            before == after || affected.contains_point(at),
            "{kernel:?}: {at:?} changed with {changed}, not in {affected}"
        );
    }
    whole
}

/// Smoothed, then interpolated, as the documentation says, one axis after the other in `f64`.
fn reference(data: &ArrayD<f64>, shape: &[usize], is_linear: bool) -> ArrayD<f64> {
    let mut data = data.clone();
    for (axis, &to) in shape.iter().enumerate() {
        let from = data.shape()[axis];
        let f = from as f64 / to as f64;
        let (sigma, mut radius) = (f / 4.0, 0);
        if f > 1.0 && is_linear {
            radius = ((3.5 * sigma + 0.5).floor() as isize).max(1);
        }
        let weight = |i: isize| (-((i * i) as f64) / (2.0 * sigma * sigma)).exp();
        let total: f64 = (-radius..=radius).map(weight).sum();
        let mut size = data.shape().to_vec();
        size[axis] = to;
        data = ArrayD::from_shape_fn(size, |at| {
            let mut near = ndarray::Dimension::slice(&at).to_vec();
            let mut value = |position: isize| {
                near[axis] = mirrored(position, from);
                data[&near[..]]
            };
            let mut smooth = |position: isize| {
                if radius == 0 {
                    return value(position);
                }
                (-radius..=radius)
                    .map(|i| weight(i) / total * value(position + i))
                    .sum::<f64>()
            };
            if !is_linear {
                return smooth(((2 * at[axis] + 1) as f64 * f / 2.0 + 1e-12).floor() as isize);
            }
            let raw = f * at[axis] as f64 + f / 2.0 - 0.5;
            let behind = raw - raw.floor();
            (1.0 - behind) * smooth(raw.floor() as isize) + behind * smooth(raw.floor() as isize + 1)
        });
    }
    data
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn results_are_those_of_the_definition(
        axes in prop::sample::select(vec!["x", "yx", "zyx", "cyx", "yxc", "tyx"]),
        from in prop::collection::vec(1usize..14, 3),
        to in prop::collection::vec(1usize..20, 3),
        dtype in prop::sample::select(&DTYPES[..]),
        is_linear: bool,
        seed: u32,
    ) {
        let from = &from[..axes.len()];
        let to: Vec<_> = axes.chars().zip(from.iter().zip(to)).map(|(letter, (&from, to))| if "zyx".contains(letter) { to } else { from }).collect();
        let array = noise(axes, from, dtype, seed.into());
        let interpolation = if is_linear { Interpolation::Linear } else { Interpolation::Nearest };
        let own = checked(&Resize::to(&to).interpolation(interpolation), &array, seed as usize);
        prop_assert_eq!(own.dtype(), dtype);
        let exact = array.cast(DType::F64).unwrap();
        let expected = reference(&exact.view::<f64>().unwrap().to_owned(), &to, is_linear);
        let own = own.cast(DType::F64).unwrap();
        for (own, expected) in own.view::<f64>().unwrap().iter().zip(&expected) {
            let rounded = if matches!(dtype, DType::F32 | DType::F64) || !is_linear { 0.0 } else { 0.5 };
            prop_assert!((own - expected).abs() <= rounded + 1e-4, "{} is not {}", own, expected);
        }
    }
}

/// Reductions so large that one element of the result depends on more than fits into a tile.
#[test]
fn axes_go_one_by_one_where_a_tile_would_be_too_large() {
    let array = noise("zyx", &[40, 60, 70], DType::F32, 2);
    for shape in [[2, 2, 3], [1, 1, 1], [3, 60, 2], [80, 1, 2]] {
        let own = checked(&Resize::to(shape), &array, 77);
        let exact = array.cast(DType::F64).unwrap();
        let expected = reference(&exact.view::<f64>().unwrap().to_owned(), &shape, true);
        for (own, expected) in own.view::<f32>().unwrap().iter().zip(&expected) {
            assert!(
                (f64::from(*own) - expected).abs() < 1e-4,
                "{shape:?}: {own} is not {expected}"
            );
        }
    }
}

#[test]
fn the_same_size_changes_nothing() {
    for dtype in DTYPES {
        let array = noise("zyx", &[3, 9, 11], dtype, 1);
        assert_eq!(Resize::to([3, 9, 11]).apply(&array, &NEVER).unwrap(), array);
    }
    let labels = Array::from_vec("x", &[2], vec![u64::MAX, 1]).unwrap();
    let own = Resize::to([4])
        .interpolation(Interpolation::Nearest)
        .apply(&labels, &NEVER)
        .unwrap();
    assert_eq!(
        own.view::<u64>().unwrap().as_slice(),
        Some(&[u64::MAX, u64::MAX, 1, 1][..])
    );
}

#[test]
fn empty_and_constant_images_pass() {
    let empty = Array::zeros("yx", &[0, 5], DType::U8).unwrap();
    assert_eq!(Resize::to([0, 3]).apply(&empty, &NEVER).unwrap().shape(), [0, 3]);
    let full = Array::full("yx", &[30, 40], 200_u8).unwrap();
    assert_eq!(Resize::to([0, 3]).apply(&full, &NEVER).unwrap().shape(), [0, 3]);
    assert_eq!(
        Resize::to([7, 90]).apply(&full, &NEVER).unwrap(),
        Array::full("yx", &[7, 90], 200_u8).unwrap()
    );
}

#[test]
fn errors_name_the_axis() {
    let array = noise("tyx", &[2, 9, 9], DType::U8, 1);
    let report = |shape: &[usize]| refusal(Resize::to(shape).apply(&array, &NEVER));
    assert_eq!(report(&[3, 9, 9]), "axis t of length 2 cannot get the length 3");
    assert_eq!(report(&[9, 9]), "an image with axes tyx cannot get the shape (9, 9)");
    let empty = Array::zeros("yx", &[0, 5], DType::U8).unwrap();
    assert_eq!(
        refusal(Resize::to([3, 5]).apply(&empty, &NEVER)),
        "axis y of length 0 cannot get the length 3"
    );
    let form = Form::of(&array).unwrap();
    let kernel = Resize::to([2, 3, 3]);
    assert!(refusal(kernel.needed(&form, &roi![0..2, 0..4, 0..3])).contains("is not within the result"));
    assert!(refusal(kernel.affected(&form, &roi![0..2, 0..10, 0..3])).contains("is not within the input"));
    let little = array.slice(&roi![0..2, 0..9, 1..9]).unwrap();
    let at: Roi = roi![0..2, 0..9, 1..9];
    let result = kernel.apply_region(&little, &at, &form, &roi![0..2, 0..3, 0..3], &NEVER);
    assert!(refusal(result).contains("needs"));
    assert_eq!("nearest".parse::<Interpolation>().unwrap().to_string(), "nearest");
    assert!("cubic".parse::<Interpolation>().is_err());
}

#[test]
fn it_stops() {
    let array = noise("yx", &[300, 400], DType::U8, 2);
    check_stops(4, |checkpoint| Resize::to([700, 100]).apply(&array, checkpoint));
    let nearest = Resize::to([900, 800]).interpolation(Interpolation::Nearest);
    check_stops(4, |checkpoint| nearest.apply(&array, checkpoint));
}
