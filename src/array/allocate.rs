//! Memory for elements: sizes are checked before any is taken.

use ndarray::{ArcArray, ArrayD, IxDyn};

use crate::array::{DType, Element, huge};
use crate::error::Error;

/// The number of elements in `shape`, if there can be so many.
pub(super) fn elements(shape: &[usize]) -> Result<usize, Error> {
    // ndarray counts in `isize` and ignores axes of length 0 while it does.
    let mut lengths = shape.iter();
    match lengths.try_fold(1usize, |product, &length| product.checked_mul(length.max(1))) {
        Some(count) if isize::try_from(count).is_ok() => Ok(shape.iter().product()),
        _ => Err(Error::invalid(format!(
            "shape {shape:?} has more elements than memory can hold"
        ))),
    }
}

/// The bytes that a buffer of `shape` takes, if there can be so many.
pub(super) fn bytes(shape: &[usize], dtype: DType) -> Result<usize, Error> {
    match elements(shape)?.checked_mul(dtype.size()) {
        Some(bytes) if isize::try_from(bytes).is_ok() => Ok(bytes),
        _ => Err(Error::invalid(format!(
            "shape {shape:?} of {dtype} has more bytes than memory can hold"
        ))),
    }
}

/// Zeros for `shape`.
pub(super) fn zeroed<T: Element>(shape: &[usize]) -> Result<Vec<T>, Error> {
    let bytes = bytes(shape, T::DTYPE)?;
    let count = bytes / T::DTYPE.size();
    // Asked of the allocator, handed back and taken again: only `vec!` gets pages that are zero already and stay untouched
    // until somebody writes to them, and `vec!` aborts where this can refuse.
    Vec::<T>::new().try_reserve_exact(count).map_err(|_| {
        let dtype = T::DTYPE;
        Error::msg(format!(
            "no memory for {bytes} bytes, an array of shape {shape:?} of {dtype}"
        ))
    })?;
    let mut zeros = vec![T::default(); count];
    huge::advise(&mut zeros);
    Ok(zeros)
}

/// Zeros for `shape`, as an array of ndarray's: for results of kernels.
pub(crate) fn zeros<T: Element>(shape: &[usize]) -> Result<ArrayD<T>, Error> {
    let zeros = zeroed(shape)?;
    Ok(ArrayD::from_shape_vec(IxDyn(shape), zeros).expect("invariant: the shape was checked against the data"))
}

/// `data` as an array of `shape`, which has as many elements.
pub(super) fn shaped<T: Element>(shape: &[usize], data: Vec<T>) -> ArcArray<T, IxDyn> {
    ArcArray::from_shape_vec(IxDyn(shape), data).expect("invariant: the shape was checked against the data")
}
