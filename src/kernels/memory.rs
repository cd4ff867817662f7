//! Memory in pieces: what takes, clears or copies much of it looks at the checkpoint in between.

use ndarray::{ArrayD, ArrayViewMutD, IxDyn};

use crate::array::{Array, Axes, BufferPool, DType, Element, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::elementwise::cast;
use crate::sync::Arc;

/// How many bytes are touched between two looks at the checkpoint: some tens of microseconds, or twice that where the
/// system has yet to give each page.
const PIECE: usize = 1 << 18;

/// The same for elements that do not lie one after the other, each of which may be on a page of its own.
const SCATTERED: usize = 1 << 12;

/// From this size on an allocator hands out pages of the system, which are zero and cost nothing until they are touched;
/// below, it may clear what was used before. glibc's largest threshold.
const UNTOUCHED: usize = 32 << 20;

/// `len` times `value`.
pub(crate) fn filled<T: Copy>(len: usize, value: T, checkpoint: &Checkpoint) -> Result<Vec<T>, Error> {
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

/// Writes `value` everywhere, in the order in which the elements lie.
pub(super) fn fill<T: Copy>(mut out: ArrayViewMutD<'_, T>, value: T, checkpoint: &Checkpoint) -> Result<(), Error> {
    let Some(elements) = out.as_slice_memory_order_mut() else {
        return fill_scattered(out, value, checkpoint);
    };
    for part in elements.chunks_mut((PIECE / size_of::<T>().max(1)).max(1)) {
        checkpoint.check()?;
        part.fill(value);
    }
    Ok(())
}

/// The same where there are gaps between the elements.
fn fill_scattered<T: Copy>(mut out: ArrayViewMutD<'_, T>, value: T, checkpoint: &Checkpoint) -> Result<(), Error> {
    if out.len() <= SCATTERED {
        checkpoint.check()?;
        out.fill(value);
        return Ok(());
    }
    let axis = out.max_stride_axis();
    let middle = out.len_of(axis) / 2;
    let (first, second) = out.split_at(axis, middle);
    fill_scattered(first, value, checkpoint)?;
    fill_scattered(second, value, checkpoint)
}

/// Writes zeros everywhere.
fn clear(array: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
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
pub(super) fn zero_array(axes: Axes, shape: &[usize], dtype: DType, checkpoint: &Checkpoint) -> Result<Array, Error> {
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

/// The same with zeros in it. What is new to the pool has them already; the rest is cleared in pieces.
pub(crate) fn pooled_zeros(
    buffers: &Arc<BufferPool>,
    axes: Axes,
    shape: &[usize],
    dtype: DType,
    checkpoint: &Checkpoint,
) -> Result<Array, Error> {
    let mut is_new = false;
    let mut zeros = buffers.array_or(axes, shape, dtype, || {
        is_new = true;
        zero_array(axes, shape, dtype, checkpoint)
    })?;
    if !is_new {
        clear(&mut zeros, checkpoint)?;
    }
    Ok(zeros)
}

/// The same numbers as elements of another type, each as [`Element::cast`] makes it; the array itself if they are of it already.
pub(crate) fn of_type(array: &Array, dtype: DType, checkpoint: &Checkpoint) -> Result<Array, Error> {
    if array.dtype() == dtype {
        return Ok(array.clone());
    }
    let mut out = zero_array(array.axes(), array.shape(), dtype, checkpoint)?;
    cast(array, &mut out, checkpoint)?;
    Ok(out)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::probe::counted;

    #[test]
    fn filling_looks_up_often_however_the_elements_lie() {
        let shape = IxDyn(&[64, 64, 64, 1]);
        let mut dense = ArrayD::<f32>::zeros(shape.clone());
        let mut turned = dense.clone().permuted_axes(vec![3, 1, 0, 2]);
        let mut wide = ArrayD::<f32>::zeros(IxDyn(&[64, 64, 64, 3]));
        let strided = || ndarray::Slice::from(1..2);
        for (out, elements) in [
            (dense.view_mut(), PIECE / 4),
            (turned.view_mut(), PIECE / 4),
            (wide.slice_axis_mut(ndarray::Axis(3), strided()), SCATTERED),
        ] {
            let (filled, looks) = counted(|checkpoint| fill(out, 7.0, checkpoint));
            filled.unwrap();
            assert_eq!(looks, (1 << 18) / elements);
        }
        assert!(dense.iter().chain(&turned).all(|value| *value == 7.0));
        assert!(
            wide.lanes(ndarray::Axis(3))
                .into_iter()
                .all(|lane| lane.to_vec() == [0.0, 7.0, 0.0])
        );
    }

    #[test]
    fn zeros_from_the_pool_are_cleared_unless_they_are_new() {
        let (buffers, shape) = (BufferPool::new(1 << 24), [1 << 20]);
        let axes: Axes = "x".parse().unwrap();
        let zeros = |checkpoint: &Checkpoint| pooled_zeros(&buffers, axes, &shape, DType::U8, checkpoint).map(drop);
        // The look before it is made, and those in between.
        let (made, first) = counted(zeros);
        made.unwrap();
        assert_eq!(first, 1 + (1 << 20) / PIECE);
        drop(pooled(&buffers, axes, &shape, DType::U8, &Checkpoint::never()).unwrap());
        assert_eq!(counted(zeros).1, (1 << 20) / PIECE);
        let mut used = pooled(&buffers, axes, &shape, DType::U8, &Checkpoint::never()).unwrap();
        fill(used.view_mut::<u8>().unwrap(), 9, &Checkpoint::never()).unwrap();
        drop(used);
        let zeros = pooled_zeros(&buffers, axes, &shape, DType::U8, &Checkpoint::never()).unwrap();
        assert_eq!(zeros, Array::full("x", &shape, 0_u8).unwrap());
    }

    #[test]
    fn what_has_the_type_is_not_copied() {
        let array = Array::from_vec("x", &[3], vec![1_u16, 2, 3]).unwrap();
        let address = |array: &Array| array.view::<u16>().unwrap().as_ptr();
        let same = of_type(&array, DType::U16, &Checkpoint::never()).unwrap();
        assert_eq!(address(&same), address(&array));
        let other = of_type(&array, DType::F32, &Checkpoint::never()).unwrap();
        assert_eq!(other, Array::from_vec("x", &[3], vec![1_f32, 2.0, 3.0]).unwrap());
    }
}
