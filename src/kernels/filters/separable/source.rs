//! The input of a tile, slice by slice, as rows of `f32`.

use ndarray::{ArrayView4, Axis, Slice, s};

use super::scratch::{Scratch, row_stride};
use crate::array::Element;

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
    ) -> Self {
        let inner = input.shape()[3];
        if let Some(data) = whole {
            let [step, stride] = [0, 1].map(|axis| match input.shape()[axis] {
                1 => 0,
                _ => input.strides()[axis].cast_unsigned(),
            });
            return Self {
                source: Source::Borrowed { data, step },
                start: heights.start * stride + columns.start * inner,
                stride,
            };
        }
        let width = columns.len() * inner;
        let mut part = input;
        part.slice_axis_inplace(Axis(1), Slice::from(heights));
        part.slice_axis_inplace(Axis(2), Slice::from(columns));
        let stride = row_stride(width);
        let scratch = Scratch::new(part.shape()[1] * stride);
        Self {
            source: Source::Converted { part, scratch },
            start: 0,
            stride,
        }
    }

    /// The memory that holds the rows of the slice at `depth`.
    pub(super) fn slice(&mut self, depth: usize) -> &[f32] {
        match &mut self.source {
            Source::Borrowed { data, step } => &data[depth * *step..],
            Source::Converted { part, scratch } => {
                convert(part, depth, scratch);
                scratch
            }
        }
    }
}

/// Writes the slice of `part` at `depth` to `scratch`, each row at its place.
fn convert<T: Element>(part: &ArrayView4<'_, T>, depth: usize, scratch: &mut [f32]) {
    let slice = part.slice(s![depth, .., .., ..]);
    let width = slice.shape()[1] * slice.shape()[2];
    for (row, out) in slice.outer_iter().zip(scratch.chunks_exact_mut(row_stride(width))) {
        let out = &mut out[..width];
        if let Some(row) = T::as_f32(&row) {
            out.copy_from_slice(row);
        } else if let Some(row) = row.to_slice() {
            out.iter_mut().zip(row).for_each(|(out, value)| *out = value.to_f32());
        } else {
            out.iter_mut().zip(row).for_each(|(out, value)| *out = value.to_f32());
        }
    }
}
