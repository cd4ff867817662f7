//! The results of a filter, combined from the sums of a sweep.

use std::array::from_fn;
use std::ops::Range;

use super::combine::{MOST, MOST_RESULTS};
use super::fir::BLOCK;
use super::loops::{Loops, block_of};
use super::recipe::Combine;
use super::scratch::{Scratch, row_stride};
use super::sink::{Block, Sink};
use super::sweep::Place;
use crate::error::Error;

/// A feature by the numbers of its sums.
#[derive(Clone, Debug)]
pub(super) struct Combined {
    pub(super) sums: Vec<usize>,
    pub(super) combine: Combine,
}

/// Combines the sums and writes the results.
///
/// A sum that is a result by itself goes straight there. Those that are combined, or needed more than once, are kept while
/// their block is worked on, in the first-level cache.
pub(super) struct Results<'a, 'out> {
    loops: Loops<'a>,
    features: &'a [Combined],
    /// The rows of each result, by height and depth, so that the rows of a block are neighbours; `None` for a result that
    /// nobody wants.
    out: Vec<Option<Vec<&'out mut [f32]>>>,
    /// Where the results lie in what the sweep computes.
    depths: Range<usize>,
    heights: Range<usize>,
    columns: Range<usize>,
    /// The sums that are kept, and those of them that are wanted beside the results too.
    kept: Vec<usize>,
    around: &'a [usize],
    /// The rows of a block, of each sum that is kept.
    rows: Scratch,
    /// How long they are.
    width: usize,
}

impl<'a, 'out> Results<'a, 'out> {
    /// The results at `place`, which is all that the sweep computes.
    pub(super) fn new(
        loops: Loops<'a>,
        features: &'a [Combined],
        out: Vec<Option<Vec<&'out mut [f32]>>>,
        place: &Place,
    ) -> Result<Self, Error> {
        let kept = kept(features, None);
        Self::keeping(kept, &[], loops, features, out, place, place)
    }

    /// The results at `place` of a sweep for `known`, which is more; there the sums `around` are wanted.
    pub(super) fn within(
        loops: Loops<'a>,
        features: &'a [Combined],
        out: Vec<Option<Vec<&'out mut [f32]>>>,
        place: &Place,
        known: &Place,
        around: &'a [usize],
    ) -> Result<Self, Error> {
        let kept = kept(features, Some(around));
        Self::keeping(kept, around, loops, features, out, place, known)
    }

    fn keeping(
        kept: Vec<usize>,
        around: &'a [usize],
        loops: Loops<'a>,
        features: &'a [Combined],
        out: Vec<Option<Vec<&'out mut [f32]>>>,
        place: &Place,
        known: &Place,
    ) -> Result<Self, Error> {
        let within = |own: &Range<usize>, all: &Range<usize>| own.start - all.start..own.end - all.start;
        let columns = within(&place.row, &known.row);
        Ok(Self {
            loops,
            features,
            out,
            depths: within(&place.depth, &known.depth),
            heights: within(&place.height, &known.height),
            columns: columns.start * place.inner..columns.end * place.inner,
            rows: Scratch::new(kept.len() * BLOCK * row_stride(known.width()), loops.checkpoint)?,
            kept,
            around,
            width: known.width(),
        })
    }

    /// The `f32` that it takes for a sweep for `known`, if the sums `around` are wanted there.
    pub(super) fn room(features: &[Combined], known: &Place, around: Option<&[usize]>) -> usize {
        kept(features, around).len() * BLOCK * row_stride(known.width())
    }

