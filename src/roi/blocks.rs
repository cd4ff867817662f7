//! The blocks of a grid, one after the other.

use std::iter::FusedIterator;

use crate::roi::{BlockGrid, MAX_AXES, Roi};

/// A block of a [`BlockGrid`], or the part of it that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Block {
    /// What the grid calls it.
    pub number: usize,
    /// Where it is, clipped to what was asked for.
    pub roi: Roi,
}

/// The blocks of a [`BlockGrid`], in the order of their numbers; made one at a time, however many there are.
#[derive(Clone, Debug)]
#[must_use = "iterators are lazy"]
pub struct Blocks {
    grid: BlockGrid,
    /// What each block is clipped to.
    clip: Roi,
    /// The first and the last place on each axis, and the next.
    first: [usize; MAX_AXES],
    last: [usize; MAX_AXES],
    next: [usize; MAX_AXES],
    left: usize,
}

impl Blocks {
    /// All blocks of `grid`, clipped to `clip`.
    pub(in crate::roi) fn new(grid: BlockGrid, clip: Roi) -> Self {
        Self::touching(grid, grid.extent(), clip)
    }

    /// The blocks that have points in common with `region`, of the grid's rank, clipped to `clip` and to the extent.
    pub(in crate::roi) fn touching(grid: BlockGrid, region: &Roi, clip: Roi) -> Self {
        let none = [0; MAX_AXES];
        let (clip, first, last, left) = match (grid.extent().intersection(region), grid.extent().intersection(&clip)) {
            (Some(inside), Some(clip)) => {
                let (first, last) = grid.span(&inside);
                // No more than there are in the grid, which can be counted.
                let left = (0..inside.rank()).map(|axis| last[axis] - first[axis] + 1).product();
                (clip, first, last, left)
            }
            _ => (clip, none, none, 0),
        };
        Self {
            grid,
            clip,
            first,
            last,
            next: first,
            left,
        }
    }
}

impl Iterator for Blocks {
    type Item = Block;

    fn next(&mut self) -> Option<Block> {
        self.left = self.left.checked_sub(1)?;
        let counts = self.grid.counts();
        let number = (0..counts.rank()).fold(0, |number, axis| number * counts[axis] + self.next[axis]);
        let roi = self.grid.whole_at(&self.next).intersection(&self.clip)?;
        for axis in (0..counts.rank()).rev() {
            if self.next[axis] < self.last[axis] {
                self.next[axis] += 1;
                break;
            }
            self.next[axis] = self.first[axis];
        }
        Some(Block { number, roi })
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Blocks {}

impl FusedIterator for Blocks {}
