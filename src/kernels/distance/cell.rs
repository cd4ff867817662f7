//! Squares of distances, as integers where all are, else as `f64`.

use ndarray::ArrayViewMut2;

use super::envelope::Envelope;
use super::passes::Passes;
use super::window::{Lane, Lanes, Window};
use crate::error::Error;

/// How many places are worked on between two looks at the checkpoint: with the longest way, some tens of microseconds.
const PATIENCE: usize = 32;

/// How many steps for each place are tried before the envelope of each line is taken to be faster.
const WORTH: usize = 128;

/// The square of a distance, while it is computed.
pub(super) trait Cell: Copy + Send + Sync + 'static {
    /// No background at all.
    const INFINITE: Self;

    /// That of so many steps.
    fn square(steps: usize, weight: f64) -> Self;

    /// Replaces each element of each column of `tile` by the least for it along `axis`; in the last pass, by the result.
    fn columns(passes: &Passes<'_>, axis: usize, tile: ArrayViewMut2<'_, Self>, is_last: bool) -> Result<(), Error>;
}

/// Neighbours are 1 apart, and the largest square fits; of results, the bits of the `f32`.
impl Cell for u32 {
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
            let narrow = |&square: &u32| square.min(u16::MAX.into()) as u16;
            let is_finite = gather::<u32, u16, N>(&self.tile, columns.clone(), &mut lines, narrow);
            // Nothing less than `u16::MAX` is lost by keeping only so much, and no sum of three squares is just that (it is 7
            // modulo 8): where it comes out, the square may be larger.
            let least_lost = f64::from(u16::MAX).sqrt() * self.passes.finish.scale;
            let is_cut = self.passes.finish.maximum < least_lost;
            let done = is_finite
                && self.window(&lines, &mut out)?
                && (is_cut || !out.iter().any(|place| place.0[..columns.len()].contains(&u16::MAX)));
            if done {
                self.put(&out, columns.start);
            } else {
                self.envelopes(columns)?;
            }
        }
        Ok(())
    }

    /// Writes back what was found for the columns from `first` on.
    fn put<const N: usize>(&mut self, out: &[Lanes<u16, N>], first: usize) {
        let finish = self.passes.finish;
        let plain = self.is_last && !finish.squared && finish.scale == 1.0;
        let maximum = finish.maximum as f32;
        for (mut row, place) in self.tile.outer_iter_mut().zip(out) {
            let row = row
                .as_slice_mut()
                .expect("invariant: rows of the work lie without gaps");
            let pairs = row[first..].iter_mut().zip(&place.0);
            if plain {
                pairs.for_each(|(out, &square)| *out = f32::from(square).sqrt().min(maximum).to_bits());
            } else if self.is_last {
                pairs.for_each(|(out, &square)| *out = finish.of(square.into()).to_bits());
            } else {
                pairs.for_each(|(out, &square)| *out = if square == u16::MAX { u32::MAX } else { square.into() });
            }
        }
    }

    /// The same columns one by one, whatever the distances.
    fn envelopes(&mut self, columns: std::ops::Range<usize>) -> Result<(), Error> {
        let (mut envelope, mut line) = (Envelope::default(), vec![0.0; self.tile.nrows()]);
        let finish = self.passes.finish;
        for column in columns {
            let mut column = self.tile.column_mut(column);
            for (real, &square) in line.iter_mut().zip(&column) {
                *real = if square == u32::MAX {
                    f64::INFINITY
                } else {
                    square.into()
                };
            }
            envelope.lower(&mut line, 1.0, self.passes.checkpoint)?;
            for (&real, square) in line.iter().zip(&mut column) {
                *square = match self.is_last {
                    true => finish.of(real).to_bits(),
                    // Saturates: infinity becomes the largest.
                    false => real as u32,
                };
            }
        }
        Ok(())
    }
}