    /// The sums that are wanted beside the results too.
    pub(super) fn around(&self) -> &'a [usize] {
        self.around
    }

    /// Row `row` of the block that was given last, of one of the sums [`around`](Self::around).
    pub(super) fn row_around(&self, sum: usize, row: usize) -> &[f32] {
        &self.rows[self.start(sum, row)..][..self.width]
    }

    /// Where a row of a sum that is kept begins.
    fn start(&self, sum: usize, row: usize) -> usize {
        let slot = self.slot(sum).expect("invariant: the sum is kept");
        (slot * BLOCK + row) * row_stride(self.width)
    }

    /// The place of a sum among those that are kept.
    fn slot(&self, sum: usize) -> Option<usize> {
        self.kept.iter().position(|&kept| kept == sum)
    }

    /// The place among the rows of a result of each row of `block` that lies there.
    fn inside(&self, block: &Block) -> [Option<usize>; BLOCK] {
        let mut places = block.places();
        from_fn(|_| {
            let (depth, height) = places.next()?;
            let is_inside = self.depths.contains(&depth) && self.heights.contains(&height);
            is_inside.then(|| (height - self.heights.start) * self.depths.len() + depth - self.depths.start)
        })
    }

    /// Combines the rows that are kept, and writes the results from number `first` on.
    fn combine(
        &mut self,
        Combined { sums, combine }: &Combined,
        first: usize,
        inside: &[Option<usize>; BLOCK],
    ) -> Result<(), Error> {
        let width = self.columns.len();
        let mut starts = [0; MOST];
        for (start, &sum) in starts.iter_mut().zip(sums) {
            *start = self.start(sum, 0) + self.columns.start;
        }
        for (row, place) in inside.iter().enumerate() {
            let &Some(place) = place else { continue };
            let values: [&[f32]; MOST] = from_fn(|value| match value < sums.len() {
                true => &self.rows[starts[value] + row * row_stride(self.width)..][..width],
                false => &[],
            });
            let mut out = self.out[first..].iter_mut();
            let mut rows: [&mut [f32]; MOST_RESULTS] = from_fn(|_| match out.next() {
                Some(Some(rows)) => &mut *rows[place],
                _ => &mut [],
            });
            self.loops
                .combine(*combine, &values[..sums.len()], &mut rows[..combine.results()])?;
        }
        Ok(())
    }

    /// Writes the result of number `result`, which is a sum that is kept.
    fn copy(&mut self, sum: usize, result: usize, inside: &[Option<usize>; BLOCK]) {
        let start = self.start(sum, 0) + self.columns.start;
        let Some(out) = &mut self.out[result] else { return };
        for (row, place) in inside.iter().enumerate() {
            if let Some(place) = *place {
                let from = &self.rows[start + row * row_stride(self.width)..];
                out[place].copy_from_slice(&from[..self.columns.len()]);
            }
        }
    }
}

impl Sink for Results<'_, '_> {
    fn rows(
        &mut self,
        block: &Block,
        mut compute: impl FnMut(usize, &mut [&mut [f32]]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let inside = self.inside(block);
        let is_inside = inside.iter().any(Option::is_some);
        let (stride, width) = (row_stride(self.width), self.width);
        for (&sum, rows) in self.kept.iter().zip(self.rows.chunks_exact_mut(BLOCK * stride)) {
            if is_inside || self.around.contains(&sum) {
                let mut rows = block_of(rows.chunks_exact_mut(stride).map(|row| &mut row[..width]));
                compute(sum, &mut rows[..block.rows.len()])?;
            }
        }
        if !is_inside {
            return Ok(());
        }
        let mut result = 0;
        for feature in self.features {
            if feature.combine != Combine::Nothing {
                self.combine(feature, result, &inside)?;
            } else if self.slot(feature.sums[0]).is_some() {
                self.copy(feature.sums[0], result, &inside);
            } else if let (Some(out), Some(first)) = (&mut self.out[result], inside[0]) {
                // What is not kept is computed nowhere else, so all of the block is inside.
                compute(feature.sums[0], &mut out[first..][..block.rows.len()])?;
            }
            result += feature.combine.results();
        }
        Ok(())
    }

    fn slices(&mut self, _: Range<usize>) -> Result<(), Error> {
        Ok(())
    }
}

/// The sums that are kept: those that are combined, those that several features need, and all of them, with those `around`,
/// if more is computed than the results.
fn kept(features: &[Combined], around: Option<&[usize]>) -> Vec<usize> {
    let mut kept: Vec<usize> = around.unwrap_or_default().to_vec();
    let all = || features.iter().flat_map(|feature| &feature.sums);
    for Combined { sums, combine } in features {
        for sum in sums {
            let is_shared = all().filter(|&other| other == sum).count() > 1;
            if (*combine != Combine::Nothing || is_shared || around.is_some()) && !kept.contains(sum) {
                kept.push(*sum);
            }
        }
    }
    kept
}
