//! Boxes of samples as bytes: the one place where files and arrays meet.
//!
//! All of it works on bytes with a size of the sample, in C order, so that no format is compiled once for each type.

use std::borrow::Cow;

use crate::array::{Array, DType};
use crate::error::Error;
use crate::roi::Roi;

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

/// Calls `$body` with `$T` being the type of the elements, which is none of `bool`.
macro_rules! plain_type {
    ($dtype:expr, $T:ident => $body:expr, bool => $bool:expr) => {
        match $dtype {
            DType::U8 => {
                type $T = u8;
                $body
            }
            DType::U16 => {
                type $T = u16;
                $body
            }
            DType::U32 => {
                type $T = u32;
                $body
            }
            DType::U64 => {
                type $T = u64;
                $body
            }
            DType::I8 => {
                type $T = i8;
                $body
            }
            DType::I16 => {
                type $T = i16;
                $body
            }
            DType::I32 => {
                type $T = i32;
                $body
            }
            DType::I64 => {
                type $T = i64;
                $body
            }
            DType::F32 => {
                type $T = f32;
                $body
            }
            DType::F64 => {
                type $T = f64;
                $body
            }
            DType::Bool => $bool,
        }
    };
}

/// Lets `fill` write the samples of `out`, which is contiguous, as bytes of this machine's order. Of `bool`, whatever is not zero
/// is true.
///
/// # Errors
///
/// That of `fill`; an array that is not contiguous.
pub(crate) fn fill<R>(out: &mut Array, fill: impl FnOnce(&mut [u8]) -> Result<R, Error>) -> Result<R, Error> {
    let dtype = out.dtype();
    plain_type!(dtype, T => {
        let mut view = out.view_mut::<T>()?;
        let samples = view.as_slice_mut().ok_or_else(not_contiguous)?;
        fill(bytemuck::cast_slice_mut(samples))
    }, bool => {
        let mut view = out.view_mut::<bool>()?;
        let samples = view.as_slice_mut().ok_or_else(not_contiguous)?;
        let mut bytes = zeroed(samples.len() as u64)?;
        let result = fill(&mut bytes)?;
        samples.iter_mut().zip(bytes).for_each(|(sample, byte)| *sample = byte != 0);
        Ok(result)
    })
}

/// The samples of `array` in C order, as bytes of this machine's order: its own memory where it is contiguous.
///
/// # Errors
///
/// No memory for the copy.
pub(crate) fn bytes_of(array: &Array) -> Result<Cow<'_, [u8]>, Error> {
    plain_type!(array.dtype(), T => {
        let view = array.view::<T>()?;
        match view.to_slice() {
            Some(samples) => Ok(Cow::Borrowed(bytemuck::cast_slice(samples))),
            None => {
                let mut bytes = zeroed(array.nbytes() as u64)?;
                let places = bytes.chunks_exact_mut(size_of::<T>());
                places.zip(view).for_each(|(place, sample)| place.copy_from_slice(bytemuck::bytes_of(sample)));
                Ok(Cow::Owned(bytes))
            }
        }
    }, bool => Ok(Cow::Owned(array.view::<bool>()?.iter().map(|&sample| u8::from(sample)).collect())))
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

fn no_memory(count: u64) -> Error {
    let bytes = crate::io::limit::format_bytes(count);
    Error::msg(format!("the system has no {bytes} of memory to give"))
}

/// Copies what lies in both boxes. `from` holds the samples of the box `from_at` in C order, `to` those of `to_at`; a sample has
/// `item` bytes.
///
/// # Panics
///
/// Boxes of different rank, or slices that are shorter than their boxes.
pub(crate) fn copy_box(from: &[u8], from_at: &Roi, to: &mut [u8], to_at: &Roi, item: usize) {
    let Some(common) = from_at.intersection(to_at).filter(|common| !common.is_empty()) else {
        return;
    };
    let (source, target) = (Strides::of(from_at, item), Strides::of(to_at, item));
    // The trailing axes that both boxes have whole are one run.
    let rank = common.rank();
    let whole = |axis: usize| common.range(axis) == from_at.range(axis) && common.range(axis) == to_at.range(axis);
    let mut run_axis = rank;
    let mut run = item;
    while run_axis > 0 {
        run_axis -= 1;
        run *= common.range(run_axis).len();
        if !whole(run_axis) {
            break;
        }
    }
    let mut at = common.start().to_vec();
    loop {
        let (source, target) = (source.offset(&at), target.offset(&at));
        to[target..target + run].copy_from_slice(&from[source..source + run]);
        if !advance(&mut at[..run_axis], &common) {
            return;
        }
    }
}

/// The next point in C order of the leading axes of `within`; `false` after the last.
pub(crate) fn advance(at: &mut [usize], within: &Roi) -> bool {
    for axis in (0..at.len()).rev() {
        at[axis] += 1;
        if at[axis] < within.stop()[axis] {
            return true;
        }
        at[axis] = within.start()[axis];
    }
    false
}

/// Where samples of a box lie in its bytes.
pub(crate) struct Strides<'a> {
    origin: &'a [usize],
    strides: Vec<usize>,
}

impl<'a> Strides<'a> {
    /// Of a box whose samples of `item` bytes lie in C order.
    pub(crate) fn of(at: &'a Roi, item: usize) -> Self {
        let mut strides = vec![item; at.rank()];
        for axis in (1..at.rank()).rev() {
            strides[axis - 1] = strides[axis] * at.range(axis).len();
        }
        let origin = at.start();
        Self { origin, strides }
    }

    /// The first byte of the sample at `point`.
    pub(crate) fn offset(&self, point: &[usize]) -> usize {
        let steps = point.iter().zip(self.origin).zip(&self.strides);
        steps.map(|((at, origin), stride)| (at - origin) * stride).sum()
    }
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
