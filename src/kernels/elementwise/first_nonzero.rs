//! How far one can look along an axis.

use ndarray::{ArrayD, ArrayViewD, Axis, Zip};

use crate::array::{Array, DType, Element, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::elementwise::elements::map_elements;
use crate::kernels::memory::{zero_array, zeros};

/// For each line of an array along `axis`, the place of the first element that is not 0, counted from 1; 0 if all are. Without
/// an axis, 1 for each element that is not 0. NaN is not 0.
///
/// The result is of `u64` and has length 1 along the axis.
///
/// # Errors
///
/// `Invalid` if there is no such axis; the checkpoint's own error if it stops the kernel.
///
/// # Examples
///
/// ```
/// use headwater::{Array, Checkpoint};
/// use headwater::kernels::first_nonzero;
///
/// let labels = Array::from_vec("zx", &[3, 2], vec![0_u8, 0, 0, 4, 0, 4])?;
/// let first = first_nonzero(&labels, Some(0), &Checkpoint::never())?;
/// assert_eq!(first, Array::from_vec("zx", &[1, 2], vec![0_u64, 2])?);
/// # Ok::<(), headwater::Error>(())
/// ```
pub fn first_nonzero(array: &Array, axis: Option<usize>, checkpoint: &Checkpoint) -> Result<Array, Error> {
    if let Some(axis) = axis.filter(|axis| *axis >= array.ndim()) {
        return Err(Error::invalid(format!("{array:?} has no axis {axis}")));
    }
    match_dtype!(array.dtype(), T => first_of(array, array.view::<T>()?, axis, checkpoint))
}

fn first_of<T: Element>(
    array: &Array,
    view: ArrayViewD<'_, T>,
    axis: Option<usize>,
    checkpoint: &Checkpoint,
) -> Result<Array, Error> {
    let zero = T::default();
    let mut shape = array.shape().to_vec();
    let Some(axis) = axis else {
        let mut out = zero_array(array.axes(), &shape, DType::U64, checkpoint)?;
        map_elements(array, &mut out, |value: T| u64::from(value != zero), checkpoint)?;
        return Ok(out);
    };
    shape[axis] = 1;
    let mut first: ArrayD<u64> = zeros(&shape, checkpoint)?;
    for (slice, values) in view.axis_iter(Axis(axis)).enumerate() {
        let place = slice as u64 + 1;
        let mut plane = first.index_axis_mut(Axis(axis), 0);
        let mut unchecked = RUN;
        for (mut first, values) in plane.rows_mut().into_iter().zip(values.rows()) {
            let runs = first.axis_chunks_iter_mut(Axis(0), RUN);
            for (first, values) in runs.into_iter().zip(values.axis_chunks_iter(Axis(0), RUN)) {
                if unchecked >= RUN {
                    checkpoint.check()?;
                    unchecked = 0;
                }
                unchecked += values.len();
                Zip::from(first).and(values).for_each(|first, &value| {
                    if *first == 0 && value != zero {
                        *first = place;
                    }
                });
            }
        }
    }
    Array::from_ndarray(array.axes(), first)
}

/// About how many elements there may be between looks at the checkpoint.
const RUN: usize = 1 << 14;
