//! The passes over one volume.
//!
//! The squared distance is a sum over the axes, so it is computed one axis after the other (Saito and Toriwaki 1994): first
//! along rows the square of the distance to the nearest background in the row; then along columns, and along the depth, the
//! least of what is there plus the square of the way to it. Rows and columns of a plane follow each other while it is in
//! cache. All passes work in place, on tiles of neighbouring lines that are copied together in vectors.

use std::ops::Range;

use ndarray::{ArrayView2, ArrayView3, ArrayViewMut2, ArrayViewMut3, Axis, Slice, s};
use pulp::Arch;

use super::cell::Cell;
use crate::array::Element;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::parallel::join;

/// How many elements of rows one task has: some tens of microseconds.
const GRAIN: usize = 1 << 15;

/// How many lines a tile has: whole cache lines, and several vectors.
const TILE: usize = 64;

/// What squares of distances become in the end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Finish {
    pub(super) squared: bool,
    /// The distance of neighbours, if it is not in the squares.
    pub(super) scale: f64,
    /// The largest distance.
    pub(super) maximum: f64,
}

impl Finish {
    /// The result for the square of a distance.
    #[inline(always)]
    pub(super) fn of(&self, square: f64) -> f32 {
        if self.squared {
            (square * (self.scale * self.scale)).min(self.maximum * self.maximum) as f32
        } else {
            (square.sqrt() * self.scale).min(self.maximum) as f32
        }
    }
}

/// What all passes over one volume have in common; axes are depth, height and row.
pub(super) struct Passes<'a> {
    pub(super) arch: Arch,
    /// The square of the distance of neighbours along each axis.
    pub(super) weights: [f64; 3],
    /// How far along each axis the nearest background can be that counts.
    pub(super) reach: [usize; 3],
    pub(super) finish: Finish,
    pub(super) checkpoint: &'a Checkpoint,
}

impl Passes<'_> {
    /// Writes the result for `input` over `work`, of the same shape; right only at `wanted` of each axis.
    pub(super) fn run<T: Element, C: Cell>(
        &self,
        input: ArrayView3<'_, T>,
        mut work: ArrayViewMut3<'_, C>,
        wanted: &[Range<usize>; 3],
    ) -> Result<(), Error> {
        let is_flat = input.len_of(Axis(0)) == 1;
        self.planes(input, work.view_mut(), &wanted[2], is_flat)?;
        if is_flat {
            return Ok(());
        }
        let [_, heights, columns] = wanted;
        work.slice_axis_inplace(Axis(1), Slice::from(heights.clone()));
        work.slice_axis_inplace(Axis(2), Slice::from(columns.clone()));
        self.columns(0, work, true)
    }

    /// The passes along rows and columns, plane by plane.
    fn planes<T: Element, C: Cell>(
        &self,
        input: ArrayView3<'_, T>,
        mut work: ArrayViewMut3<'_, C>,
        columns: &Range<usize>,
        is_last: bool,
    ) -> Result<(), Error> {
        let depths = input.len_of(Axis(0));
        if depths > 1 {
            let (first, second) = input.split_at(Axis(0), depths / 2);
            let (left, right) = work.split_at(Axis(0), depths / 2);
            return join(
                || self.planes(first, left, columns, is_last),
                || self.planes(second, right, columns, is_last),
            );
        }
        self.rows(input.index_axis(Axis(0), 0), work.index_axis_mut(Axis(0), 0))?;
        work.slice_axis_inplace(Axis(2), Slice::from(columns.clone()));
        self.columns(1, work, is_last)
    }

    /// The pass along rows.
    fn rows<T: Element, C: Cell>(&self, input: ArrayView2<'_, T>, mut work: ArrayViewMut2<'_, C>) -> Result<(), Error> {
        let (heights, width) = input.dim();
        if heights > 1 && heights * width > GRAIN {
            let (first, second) = input.split_at(Axis(0), heights / 2);
            let (left, right) = work.split_at(Axis(0), heights / 2);
            return join(|| self.rows(first, left), || self.rows(second, right));
        }
        self.checkpoint.check()?;
        for (row, out) in input.outer_iter().zip(work.outer_iter_mut()) {
            let out = out.into_slice().expect("invariant: rows of the work lie without gaps");
            match row.to_slice() {
                Some(row) => self.row(out, |range| row[range].iter().position(is_background))?,
                None => self.row(out, |range| row.slice(s![range]).iter().position(is_background))?,
            }
        }
        Ok(())
    }

    /// One row: `find` says where in a range the first background is.
    fn row<C: Cell>(&self, out: &mut [C], find: impl Fn(Range<usize>) -> Option<usize>) -> Result<(), Error> {
        let (mut after, mut from) = (0, 0);
        while from < out.len() {
            let stop = out.len().min(from + GRAIN);
            let Some(found) = find(from..stop) else {
                self.checkpoint.check()?;
                from = stop;
                continue;
            };
            let background = from + found;
            self.gap(&mut out[after..background], after > 0, true)?;
            out[background] = C::ZERO;
            from = background + 1;
            after = from;
        }
        self.gap(&mut out[after..], after > 0, false)
    }

    /// Elements without background among them, but before or behind them.
    fn gap<C: Cell>(&self, gap: &mut [C], is_before: bool, is_behind: bool) -> Result<(), Error> {
        let middle = match (is_before, is_behind) {
            (true, true) => gap.len().div_ceil(2),
            (true, false) => gap.len(),
            (false, true) => 0,
            (false, false) => {
                for (nth, part) in gap.chunks_mut(GRAIN).enumerate() {
                    part.fill(C::INFINITE);
                    self.patience(nth)?;
                }
                return Ok(());
            }
        };
        let weight = self.weights[2];
        let (left, right) = gap.split_at_mut(middle);
        for (nth, part) in left.chunks_mut(GRAIN).enumerate() {
            let steps = (nth * GRAIN + 1..).zip(part);
            steps.for_each(|(steps, out)| *out = C::square(steps, weight));
            self.patience(nth)?;
        }
        for (nth, part) in right.rchunks_mut(GRAIN).enumerate() {
            let steps = (nth * GRAIN + 1..).zip(part.iter_mut().rev());
            steps.for_each(|(steps, out)| *out = C::square(steps, weight));
            self.patience(nth)?;
        }
        Ok(())
    }

    /// Looks at the checkpoint in long gaps only.
    fn patience(&self, nth: usize) -> Result<(), Error> {
        if nth > 0 { self.checkpoint.check() } else { Ok(()) }
    }

    /// The pass along `axis`, depth or height, in tiles of lines that are neighbours in the row.
    fn columns<C: Cell>(&self, axis: usize, work: ArrayViewMut3<'_, C>, is_last: bool) -> Result<(), Error> {
        let other = 1 - axis;
        let (lines, width) = (work.len_of(Axis(other)), work.len_of(Axis(2)));
        let (along, at) = if lines > 1 {
            (other, lines / 2)
        } else if width > TILE {
            (2, (width / 2).next_multiple_of(TILE))
        } else {
            self.checkpoint.check()?;
            return C::columns(self, axis, work.index_axis_move(Axis(other), 0), is_last);
        };
        let (left, right) = work.split_at(Axis(along), at);
        join(
            || self.columns(axis, left, is_last),
            || self.columns(axis, right, is_last),
        )
    }
}

/// NaN is something.
fn is_background<T: Element>(value: &T) -> bool {
    *value == T::default()
}
