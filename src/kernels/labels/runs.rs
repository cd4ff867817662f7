//! The runs of a slab of rows, and how they are joined.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use super::Connectivity;
use super::bits::{WORD, each_bit, unequal};
use super::ground::Ground;
use super::union_find::{UnionFind, number_in_place, too_many};
use super::values::Values;
use super::volume::{Extent, Volume};
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

/// One row, as elements and as bits.
#[derive(Clone, Copy)]
pub(super) struct Row<'a, T> {
    data: &'a [T],
    filled: &'a [u64],
    begins: &'a [u64],
    before: &'a [u32],
}

impl<T> Row<'_, T> {
    /// The run that the element at `at`, which is filled, belongs to.
    #[inline(always)]
    fn run(&self, at: usize) -> u32 {
        let (word, bit) = (at / WORD, at % WORD);
        self.before[word] + (self.begins[word] & (u64::MAX >> (WORD - 1 - bit))).count_ones() - 1
    }
}

/// An earlier row whose elements are neighbours of this one's.
#[derive(Clone, Copy)]
pub(super) struct Neighbour {
    /// How many rows it is back.
    back: usize,
    /// Its place along depth and height, relative to this one's.
    depth: usize,
    height: isize,
    /// Whether elements beside the one opposite are neighbours too.
    slanted: bool,
}

impl Neighbour {
    /// Those that come before a row in scan order.
    pub(super) fn all(extent: Extent, connectivity: Connectivity) -> Vec<Self> {
        let directions = [(0, -1), (1, 0), (1, -1), (1, 1)];
        let mut all = Vec::with_capacity(directions.len());
        for (depth, height) in directions {
            let steps = depth + usize::from(height != 0);
            if steps <= connectivity.axes() {
                all.push(Self {
                    back: (depth * extent.height).wrapping_add_signed(-height),
                    depth,
                    height,
                    slanted: steps < connectivity.axes(),
                });
            }
        }
        all
    }

    /// The row that it is for the one at `place` along depth and height, if there is one.
    #[inline(always)]
    pub(super) fn of(&self, [depth, height]: [usize; 2], extent: Extent) -> Option<usize> {
        let exists = depth >= self.depth && height.wrapping_add_signed(self.height) < extent.height;
        exists.then(|| depth * extent.height + height - self.back)
    }

    /// Whether it may be a row before `start` for `row`, or a later one.
    pub(super) fn reaches(&self, row: usize, start: usize) -> bool {
        row < start + self.back
    }
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
        checkpoint.check()?;
        runs.count = number_in_place(&mut runs.ids, 0);
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

