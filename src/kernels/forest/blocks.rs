//! Trees as they are walked: in blocks of four levels.
//!
//! From node to node a walk waits for the memory twice a step, and nothing is left for vectors to do. So a tree is cut into
//! blocks of four levels, fifteen nodes each: all of them are compared at once, and what comes out are fifteen bits, of
//! which four say where the row leaves the block. Where a tree ends inside a block, all ways out from there are the same.

use super::sort::PATIENCE;
use super::tree::Node;
use crate::checkpoint::Checkpoint;
use crate::error::Error;

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
    pub(super) roots: Vec<u32>,
    pub(super) leaves: u32,
}

impl Blocks {
    /// For trees whose leaves have one of `leaves` mixtures.
    pub(super) fn new(leaves: usize) -> Result<Self, Error> {
        let leaves = u32::try_from(leaves).map_err(|_| too_many())?;
        Ok(Self {
            all: vec![Block::default(); leaves as usize],
            exits: (0..leaves).flat_map(|leaf| [leaf; EXITS]).collect(),
            roots: Vec::new(),
            leaves,
        })
    }

    /// How much memory they take, in bytes.
    pub(super) fn nbytes(&self) -> usize {
        size_of_val(&*self.all) + size_of_val(&*self.exits)
    }

    /// Adds a tree. Each of its nodes has one parent at most: the caller has checked.
    pub(super) fn add(&mut self, tree: &[Node], checkpoint: &Checkpoint) -> Result<(), Error> {
        let mut pending = Vec::new();
        let root = self.place(0, tree, &mut pending)?;
        self.roots.push(root);
        let mut done = 0;
        while let Some((node, block)) = pending.pop() {
            if done % (PATIENCE / EXITS) == 0 {
                checkpoint.check()?;
            }
            done += 1;
            self.fill(block as usize, 1, node, tree, &mut pending)?;
        }
        Ok(())
    }

    /// The block that begins with `node`: that of the leaf, or a new one, to be filled.
    fn place(&mut self, node: u32, tree: &[Node], pending: &mut Vec<(u32, u32)>) -> Result<u32, Error> {
        let own = &tree[node as usize];
        if own.is_leaf() {
            return Ok(own.threshold);
        }
        let block = u32::try_from(self.all.len()).map_err(|_| too_many())?;
        self.all.push(Block::default());
        self.exits.extend([0; EXITS]);
        pending.push((node, block));
        Ok(block)
    }

    /// Writes `node` and what is below it to place `at` of a block and what is below that.
    fn fill(
        &mut self,
        block: usize,
        at: usize,
        node: u32,
        tree: &[Node],
        pending: &mut Vec<(u32, u32)>,
    ) -> Result<(), Error> {
        if at >= EXITS {
            self.exits[block * EXITS + at - EXITS] = self.place(node, tree, pending)?;
            return Ok(());
        }
        let own = tree[node as usize];
        let children = match own.is_leaf() {
            true => [node; 2],
            false => {
                self.all[block].thresholds[at] = own.threshold;
                self.all[block].features[at] = own.feature;
                [own.child, own.child + 1]
            }
        };
        self.fill(block, 2 * at, children[0], tree, pending)?;
        self.fill(block, 2 * at + 1, children[1], tree, pending)
    }
}

fn too_many() -> Error {
    Error::invalid("a forest of more than 2³² blocks")
}
