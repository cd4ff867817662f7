//! The runs of a slab of rows: found, joined and painted.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use super::bits::{WORD, each_bit, unequal};
use super::ground::Ground;
use super::touching::{Neighbour, Row, touching};
use super::union_find::{UnionFind, number_in_place, too_many};
use super::values::Values;
use super::volume::Volume;
use crate::array::Element;
use crate::checkpoint::Checkpoint;
use crate::error::Error;

/// How many words, or runs, are worked through between two looks at the checkpoint: at most 100 µs of work.
const PATIENCE: usize = 512;

/// How many elements are painted at once.
const LANES: usize = 16;

/// The runs of some rows of a volume, numbered in scan order, and the component of each.
///
/// 20 bytes for 64 elements of a row, and 4 for each run.
#[derive(Debug)]
pub(super) struct Runs {
    /// Which rows of the volume.
    pub(super) rows: Range<usize>,
    /// Elements of a row.
    width: usize,
    /// By row and word: which elements belong to a component.
    filled: Vec<u64>,
    /// Which of these begin a run.
    begins: Vec<u64>,
    /// How many runs begin before a word.
    before: Vec<u32>,
    /// The component of each run, from 0 in the order of first elements.
    ids: Vec<u32>,
    /// How many components there are.
    pub(super) count: u32,
}

impl Runs {
    /// Reads the rows, and joins the runs within them.
    pub(super) fn find<T: Element>(
        volume: &Volume<'_, T>,
        rows: Range<usize>,
        ground: Ground<T>,
        neighbours: &[Neighbour],
        checkpoint: &Checkpoint,
    ) -> Result<Self, Error> {
        let words = volume.extent.width.div_ceil(WORD);
        let mut runs = Self {
            width: volume.extent.width,
            filled: vec![0; rows.len() * words],
            begins: vec![0; rows.len() * words],
            before: vec![0; rows.len() * words],
            ids: Vec::new(),
            count: 0,
            rows,
        };
        let mut sets = UnionFind::new();
        Arch::new().dispatch(Sweep {
            runs: &mut runs,
            volume,
            ground,
            neighbours,
            sets: &mut sets,
            checkpoint,
        })?;
        runs.ids = sets.into_parents();
        runs.count = number_in_place(&mut runs.ids, 0, checkpoint)?;
        Ok(runs)
    }

    /// Turns the elements of a row into bits, and adds its runs to the sets.
    #[inline(always)]
    fn read<S: Simd, T: Element>(
        &mut self,
        simd: S,
        row: usize,
        data: &[T],
        ground: Ground<T>,
        sets: &mut UnionFind,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        let words = data.len().div_ceil(WORD);
        let first = (row - self.rows.start) * words;
        let filled = &mut self.filled[first..][..words];
        let begins = &mut self.begins[first..][..words];
        let before = &mut self.before[first..][..words];
        let mut count = sets.len();
        for (word, chunk) in data.chunks(WORD).enumerate() {
            if word % PATIENCE == 0 {
                checkpoint.check()?;
            }
            before[word] = u32::try_from(count).map_err(|_| too_many(count))?;
            let full = ground.lacks(simd, chunk);
            if full == 0 {
                continue;
            }
            // The element before each: before the first one there is none, so it begins a run.
            let changed = match word {
                0 => {
                    let mut earlier = [data[0]; WORD];
                    earlier[1..chunk.len()].copy_from_slice(&chunk[..chunk.len() - 1]);
                    unequal(simd, chunk, &earlier[..chunk.len()]) | 1
                }
                _ => unequal(simd, chunk, &data[word * WORD - 1..][..chunk.len()]),
            };
            filled[word] = full;
            begins[word] = full & changed;
            count += (full & changed).count_ones() as usize;
        }
        sets.extend(count - sets.len())?;
        Ok(())
    }

