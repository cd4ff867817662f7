//! Trees as they grow and as they are kept: a list of nodes.

use std::collections::HashMap;

use crate::error::Error;

/// One node. The next one is `child` if the feature is at most `threshold`, else the one behind it.
///
/// Children come behind their parents, so `child` is never 0, except at a leaf, where it is: there `threshold` is the number
/// of the leaf's [`Shares`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Node {
    /// The [key](super::key::key) of the threshold.
    pub(super) threshold: u32,
    pub(super) child: u32,
    pub(super) feature: u16,
}

impl Node {
    pub(super) fn leaf(shares: u32) -> Self {
        Self {
            threshold: shares,
            child: 0,
            feature: 0,
        }
    }

    pub(super) fn is_leaf(&self) -> bool {
        self.child == 0
    }
}

/// One tree on its own.
#[derive(Debug)]
pub(super) struct Tree {
    /// The root is the first.
    pub(super) nodes: Vec<Node>,
    pub(super) shares: Shares,
    /// By how much each feature made nodes purer, summed over the rows.
    pub(super) gains: Vec<f64>,
}

impl Tree {
    /// A root that is not decided yet.
    pub(super) fn new(features: usize, classes: usize) -> Self {
        Self {
            nodes: vec![Node::leaf(0)],
            shares: Shares::new(classes),
            gains: vec![0.0; features],
        }
    }

    pub(super) fn set_leaf(&mut self, node: usize, shares: &[f32]) {
        self.nodes[node] = Node::leaf(self.shares.number(shares));
    }

    /// Gives a node two children, to be decided, and returns the first.
    pub(super) fn split(&mut self, node: usize, feature: u16, threshold: u32) -> Result<usize, Error> {
        let left = self.nodes.len();
        let child = u32::try_from(left + 1).map_err(|_| Error::invalid("a tree of more than 2³² nodes"))? - 1;
        self.nodes[node] = Node {
            threshold,
            child,
            feature,
        };
        self.nodes.extend([Node::leaf(0); 2]);
        Ok(left)
    }

    pub(super) fn add_gain(&mut self, feature: u16, gain: f64) {
        self.gains[usize::from(feature)] += gain;
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
