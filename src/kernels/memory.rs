//! Memory in pieces: what takes, clears or copies much of it looks at the checkpoint in between.

use ndarray::{ArrayD, ArrayViewMutD, Axis, IxDyn};

use crate::array::{Array, Axes, BufferPool, DType, Element, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::elementwise::cast;
use crate::sync::Arc;

/// How many bytes are touched between two looks at the checkpoint: some tens of microseconds, or twice that where the
/// system has yet to give each page.
const PIECE: usize = 1 << 18;

/// From this size on an allocator hands out pages of the system, which are zero and cost nothing until they are touched;
/// below, it may clear what was used before. glibc's largest threshold.
const UNTOUCHED: usize = 32 << 20;

/// `len` times `value`.
pub(super) fn filled<T: Copy>(len: usize, value: T, checkpoint: &Checkpoint) -> Result<Vec<T>, Error> {
    let mut filled = Vec::with_capacity(len);
    fill_up(&mut filled, len, value, checkpoint)?;
    Ok(filled)
}

/// Makes `data` so long: cut off, or with `value` behind it.
pub(super) fn fill_up<T: Copy>(data: &mut Vec<T>, len: usize, value: T, checkpoint: &Checkpoint) -> Result<(), Error> {
    let piece = (PIECE / size_of::<T>().max(1)).max(1);
    data.truncate(len);
    data.reserve_exact(len - data.len());
    while data.len() < len {
        checkpoint.check()?;
        data.resize(len.min(data.len() + piece), value);
    }
    Ok(())
}

/// Writes `value` everywhere.
pub(super) fn fill<T: Copy>(mut out: ArrayViewMutD<'_, T>, value: T, checkpoint: &Checkpoint) -> Result<(), Error> {
    let (piece, mut since) = ((PIECE / size_of::<T>().max(1)).max(1), 0);
    for mut row in out.rows_mut() {
        for mut part in row.axis_chunks_iter_mut(Axis(0), piece) {
            since += part.len();
            if since >= piece {
                checkpoint.check()?;
                since = 0;
            }
            part.fill(value);
        }
    }
    Ok(())
}

/// Writes zeros everywhere.
pub(crate) fn clear(array: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
    match_dtype!(array.dtype(), T => fill(array.view_mut::<T>()?, T::default(), checkpoint))
}

/// As [`crate::array::zeros`], which clears up to 32 MiB at a stretch.
pub(super) fn zeros<T: Element>(shape: &[usize], checkpoint: &Checkpoint) -> Result<ArrayD<T>, Error> {
    checkpoint.check()?;
    let bytes = shape
        .iter()
        .try_fold(size_of::<T>(), |bytes, &len| bytes.checked_mul(len));
    match bytes {
        Some(bytes) if bytes > PIECE && bytes < UNTOUCHED => {
            let zeros = filled(bytes / size_of::<T>(), T::default(), checkpoint)?;
            Ok(ArrayD::from_shape_vec(IxDyn(shape), zeros).expect("invariant: as many as the shape says"))
        }
        _ => crate::array::zeros(shape),
    }
}

/// The same as an array of any type.
pub(crate) fn zero_array(axes: Axes, shape: &[usize], dtype: DType, checkpoint: &Checkpoint) -> Result<Array, Error> {
    match_dtype!(dtype, T => Array::from_ndarray(axes, zeros::<T>(shape, checkpoint)?))
}

/// As [`BufferPool::array`]: what is new to the pool is cleared in pieces.
pub(crate) fn pooled(
    buffers: &Arc<BufferPool>,
    axes: Axes,
    shape: &[usize],
    dtype: DType,
    checkpoint: &Checkpoint,
) -> Result<Array, Error> {
    buffers.array_or(axes, shape, dtype, || zero_array(axes, shape, dtype, checkpoint))
}

/// The same elements in a buffer of their own, in the order of the axes.
pub(crate) fn copied(array: &Array, checkpoint: &Checkpoint) -> Result<Array, Error> {
    let mut copy = zero_array(array.axes(), array.shape(), array.dtype(), checkpoint)?;
    cast(array, &mut copy, checkpoint)?;
    Ok(copy)
}

/// The same unless they lie so already.
pub(crate) fn contiguous(array: Array, checkpoint: &Checkpoint) -> Result<Array, Error> {
    match array.is_contiguous() {
        true => Ok(array),
        false => copied(&array, checkpoint),
    }
}
