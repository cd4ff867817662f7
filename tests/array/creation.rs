//! Where arrays come from, and what is refused.

use headwater::array::match_dtype;
use headwater::{Array, DType};

use crate::{counting, elements, refusal};

#[test]
fn arrays_know_what_they_are() {
    let array = counting::<i16>("tzyxc", &[2, 3, 4, 5, 1]);
    assert_eq!(
        (array.dtype(), array.shape(), array.ndim()),
        (DType::I16, &[2, 3, 4, 5, 1][..], 5)
    );
    assert_eq!(
        (array.len(), array.is_empty(), array.nbytes(), array.buffer_nbytes()),
        (120, false, 240, 240)
    );
    assert_eq!((array.length('y'), array.length('q')), (Some(4), None));
    assert_eq!(format!("{array:?}"), "Array(tzyxc i16 [2, 3, 4, 5, 1])");
    assert!(counting::<u8>("yx", &[3, 0]).is_empty());
}

#[test]
fn a_single_number_is_an_array_without_axes() {
    let one = Array::from_vec("", &[], vec![3.5f64]).unwrap();
    assert_eq!((one.len(), one.ndim(), elements::<f64>(&one)), (1, 0, vec![3.5]));
    assert_eq!(one, Array::full("", &[], 3.5f64).unwrap());
}

#[test]
fn zeros_are_zeros_of_every_type() {
    for dtype in DType::ALL {
        let zeros = Array::zeros("yx", &[3, 5], dtype).unwrap();
        assert_eq!((zeros.dtype(), zeros.shape()), (dtype, &[3, 5][..]));
        match_dtype!(dtype, T => assert_eq!(elements::<T>(&zeros), [T::default(); 15]));
    }
}

#[test]
fn refusals_name_both_sides() {
    assert_eq!(
        refusal(Array::from_vec("yx", &[2, 3], vec![0u8; 5])),
        "shape [2, 3] has 6 elements, the data 5"
    );
    assert_eq!(
        refusal(Array::zeros("zyx", &[2, 3], DType::U8)),
        "axes \"zyx\" name 3 axes, the shape [2, 3] has 2"
    );
    assert_eq!(
        refusal(Array::full("yy", &[2, 3], 0u8)),
        "axes \"yy\": 'y' occurs twice"
    );
    let nine = ndarray::ArrayD::<u8>::zeros(&[1; 9][..]);
    assert_eq!(
        refusal(Array::from_ndarray("abcdefghi", nine)),
        "axes \"abcdefghi\": more than 8 axes"
    );
}

#[test]
fn a_constant_takes_one_element_through_slices_axes_and_conversions() {
    let shape = [1000, 10_000, 10_000, 10_000, 3];
    let white = Array::full("tzyxc", &shape, 200u8).unwrap();
    let part = white
        .slice(&headwater::roi![3..7, 0..9_000, 5..6, 0..10_000, 2..3])
        .unwrap();
    let turned = part.to_axes("xtzq").unwrap().cast(DType::F32).unwrap();
    assert_eq!(turned.shape(), [10_000, 4, 9_000, 1]);
    assert_eq!(turned.view::<f32>().unwrap()[[9_999, 3, 8_999, 0]], 200.0);
    assert_eq!(turned.map(|value: f32| value > 3.0).unwrap().buffer_nbytes(), 1);
    assert_eq!((white.buffer_nbytes(), turned.buffer_nbytes()), (1, 4));
    assert_eq!(turned.nbytes(), 4 * 10_000 * 4 * 9_000);
}
