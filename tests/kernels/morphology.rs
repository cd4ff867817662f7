use headwater::array::Element;
use headwater::kernels::{Morphology, MorphologyOperation, Rank, Stencil};
use headwater::{Array, DType};
use ndarray_npy::ReadableElement;
use proptest::prelude::*;

use crate::stencils::{DTYPES, NEVER, check_odd_shapes, check_stops, checked, fixture, image, noise, refusal, shapes};

const OPERATIONS: [MorphologyOperation; 6] = [
    MorphologyOperation::Erode,
    MorphologyOperation::Dilate,
    MorphologyOperation::Open,
    MorphologyOperation::Close,
    MorphologyOperation::WhiteTopHat,
    MorphologyOperation::BlackTopHat,
];

fn check_fixture<T: ReadableElement + Element>(name: &str, radii: &[usize]) {
    let input = image::<T>("morphology", name);
    for operation in OPERATIONS {
        let own = checked(&Morphology::new(operation, radii), &input, 71);
        let expected = fixture::<T>("morphology", &format!("{operation}_{name}"));
        assert_eq!(own.view::<T>().unwrap(), expected, "{operation} of {name}");
    }
}

#[test]
fn results_are_scipys() {
    check_fixture::<u8>("plane_u8", &[2, 2]);
    check_fixture::<f32>("volume_f32", &[1, 2, 3]);
    check_fixture::<bool>("mask", &[1, 1]);
}

/// By the definition: extrema one after the other, and a difference within the type.
fn reference(operation: MorphologyOperation, array: &Array, radius: usize) -> Array {
    let least = |array: &Array| Rank::minimum(radius).apply(array, &NEVER).unwrap();
    let greatest = |array: &Array| Rank::maximum(radius).apply(array, &NEVER).unwrap();
    let minus = |a: &Array, b: &Array| {
        let exact = |array: &Array| array.cast(DType::I64).unwrap();
        let [a, b] = [exact(a), exact(b)];
        let difference = &a.view::<i64>().unwrap() - &b.view::<i64>().unwrap();
        Array::from_ndarray(array.axes(), difference)
            .unwrap()
            .cast(array.dtype())
            .unwrap()
    };
    match operation {
        MorphologyOperation::Erode => least(array),
        MorphologyOperation::Dilate => greatest(array),
        MorphologyOperation::Open => greatest(&least(array)),
        MorphologyOperation::Close => least(&greatest(array)),
        MorphologyOperation::WhiteTopHat => minus(array, &greatest(&least(array))),
        MorphologyOperation::BlackTopHat => minus(&least(&greatest(array)), array),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn results_are_those_of_the_definition(
        (axes, shape) in shapes(7),
        operation in prop::sample::select(&OPERATIONS[..]),
        radius in 0usize..9,
        dtype in prop::sample::select(&DTYPES[..]),
        seed: u32,
    ) {
        let array = noise(axes, &shape, dtype, seed.into());
        let own = checked(&Morphology::new(operation, radius), &array, seed as usize);
        prop_assert_eq!(own, reference(operation, &array, radius));
    }
}

/// So that both of the extrema do not fit into one block with their halo.
#[test]
fn large_radii_go_step_by_step_and_give_the_same() {
    let array = noise("yx", &[150, 160], DType::I16, 2);
    for (operation, radius) in [
        (MorphologyOperation::Open, 40),
        (MorphologyOperation::BlackTopHat, 60),
        (MorphologyOperation::Close, 200),
    ] {
        let own = checked(&Morphology::new(operation, radius), &array, 1_234_567);
        assert_eq!(own, reference(operation, &array, radius), "{operation} {radius}");
    }
}

#[test]
fn differences_beyond_a_signed_type_stay_within_it() {
    let line = Array::from_vec("x", &[5], vec![i8::MIN, i8::MIN, i8::MAX, i8::MIN, i8::MIN]).unwrap();
    let own = Morphology::new(MorphologyOperation::WhiteTopHat, 1)
        .apply(&line, &NEVER)
        .unwrap();
    assert_eq!(own.view::<i8>().unwrap().as_slice(), Some(&[0, 0, i8::MAX, 0, 0][..]));
}

#[test]
fn odd_shapes_pass() {
    for operation in OPERATIONS {
        check_odd_shapes(&Morphology::new(operation, 2));
    }
}

#[test]
fn operations_have_names() {
    for operation in OPERATIONS {
        assert_eq!(operation.to_string().parse::<MorphologyOperation>().unwrap(), operation);
    }
    assert_eq!(
        refusal("blur".parse::<MorphologyOperation>()),
        "no operation is called `blur`; there are erode, dilate, open, close, white_top_hat, black_top_hat"
    );
}

#[test]
fn it_stops() {
    let array = noise("zyx", &[20, 30, 40], DType::U8, 2);
    check_stops(5, |checkpoint| {
        Morphology::new(MorphologyOperation::WhiteTopHat, 2).apply(&array, checkpoint)
    });
}
