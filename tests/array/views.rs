//! Views, writing to them, and functions of each element.

use headwater::array::{Element, match_dtype};
use headwater::{Array, DType, Error, roi};

use crate::{address, counting, elements};

#[test]
fn the_only_holder_writes_in_place() {
    let mut array = counting::<u8>("yx", &[3, 4]);
    let at = address::<u8>(&array);
    array.view_mut::<u8>().unwrap()[[2, 3]] = 99;
    assert_eq!((address::<u8>(&array), elements::<u8>(&array)[11]), (at, 99));
    let mut part = array.slice(&roi![1..3, 1..3]).unwrap();
    drop(array);
    let at = address::<u8>(&part);
    part.view_mut::<u8>().unwrap().fill(1);
    assert_eq!(
        address::<u8>(&part),
        at,
        "a part that is left alone with its buffer too"
    );
    assert_eq!(elements::<u8>(&part), [1; 4]);
}

#[test]
fn a_holder_among_others_writes_to_a_copy_of_its_part() {
    let array = counting::<u16>("yx", &[30, 40]);
    let mut part = array.slice(&roi![1..3, 1..3]).unwrap();
    part.view_mut::<u16>().unwrap().fill(1);
    assert_eq!(part.buffer_nbytes(), 8);
    assert_eq!(array, counting::<u16>("yx", &[30, 40]));
}

#[test]
fn writing_to_a_constant_gives_each_element_a_place() {
    let mut array = Array::full("yx", &[2, 2], 5u8).unwrap();
    array.view_mut::<u8>().unwrap()[[0, 1]] = 6;
    assert_eq!(elements::<u8>(&array), [5, 6, 5, 5]);
}

#[test]
fn writing_races_with_nobody() {
    let array = counting::<u32>("yx", &[64, 64]);
    std::thread::scope(|scope| {
        for number in 0..8u32 {
            let mut own = array.clone();
            scope.spawn(move || {
                own.view_mut::<u32>().unwrap().fill(number);
                assert!(elements::<u32>(&own).iter().all(|value| *value == number));
            });
        }
    });
    assert_eq!(array, counting::<u32>("yx", &[64, 64]));
}

/// A pointwise operation on arrays of any type, as a user writes it.
fn stretch(image: &Array, low: f64, high: f64) -> Result<Array, Error> {
    match_dtype!(image.dtype(), T => image.map(|value: T| {
        ((value.cast::<f64>() - low) / (high - low)).clamp(0.0, 1.0) as f32
    }))
}

#[test]
fn a_pointwise_operation_on_any_type_takes_a_few_lines() {
    for dtype in DType::ALL.into_iter().filter(|dtype| *dtype != DType::Bool) {
        let image = counting::<u8>("yx", &[2, 3]).cast(dtype).unwrap();
        let turned = image.to_axes("xy").unwrap();
        assert_eq!(
            elements::<f32>(&stretch(&turned, 1.0, 5.0).unwrap()),
            [0.0, 0.5, 0.0, 0.75, 0.25, 1.0]
        );
    }
}
