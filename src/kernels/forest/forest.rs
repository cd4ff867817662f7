//! The trained forest.

use std::fmt;

use super::sort::PATIENCE;
use super::table::Table;
use super::tree::{Node, Shares, Tree};
use crate::checkpoint::Checkpoint;
use crate::error::Error;

/// A trained random forest: what [`RandomForest::train`](super::RandomForest::train) gives, and what is read from a file.
///
/// Immutable. Two are equal if they predict the same in the same way.
#[derive(Clone, PartialEq)]
pub struct Forest {
    pub(super) classes: Vec<u32>,
    pub(super) features: usize,
    pub(super) feature_names: Vec<String>,
    pub(super) importances: Vec<f64>,
    /// All trees, one after the other. Children are counted from the root of their tree.
    pub(super) nodes: Vec<Node>,
    /// Where each tree begins, and the last one ends.
    pub(super) roots: Vec<usize>,
    /// The shares that leaves refer to by number, one for each class.
    pub(super) shares: Vec<f32>,
}

impl Forest {
    /// The forest of `trees` grown on `table`.
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
            let numbers: Vec<u32> = tree.shares.rows().map(|row| shares.number(row)).collect();
            for part in tree.nodes.chunks(PATIENCE) {
                checkpoint.check()?;
                nodes.extend(part.iter().map(|node| match node.feature as usize == table.features {
                    true => Node {
                        threshold: numbers[node.threshold as usize],
                        ..*node
                    },
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

    /// The classes that it knows, ascending, all 1 or more. lazyflow: `known_classes`.
    pub fn classes(&self) -> &[u32] {
        &self.classes
    }

    /// How many features a row has. lazyflow: `feature_count`.
    pub fn features(&self) -> usize {
        self.features
    }

    /// What the features are called; empty, if nobody said. lazyflow: `feature_names`.
    pub fn feature_names(&self) -> &[String] {
        &self.feature_names
    }

    /// How much each feature told the classes apart: the mean decrease of the Gini impurity, summing to 1, or all 0 if
    /// there was nothing to be told apart. scikit-learn: `feature_importances_`.
    pub fn importances(&self) -> &[f64] {
        &self.importances
    }

    /// How many trees there are.
    pub fn trees(&self) -> usize {
        self.roots.len() - 1
    }

    /// The nodes of one tree.
    pub(super) fn tree(&self, number: usize) -> &[Node] {
        &self.nodes[self.roots[number]..self.roots[number + 1]]
    }

    /// The size of the forest in memory, in bytes.
    pub fn nbytes(&self) -> usize {
        size_of_val(&*self.nodes) + size_of_val(&*self.shares) + size_of_val(&*self.roots)
    }
}

/// Adds `gains` to `sum` so that each tree has one vote.
fn add_normalised(sum: &mut [f64], gains: &[f64]) {
    let total: f64 = gains.iter().sum();
    if total > 0.0 {
        sum.iter_mut().zip(gains).for_each(|(sum, gain)| *sum += gain / total);
    }
}

impl fmt::Debug for Forest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forest")
            .field("classes", &self.classes)
            .field("features", &self.features)
            .field("trees", &self.trees())
            .field("nodes", &self.nodes.len())
            .finish_non_exhaustive()
    }
}
