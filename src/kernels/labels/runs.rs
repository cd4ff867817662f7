//! The runs of a slab of rows, and how they are joined.

use std::ops::Range;

use pulp::Arch;

use super::Connectivity;
use super::bits::{WORD, bits_of, each_bit};
use super::ground::Ground;
use super::union_find::{UnionFind, number_in_place, too_many};
use super::volume::{Extent, Volume};
use crate::array::Element;
use crate::checkpoint::Checkpoint;
use crate::error::Error;

/// How many words, or runs, are worked through between two looks at the checkpoint: at most 100 µs of work.
const PATIENCE: usize = 512;

/// From how many runs in a word on its elements are painted one by one instead of run by run: measured on noise.
const MANY: u32 = 6;

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

    /// The row that it is for `row`, if there is one.
    #[inline(always)]
    pub(super) fn of(&self, row: usize, extent: Extent) -> Option<usize> {
        let (depth, height) = (row / extent.height, row % extent.height);
        let exists = depth >= self.depth && height.wrapping_add_signed(self.height) < extent.height;
        exists.then(|| row - self.back)
    }

    /// Whether it may be a row before `start` for `row`, or a later one.
    pub(super) fn reaches(&self, row: usize, start: usize) -> bool {
        row < start + self.back
    }

    /// Whether elements beside the one opposite are neighbours too.
    pub(super) fn is_slanted(&self) -> bool {
        self.slanted
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
        Arch::new().dispatch(
            #[inline(always)]
            || runs.sweep(volume, ground, neighbours, &mut sets, checkpoint),
        )?;
        runs.ids = sets.into_parents();
        checkpoint.check()?;
        runs.count = number_in_place(&mut runs.ids, 0);
        Ok(runs)
    }

    #[inline(always)]
    fn sweep<T: Element>(
        &mut self,
        volume: &Volume<'_, T>,
        ground: Ground<T>,
        neighbours: &[Neighbour],
        sets: &mut UnionFind,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        for row in self.rows.clone() {
            self.read(row, volume.row(row), ground, sets, checkpoint)?;
            for neighbour in neighbours {
                let earlier = neighbour.of(row, volume.extent);
                let Some(earlier) = earlier.filter(|earlier| *earlier >= self.rows.start) else {
                    continue;
                };
                let (one, other) = (self.row(row, volume), self.row(earlier, volume));
                touching(one, other, neighbour.slanted, checkpoint, |a, b| {
                    sets.union(a, b);
                })?;
            }
        }
        Ok(())
    }

    /// Turns the elements of a row into bits, and adds its runs to the sets.
    #[inline(always)]
    fn read<T: Element>(
        &mut self,
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
        for (word, chunk) in data.chunks(WORD).enumerate() {
            if word % PATIENCE == 0 {
                checkpoint.check()?;
            }
            before[word] = u32::try_from(sets.len()).map_err(|_| too_many(sets.len()))?;
            let full = bits_of(
                chunk,
                chunk,
                #[inline(always)]
                |value, _| ground.lacks(value),
            );
            if full == 0 {
                continue;
            }
            // The element before each: before the first one there is none, so it begins a run.
            let changed = match word {
                0 => {
                    let mut earlier = [data[0]; WORD];
                    earlier[1..chunk.len()].copy_from_slice(&chunk[..chunk.len() - 1]);
                    bits_of(chunk, &earlier[..chunk.len()], differ) | 1
                }
                _ => bits_of(chunk, &data[word * WORD - 1..][..chunk.len()], differ),
            };
            filled[word] = full;
            begins[word] = full & changed;
            sets.extend((full & changed).count_ones() as usize)?;
        }
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

    /// Writes over `out`, which is zero and holds as many rows, what `labels` has for the component of each element.
    pub(super) fn paint(&self, labels: &[u32], out: &mut [u32], checkpoint: &Checkpoint) -> Result<(), Error> {
        Arch::new().dispatch(
            #[inline(always)]
            || {
                let words = self.width.div_ceil(WORD);
                for (row, out) in out.chunks_exact_mut(self.width.max(1)).enumerate() {
                    self.paint_row(row * words, labels, out, checkpoint)?;
                }
                Ok(())
            },
        )
    }

    #[inline(always)]
    fn paint_row(&self, first: usize, labels: &[u32], out: &mut [u32], checkpoint: &Checkpoint) -> Result<(), Error> {
        // The label of the run that reaches into the next word.
        let mut last = 0;
        for (word, out) in out.chunks_mut(WORD).enumerate() {
            if word % PATIENCE == 0 {
                checkpoint.check()?;
            }
            let (filled, begins) = (self.filled[first + word], self.begins[first + word]);
            if filled == 0 {
                continue;
            }
            let runs = &self.ids[self.before[first + word] as usize..][..begins.count_ones() as usize];
            last = match begins.count_ones() {
                MANY.. => paint_elements(filled, begins, last, runs, labels, out),
                _ => paint_runs(filled, begins, last, runs, labels, out),
            };
        }
        Ok(())
    }
}

