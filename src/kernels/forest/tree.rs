//! Trees as they are walked: flat, a node of twelve bytes, two neighbours for the children.

use std::collections::HashMap;

use crate::error::Error;

/// One node. The next one is `child` or the one behind it, the latter if the feature's [key](super::key::key) is above `threshold`.
///
/// A leaf is its own child: at a leaf `feature` is one that does not exist, whose key is 0 in every row, so that nothing is
/// above `threshold`, which tells the number of the leaf's shares instead.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) threshold: u32,
    pub(super) child: u32,
    pub(super) feature: u32,
}

impl Node {
    /// A node with children, which [`Tree::split`] says.
    pub(super) fn inner(feature: u32, threshold: u32) -> Self {
        Self {
            threshold,
            child: 0,
            feature,
        }
    }
}

/// One tree on its own.
#[derive(Debug)]
pub(super) struct Tree {
    /// The root is the first; children come behind their parents.
    pub(super) nodes: Vec<Node>,
    pub(super) shares: Shares,
    /// By how much each feature made nodes purer, summed over the rows.
    pub(super) gains: Vec<f64>,
}

impl Tree {
    /// A root that is not decided yet.
    pub(super) fn new(features: usize, classes: usize) -> Self {
        Self {
            nodes: vec![Node::inner(0, 0)],
            shares: Shares::new(classes),
            gains: vec![0.0; features],
        }
    }

    pub(super) fn set_leaf(&mut self, node: usize, shares: &[f32]) {
        self.nodes[node] = Node {
            threshold: self.shares.number(shares),
            child: node as u32,
            feature: self.gains.len() as u32,
        };
    }

    /// Gives a node two children, to be decided, and returns the first.
    pub(super) fn split(&mut self, node: usize, inner: Node) -> Result<usize, Error> {
        let left = self.nodes.len();
        let child = u32::try_from(left + 1).map_err(|_| Error::invalid("a tree of more than 2³² nodes"))? - 1;
        self.nodes[node] = Node { child, ..inner };
        self.nodes.extend([Node::inner(0, 0); 2]);
        Ok(left)
    }

    pub(super) fn add_gain(&mut self, feature: u32, gain: f64) {
        self.gains[feature as usize] += gain;
    }
}

/// The different mixtures of classes that leaves have. They are few: most leaves have one class alone.
#[derive(Debug)]
pub(super) struct Shares {
    classes: usize,
    flat: Vec<f32>,
    known: HashMap<Box<[u32]>, u32>,
}

impl Shares {
    pub(super) fn new(classes: usize) -> Self {
        Self {
            classes,
            flat: Vec::new(),
            known: HashMap::new(),
        }
    }

    /// The number under which `shares`, one for each class, are kept.
    pub(super) fn number(&mut self, shares: &[f32]) -> u32 {
        let bits: Box<[u32]> = shares.iter().map(|share| share.to_bits()).collect();
        let next = self.known.len() as u32;
        *self.known.entry(bits).or_insert_with(|| {
            self.flat.extend_from_slice(shares);
            next
        })
    }

    /// All of them, one after the other.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.flat.chunks_exact(self.classes)
    }

    pub(super) fn into_flat(self) -> Vec<f32> {
        self.flat
    }
}