    /// A row of the volume that is one of these.
    #[inline(always)]
    pub(super) fn row<'a, T: Element>(&'a self, row: usize, volume: &'a Volume<'_, T>) -> Row<'a, T> {
        let words = self.width.div_ceil(WORD);
        let first = (row - self.rows.start) * words;
        Row {
            data: volume.row(row),
            filled: &self.filled[first..][..words],
            begins: &self.begins[first..][..words],
            before: &self.before[first..][..words],
        }
    }

    /// The component of a run.
    #[inline(always)]
    pub(super) fn id(&self, run: u32) -> u32 {
        self.ids[run as usize]
    }

    /// Calls `f` with the component, counted from 1, or 0, of `count` elements from `first` on, all of one row.
    #[inline]
    pub(super) fn labels(&self, first: usize, count: usize, mut f: impl FnMut(u32)) {
        let (row, at) = (first / self.width, first % self.width);
        let words = row * self.width.div_ceil(WORD);
        for at in at..at + count {
            let (word, bit) = (words + at / WORD, at % WORD);
            f(match self.filled[word] >> bit & 1 {
                0 => 0,
                _ => {
                    let upto = self.begins[word] & (u64::MAX >> (WORD - 1 - bit));
                    self.id(self.before[word] + upto.count_ones() - 1) + 1
                }
            });
        }
    }

    /// Which element of the rows is the first of each component, and its value.
    pub(super) fn firsts<T: Element>(
        &self,
        volume: &Volume<'_, T>,
        checkpoint: &Checkpoint,
    ) -> Result<(Vec<u32>, Values), Error> {
        let (mut firsts, mut values) = (Vec::with_capacity(self.count as usize), Vec::new());
        let words = self.width.div_ceil(WORD).max(1);
        let mut run = 0;
        for (word, begins) in self.begins.iter().enumerate() {
            if word % PATIENCE == 0 {
                checkpoint.check()?;
            }
            each_bit(*begins, |bit| {
                if self.ids[run] as usize == firsts.len() {
                    let (row, at) = (word / words, word % words * WORD + bit);
                    firsts.push((row * self.width + at) as u32);
                    values.push(volume.row(self.rows.start + row)[at]);
                }
                run += 1;
            });
        }
        Ok((firsts, Values::new(&values, checkpoint)?))
    }

    /// The size of this in memory, in bytes.
    pub(super) fn nbytes(&self) -> usize {
        let words = size_of_val(&self.filled[..]) + size_of_val(&self.begins[..]);
        words + size_of_val(&self.before[..]) + size_of_val(&self.ids[..])
    }

    /// Writes over `out`, which holds as many rows, what `labels` has for the component of each element, and 0 where there
    /// is none.
    pub(super) fn paint(&self, labels: &[u32], out: &mut [u32], checkpoint: &Checkpoint) -> Result<(), Error> {
        Arch::new().dispatch(Paint {
            runs: self,
            labels,
            out,
            checkpoint,
        })
    }

    /// Paints the row that is the `nth` of these.
    #[inline(always)]
    fn paint_row(&self, nth: usize, labels: &[u32], out: &mut [u32], checkpoint: &Checkpoint) -> Result<(), Error> {
        let words = self.width.div_ceil(WORD);
        let mut run = self.before[nth * words] as usize;
        let (start, end) = (nth * self.width, (nth + 1) * self.width);
        // What comes next, and from where on. Background before the first element carries nothing into it.
        let (mut label, mut from, mut carry) = (0, start, 0);
        for word in 0..words {
            if word % PATIENCE == 0 {
                checkpoint.check()?;
                // However long a run is, so much of it at a time.
                paint(out, from, start + word * WORD, label);
                from = start + word * WORD;
            }
            let (filled, begins) = (self.filled[nth * words + word], self.begins[nth * words + word]);
            let ends = !filled & (filled << 1 | carry);
            carry = filled >> (WORD - 1);
            each_bit(
                begins | ends,
                #[inline(always)]
                |bit| {
                    let at = start + word * WORD + bit;
                    paint(out, from, at, label);
                    from = at;
                    label = 0;
                    if begins >> bit & 1 != 0 {
                        label = labels[self.ids[run] as usize];
                        run += 1;
                    }
                },
            );
        }
        paint(out, from, end, label);
        Ok(())
    }
}

/// Writes `label` from `from` to `to`, and perhaps a little beyond: whoever paints on from there writes over it.
#[inline(always)]
fn paint(out: &mut [u32], from: usize, to: usize, label: u32) {
    let mut at = from;
    while at < to {
        match out.get_mut(at..at + LANES) {
            Some(lanes) => lanes.copy_from_slice(&[label; LANES]),
            None => out[at..to].fill(label),
        }
        at += LANES;
    }
}

/// [`Runs::find`], compiled for the processor that it runs on.
struct Sweep<'a, 'v, T: Element> {
    runs: &'a mut Runs,
    volume: &'a Volume<'v, T>,
    ground: Ground<T>,
    neighbours: &'a [Neighbour],
    sets: &'a mut UnionFind,
    checkpoint: &'a Checkpoint,
}

impl<T: Element> WithSimd for Sweep<'_, '_, T> {
    type Output = Result<(), Error>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        let (runs, volume, sets) = (self.runs, self.volume, self.sets);
        for row in runs.rows.clone() {
            runs.read(simd, row, volume.row(row), self.ground, sets, self.checkpoint)?;
            let place = volume.extent.place(row);
            for neighbour in self.neighbours {
                let earlier = neighbour.of(place, volume.extent);
                let Some(earlier) = earlier.filter(|earlier| *earlier >= runs.rows.start) else {
                    continue;
                };
                let (one, other) = (runs.row(row, volume), runs.row(earlier, volume));
                touching(
                    simd,
                    one,
                    other,
                    neighbour.slanted,
                    self.checkpoint,
                    #[inline(always)]
                    |a, b| {
                        sets.union(a, b);
                    },
                )?;
            }
        }
        Ok(())
    }
}

/// [`Runs::paint`], likewise.
struct Paint<'a> {
    runs: &'a Runs,
    labels: &'a [u32],
    out: &'a mut [u32],
    checkpoint: &'a Checkpoint,
}

impl WithSimd for Paint<'_> {
    type Output = Result<(), Error>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Self::Output {
        for nth in 0..self.runs.rows.len() {
            self.runs.paint_row(nth, self.labels, self.out, self.checkpoint)?;
        }
        Ok(())
    }
}
