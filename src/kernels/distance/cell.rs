//! Squares of distances, as integers where all are, else as `f64`.

use std::ops::Range;

use ndarray::ArrayViewMut2;

use super::envelope::Envelope;
use super::passes::Passes;
use super::window::{Lane, Lanes, Window};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::memory::{fill_up, filled};

/// How many places are worked on between two looks at the checkpoint: with the longest way, some tens of microseconds.
const PATIENCE: usize = 32;

/// How many rows of a tile are copied between two looks at the checkpoint.
const ROWS: usize = 1 << 12;

/// Fewer columns than this are taken one by one.
const FEW: usize = 3;

/// How many steps for each place are tried before the envelope of each line is taken to be faster.
const WORTH: usize = 128;

/// The square of a distance, while it is computed.
pub(super) trait Cell: Copy + Send + Sync + 'static {
    /// Of the background itself.
    const ZERO: Self;
    /// No background at all.
    const INFINITE: Self;

    /// That of so many steps.
    fn square(steps: usize, weight: f64) -> Self;

    /// Replaces each element of each column of `tile` by the least for it along `axis`; in the last pass, by the result.
    fn columns(passes: &Passes<'_>, axis: usize, tile: ArrayViewMut2<'_, Self>, is_last: bool) -> Result<(), Error>;
}

/// Neighbours are 1 apart, and the largest square fits; of results, the bits of the `f32`.
impl Cell for u32 {
    const ZERO: Self = 0;
    const INFINITE: Self = u32::MAX;

    #[inline(always)]
    fn square(steps: usize, _: f64) -> Self {
        (steps as u32).wrapping_mul(steps as u32)
    }

    fn columns(passes: &Passes<'_>, axis: usize, tile: ArrayViewMut2<'_, Self>, is_last: bool) -> Result<(), Error> {
        Lines {
            passes,
            axis,
            is_last,
            tile,
        }
        .integers()
    }
}

/// Any distances of neighbours.
impl Cell for f64 {
    const ZERO: Self = 0.0;
    const INFINITE: Self = f64::INFINITY;

    #[inline(always)]
    fn square(steps: usize, weight: f64) -> Self {
        (steps * steps) as f64 * weight
    }

    fn columns(passes: &Passes<'_>, axis: usize, tile: ArrayViewMut2<'_, Self>, is_last: bool) -> Result<(), Error> {
        Lines {
            passes,
            axis,
            is_last,
            tile,
        }
        .reals()
    }
}

/// Neighbouring columns, all along the same axis.
struct Lines<'a, C> {
    passes: &'a Passes<'a>,
    axis: usize,
    is_last: bool,
    tile: ArrayViewMut2<'a, C>,
}

