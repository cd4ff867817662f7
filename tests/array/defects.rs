//! Defects of the original's graph (D) that values and buffers had a part in, and the statements (G) about them.

use headwater::{Array, DType, roi};
use ndarray::ArrayD;

use crate::{address, counting, elements, refusal};

#[test]
fn d11_the_element_type_is_part_of_equality() {
    let bytes = counting::<u8>("x", &[3]);
    for dtype in DType::ALL.into_iter().filter(|dtype| *dtype != DType::U8) {
        assert_ne!(bytes, bytes.cast(dtype).unwrap(), "{dtype}");
    }
    assert_ne!(Array::full("", &[], true).unwrap(), Array::full("", &[], 1u8).unwrap());
}

#[test]
fn d11_nan_is_no_news() {
    let [one, other] = [f32::NAN, -f32::NAN].map(|nan| Array::from_vec("x", &[2], vec![1.0, nan]).unwrap());
    assert_eq!(one, one.clone());
    assert_eq!(one, other);
}

#[test]
fn d11_what_was_handed_in_cannot_change_unseen() {
    let mut mine = counting::<u8>("yx", &[2, 3]);
    let handed_in = mine.clone();
    mine.view_mut::<u8>().unwrap().fill(9);
    assert_eq!(elements::<u8>(&handed_in), [0, 1, 2, 3, 4, 5]);
    assert_ne!(mine, handed_in);

    let mut ndarrays = ArrayD::<u8>::zeros(&[3][..]).into_shared();
    let handed_in = Array::from_ndarray("x", ndarrays.clone()).unwrap();
    ndarrays.fill(9);
    assert_eq!(elements::<u8>(&handed_in), [0; 3]);
}

#[test]
fn d11_a_part_that_was_handed_out_cannot_corrupt_the_whole() {
    let whole = counting::<u8>("yx", &[2, 3]);
    let mut part = whole.slice(&roi![0..1, 0..2]).unwrap();
    part.view_mut::<u8>().unwrap().fill(9);
    assert_eq!(elements::<u8>(&whole), [0, 1, 2, 3, 4, 5]);
    let mut ndarrays = whole.clone().into_ndarray::<u8>().unwrap();
    ndarrays.fill(9);
    assert_eq!(elements::<u8>(&whole), [0, 1, 2, 3, 4, 5]);
}

#[test]
fn d11_g35_shapes_that_would_broadcast_are_not_equal() {
    let ones = |axes: &str, shape: &[usize]| Array::full(axes, shape, 1u8).unwrap();
    assert_ne!(ones("yx", &[1, 3]), ones("yx", &[2, 3]));
    assert_ne!(ones("x", &[3]), ones("yx", &[1, 3]));
    assert_ne!(ones("xy", &[3, 3]), ones("yx", &[3, 3]));
    assert_eq!(ones("yx", &[2, 3]), ones("yx", &[2, 3]));
}

#[test]
fn d14_g70_a_destination_of_another_type_or_shape_is_refused_and_untouched() {
    let source = counting::<u8>("yx", &[2, 3]);
    let mut wrong = ArrayD::<f32>::zeros(&[2, 3][..]);
    assert_eq!(
        refusal(source.copy_into(&mut wrong.view_mut())),
        "the array holds u8, not f32"
    );
    let mut turned = ArrayD::<u8>::from_elem(&[3, 2][..], 7);
    assert_eq!(
        refusal(source.copy_into(&mut turned.view_mut())),
        "cannot write Array(yx u8 [2, 3]) over elements of shape [3, 2]"
    );
    assert!(turned.iter().all(|value| *value == 7));

    let mut whole = Array::zeros("yx", &[4, 4], DType::F32).unwrap();
    assert_eq!(
        refusal(whole.assign_region(&roi![0..2, 0..3], &source)),
        "cannot write Array(yx u8 [2, 3]) over region 0..2, 0..3 of Array(yx f32 [4, 4])"
    );
    assert_eq!(whole, Array::zeros("yx", &[4, 4], DType::F32).unwrap());
}

#[test]
fn d14_what_is_handed_on_is_not_copied() {
    let result = counting::<f32>("yx", &[2, 3]);
    let at = address::<f32>(&result);
    let handed_on = result.clone().slice(&roi![0..2, 0..3]).unwrap().to_axes("zyx").unwrap();
    assert_eq!(address::<f32>(&handed_on), at);
    drop(result);
    assert_eq!(handed_on.into_ndarray::<f32>().unwrap().into_owned().as_ptr(), at);
}

#[test]
fn d14_a_result_fills_the_destination_itself() {
    let mut destination = Array::zeros("yx", &[2, 4], DType::U8).unwrap();
    let at = address::<u8>(&destination);
    destination
        .assign_region(&roi![0..2, 0..2], &counting::<u8>("yx", &[2, 2]))
        .unwrap();
    counting::<u8>("yx", &[2, 4])
        .copy_into(&mut destination.view_mut::<u8>().unwrap())
        .unwrap();
    assert_eq!(address::<u8>(&destination), at);
    assert_eq!(elements::<u8>(&destination), [0, 1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn d18_a_region_outside_is_refused_not_clipped() {
    let array = counting::<u8>("yx", &[2, 3]);
    for (roi, text) in [
        (roi![0..2, 0..4], "0..2, 0..4"),
        (roi![2..3, 0..1], "2..3, 0..1"),
        (roi![0..2], "0..2"),
    ] {
        let expected = format!("region {text} is not within Array(yx u8 [2, 3])");
        assert_eq!(refusal(array.slice(&roi)), expected);
        assert_eq!(refusal(array.clone().assign_region(&roi, &array)), expected);
    }
    assert_eq!(array.slice(&roi![2..2, 0..3]).unwrap().shape(), [0, 3]);
}