#[inline(always)]
fn differ<T: Element>(a: T, b: T) -> bool {
    a != b
}

/// One run after the other; returns the label of the last.
#[inline(always)]
fn paint_runs(filled: u64, begins: u64, last: u32, runs: &[u32], labels: &[u32], out: &mut [u32]) -> u32 {
    let stops = begins | !filled;
    let mut label = last;
    let head = (stops.trailing_zeros() as usize).min(out.len());
    out[..head].fill(label);
    let mut runs = runs.iter();
    each_bit(
        begins,
        #[inline(always)]
        |at| {
            label = runs.next().map_or(0, |run| labels[*run as usize]);
            let rest = stops & (u64::MAX << at << 1);
            let end = (rest.trailing_zeros() as usize).min(out.len());
            out[at..end].fill(label);
        },
    );
    label
}

/// One element after the other, without a branch; returns the label of the last run.
#[inline(always)]
fn paint_elements(filled: u64, begins: u64, last: u32, runs: &[u32], labels: &[u32], out: &mut [u32]) -> u32 {
    // Twice as long as need be, so that an index of seven bits is always within.
    let mut own = [0; 2 * WORD];
    own[0] = last;
    for (own, run) in own[1..=WORD].iter_mut().zip(runs) {
        *own = labels[*run as usize];
    }
    let mut run = 0;
    for (at, out) in out.iter_mut().enumerate() {
        run += (begins >> at & 1) as usize;
        *out = own[run % own.len()] & 0u32.wrapping_sub((filled >> at & 1) as u32);
    }
    own[runs.len() % own.len()]
}

/// Calls `join` with the runs of `one` and `other` that touch; all that do are connected by the pairs that it gets.
///
/// If `slanted`, elements one place further along the row are neighbours too.
#[inline(always)]
pub(super) fn touching<T: Element>(
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
            false => touching_opposite(one, other, word, &mut join),
            true => touching_slanted(one, other, word, &mut join),
        }
    }
    Ok(())
}

/// Where both hold the same value, and a run begins in either: elsewhere the same two runs have met one element before.
#[inline(always)]
fn touching_opposite<T: Element>(one: Row<'_, T>, other: Row<'_, T>, word: usize, join: &mut impl FnMut(u32, u32)) {
    let candidates = one.filled[word] & other.filled[word] & (one.begins[word] | other.begins[word]);
    if candidates == 0 {
        return;
    }
    let at = word * WORD;
    let end = one.data.len().min(at + WORD);
    let equal = bits_of(&one.data[at..end], &other.data[at..end], equal);
    each_bit(
        candidates & equal,
        #[inline(always)]
        |bit| join(one.run(at + bit), other.run(at + bit)),
    );
}

/// The same with the elements on either side of the opposite one.
#[inline(always)]
fn touching_slanted<T: Element>(one: Row<'_, T>, other: Row<'_, T>, word: usize, join: &mut impl FnMut(u32, u32)) {
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
    let opposite = filled & other.filled[word] & bits_of(&one.data[at..end], &other.data[at..end], equal);
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
        let equal = bits_of(&one.data[from..end], &other.data[from - 1..end - 1], equal) << (from - at);
        each_bit(
            left & equal,
            #[inline(always)]
            |bit| join(one.run(at + bit), other.run(at + bit - 1)),
        );
    }
    let right = filled & right & !opposite & (begins | shifted_right(other.begins, word));
    if right != 0 {
        let to = end.min(one.data.len() - 1);
        let equal = bits_of(&one.data[at..to], &other.data[at + 1..to + 1], equal);
        each_bit(
            right & equal,
            #[inline(always)]
            |bit| join(one.run(at + bit), other.run(at + bit + 1)),
        );
    }
}

#[inline(always)]
fn equal<T: Element>(a: T, b: T) -> bool {
    a == b
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