impl Lines<'_, f64> {
    fn reals(mut self) -> Result<(), Error> {
        const N: usize = 8;
        let width = self.tile.ncols();
        let (mut lines, mut out) = (Vec::new(), Vec::new());
        for first in (0..width).step_by(N) {
            let columns = first..width.min(first + N);
            let is_finite = gather::<f64, f64, N>(&self.tile, columns.clone(), &mut lines, |&square| square);
            // With a maximum, blocks have to give what the whole does to the last bit: there, which of two parabolas that
            // cross between two neighbouring numbers is taken for the lower one must not matter.
            let is_capped = self.passes.finish.maximum.is_finite();
            if is_finite && is_capped {
                self.try_all(&lines, &mut out)?;
            }
            if is_finite && (is_capped || self.window(&lines, &mut out)?) {
                for (mut row, place) in self.tile.outer_iter_mut().zip(&out) {
                    let pairs = row.iter_mut().skip(first).zip(&place.0);
                    pairs.for_each(|(out, &square)| *out = square);
                }
            } else if is_finite {
                self.real_envelopes(columns.clone())?;
            }
            if self.is_last {
                let finish = self.passes.finish;
                for mut row in self.tile.outer_iter_mut() {
                    let row = row.iter_mut().skip(first).take(columns.len());
                    row.for_each(|square| *square = finish.of(*square).into());
                }
            }
        }
        Ok(())
    }
}

impl Lines<'_, f64> {
    /// The columns one by one, whatever the distances.
    fn real_envelopes(&mut self, columns: std::ops::Range<usize>) -> Result<(), Error> {
        let (mut envelope, mut line) = (Envelope::default(), Vec::with_capacity(self.tile.nrows()));
        let weight = self.passes.weights[self.axis];
        for column in columns {
            line.clear();
            line.extend(self.tile.column(column));
            envelope.lower(&mut line, weight, self.passes.checkpoint)?;
            let pairs = self.tile.column_mut(column).into_iter().zip(&line);
            pairs.for_each(|(out, &square)| *out = square);
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
        out.resize(lines.len(), Lanes([V::default(); N]));
        let mut taken = 0;
        for first in (0..lines.len()).step_by(PATIENCE) {
            self.passes.checkpoint.check()?;
            let stop = lines.len().min(first + PATIENCE);
            taken += self.part(lines, &mut out[first..stop], first);
            if taken > (stop + PATIENCE) * WORTH {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Tries all ways that can matter, however many.
    fn try_all<V: Lane, const N: usize>(&self, lines: &[Lanes<V, N>], out: &mut Vec<Lanes<V, N>>) -> Result<(), Error> {
        out.resize(lines.len(), Lanes([V::default(); N]));
        // A place takes at most twice its reach, in steps of a nanosecond or so.
        let reach = self.passes.reach[self.axis].min(lines.len());
        let patience = ((1 << 16) / reach.max(1)).max(1);
        for first in (0..lines.len()).step_by(patience) {
            self.passes.checkpoint.check()?;
            let stop = lines.len().min(first + patience);
            self.part(lines, &mut out[first..stop], first);
        }
        Ok(())
    }

    fn part<V: Lane, const N: usize>(&self, lines: &[Lanes<V, N>], out: &mut [Lanes<V, N>], first: usize) -> usize {
        let window = Window {
            lines,
            out,
            first,
            weight: self.passes.weights[self.axis],
            reach: self.passes.reach[self.axis],
        };
        window.run(self.passes.arch)
    }
}

/// Copies `columns` of `tile`, at most `N`, together in vectors; whether any square is finite.
fn gather<C: Copy, V: Lane, const N: usize>(
    tile: &ArrayViewMut2<'_, C>,
    columns: std::ops::Range<usize>,
    lines: &mut Vec<Lanes<V, N>>,
    convert: impl Fn(&C) -> V,
) -> bool {
    lines.clear();
    let mut least = V::MAX;
    for row in tile.outer_iter() {
        let row = row.to_slice().expect("invariant: rows of the work lie without gaps");
        // Missing columns are all background.
        let mut place = Lanes([V::default(); N]);
        for (lane, cell) in place.0.iter_mut().zip(&row[columns.clone()]) {
            *lane = convert(cell);
            least = least.least(*lane);
        }
        lines.push(place);
    }
    least < V::MAX
}
