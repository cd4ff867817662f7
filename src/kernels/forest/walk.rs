//! The inner loop: many rows through one tree.

use super::tree::Node;
use crate::checkpoint::Checkpoint;
use crate::error::Error;

/// How many rows take each step side by side: a step waits for the memory, and the steps of others fill the time.
const LANES: usize = 8;

/// How many steps are taken before those who have arrived are told from those who have not: first, and from then on.
const FIRST: usize = 6;
const NEXT: usize = 3;

/// Rows on their way through one tree after the other; the memory is used again for each.
pub(super) struct Walk {
    /// The rows that are still on their way: where each one's keys begin, and at which node it is.
    begin: Vec<u32>,
    at: Vec<u32>,
    /// Where each row arrived, in the order of `begin` at the start.
    who: Vec<u32>,
    pub(super) leaves: Vec<u32>,
}

impl Walk {
    pub(super) fn new(rows: usize) -> Self {
        let padded = rows.next_multiple_of(LANES);
        Self {
            begin: vec![0; padded],
            at: vec![0; padded],
            who: vec![0; padded],
            leaves: vec![0; padded],
        }
    }

    /// Walks `rows` rows of `width` keys each from the root of `tree` to their leaves.
    pub(super) fn tree(
        &mut self,
        tree: &[Node],
        keys: &[u32],
        rows: usize,
        width: usize,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        let mut count = rows;
        for (row, (begin, who)) in self.begin.iter_mut().zip(&mut self.who).enumerate().take(rows) {
            *begin = (row * width) as u32;
            *who = row as u32;
        }
        self.at[..rows].fill(0);
        let mut steps = FIRST;
        while count > 0 {
            checkpoint.check()?;
            // What is behind the last row is a row that was there before, or the first: it goes along and counts for nothing.
            let padded = count.next_multiple_of(LANES);
            let lanes = self.at[..padded].as_chunks_mut::<LANES>().0;
            for (at, begin) in lanes.iter_mut().zip(self.begin[..padded].as_chunks::<LANES>().0) {
                for _ in 0..steps {
                    for lane in 0..LANES {
                        let node = tree[at[lane] as usize];
                        let key = keys[(begin[lane] + node.feature) as usize];
                        at[lane] = node.child + u32::from(node.threshold < key);
                    }
                }
            }
            count = self.arrive(tree, count);
            steps = NEXT;
        }
        Ok(())
    }

    /// Notes where each of the first `count` rows is, and keeps those that are not at a leaf.
    fn arrive(&mut self, tree: &[Node], count: usize) -> usize {
        let mut left = 0;
        for nth in 0..count {
            let (at, who, begin) = (self.at[nth], self.who[nth], self.begin[nth]);
            let node = tree[at as usize];
            self.leaves[who as usize] = node.threshold;
            self.at[left] = at;
            self.who[left] = who;
            self.begin[left] = begin;
            left += usize::from(node.child != at);
        }
        left
    }
}
