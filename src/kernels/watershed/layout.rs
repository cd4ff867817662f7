//! Where the elements of a volume lie among cells with a border.

use ndarray::{ArrayView3, Axis};

use crate::array::Element;
use crate::checkpoint::Checkpoint;
use crate::error::Error;

/// How many elements are worked on between two looks at the checkpoint: some hundred microseconds.
pub(super) const PATIENCE: usize = 1 << 14;

/// A volume with a border of one along each axis that is longer than 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub(super) shape: [usize; 3],
    /// How far apart neighbours are along each axis.
    pub(super) steps: [usize; 3],
}

impl Layout {
    pub(super) fn new(shape: [usize; 3]) -> Self {
        let [_, height, width] = bordered(shape);
        let steps = [height * width, width, 1];
        Self { shape, steps }
    }

    /// The number of cells.
    pub(super) fn cells(&self) -> usize {
        bordered(self.shape).iter().product()
    }

    /// The cell where a row of the volume begins.
    pub(super) fn row(&self, nth: usize) -> usize {
        let border = self.shape.map(|length| usize::from(length > 1));
        let (z, y) = (nth / self.shape[1], nth % self.shape[1]);
        (z + border[0]) * self.steps[0] + (y + border[1]) * self.steps[1] + border[2]
    }

    /// Calls `visit` with the cell of each element of `view`, in the order of the axes.
    pub(super) fn walk<T: Element>(
        &self,
        view: &ArrayView3<'_, T>,
        checkpoint: &Checkpoint,
        mut visit: impl FnMut(usize, T),
    ) -> Result<(), Error> {
        let mut left = 0;
        for (nth, row) in view.rows().into_iter().enumerate() {
            for (part, elements) in row.axis_chunks_iter(Axis(0), PATIENCE).enumerate() {
                patience(&mut left, elements.len(), checkpoint)?;
                let start = self.row(nth) + part * PATIENCE;
                let cells = (start..).zip(&elements);
                cells.for_each(|(cell, &value)| visit(cell, value));
            }
        }
        Ok(())
    }

    /// Writes `value` of the cell of each element to `out`, in the order of the axes.
    pub(super) fn write(
        &self,
        cells: &[u32],
        out: &mut [u32],
        checkpoint: &Checkpoint,
        value: impl Fn(u32) -> u32,
    ) -> Result<(), Error> {
        let mut left = 0;
        for (nth, row) in out.chunks_mut(self.shape[2]).enumerate() {
            let cells = cells[self.row(nth)..].chunks(PATIENCE);
            for (out, cells) in row.chunks_mut(PATIENCE).zip(cells) {
                patience(&mut left, out.len(), checkpoint)?;
                out.iter_mut().zip(cells).for_each(|(out, &cell)| *out = value(cell));
            }
        }
        Ok(())
    }
}

/// The shape with the border.
pub(super) fn bordered(shape: [usize; 3]) -> [usize; 3] {
    shape.map(|length| if length > 1 { length + 2 } else { length })
}

/// Looks at the checkpoint when `work` is more than is left until then.
#[inline(always)]
pub(super) fn patience(left: &mut usize, work: usize, checkpoint: &Checkpoint) -> Result<(), Error> {
    match left.checked_sub(work) {
        Some(rest) => *left = rest,
        None => {
            checkpoint.check()?;
            *left = PATIENCE;
        }
    }
    Ok(())
}
