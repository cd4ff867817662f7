//! Arrays beside each other.

use headwater::{Array, DType, roi};

use crate::{counting, refusal};

#[test]
fn parts_along_any_axis_join_to_the_whole() {
    let whole = counting::<u8>("zyx", &[4, 5, 6]);
    let parts = |first, second| [whole.slice(&first).unwrap(), whole.slice(&second).unwrap()];
    let pairs = [
        ('z', parts(roi![0..1, 0..5, 0..6], roi![1..4, 0..5, 0..6])),
        ('y', parts(roi![0..4, 0..5, 0..6], roi![0..4, 5..5, 0..6])),
        ('x', parts(roi![0..4, 0..5, 0..2], roi![0..4, 0..5, 2..6])),
    ];
    for (letter, parts) in pairs {
        let joined = Array::concat(letter, &parts).unwrap();
        assert_eq!(joined, whole, "along {letter}");
        assert!(joined.is_contiguous());
    }
}

#[test]
fn layers_stack_along_a_new_axis() {
    let layers = [1u8, 2, 3].map(|value| Array::full("yx", &[2, 2], value).unwrap());
    let stack = Array::stack('t', &layers).unwrap();
    assert_eq!(
        (stack.axes().to_string().as_str(), stack.shape()),
        ("tyx", &[3, 2, 2][..])
    );
    for (at, layer) in layers.iter().enumerate() {
        assert_eq!(
            &stack
                .slice(&roi![at..at + 1, 0..2, 0..2])
                .unwrap()
                .to_axes("yx")
                .unwrap(),
            layer
        );
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let image = counting::<u8>("yx", &[2, 3]);
    let join = |other: Array| refusal(Array::concat('x', &[image.clone(), other]));
    let behind = "behind Array(yx u8 [2, 3]) along x";
    assert_eq!(
        join(counting::<u8>("yx", &[3, 3])),
        format!("cannot put Array(yx u8 [3, 3]) {behind}")
    );
    assert_eq!(
        join(image.cast(DType::I8).unwrap()),
        format!("cannot put Array(yx i8 [2, 3]) {behind}")
    );
    assert_eq!(
        join(counting::<u8>("xy", &[2, 3])),
        format!("cannot put Array(xy u8 [2, 3]) {behind}")
    );
    assert_eq!(
        refusal(Array::concat('z', std::slice::from_ref(&image))),
        "Array(yx u8 [2, 3]) has no axis z"
    );
    assert_eq!(refusal(Array::concat('z', &[])), "nothing to put together");
    assert_eq!(refusal(Array::stack('t', &[])), "nothing to put together");
    assert_eq!(
        refusal(Array::stack('y', std::slice::from_ref(&image))),
        "axes \"yyx\": 'y' occurs twice"
    );
    assert_eq!(
        refusal(Array::stack('t', &[image.clone(), image.to_axes("xy").unwrap()])),
        "cannot stack Array(xy u8 [3, 2]) on Array(yx u8 [2, 3])"
    );
}
