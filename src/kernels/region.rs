//! What kernels that compute regions have in common.

use std::ops::Range;

use ndarray::{ArrayViewD, Axis, Slice};

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::memory::zero_array;
use crate::kernels::stencil::{Form, Stencil};
use crate::roi::Roi;

/// [`Stencil::apply_region`] for a kernel that has its own [`write_region`](Stencil::write_region).
pub(super) fn apply(kernel: &impl Stencil, input: &Array, roi: &Roi, checkpoint: &Checkpoint) -> Result<Array, Error> {
    let result = within(kernel, input, roi)?;
    let mut out = zero_array(result.axes, roi.shape().as_slice(), result.dtype, checkpoint)?;
    kernel.write_region(input, roi, &mut out, checkpoint)?;
    Ok(out)
}

/// Whether `roi` is within the result of `kernel` and `out` what it can be written to.
pub(super) fn check(kernel: &impl Stencil, input: &Array, roi: &Roi, out: &Array) -> Result<(), Error> {
    let result = within(kernel, input, roi)?;
    if out.axes() != result.axes || roi.shape() != *out.shape() || out.dtype() != result.dtype {
        let Form { axes, dtype, .. } = result;
        return Err(Error::invalid(format!(
            "cannot write region {roi} of a result with axes {axes} of {dtype} to {out:?}"
        )));
    }
    Ok(())
}

/// The form of the result, which `roi` is within.
fn within(kernel: &impl Stencil, input: &Array, roi: &Roi) -> Result<Form, Error> {
    let result = kernel.result(&Form::of(input)?)?;
    if Roi::full(result.shape).contains(roi) {
        return Ok(result);
    }
    Err(Error::invalid(format!(
        "region {roi} is not within the result, of shape {}",
        result.shape
    )))
}

/// The part of `view` at `ranges`, one for each axis.
pub(super) fn part<'a, T>(
    mut view: ArrayViewD<'a, T>,
    ranges: impl IntoIterator<Item = Range<usize>>,
) -> ArrayViewD<'a, T> {
    for (axis, range) in ranges.into_iter().enumerate() {
        view.slice_axis_inplace(Axis(axis), Slice::from(range));
    }
    view
}
