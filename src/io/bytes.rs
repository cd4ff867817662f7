//! Samples as bytes: the one place where files and arrays meet.
//!
//! Behind it all works on bytes with a size of the sample, so that no format is compiled once for each type.

use std::borrow::Cow;

use bytemuck::Pod;

use crate::array::{Array, DType, Element, match_dtype};
use crate::error::Error;

/// The order of bytes in a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endian {
    Little,
    Big,
}

impl Endian {
    /// That of this machine, which is that of every [`Array`].
    pub(crate) const NATIVE: Self = if cfg!(target_endian = "big") {
        Self::Big
    } else {
        Self::Little
    };
}

/// Lets `fill` write the samples of `out`, which is contiguous, as bytes of this machine's order. Of `bool`, whatever is not zero
/// is true.
///
/// # Errors
///
/// That of `fill`; an array that is not contiguous.
pub(crate) fn fill<R>(out: &mut Array, fill: impl FnOnce(&mut [u8]) -> Result<R, Error>) -> Result<R, Error> {
    match out.dtype() {
        DType::U8 => fill_numbers::<u8, R>(out, fill),
        DType::U16 => fill_numbers::<u16, R>(out, fill),
        DType::U32 => fill_numbers::<u32, R>(out, fill),
        DType::U64 => fill_numbers::<u64, R>(out, fill),
        DType::I8 => fill_numbers::<i8, R>(out, fill),
        DType::I16 => fill_numbers::<i16, R>(out, fill),
        DType::I32 => fill_numbers::<i32, R>(out, fill),
        DType::I64 => fill_numbers::<i64, R>(out, fill),
        DType::F32 => fill_numbers::<f32, R>(out, fill),
        DType::F64 => fill_numbers::<f64, R>(out, fill),
        DType::Bool => fill_truths(out, fill),
    }
}

fn fill_numbers<T: Element + Pod, R>(
    out: &mut Array,
    fill: impl FnOnce(&mut [u8]) -> Result<R, Error>,
) -> Result<R, Error> {
    let mut view = out.view_mut::<T>()?;
    let samples = view.as_slice_mut().ok_or_else(not_contiguous)?;
    fill(bytemuck::cast_slice_mut(samples))
}

/// By way of bytes of our own: not every byte is a `bool`.
fn fill_truths<R>(out: &mut Array, fill: impl FnOnce(&mut [u8]) -> Result<R, Error>) -> Result<R, Error> {
    let mut view = out.view_mut::<bool>()?;
    let samples = view.as_slice_mut().ok_or_else(not_contiguous)?;
    let mut bytes = zeroed(samples.len() as u64)?;
    let result = fill(&mut bytes)?;
    samples
        .iter_mut()
        .zip(bytes)
        .for_each(|(sample, byte)| *sample = byte != 0);
    Ok(result)
}

/// The samples of `array` in C order, as bytes of this machine's order: its own memory where it is contiguous.
///
/// # Errors
///
/// No memory for the copy.
pub(crate) fn bytes_of(array: &Array) -> Result<Cow<'_, [u8]>, Error> {
    match_dtype!(array.dtype(), T => {
        let view = array.view::<T>()?;
        if let Some(samples) = view.to_slice() {
            return Ok(Cow::Borrowed(bytemuck::cast_slice::<T, u8>(samples)));
        }
        let mut bytes = zeroed(array.nbytes() as u64)?;
        let places = bytes.chunks_exact_mut(size_of::<T>());
        places.zip(view).for_each(|(place, sample)| place.copy_from_slice(bytemuck::bytes_of(sample)));
        Ok(Cow::Owned(bytes))
    })
}

fn not_contiguous() -> Error {
    Error::invalid("the array to read into is not contiguous")
}

/// `count` zero bytes.
///
/// # Errors
///
/// That there is no memory for them: an allocation that fails in the ordinary way ends the process.
pub(crate) fn zeroed(count: u64) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let count = usize::try_from(count).map_err(|_| no_memory(count))?;
    bytes.try_reserve_exact(count).map_err(|_| no_memory(count as u64))?;
    bytes.resize(count, 0);
    Ok(bytes)
}

/// Makes `buffer` as long as told; what it holds then means nothing.
///
/// # Errors
///
/// No memory for it.
pub(crate) fn resize(buffer: &mut Vec<u8>, count: u64) -> Result<(), Error> {
    let length = usize::try_from(count).map_err(|_| no_memory(count))?;
    let more = length.saturating_sub(buffer.len());
    buffer.try_reserve_exact(more).map_err(|_| no_memory(count))?;
    buffer.resize(length, 0);
    Ok(())
}

fn no_memory(count: u64) -> Error {
    let bytes = crate::io::limit::format_bytes(count);
    Error::msg(format!("the system has no {bytes} of memory to give"))
}

/// Turns the samples of `item` bytes from `order` to that of this machine, or back.
pub(crate) fn to_native(bytes: &mut [u8], item: usize, order: Endian) {
    if order == Endian::NATIVE {
        return;
    }
    match item {
        2 => bytes
            .as_chunks_mut::<2>()
            .0
            .iter_mut()
            .for_each(|sample| sample.reverse()),
        4 => bytes
            .as_chunks_mut::<4>()
            .0
            .iter_mut()
            .for_each(|sample| sample.reverse()),
        8 => bytes
            .as_chunks_mut::<8>()
            .0
            .iter_mut()
            .for_each(|sample| sample.reverse()),
        _ => {}
    }
}

#[cfg(test)]
#[path = "tests/bytes.rs"]
mod tests;
