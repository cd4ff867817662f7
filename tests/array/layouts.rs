//! How elements lie in memory.

use headwater::{Array, roi};

use crate::{address, counting, elements, refusal};

#[test]
fn contiguous_is_in_the_order_of_the_axes_without_gaps() {
    let array = counting::<u8>("zyx", &[2, 3, 4]);
    assert!(array.is_contiguous());
    assert!(array.slice(&roi![1..2, 0..3, 0..4]).unwrap().is_contiguous());
    assert!(!array.slice(&roi![0..2, 0..3, 0..3]).unwrap().is_contiguous());
    assert!(!array.to_axes("xyz").unwrap().is_contiguous());
    assert!(array.to_axes("tzycx").unwrap().is_contiguous());
    assert!(!Array::full("x", &[2], 0u8).unwrap().is_contiguous());
}

#[test]
fn making_contiguous_copies_only_what_is_not() {
    let array = counting::<u8>("yx", &[3, 4]);
    assert!(array.to_contiguous().unwrap().same_buffer(&array));
    let turned = array.to_axes("xy").unwrap();
    let copied = turned.to_contiguous().unwrap();
    assert_eq!(
        copied.view::<u8>().unwrap().as_slice(),
        Some(&elements::<u8>(&turned)[..])
    );
}

#[test]
fn a_detached_part_lets_go_of_the_whole() {
    let array = counting::<u16>("yx", &[100, 100]);
    let part = array.slice(&roi![4..6, 0..100]).unwrap();
    assert_eq!((part.nbytes(), part.buffer_nbytes()), (400, 20_000));
    let own = part.detached().unwrap();
    assert_eq!((own.nbytes(), own.buffer_nbytes()), (400, 400));
    assert_eq!(own, part);
}

#[test]
fn axes_come_and_go_without_a_copy() {
    let array = counting::<u8>("zyx", &[1, 3, 4]);
    let five = array.to_axes("tzyxc").unwrap();
    assert_eq!(five.shape(), [1, 1, 3, 4, 1]);
    let two = five.to_axes("xy").unwrap();
    assert_eq!((two.shape(), address::<u8>(&two)), (&[4, 3][..], address::<u8>(&array)));
    assert_eq!(two.to_axes("zyx").unwrap(), array);
    assert_eq!(two.view::<u8>().unwrap()[[3, 1]], 7);
    assert_eq!(
        refusal(array.to_axes("zx")),
        "cannot show Array(zyx u8 [1, 3, 4]) as \"zx\": the length of axis y is 3, not 1"
    );
}

#[test]
fn a_part_of_length_one_can_lose_its_axis_wherever_it_is() {
    let array = counting::<u8>("zyx", &[3, 4, 5]);
    let plane = array.slice(&roi![2..3, 0..4, 1..5]).unwrap().to_axes("yx").unwrap();
    assert_eq!(plane.shape(), [4, 4]);
    assert_eq!(plane.view::<u8>().unwrap()[[1, 0]], 2 * 20 + 5 + 1);
    let back = plane.to_axes("zyx").unwrap().slice(&roi![0..1, 1..2, 0..4]).unwrap();
    assert_eq!(elements::<u8>(&back), [46, 47, 48, 49]);
}

#[test]
fn other_names_leave_the_elements_alone() {
    let array = counting::<u8>("yx", &[3, 4]);
    let renamed = array.with_axes("tc").unwrap();
    assert_eq!(
        (renamed.axes().to_string().as_str(), renamed.same_buffer(&array)),
        ("tc", true)
    );
    assert_ne!(renamed, array);
    assert_eq!(
        refusal(array.with_axes("zyx")),
        "cannot call the axes of Array(yx u8 [3, 4]) \"zyx\": 3 names for 2"
    );
}

#[test]
fn eight_axes_are_sliced_turned_and_written() {
    let mut array = counting::<u8>("abcdefgh", &[2; 8]);
    let before = array.clone();
    let turned = array.to_axes("hgfedcba").unwrap();
    assert_eq!(turned.view::<u8>().unwrap()[[1, 0, 0, 0, 0, 0, 0, 1].as_slice()], 129);
    array
        .assign_region(
            &headwater::Roi::from_ranges(vec![1..2; 8]).unwrap(),
            &Array::full("abcdefgh", &[1; 8], 7u8).unwrap(),
        )
        .unwrap();
    assert_eq!((elements::<u8>(&array)[255], elements::<u8>(&before)[255]), (7, 255));
}