    /// The component of an element of the rows, counted from 1, or 0.
    #[inline]
    pub(super) fn label(&self, element: usize) -> u32 {
        let (row, at) = (element / self.width, element % self.width);
        let word = row * self.width.div_ceil(WORD) + at / WORD;
        if self.filled[word] >> (at % WORD) & 1 == 0 {
            return 0;
        }
        let upto = self.begins[word] & (u64::MAX >> (WORD - 1 - at % WORD));
        self.id(self.before[word] + upto.count_ones() - 1) + 1
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
        Ok((firsts, Values::new(&values)))
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

/// Joins the components of a slab with those of earlier ones, likewise.
pub(super) struct Seam<'a, 'v, T: Element, J> {
    pub(super) one: Row<'a, T>,
    pub(super) other: Row<'a, T>,
    pub(super) neighbour: &'v Neighbour,
    pub(super) checkpoint: &'v Checkpoint,
    pub(super) join: J,
}

impl<T: Element, J: FnMut(u32, u32)> WithSimd for Seam<'_, '_, T, J> {
    type Output = Result<(), Error>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        let slanted = self.neighbour.slanted;
        touching(simd, self.one, self.other, slanted, self.checkpoint, self.join)
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

/// Calls `join` with the runs of `one` and `other` that touch; all that do are connected by the pairs that it gets.
///
/// If `slanted`, elements one place further along the row are neighbours too.
#[inline(always)]
fn touching<S: Simd, T: Element>(
    simd: S,
    one: Row<'_, T>,
    other: Row<'_, T>,
    slanted: bool,
    checkpoint: &Checkpoint,
    mut join: impl FnMut(u32, u32),
) -> Result<(), Error> {
    for word in 0..one.filled.len() {
        if word % PATIENCE == PATIENCE - 1 {
            checkpoint.check()?;
        }
        match slanted {
            false => touching_opposite(simd, one, other, word, &mut join),
            true => touching_slanted(simd, one, other, word, &mut join),
        }
    }
    Ok(())
}

/// Where both hold the same value, and a run begins in either: elsewhere the same two runs have met one element before.
#[inline(always)]
fn touching_opposite<S: Simd, T: Element>(
    simd: S,
    one: Row<'_, T>,
    other: Row<'_, T>,
    word: usize,
    join: &mut impl FnMut(u32, u32),
) {
    let candidates = one.filled[word] & other.filled[word] & (one.begins[word] | other.begins[word]);
    if candidates == 0 {
        return;
    }
    let at = word * WORD;
    let end = one.data.len().min(at + WORD);
    let unequal = unequal(simd, &one.data[at..end], &other.data[at..end]);
    each_bit(
        candidates & !unequal,
        #[inline(always)]
        |bit| join(one.run(at + bit), other.run(at + bit)),
    );
}

/// The same with the elements on either side of the opposite one.
#[inline(always)]
fn touching_slanted<S: Simd, T: Element>(
    simd: S,
    one: Row<'_, T>,
    other: Row<'_, T>,
    word: usize,
    join: &mut impl FnMut(u32, u32),
) {
    let filled = one.filled[word];
    if filled == 0 {
        return;
    }
    let [left, right] = [shifted_left(other.filled, word), shifted_right(other.filled, word)];
    if filled & (left | right | other.filled[word]) == 0 {
        return;
    }
    let at = word * WORD;
    let end = one.data.len().min(at + WORD);
    let opposite = filled & other.filled[word] & !unequal(simd, &one.data[at..end], &other.data[at..end]);
    let begins = one.begins[word];
    each_bit(
        opposite & (begins | other.begins[word]),
        #[inline(always)]
        |bit| join(one.run(at + bit), other.run(at + bit)),
    );
    // An element that equals the opposite one and the one beside it has met the run of both.
    let left = filled & left & !opposite & (begins | shifted_left(other.begins, word));
    if left != 0 {
        // The first element of a row has nothing on its left: its bit is not set.
        let from = at.max(1);
        let unequal = unequal(simd, &one.data[from..end], &other.data[from - 1..end - 1]) << (from - at);
        each_bit(
            left & !unequal,
            #[inline(always)]
            |bit| join(one.run(at + bit), other.run(at + bit - 1)),
        );
    }
    let right = filled & right & !opposite & (begins | shifted_right(other.begins, word));
    if right != 0 {
        let to = end.min(one.data.len() - 1);
        let unequal = unequal(simd, &one.data[at..to], &other.data[at + 1..to + 1]);
        each_bit(
            right & !unequal,
            #[inline(always)]
            |bit| join(one.run(at + bit), other.run(at + bit + 1)),
        );
    }
}

/// For each bit of a word the one before it.
#[inline(always)]
fn shifted_left(bits: &[u64], word: usize) -> u64 {
    let carry = match word {
        0 => 0,
        _ => bits[word - 1] >> (WORD - 1),
    };
    bits[word] << 1 | carry
}

/// For each bit of a word the one after it.
#[inline(always)]
fn shifted_right(bits: &[u64], word: usize) -> u64 {
    let carry = bits.get(word + 1).map_or(0, |next| next << (WORD - 1));
    bits[word] >> 1 | carry
}