impl Lines<'_, u32> {
    fn integers(mut self) -> Result<(), Error> {
        const N: usize = 32;
        let width = self.tile.ncols();
        let (mut lines, mut out) = (Vec::new(), Vec::new());
        for first in (0..width).step_by(N) {
            let columns = first..width.min(first + N);
            // A vector of one or two columns is mostly nothing, and takes 64 bytes for each place.
            if columns.len() < FEW {
                self.envelopes(columns)?;
                continue;
            }
            let narrow = |square: u32| square.min(u16::MAX.into()) as u16;
            let checkpoint = self.passes.checkpoint;
            let is_finite = gather::<u32, u16, N>(&mut self.tile, &columns, checkpoint, &mut lines, narrow)?;
            // Nothing less than `u16::MAX` is lost by keeping only so much, and no sum of three squares is just that (it is 7
            // modulo 8): where it comes out, the square may be larger.
            let least_lost = f64::from(u16::MAX).sqrt() * self.passes.finish.scale;
            let is_cut = self.passes.finish.maximum < least_lost;
            let done = is_finite
                && self.window(&lines, &mut out)?
                && (is_cut || !has_largest(&out, columns.len(), checkpoint)?);
            if done {
                self.put(&out, &columns)?;
            } else {
                self.envelopes(columns)?;
            }
        }
        Ok(())
    }

    /// Writes back what was found for `columns`.
    fn put<const N: usize>(&mut self, out: &[Lanes<u16, N>], columns: &Range<usize>) -> Result<(), Error> {
        let finish = self.passes.finish;
        let is_plain = self.is_last && !finish.squared && finish.scale == 1.0;
        let (maximum, is_last) = (finish.maximum as f32, self.is_last);
        each_row(&mut self.tile, columns, self.passes.checkpoint, |at, row| {
            let pairs = row.iter_mut().zip(&out[at].0);
            if is_plain {
                pairs.for_each(|(out, &square)| *out = f32::from(square).sqrt().min(maximum).to_bits());
            } else if is_last {
                pairs.for_each(|(out, &square)| *out = finish.of(square.into()).to_bits());
            } else {
                let wide = |square: u16| if square == u16::MAX { u32::MAX } else { square.into() };
                pairs.for_each(|(out, &square)| *out = wide(square));
            }
        })
    }

    /// The same columns one by one, whatever the distances.
    fn envelopes(&mut self, columns: Range<usize>) -> Result<(), Error> {
        let mut envelope = Envelope::default();
        let mut line = filled(self.tile.nrows(), 0.0, self.passes.checkpoint)?;
        let (finish, is_last, checkpoint) = (self.passes.finish, self.is_last, self.passes.checkpoint);
        for column in columns {
            let column = column..column + 1;
            each_row(&mut self.tile, &column, checkpoint, |at, cell| {
                line[at] = if cell[0] == u32::MAX {
                    f64::INFINITY
                } else {
                    cell[0].into()
                };
            })?;
            envelope.lower(&mut line, 1.0, checkpoint)?;
            each_row(&mut self.tile, &column, checkpoint, |at, cell| {
                // Saturates: infinity becomes the largest.
                cell[0] = if is_last {
                    finish.of(line[at]).to_bits()
                } else {
                    line[at] as u32
                };
            })?;
        }
        Ok(())
    }
}

