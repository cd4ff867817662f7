//! One function for each element, into memory that is given, on all threads, as long as it is wanted.

use ndarray::Zip;

use crate::array::{Array, Element, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::elementwise::pieces::pieces;
use crate::kernels::memory::zero_array;

/// Writes `f` of each element of `input` to `out`, of the same shape.
///
/// [`Array::map`] with threads and a checkpoint, for arrays that are large. `f` may be called in any order.
///
/// # Errors
///
/// `Invalid` if the arrays hold other types, or have different shapes; the checkpoint's own error if it stops the kernel.
///
/// # Examples
///
/// ```
/// use headwater::{Array, Checkpoint, DType, kernels};
///
/// let image = Array::from_vec("x", &[3], vec![0_u8, 100, 255])?;
/// let mut half = Array::zeros("x", &[3], DType::F32)?;
/// kernels::map_elements(&image, &mut half, |value: u8| f32::from(value) / 2.0, &Checkpoint::never())?;
/// assert_eq!(half.view::<f32>()?.as_slice(), Some(&[0.0, 50.0, 127.5][..]));
/// # Ok::<(), headwater::Error>(())
/// ```
pub fn map_elements<T: Element, U: Element>(
    input: &Array,
    out: &mut Array,
    f: impl Fn(T) -> U + Sync,
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    same_shape(input, out)?;
    let from = input.view::<T>()?;
    pieces(out.view_mut::<U>()?, None, 1, checkpoint, &|place, out| {
        Zip::from(out)
            .and(place.view(&from)?)
            .for_each(|out, value| *out = f(*value));
        Ok(())
    })
}

/// `f` of the elements of `inputs` at each place, which hold type `T` and have the same axes and shape.
///
/// # Errors
///
/// `Invalid` if there are none, one holds another type, or has other axes or another shape than the first; the
/// checkpoint's own error if it stops the kernel. An error too if there is no memory for the result.
pub fn merge_elements<T: Element, U: Element>(
    inputs: &[Array],
    f: impl Fn(&[T]) -> U + Sync,
    checkpoint: &Checkpoint,
) -> Result<Array, Error> {
    let Some(first) = inputs.first() else {
        return Err(Error::invalid("nothing to merge"));
    };
    let mut out = zero_array(first.axes(), first.shape(), U::DTYPE, checkpoint)?;
    merge_elements_into(inputs, &mut out, f, checkpoint)?;
    Ok(out)
}

/// The same, written to `out`, which holds type `U` and has the axes and the shape of the inputs.
///
/// # Errors
///
/// As [`merge_elements`]; `Invalid` if `out` does not fit.
pub fn merge_elements_into<T: Element, U: Element>(
    inputs: &[Array],
    out: &mut Array,
    f: impl Fn(&[T]) -> U + Sync,
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    if let Some(other) = inputs.iter().find(|other| other.axes() != out.axes()) {
        return Err(Error::invalid(format!("{other:?} cannot be merged into {out:?}")));
    }
    inputs.iter().try_for_each(|input| same_shape(input, out))?;
    let views: Vec<_> = inputs.iter().map(Array::view::<T>).collect::<Result<_, _>>()?;
    pieces(
        out.view_mut::<U>()?,
        None,
        inputs.len(),
        checkpoint,
        &|place, mut out| {
            let parts: Vec<_> = views.iter().map(|view| place.view(view)).collect::<Result<_, _>>()?;
            let mut elements: Vec<_> = parts.iter().map(|part| part.iter()).collect();
            let mut values = vec![T::default(); parts.len()];
            for out in &mut out {
                let next = elements.iter_mut().filter_map(Iterator::next);
                values.iter_mut().zip(next).for_each(|(value, next)| *value = *next);
                *out = f(&values);
            }
            Ok(())
        },
    )
}

/// Writes the numbers of `input` to `out`, of the same shape and any type, each as [`Element::cast`] makes it.
///
/// # Errors
///
/// `Invalid` if the shapes differ; the checkpoint's own error if it stops the kernel.
pub fn cast(input: &Array, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
    match_dtype!(input.dtype(), T => match_dtype!(out.dtype(), U => {
        map_elements(input, out, |value: T| value.cast::<U>(), checkpoint)
    }))
}

/// Writes the bits of each element of `input` to `out`, of the same shape and a type of the same size.
///
/// # Errors
///
/// `Invalid` if shapes or sizes of elements differ, or if bits that are to become a `bool` are neither 0 nor 1; the
/// checkpoint's own error if it stops the kernel.
pub fn reinterpret(input: &Array, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
    let (own, asked) = (input.dtype(), out.dtype());
    if own.size() != asked.size() {
        return Err(Error::invalid(format!(
            "elements of {own} take {} bytes, those of {asked} {}",
            own.size(),
            asked.size()
        )));
    }
    same_shape(input, out)?;
    match_dtype!(asked, U => {
        pieces(out.view_mut::<U>()?, None, 1, checkpoint, &|place, mut out| {
            let bytes = bytes(&input.slice(place)?)?;
            for (out, bits) in out.iter_mut().zip(bytes.chunks_exact(asked.size())) {
                *out = bytemuck::checked::try_pod_read_unaligned(bits)
                    .map_err(|_| Error::invalid(format!("the bits {bits:?} are no {asked}")))?;
            }
            Ok(())
        })
    })
}

/// The elements in order, as they lie in this machine's memory.
fn bytes(array: &Array) -> Result<Vec<u8>, Error> {
    match_dtype!(array.dtype(), T => {
        let view = array.view::<T>()?;
        let elements = view.iter().flat_map(bytemuck::bytes_of);
        Ok(elements.copied().collect())
    })
}

/// Writes each of `parts` over its region of `out`.
///
/// # Errors
///
/// `Invalid` if a part has another type or another shape than its region, or the region is not within `out`; the
/// checkpoint's own error if it stops the kernel.
pub(crate) fn assemble(
    parts: &[(crate::roi::Roi, Array)],
    out: &mut Array,
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    match_dtype!(out.dtype(), T => {
        let mut whole = out.view_mut::<T>()?;
        for (roi, part) in parts {
            let (from, to) = (part.view::<T>()?, roi.view_mut(&mut whole)?);
            if from.shape() != to.shape() {
                return Err(Error::invalid(format!("{part:?} is not {roi}")));
            }
            pieces(to, None, 1, checkpoint, &|place, mut to| {
                to.assign(&place.view(&from)?);
                Ok(())
            })?;
        }
        Ok(())
    })
}

pub(super) fn same_shape(input: &Array, out: &Array) -> Result<(), Error> {
    if input.shape() == out.shape() {
        return Ok(());
    }
    Err(Error::invalid(format!("{input:?} and {out:?} have different shapes")))
}
