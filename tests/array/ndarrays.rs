//! To ndarray and back.

use headwater::array::match_dtype;
use headwater::{Array, DType, roi};
use ndarray::{ArcArray, Array2, ArrayD, Axis, CowArray, IxDyn, s};

use crate::{address, counting, elements, refusal};

#[test]
fn every_type_goes_in_and_out_without_a_copy() {
    for dtype in DType::ALL {
        match_dtype!(dtype, T => {
            let owned = ArrayD::<T>::default(IxDyn(&[3, 4]));
            let at = owned.as_ptr();
            let array = Array::from_ndarray("yx", owned).unwrap();
            assert_eq!((array.dtype(), address::<T>(&array)), (dtype, at));
            let shared = array.into_ndarray::<T>().unwrap();
            assert_eq!(shared.as_ptr(), at);
            let array = Array::from_ndarray("yx", shared).unwrap();
            assert_eq!(array.into_ndarray::<T>().unwrap().into_owned().as_ptr(), at);
        });
    }
}

#[test]
fn a_shared_array_stays_shared() {
    let shared: ArcArray<f32, _> = Array2::<f32>::ones((3, 4)).into_shared();
    let array = Array::from_ndarray("yx", shared.clone()).unwrap();
    assert_eq!(address::<f32>(&array), shared.as_ptr());
    let clone = array.clone();
    assert_eq!(
        array.into_ndarray::<f32>().unwrap().as_ptr(),
        clone.view::<f32>().unwrap().as_ptr()
    );
}

#[test]
fn strides_gaps_and_reversed_axes_go_in_and_out_as_they_are() {
    let mut owned = Array2::from_shape_fn((6, 8), |(y, x)| (8 * y + x) as u32);
    owned.slice_collapse(s![1..5;2, ..;-1]);
    owned.swap_axes(0, 1);
    let expected = owned.clone().into_dyn();
    let strides = owned.strides().to_vec();
    for array in [
        Array::from_ndarray("yx", owned.clone()).unwrap(),
        Array::from_ndarray("yx", owned.clone().into_shared()).unwrap(),
        Array::from_ndarray("yx", CowArray::from(owned.view())).unwrap(),
    ] {
        assert_eq!(array.view::<u32>().unwrap(), expected);
        assert_eq!(array.into_ndarray::<u32>().unwrap(), expected);
    }
    let at = owned.as_ptr();
    let out = Array::from_ndarray("yx", owned).unwrap().into_ndarray::<u32>().unwrap();
    assert_eq!((out.as_ptr(), out.strides()), (at, &strides[..]));
}

#[test]
fn a_part_goes_out_as_a_part() {
    let array = counting::<u8>("zyx", &[3, 4, 5]);
    let part = array.slice(&roi![1..2, 1..3, 2..5]).unwrap().to_axes("xqy").unwrap();
    let view = part.view::<u8>().unwrap().to_owned();
    let at = address::<u8>(&part);
    let out = part.into_ndarray::<u8>().unwrap();
    assert_eq!((out.as_ptr(), &out), (at, &view.into_shared()));
    assert_eq!(out.len_of(Axis(1)), 1);
}

#[test]
fn a_constant_goes_out_written_out() {
    let out = Array::full("yx", &[2, 3], 5i8).unwrap().into_ndarray::<i8>().unwrap();
    assert_eq!(out, ArrayD::from_elem(IxDyn(&[2, 3]), 5i8));
    assert!(out.is_standard_layout());
}

#[test]
fn asking_for_another_type_names_both() {
    let mut array = counting::<u8>("x", &[3]);
    let expected = "the array holds u8, not f32";
    assert_eq!(refusal(array.view::<f32>()), expected);
    assert_eq!(refusal(array.view_mut::<f32>()), expected);
    assert_eq!(refusal(array.map(|value: f32| value)), expected);
    assert_eq!(refusal(array.clone().into_ndarray::<f32>()), expected);
    assert_eq!(elements::<u8>(&array), [0, 1, 2]);
}