/// Whether any of the first `columns` of `out` is the largest there is.
fn has_largest<const N: usize>(out: &[Lanes<u16, N>], columns: usize, checkpoint: &Checkpoint) -> Result<bool, Error> {
    for part in out.chunks(ROWS) {
        checkpoint.check()?;
        if part.iter().any(|place| place.0[..columns].contains(&u16::MAX)) {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Lines<'_, f64> {
    fn reals(mut self) -> Result<(), Error> {
        const N: usize = 8;
        let (width, checkpoint, finish) = (self.tile.ncols(), self.passes.checkpoint, self.passes.finish);
        let (mut lines, mut out) = (Vec::new(), Vec::new());
        for first in (0..width).step_by(N) {
            let columns = first..width.min(first + N);
            // With a maximum, blocks have to give what the whole does to the last bit: there, which of two parabolas that
            // cross between two neighbouring numbers is taken for the lower one must not matter.
            let is_capped = finish.maximum.is_finite();
            if !is_capped && columns.len() < FEW {
                self.envelopes(columns.clone())?;
            } else if gather::<f64, f64, N>(&mut self.tile, &columns, checkpoint, &mut lines, |square| square)? {
                if is_capped {
                    self.try_all(&lines, &mut out)?;
                }
                if is_capped || self.window(&lines, &mut out)? {
                    each_row(&mut self.tile, &columns, checkpoint, |at, row| {
                        row.copy_from_slice(&out[at].0[..row.len()]);
                    })?;
                } else {
                    self.envelopes(columns.clone())?;
                }
            }
            if self.is_last {
                each_row(&mut self.tile, &columns, checkpoint, |_, row| {
                    row.iter_mut().for_each(|square| *square = finish.of(*square).into());
                })?;
            }
        }
        Ok(())
    }

    /// The columns one by one, whatever the distances.
    fn envelopes(&mut self, columns: Range<usize>) -> Result<(), Error> {
        let mut envelope = Envelope::default();
        let mut line = filled(self.tile.nrows(), 0.0, self.passes.checkpoint)?;
        let (weight, checkpoint) = (self.passes.weights[self.axis], self.passes.checkpoint);
        for column in columns {
            let column = column..column + 1;
            each_row(&mut self.tile, &column, checkpoint, |at, cell| line[at] = cell[0])?;
            envelope.lower(&mut line, weight, checkpoint)?;
            each_row(&mut self.tile, &column, checkpoint, |at, cell| cell[0] = line[at])?;
        }
        Ok(())
    }
}

impl<C> Lines<'_, C> {
    /// Tries all ways that can matter, unless there turn out to be too many.
    fn window<V: Lane, const N: usize>(
        &self,
        lines: &[Lanes<V, N>],
        out: &mut Vec<Lanes<V, N>>,
    ) -> Result<bool, Error> {
        fill_up(out, lines.len(), Lanes([V::default(); N]), self.passes.checkpoint)?;
        let mut taken = 0;
        for first in (0..lines.len()).step_by(PATIENCE) {
            self.passes.checkpoint.check()?;
            let stop = lines.len().min(first + PATIENCE);
            match self.part(lines, &mut out[first..stop], first, 16 * WORTH) {
                Some(steps) => taken += steps,
                None => return Ok(false),
            }
            if taken > (stop + PATIENCE) * WORTH {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Tries all ways that can matter, however many.
    fn try_all<V: Lane, const N: usize>(&self, lines: &[Lanes<V, N>], out: &mut Vec<Lanes<V, N>>) -> Result<(), Error> {
        fill_up(out, lines.len(), Lanes([V::default(); N]), self.passes.checkpoint)?;
        // A place takes as many steps as its reach, of a nanosecond or so.
        let reach = self.passes.reach[self.axis].min(lines.len());
        let places = ((1 << 16) / reach.max(1)).max(1);
        for first in (0..lines.len()).step_by(places) {
            self.passes.checkpoint.check()?;
            let stop = lines.len().min(first + places);
            self.part(lines, &mut out[first..stop], first, usize::MAX);
        }
        Ok(())
    }

    fn part<V: Lane, const N: usize>(
        &self,
        lines: &[Lanes<V, N>],
        out: &mut [Lanes<V, N>],
        first: usize,
        patience: usize,
    ) -> Option<usize> {
        let window = Window {
            lines,
            out,
            first,
            weight: self.passes.weights[self.axis],
            reach: self.passes.reach[self.axis],
            patience,
        };
        window.run(self.passes.arch)
    }
}

/// Calls `row` with the number and the elements at `columns` of each row of `tile`.
fn each_row<C>(
    tile: &mut ArrayViewMut2<'_, C>,
    columns: &Range<usize>,
    checkpoint: &Checkpoint,
    mut row: impl FnMut(usize, &mut [C]),
) -> Result<(), Error> {
    for (at, mut cells) in tile.outer_iter_mut().enumerate() {
        if at.is_multiple_of(ROWS) {
            checkpoint.check()?;
        }
        let cells = cells
            .as_slice_mut()
            .expect("invariant: rows of the work lie without gaps");
        row(at, &mut cells[columns.clone()]);
    }
    Ok(())
}

/// Copies `columns` of `tile`, at most `N`, together in vectors; whether any square is finite.
fn gather<C: Copy, V: Lane, const N: usize>(
    tile: &mut ArrayViewMut2<'_, C>,
    columns: &Range<usize>,
    checkpoint: &Checkpoint,
    lines: &mut Vec<Lanes<V, N>>,
    convert: impl Fn(C) -> V,
) -> Result<bool, Error> {
    lines.clear();
    lines.reserve_exact(tile.nrows());
    let mut least = V::MAX;
    each_row(tile, columns, checkpoint, |_, cells| {
        // Missing columns are all background.
        let mut place = Lanes([V::default(); N]);
        for (lane, cell) in place.0.iter_mut().zip(cells) {
            *lane = convert(*cell);
            least = least.least(*lane);
        }
        lines.push(place);
    })?;
    Ok(least < V::MAX)
}
