//! The input of a tile, slice by slice, as rows of `f32`.

use ndarray::{ArrayView4, Axis, Slice, s};

use super::scratch::{Scratch, row_stride};
use crate::array::Element;
use crate::checkpoint::Checkpoint;
use crate::error::Error;

/// How many elements are converted between two looks at the checkpoint.
const PATIENCE: usize = 1 << 15;

/// Where a tile reads: a range of heights and a range of the row, for any depth.
pub(super) enum Source<'a, T> {
    /// The input is contiguous `f32`: rows are borrowed from it.
    Borrowed {
        data: &'a [f32],
        /// The distance between slices, in elements.
        step: usize,
    },
    /// Anything else: each slice is converted into `scratch` when it is asked for.
    Converted {
        /// By depth, height, row and inner axis.
        part: ArrayView4<'a, T>,
        scratch: Scratch,
    },
}

/// A [`Source`] and where the rows begin in what it returns.
pub(super) struct Rows<'a, T> {
    source: Source<'a, T>,
    /// The beginning of each row, by height, from the first height of the range.
    pub(super) start: usize,
    /// The distance between the beginnings of two rows.
    pub(super) stride: usize,
}

impl<'a, T: Element> Rows<'a, T> {
    /// The rows of `input` (by depth, height, row and inner axis) at `heights`, of each the elements at `columns`.
    ///
    /// `whole` is the memory that `input` lies in, from its first element on, if it can be borrowed.
    pub(super) fn new(
        input: ArrayView4<'a, T>,
        whole: Option<&'a [f32]>,
        heights: std::ops::Range<usize>,
        columns: std::ops::Range<usize>,
        checkpoint: &Checkpoint,
    ) -> Result<Self, Error> {
        let inner = input.shape()[3];
        if let Some(data) = whole {
            let [step, stride] = [0, 1].map(|axis| match input.shape()[axis] {
                1 => 0,
                _ => input.strides()[axis].cast_unsigned(),
            });
            return Ok(Self {
                source: Source::Borrowed { data, step },
                start: heights.start * stride + columns.start * inner,
                stride,
            });
        }
        let width = columns.len() * inner;
        let mut part = input;
        part.slice_axis_inplace(Axis(1), Slice::from(heights));
        part.slice_axis_inplace(Axis(2), Slice::from(columns));
        let stride = row_stride(width);
        let scratch = Scratch::new(part.shape()[1] * stride, checkpoint)?;
        Ok(Self {
            source: Source::Converted { part, scratch },
            start: 0,
            stride,
        })
    }

    /// The memory that holds the rows of the slice at `depth`.
    pub(super) fn slice(&mut self, depth: usize, checkpoint: &Checkpoint) -> Result<&[f32], Error> {
        match &mut self.source {
            Source::Borrowed { data, step } => Ok(&data[depth * *step..]),
            Source::Converted { part, scratch } => {
                convert(part, depth, scratch, checkpoint)?;
                Ok(scratch)
            }
        }
    }
}

/// Writes the slice of `part` at `depth` to `scratch`, each row at its place.
///
/// Looks at the checkpoint now and then: a slice is large if the radius is.
fn convert<T: Element>(
    part: &ArrayView4<'_, T>,
    depth: usize,
    scratch: &mut [f32],
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    let slice = part.slice(s![depth, .., .., ..]);
    let width = slice.shape()[1] * slice.shape()[2];
    let mut since = 0;
    for (row, out) in slice.outer_iter().zip(scratch.chunks_exact_mut(row_stride(width))) {
        let out = &mut out[..width];
        if let Some(row) = T::as_f32(&row) {
            out.copy_from_slice(row);
        } else if let Some(row) = row.to_slice() {
            out.iter_mut().zip(row).for_each(|(out, value)| *out = value.to_f32());
        } else {
            out.iter_mut().zip(row).for_each(|(out, value)| *out = value.to_f32());
        }
        since += width;
        if since >= PATIENCE {
            checkpoint.check()?;
            since = 0;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use ndarray::Array4;

    use super::*;
    use crate::checkpoint::probe::stops_after;

    #[test]
    fn the_conversion_of_a_large_slice_is_stopped() {
        let checkpoint = stops_after(0);
        let slice = |heights: usize| {
            let input = Array4::<u8>::zeros((1, heights, 1024, 1));
            let never = Checkpoint::never();
            let mut rows = Rows::new(input.view(), None, 0..heights, 0..1024, &never).unwrap();
            rows.slice(0, &checkpoint).map(drop)
        };
        assert!(slice(PATIENCE / 1024 - 1).is_ok());
        assert!(slice(PATIENCE / 1024).is_err());
    }
}
