//! Which pieces of a volume belong together.

use std::collections::HashMap;

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::{Connectivity, Pieces, UnionFind, filled, sort_by_key};
use crate::operators::labels::layout::{Layout, directions};
use crate::roi::Roi;
use crate::sync::Arc;

/// Pieces between two looks at the checkpoint.
const PATIENCE: usize = 1 << 14;

/// The label of each piece of each block of a volume.
#[derive(Debug)]
pub(super) struct Table {
    /// By block, where its pieces begin in `labels`.
    offsets: Vec<u32>,
    labels: Vec<u32>,
    /// How many components there are.
    pub(super) count: u32,
}

impl Table {
    /// The labels of the pieces of a block.
    pub(super) fn labels(&self, block: usize) -> &[u32] {
        &self.labels[self.offsets[block] as usize..]
    }

    /// The size of this in memory, in bytes.
    pub(super) fn nbytes(&self) -> usize {
        size_of_val(&self.offsets[..]) + size_of_val(&self.labels[..])
    }
}

/// A [`Table`] in the making: takes the blocks of a volume in their order.
pub(super) struct Joining {
    layout: Arc<Layout>,
    /// To the neighbours that come before a block.
    back: Vec<[isize; 3]>,
    sets: UnionFind,
    /// The number in scan order of the first element of each piece.
    firsts: Vec<u64>,
    offsets: Vec<u32>,
    /// Blocks that later ones have to be joined with.
    open: HashMap<usize, Arc<Pieces>>,
}

impl Joining {
    pub(super) fn new(layout: Arc<Layout>, connectivity: Connectivity) -> Self {
        let mut back = directions(connectivity.axes());
        back.truncate(back.len() / 2);
        Self {
            layout,
            back,
            sets: UnionFind::new(),
            firsts: Vec::new(),
            offsets: Vec::new(),
            open: HashMap::new(),
        }
    }

    /// Adds the next block, and joins its pieces with those of the blocks before it.
    pub(super) fn add(&mut self, block: &Roi, pieces: &Arc<Pieces>, checkpoint: &Checkpoint) -> Result<(), Error> {
        let number = self.layout.number(block);
        let own = self.sets.try_extend(pieces.count() as usize, checkpoint)?;
        self.offsets.push(own);
        for piece in 0..pieces.count() {
            if (piece as usize).is_multiple_of(PATIENCE) {
                checkpoint.check()?;
            }
            self.firsts.push(self.layout.element(block, pieces.first(piece)));
        }
        for direction in &self.back {
            checkpoint.check()?;
            let before = self
                .layout
                .neighbour(block, *direction)
                .map(|block| self.layout.number(&block));
            let Some((before, theirs)) = before.and_then(|before| Some((before, self.open.get(&before)?))) else {
                continue;
            };
            let (offset, sets) = (self.offsets[before], &mut self.sets);
            pieces.try_touching(theirs, *direction, checkpoint, |a, b| {
                sets.union(own + a, offset + b);
            })?;
        }
        // A block before this one by more than a layer, a row and one has no neighbours any more.
        let [_, height, width] = self.layout.counts();
        if let Some(closed) = number.checked_sub(height * width + width + 1) {
            self.open.remove(&closed);
        }
        self.open.insert(number, Arc::clone(pieces));
        Ok(())
    }

    /// Numbers the components in scan order of their first elements.
    pub(super) fn finish(self, checkpoint: &Checkpoint) -> Result<Table, Error> {
        let mut sets = self.sets.try_number(checkpoint)?;
        // The first element of each set, and its number.
        let mut order: Vec<(u64, u32)> = Vec::with_capacity(sets.1 as usize);
        for set in 0..sets.1 {
            if (set as usize).is_multiple_of(PATIENCE) {
                checkpoint.check()?;
            }
            order.push((u64::MAX, set));
        }
        for (sets, firsts) in sets.0.chunks(PATIENCE).zip(self.firsts.chunks(PATIENCE)) {
            checkpoint.check()?;
            for (set, first) in sets.iter().zip(firsts) {
                let (earliest, _) = &mut order[*set as usize];
                *earliest = (*earliest).min(*first);
            }
        }
        sort_by_key(&mut order, |(first, _)| *first, checkpoint)?;
        let mut numbers = filled(order.len(), 0, checkpoint)?;
        for (nth, sets) in order.chunks(PATIENCE).enumerate() {
            checkpoint.check()?;
            for (label, (_, set)) in (nth * PATIENCE + 1..).zip(sets) {
                numbers[*set as usize] = label as u32;
            }
        }
        for sets in sets.0.chunks_mut(PATIENCE) {
            checkpoint.check()?;
            sets.iter_mut().for_each(|set| *set = numbers[*set as usize]);
        }
        Ok(Table {
            offsets: self.offsets,
            labels: sets.0,
            count: sets.1,
        })
    }
}
