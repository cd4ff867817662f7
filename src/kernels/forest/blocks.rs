//! Trees as they are walked: in blocks of four levels.
//!
//! From node to node a walk waits for the memory twice a step, and nothing is left for vectors to do. So a tree is cut into
//! blocks of four levels, fifteen nodes each: all of them are compared at once, and what comes out are fifteen bits, of
//! which four say where the row leaves the block. Where a tree ends inside a block, all ways out from there are the same.

use super::sort::PATIENCE;
use super::tree::Node;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::memory::filled;

/// How many levels a block has, and how many ways out: one more than nodes.
pub(super) const LEVELS: usize = 4;
pub(super) const EXITS: usize = 1 << LEVELS;

/// Four levels of a tree.
///
/// Nodes are numbered as in a heap: the children of node `n` are `2n` and `2n + 1`, the root is 1, and what would be nodes
/// 16 to 31 are the ways out. There is no node 0.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(32))]
pub(super) struct Block {
    pub(super) thresholds: [u32; EXITS],
    pub(super) features: [u16; EXITS],
}

/// How many levels the first block of a tree has, and how many ways out.
pub(super) const TOP_LEVELS: usize = 5;
pub(super) const TOP_EXITS: usize = 1 << TOP_LEVELS;

/// The first levels of a tree, which all rows go through: as a [`Block`], but with more levels.
#[derive(Clone, Debug, Default)]
pub(super) struct Top {
    pub(super) thresholds: [u32; TOP_EXITS],
    pub(super) features: [u16; TOP_EXITS],
    pub(super) exits: [u32; TOP_EXITS],
}

/// All trees of a forest.
///
/// The first blocks stand for the leaves, one for each different mixture of classes: they lead to themselves, so that rows
/// which have arrived can go along with others that have not.
#[derive(Clone, Debug, Default)]
pub(super) struct Blocks {
    pub(super) all: Vec<Block>,
    /// The block behind each way out of each block.
    pub(super) exits: Vec<u32>,
    /// Where each tree begins.
    pub(super) tops: Vec<Top>,
    pub(super) leaves: u32,
}

impl Blocks {
    /// For trees whose leaves have one of `leaves` mixtures.
    pub(super) fn new(leaves: usize, checkpoint: &Checkpoint) -> Result<Self, Error> {
        let leaves = u32::try_from(leaves).map_err(|_| too_many())?;
        let mut exits = Vec::with_capacity(leaves as usize * EXITS);
        for first in (0..leaves).step_by(PATIENCE / EXITS) {
            checkpoint.check()?;
            let end = leaves.min(first.saturating_add((PATIENCE / EXITS) as u32));
            exits.extend((first..end).flat_map(|leaf| [leaf; EXITS]));
        }
        Ok(Self {
            all: filled(leaves as usize, Block::default(), checkpoint)?,
            exits,
            tops: Vec::new(),
            leaves,
        })
    }

    /// How much memory they take, in bytes.
    pub(super) fn nbytes(&self) -> usize {
        size_of_val(&*self.all) + size_of_val(&*self.exits) + size_of_val(&*self.tops)
    }

    /// Adds a tree. Each of its nodes has one parent at most: the caller has checked.
    pub(super) fn add(&mut self, tree: &[Node], checkpoint: &Checkpoint) -> Result<(), Error> {
        let (mut pending, mut top) = (Vec::new(), Top::default());
        let (nodes, exits) = levels::<TOP_EXITS>(tree, 0);
        for (place, node) in nodes.into_iter().enumerate() {
            (top.thresholds[place], top.features[place]) = (node.threshold, node.feature);
        }
        for (exit, node) in top.exits.iter_mut().zip(exits) {
            *exit = self.place(node, tree, &mut pending)?;
        }
        self.tops.push(top);
        let mut done = 0;
        while let Some((node, block)) = pending.pop() {
            if done % (PATIENCE / EXITS) == 0 {
                checkpoint.check()?;
            }
            done += 1;
            self.fill(block, node, tree, &mut pending)?;
        }
        Ok(())
    }

    /// The block that begins with `node`: that of the leaf, or a new one, to be filled.
    fn place(&mut self, node: u32, tree: &[Node], pending: &mut Vec<(u32, usize)>) -> Result<u32, Error> {
        let own = &tree[node as usize];
        if own.is_leaf() {
            return Ok(own.threshold);
        }
        let block = self.all.len();
        self.all.push(Block::default());
        self.exits.extend([0; EXITS]);
        pending.push((node, block));
        // The exits are numbered through all blocks.
        u32::try_from(self.exits.len()).map_err(|_| too_many())?;
        u32::try_from(block).map_err(|_| too_many())
    }

    fn fill(&mut self, block: usize, node: u32, tree: &[Node], pending: &mut Vec<(u32, usize)>) -> Result<(), Error> {
        let (nodes, exits) = levels::<EXITS>(tree, node);
        for (place, node) in nodes.into_iter().enumerate() {
            self.all[block].thresholds[place] = node.threshold;
            self.all[block].features[place] = node.feature;
        }
        for (exit, node) in exits.into_iter().enumerate() {
            self.exits[block * EXITS + exit] = self.place(node, tree, pending)?;
        }
        Ok(())
    }
}

/// The nodes of a block that begins with `root`, and the nodes behind its exits.
///
/// At the places below a leaf are leaves too, and all exits from there are that leaf.
fn levels<const EXITS: usize>(tree: &[Node], root: u32) -> ([Node; EXITS], [u32; EXITS]) {
    let (mut nodes, mut exits) = ([Node::leaf(0); EXITS], [root; EXITS]);
    let mut numbers = [root; EXITS];
    for place in 1..EXITS {
        let (number, own) = (numbers[place], tree[numbers[place] as usize]);
        nodes[place] = own;
        let children = match own.is_leaf() {
            true => [number; 2],
            false => [own.child, own.child + 1],
        };
        for (child, number) in [2 * place, 2 * place + 1].into_iter().zip(children) {
            match child.checked_sub(EXITS) {
                Some(exit) => exits[exit] = number,
                None => numbers[child] = number,
            }
        }
    }
    (nodes, exits)
}

fn too_many() -> Error {
    Error::invalid("a forest of more than 2³² ways between its blocks")
}
