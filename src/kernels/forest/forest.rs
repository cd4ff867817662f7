//! The trained forest.

use std::fmt;

use super::blocks::Blocks;
use super::sort::PATIENCE;
use super::table::Table;
use super::tree::{Node, Shares, Tree};
use crate::checkpoint::Checkpoint;
use crate::error::Error;

/// A trained random forest: what [`RandomForest::train`](super::RandomForest::train) gives, and what is read from a file.
///
/// Immutable. Two are equal if they have the same trees, classes and names.
#[derive(Clone)]
pub struct Forest {
    pub(super) model: Model,
    /// The same trees, to be walked.
    pub(super) blocks: Blocks,
}

/// What is known of a forest: what a file of it says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Model {
    /// Ascending.
    pub(super) classes: Vec<u32>,
    pub(super) features: usize,
    /// One for each feature, or none.
    pub(super) feature_names: Vec<String>,
    /// One for each feature.
    pub(super) importances: Vec<f64>,
    /// All trees, one after the other. Children are counted from the root of their tree.
    pub(super) nodes: Vec<Node>,
    /// Where each tree begins, and where the last one ends.
    pub(super) roots: Vec<usize>,
    /// The different mixtures of classes at leaves: a share of each class.
    pub(super) shares: Vec<f32>,
}

impl Model {
    /// `trees` grown on `table`.
    pub(super) fn of_trees(
        table: Table,
        trees: impl Iterator<Item = Tree>,
        feature_names: Vec<String>,
        checkpoint: &Checkpoint,
    ) -> Result<Self, Error> {
        let mut shares = Shares::new(table.classes.len());
        let (mut nodes, mut roots) = (Vec::new(), vec![0]);
        let mut importances = vec![0.0; table.features];
        for tree in trees {
            add_normalised(&mut importances, &tree.gains);
            let mut numbers: Vec<u32> = Vec::new();
            for (nth, row) in tree.shares.rows().enumerate() {
                if nth % (PATIENCE / 16) == 0 {
                    checkpoint.check()?;
                }
                numbers.push(shares.number(row));
            }
            for part in tree.nodes.chunks(PATIENCE) {
                checkpoint.check()?;
                nodes.extend(part.iter().map(|node| match node.is_leaf() {
                    true => Node::leaf(numbers[node.threshold as usize]),
                    false => *node,
                }));
            }
            roots.push(nodes.len());
        }
        let sum: f64 = importances.iter().sum();
        if sum > 0.0 {
            importances.iter_mut().for_each(|gain| *gain /= sum);
        }
        Ok(Self {
            classes: table.classes,
            features: table.features,
            feature_names,
            importances,
            nodes,
            roots,
            shares: shares.into_flat(),
        })
    }

    /// The nodes of each tree.
    pub(super) fn trees(&self) -> impl Iterator<Item = &[Node]> {
        self.roots.windows(2).map(|bounds| &self.nodes[bounds[0]..bounds[1]])
    }
}

/// Adds `gains` to `sum` so that each tree has one vote.
fn add_normalised(sum: &mut [f64], gains: &[f64]) {
    let total: f64 = gains.iter().sum();
    if total > 0.0 {
        sum.iter_mut().zip(gains).for_each(|(sum, gain)| *sum += gain / total);
    }
}

impl Forest {
    /// Makes `model` fit to be walked. It is sound: the caller has checked.
    pub(super) fn new(model: Model, checkpoint: &Checkpoint) -> Result<Self, Error> {
        let mut blocks = Blocks::new(model.shares.len() / model.classes.len(), checkpoint)?;
        for tree in model.trees() {
            blocks.add(tree, checkpoint)?;
        }
        Ok(Self { model, blocks })
    }

    /// The classes that it knows, ascending, all 1 or more. lazyflow: `known_classes`.
    pub fn classes(&self) -> &[u32] {
        &self.model.classes
    }

    /// How many features a row has. lazyflow: `feature_count`.
    pub fn features(&self) -> usize {
        self.model.features
    }

    /// What the features are called; empty, if nobody said. lazyflow: `feature_names`.
    pub fn feature_names(&self) -> &[String] {
        &self.model.feature_names
    }

    /// How much each feature told the classes apart: the mean decrease of the Gini impurity, summing to 1, or all 0 if
    /// there was nothing to be told apart. scikit-learn: `feature_importances_`.
    pub fn importances(&self) -> &[f64] {
        &self.model.importances
    }

    /// How many trees there are.
    pub fn trees(&self) -> usize {
        self.model.roots.len() - 1
    }

    /// How much memory it takes, in bytes.
    pub fn nbytes(&self) -> usize {
        let Model {
            nodes, shares, roots, ..
        } = &self.model;
        size_of_val(&**nodes) + size_of_val(&**shares) + size_of_val(&**roots) + self.blocks.nbytes()
    }
}

impl PartialEq for Forest {
    fn eq(&self, other: &Self) -> bool {
        self.model == other.model
    }
}

impl fmt::Debug for Forest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forest")
            .field("classes", &self.model.classes)
            .field("features", &self.model.features)
            .field("trees", &self.trees())
            .field("nodes", &self.model.nodes.len())
            .finish_non_exhaustive()
    }
}
