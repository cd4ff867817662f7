//! Writing parts into a whole.

use headwater::{Array, DType, roi};

use crate::{address, counting, elements};

#[test]
fn blocks_make_up_the_whole() {
    let image = counting::<u8>("yx", &[5, 7]);
    let mut whole = Array::zeros("yx", &[5, 7], DType::U8).unwrap();
    let at = address::<u8>(&whole);
    for y in (0..5).step_by(2) {
        for x in (0..7).step_by(3) {
            let block = roi![y..(y + 2).min(5), x..(x + 3).min(7)];
            whole.assign_region(&block, &image.slice(&block).unwrap()).unwrap();
        }
    }
    assert_eq!((&whole, address::<u8>(&whole)), (&image, at));
}

#[test]
fn a_part_of_the_array_itself_is_read_as_it_was() {
    let mut array = counting::<u8>("x", &[6]);
    let part = array.slice(&roi![0..4]).unwrap();
    array.assign_region(&roi![2..6], &part).unwrap();
    assert_eq!(elements::<u8>(&array), [0, 1, 0, 1, 2, 3]);
    assert_eq!(elements::<u8>(&part), [0, 1, 2, 3]);
}

#[test]
fn writing_nothing_copies_nothing() {
    let mut array = counting::<u8>("yx", &[4, 4]);
    let clone = array.clone();
    array
        .assign_region(&roi![2..2, 0..4], &Array::zeros("yx", &[0, 4], DType::U8).unwrap())
        .unwrap();
    assert!(array.same_buffer(&clone));
}
