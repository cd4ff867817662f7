//! When arrays are the same.

use headwater::{Array, DType, roi};

use crate::counting;

fn reals(data: &[f64]) -> Array {
    Array::from_vec("x", &[data.len()], data.to_vec()).unwrap()
}

#[test]
fn layout_does_not_count() {
    let array = counting::<u16>("zyx", &[2, 3, 4]);
    let turned = array.to_axes("xyz").unwrap();
    let copied = turned.to_contiguous().unwrap();
    assert!(!copied.same_buffer(&turned));
    assert_eq!(copied, turned);
    assert_eq!(
        Array::full("x", &[3], 7u8).unwrap(),
        Array::from_vec("x", &[3], vec![7u8; 3]).unwrap()
    );
}

#[test]
fn one_element_more_or_less_is_seen_wherever_it_is() {
    let array = counting::<u16>("yx", &[5, 7]);
    for at in 0..35 {
        let mut other = array.clone();
        other.view_mut::<u16>().unwrap()[[at / 7, at % 7]] += 1;
        assert_ne!(array, other);
        assert_ne!(array.to_axes("xy").unwrap(), other.to_axes("xy").unwrap());
        assert!(array.approx_eq(&other, 1.0) && !array.approx_eq(&other, 0.99));
    }
}

#[test]
fn zeros_are_equal_but_have_other_bits() {
    let (plus, minus) = (reals(&[0.0]), reals(&[-0.0]));
    assert_eq!(plus, minus);
    assert!(!plus.same_bits(&minus));
    assert!(plus.same_bits(&reals(&[0.0])));
    let (one, other) = (
        reals(&[f64::from_bits(0x7ff8_0000_0000_0001)]),
        reals(&[f64::from_bits(0x7ff8_0000_0000_0002)]),
    );
    assert_eq!(one, other);
    assert!(!one.same_bits(&other));
    assert!(one.same_bits(&one.clone()));
}

#[test]
fn clones_are_equal_without_a_look() {
    let ones = ndarray::ArcArray::from_elem(ndarray::IxDyn(&[2]), 1.0f64);
    let array = Array::from_ndarray("x", ones.clone()).unwrap();
    assert!(array.same_buffer(&Array::from_ndarray("x", ones).unwrap()));
    // Nobody lives to see the end of a look at all of them.
    let endless = Array::full("zyx", &[1 << 20, 1 << 20, 1 << 20], f64::NAN).unwrap();
    assert_eq!(endless, endless.clone());
    let part = roi![0..1 << 20, 1..9, 0..1 << 20];
    assert_eq!(endless.slice(&part).unwrap(), endless.slice(&part).unwrap());
    // Nor do two constants take longer than one element each.
    assert_eq!(
        endless,
        Array::full("zyx", &[1 << 20, 1 << 20, 1 << 20], f64::NAN).unwrap()
    );
    assert_ne!(endless, Array::full("zyx", &[1 << 20, 1 << 20, 1 << 20], 1.0).unwrap());
}

#[test]
fn the_same_buffer_means_the_same_part_of_it() {
    let array = counting::<u8>("yx", &[3, 4]);
    let part = |roi| array.slice(&roi).unwrap();
    assert!(array.same_buffer(&array.clone()));
    assert!(part(roi![0..2, 1..3]).same_buffer(&part(roi![0..2, 1..3])));
    assert!(!part(roi![0..2, 1..3]).same_buffer(&part(roi![0..2, 0..2])));
    assert!(!part(roi![0..2, 1..3]).same_buffer(&part(roi![0..2, 1..4])));
    assert!(!array.same_buffer(&array.detached().unwrap()));
    assert!(!array.same_buffer(&array.to_axes("xy").unwrap()));
    assert!(!array.same_buffer(&array.cast(DType::I8).unwrap()));
}

#[test]
fn near_is_within_the_tolerance_on_either_side() {
    let array = reals(&[1.0, -2.0, f64::INFINITY, f64::NAN]);
    assert!(array.approx_eq(&reals(&[1.25, -2.25, f64::INFINITY, f64::NAN]), 0.25));
    assert!(!array.approx_eq(&reals(&[1.25, -2.25, f64::INFINITY, f64::NAN]), 0.2));
    assert!(!array.approx_eq(&reals(&[1.0, -2.0, f64::NEG_INFINITY, f64::NAN]), 1e9));
    assert!(!array.approx_eq(&reals(&[1.0, -2.0, f64::INFINITY, 0.0]), f64::INFINITY));
    assert!(!array.approx_eq(&array.cast(DType::F32).unwrap(), 1.0));
    let (low, high) = (u64::MAX - 1, u64::MAX);
    let one = |value: u64| Array::full("x", &[1], value).unwrap();
    assert!(one(low).approx_eq(&one(high), 0.0), "both are 2^64 as f64");
}

#[test]
fn arrays_without_elements_are_equal_if_their_kinds_are() {
    let empty = |shape: &[usize]| Array::zeros("yx", shape, DType::F32).unwrap();
    assert_eq!(empty(&[0, 3]), empty(&[0, 3]));
    assert_ne!(empty(&[0, 3]), empty(&[3, 0]));
    let constant = |value: u8| Array::full("yx", &[0, 3], value).unwrap();
    assert_eq!(constant(1), constant(2));
}
