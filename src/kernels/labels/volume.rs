//! The elements of one volume, by rows.

use std::borrow::Cow;

use ndarray::{ArrayView3, ArrayViewD, Axis};

use crate::array::Element;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::memory::zeros;

/// How many elements are copied between two looks at the checkpoint.
const PATIENCE: usize = 1 << 15;

/// The length of a volume by depth, height and width: rows run along the width, and are numbered along height, then depth.
///
/// Axes of length 1 play no part, so that rows are as long as they can be. Of two axes the outer one is the depth, for slabs
/// of rows are cut along it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) depth: usize,
    pub(super) height: usize,
    pub(super) width: usize,
}

impl Extent {
    /// That of up to three axes.
    pub(super) fn of(shape: &[usize]) -> Self {
        let mut long = shape.iter().copied().filter(|length| *length != 1);
        let [first, second, third] = [long.next(), long.next(), long.next()];
        let (depth, height, width) = match (first, second, third) {
            (Some(depth), Some(height), Some(width)) => (depth, height, width),
            (Some(depth), Some(width), None) => (depth, 1, width),
            (width, ..) => (1, 1, width.unwrap_or(1)),
        };
        Self { depth, height, width }
    }

    pub(super) fn rows(&self) -> usize {
        self.depth * self.height
    }

    /// Where a row lies along depth and height.
    #[inline(always)]
    pub(super) fn place(&self, row: usize) -> [usize; 2] {
        [row / self.height, row % self.height]
    }

    pub(super) fn elements(&self) -> usize {
        self.rows() * self.width
    }
}

/// A volume whose rows lie in memory without gaps.
pub(super) struct Volume<'a, T: Element> {
    pub(super) extent: Extent,
    rows: Rows<'a, T>,
}

enum Rows<'a, T: Element> {
    /// One after the other.
    Contiguous(Cow<'a, [T]>),
    /// Wherever they are.
    Apart(ArrayView3<'a, T>),
}

impl<'a, T: Element> Volume<'a, T> {
    /// All of `view`, of three axes at most; copied if its rows have gaps.
    pub(super) fn new(view: ArrayViewD<'a, T>, checkpoint: &Checkpoint) -> Result<Self, Error> {
        let extent = Extent::of(view.shape());
        if let Some(data) = view.to_slice() {
            return Ok(Self {
                extent,
                rows: Rows::Contiguous(Cow::Borrowed(data)),
            });
        }
        let view = by_extent(view);
        let has_gaps = extent.width > 1 && view.strides()[2] != 1;
        let rows = match has_gaps {
            true => Rows::Contiguous(Cow::Owned(copied(&view, checkpoint)?)),
            false => Rows::Apart(view),
        };
        Ok(Self { extent, rows })
    }

    /// The elements of a row.
    #[inline(always)]
    pub(super) fn row(&self, row: usize) -> &[T] {
        let Extent { height, width, .. } = self.extent;
        match &self.rows {
            Rows::Contiguous(data) => &data[row * width..][..width],
            Rows::Apart(view) => {
                let plane = view.index_axis(Axis(0), row / height);
                let line = plane.index_axis_move(Axis(0), row % height);
                line.to_slice().expect("invariant: rows with gaps were copied")
            }
        }
    }
}

/// `view` by depth, height and width.
fn by_extent<T>(mut view: ArrayViewD<'_, T>) -> ArrayView3<'_, T> {
    for axis in (0..view.ndim()).rev() {
        if view.len_of(Axis(axis)) == 1 {
            view = view.index_axis_move(Axis(axis), 0);
        }
    }
    while view.ndim() < 3 {
        view = match view.ndim() {
            2 => view.insert_axis(Axis(1)),
            _ => view.insert_axis(Axis(0)),
        };
    }
    view.into_dimensionality()
        .expect("invariant: a volume has three axes at most")
}

fn copied<T: Element>(view: &ArrayView3<'_, T>, checkpoint: &Checkpoint) -> Result<Vec<T>, Error> {
    let mut copy = zeros::<T>(view.shape(), checkpoint)?;
    for (mut to, from) in copy.rows_mut().into_iter().zip(view.rows()) {
        for (mut to, from) in to
            .axis_chunks_iter_mut(Axis(0), PATIENCE)
            .zip(from.axis_chunks_iter(Axis(0), PATIENCE))
        {
            checkpoint.check()?;
            to.assign(&from);
        }
    }
    Ok(copy.into_raw_vec_and_offset().0)
}
