//! Objects that are followed from block to block.

use std::collections::HashMap;

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::{Connectivity, Pieces, UnionFind, filled, sort_by_key};
use crate::operators::labels::layout::{Layout, directions};
use crate::roi::Roi;
use crate::sync::Arc;

/// Pieces between two looks at the checkpoint.
const PATIENCE: u32 = 1 << 14;

/// The part of a volume that is known so far: blocks, their pieces, and which belong together.
pub(super) struct Growth {
    layout: Arc<Layout>,
    directions: Vec<[isize; 3]>,
    /// By number, the pieces of a block, and where they begin in `sets`.
    blocks: HashMap<usize, (Arc<Pieces>, u32)>,
    sets: UnionFind,
    /// The number in scan order of the first element of each piece.
    firsts: Vec<u64>,
    /// Pieces that are wanted.
    wanted: Vec<u32>,
    /// By number, blocks that are not known, with the pieces of their neighbours that lie next to them.
    open: HashMap<usize, (Roi, Vec<u32>)>,
}

impl Growth {
    pub(super) fn new(layout: Arc<Layout>, connectivity: Connectivity) -> Self {
        Self {
            layout,
            directions: directions(connectivity.axes()),
            blocks: HashMap::new(),
            sets: UnionFind::new(),
            firsts: Vec::new(),
            wanted: Vec::new(),
            open: HashMap::new(),
        }
    }

    /// Adds a block, and joins its pieces with those of its neighbours that are known.
    pub(super) fn add(&mut self, block: &Roi, pieces: &Arc<Pieces>, checkpoint: &Checkpoint) -> Result<(), Error> {
        let number = self.layout.number(block);
        if self.blocks.contains_key(&number) {
            return Ok(());
        }
        let own = self.sets.try_extend(pieces.count() as usize, checkpoint)?;
        for piece in 0..pieces.count() {
            if piece % PATIENCE == 0 {
                checkpoint.check()?;
            }
            self.firsts.push(self.layout.element(block, pieces.first(piece)));
        }
        self.open.remove(&number);
        for direction in &self.directions {
            let Some(neighbour) = self.layout.neighbour(block, *direction) else {
                continue;
            };
            let beyond = self.layout.number(&neighbour);
            if let Some((theirs, offset)) = self.blocks.get(&beyond) {
                pieces.try_touching(theirs, *direction, checkpoint, |a, b| {
                    self.sets.union(own + a, offset + b);
                })?;
                continue;
            }
            let mut there = Vec::new();
            pieces.at_border(*direction, checkpoint, |piece| there.push(own + piece))?;
            sort_by_key(&mut there, |piece| *piece, checkpoint)?;
            let (_, all) = self.open.entry(beyond).or_insert((neighbour, Vec::new()));
            let mut last = None;
            for there in there.chunks(PATIENCE as usize) {
                checkpoint.check()?;
                all.extend(there.iter().filter(|piece| last.replace(**piece) != Some(**piece)));
            }
        }
        self.blocks.insert(number, (Arc::clone(pieces), own));
        Ok(())
    }

    /// Wants the object that a piece of a known block belongs to.
    pub(super) fn want(&mut self, block: usize, piece: u32) {
        let offset = self.blocks.get(&block).map(|(_, offset)| *offset);
        self.wanted.extend(offset.map(|offset| offset + piece));
    }

    /// The blocks that the wanted objects may go on in.
    pub(super) fn needed(&mut self, checkpoint: &Checkpoint) -> Result<Vec<Roi>, Error> {
        let is_wanted = self.flags(checkpoint)?;
        let mut needed = Vec::new();
        for (block, there) in self.open.values() {
            for there in there.chunks(PATIENCE as usize) {
                checkpoint.check()?;
                if there.iter().any(|piece| is_wanted[self.sets.find(*piece) as usize]) {
                    needed.push(*block);
                    break;
                }
            }
        }
        sort_by_key(&mut needed, |block| *block, checkpoint)?;
        Ok(needed)
    }

    /// For each set, by its smallest member, whether it is wanted.
    fn flags(&mut self, checkpoint: &Checkpoint) -> Result<Vec<bool>, Error> {
        let mut is_wanted = filled(self.sets.len(), false, checkpoint)?;
        for pieces in self.wanted.chunks(PATIENCE as usize) {
            checkpoint.check()?;
            for piece in pieces {
                is_wanted[self.sets.find(*piece) as usize] = true;
            }
        }
        Ok(is_wanted)
    }

    /// The label of each piece of the wanted objects, by block and piece: one more than the number of the object's first
    /// element. None of them is [`needed`](Self::needed) any more.
    pub(super) fn finish(&mut self, checkpoint: &Checkpoint) -> Result<Vec<(usize, u32, u64)>, Error> {
        let is_wanted = self.flags(checkpoint)?;
        let mut firsts = filled(self.sets.len(), u64::MAX, checkpoint)?;
        for (piece, first) in (0..).zip(&self.firsts) {
            if piece % PATIENCE == 0 {
                checkpoint.check()?;
            }
            let set = self.sets.find(piece) as usize;
            firsts[set] = firsts[set].min(*first);
        }
        let mut labels = Vec::new();
        for (block, (pieces, offset)) in &self.blocks {
            checkpoint.check()?;
            for piece in 0..pieces.count() {
                if piece % PATIENCE == PATIENCE - 1 {
                    checkpoint.check()?;
                }
                let set = self.sets.find(offset + piece) as usize;
                if is_wanted[set] {
                    labels.push((*block, piece, firsts[set] + 1));
                }
            }
        }
        Ok(labels)
    }
}
