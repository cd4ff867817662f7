//! Rows that are neighbours, and the runs of theirs that touch.

use pulp::{Simd, WithSimd};

use super::Connectivity;
use super::bits::{WORD, each_bit, unequal};
use super::volume::Extent;
use crate::array::Element;
use crate::checkpoint::Checkpoint;
use crate::error::Error;

/// How many words are worked through between two looks at the checkpoint: at most 100 µs of work.
const PATIENCE: usize = 512;

/// One row, as elements and as bits.
#[derive(Clone, Copy)]
pub(super) struct Row<'a, T> {
    pub(super) data: &'a [T],
    pub(super) filled: &'a [u64],
    pub(super) begins: &'a [u64],
    pub(super) before: &'a [u32],
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
    pub(super) slanted: bool,
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

/// Calls `join` with the runs of `one` and `other` that touch; all that do are connected by the pairs that it gets.
///
/// If `slanted`, elements one place further along the row are neighbours too.
#[inline(always)]
pub(super) fn touching<S: Simd, T: Element>(
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

/// [`touching`], compiled for the processor that it runs on: for rows of different slabs.
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
