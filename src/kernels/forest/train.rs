//! Training: the options, and trees in parallel.

use ndarray::ArrayView2;

use super::forest::{Forest, Model};
use super::grow::grow;
use super::table::Table;
use super::tree::Tree;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::parallel;

/// The most trees: beyond that more of them is a slip.
pub(super) const MAX_TREES: usize = 1 << 16;

/// How a random forest is trained. The defaults are those of ilastik: 100 trees, as deep as it takes.
///
/// Each tree is grown on as many rows as there are, drawn with replacement (Breiman 2001). A node is cut in two where the
/// Gini impurity of both sides together is least, of all thresholds between neighbouring values of √features features drawn
/// at random, until it has one class or cannot be cut. The order in which things are drawn depends on the seed alone: the
/// same rows and options give the same forest, on any number of threads.
///
/// lazyflow: `ParallelVigraRfLazyflowClassifierFactory`; vigra: `RandomForest::learn`; scikit-learn:
/// `RandomForestClassifier`.
///
/// # Examples
///
/// ```
/// use headwater::Checkpoint;
/// use headwater::kernels::RandomForest;
/// use ndarray::array;
///
/// let rows = array![[0.0_f32, 5.0], [0.2, 3.0], [0.9, 4.0], [1.0, 5.0]];
/// let options = RandomForest::new().trees(20).features_per_split(2);
/// let forest = options.train(rows.view(), &[1, 1, 3, 3], &Checkpoint::never())?;
/// assert_eq!(forest.classes(), [1, 3]);
/// let shares = forest.predict(array![[0.1_f32, 4.0]].view(), &Checkpoint::never())?;
/// assert!(shares[[0, 0]] > 0.7);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct RandomForest {
    pub(crate) trees: usize,
    pub(crate) max_depth: Option<usize>,
    pub(crate) features_per_split: Option<usize>,
    pub(crate) sample_fraction: f64,
    pub(crate) min_samples: usize,
    pub(crate) seed: u64,
    feature_names: Vec<String>,
}

/// The options as a tree needs them.
pub(super) struct Limits {
    pub(super) max_depth: usize,
    pub(super) features: usize,
    pub(super) draws: usize,
    pub(super) min_samples: usize,
    pub(super) seed: u64,
}

impl Default for RandomForest {
    fn default() -> Self {
        Self {
            trees: 100,
            max_depth: None,
            features_per_split: None,
            sample_fraction: 1.0,
            min_samples: 1,
            seed: 0,
            feature_names: Vec::new(),
        }
    }
}

impl RandomForest {
    /// The default options.
    pub fn new() -> Self {
        Self::default()
    }

    /// With this many trees, 1 to 65,536, instead of 100.
    #[must_use]
    pub fn trees(mut self, trees: usize) -> Self {
        self.trees = trees;
        self
    }

    /// With at most this many cuts between the root and a leaf, instead of as many as it takes.
    #[must_use]
    pub fn max_depth(mut self, depth: usize) -> Self {
        self.max_depth = Some(depth);
        self
    }

    /// Tries this many features at each node, 1 or more, instead of √features; all, if there are not so many.
    ///
    /// Features in which all rows of the node agree are passed over and do not count.
    #[must_use]
    pub fn features_per_split(mut self, features: usize) -> Self {
        self.features_per_split = Some(features);
        self
    }

    /// Draws this share of the rows for each tree, above 0 and up to 1, with replacement; at least one row.
    #[must_use]
    pub fn sample_fraction(mut self, fraction: f64) -> Self {
        self.sample_fraction = fraction;
        self
    }

    /// Cuts only nodes of at least this many rows, those that were drawn twice counted twice. vigra:
    /// `min_split_node_size`.
    #[must_use]
    pub fn min_samples(mut self, samples: usize) -> Self {
        self.min_samples = samples;
        self
    }

    /// Draws other random numbers than those of seed 0.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Names the features, one for each; they go with the forest and its file, and are compared by nobody.
    #[must_use]
    pub fn feature_names<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.feature_names = names.into_iter().map(Into::into).collect();
        self
    }

    /// Whether the features have names.
    pub fn has_feature_names(&self) -> bool {
        !self.feature_names.is_empty()
    }

    /// A forest that tells the classes in `labels` from each other by the rows of `values`.
    ///
    /// `labels` has the class of each row, 1 or more. Rows of class 0 are unlabelled and passed over, and so are rows with a
    /// NaN; infinite values are values like others.
    ///
    /// # Errors
    ///
    /// `Invalid` if there is not one label for each row, no row that can be used, no feature, an option out of its range, or
    /// another number of names than of features; the checkpoint's own error if it stops the training.
    pub fn train(&self, values: ArrayView2<'_, f32>, labels: &[u32], checkpoint: &Checkpoint) -> Result<Forest, Error> {
        self.check(values.ncols())?;
        let table = Table::new(values, labels, checkpoint)?;
        let limits = self.limits(&table);
        let mut trees: Vec<Option<Tree>> = (0..self.trees).map(|_| None).collect();
        grow_all(&table, &limits, 0, &mut trees, checkpoint)?;
        let trees = trees.into_iter().flatten();
        let model = Model::of_trees(table, trees, self.feature_names.clone(), checkpoint)?;
        Forest::new(model, checkpoint)
    }

    /// What training on so many rows takes at most on `threads` threads, in bytes, beside the rows and the forest, of which
    /// only the data says how large it gets: the rows as keys, and of each tree in hand the rows that it drew, to be sorted.
    pub fn train_bytes(&self, rows: usize, features: usize, threads: usize) -> u64 {
        let (count, in_hand) = (rows as u64, threads.clamp(1, self.trees.max(1)) as u64);
        let table = count * (4 * features as u64 + 2);
        // So many are drawn at all, of as many draws with replacement.
        let drawn = (rows as f64 * (1.0 - (-self.sample_fraction).exp())) as u64;
        let tree = 2 * count + 20 * drawn + 4 * drawn.next_power_of_two();
        table + (in_hand * tree).max(4 * count.next_power_of_two())
    }

    fn check(&self, features: usize) -> Result<(), Error> {
        let names = self.feature_names.len();
        if names != 0 && names != features {
            return Err(Error::invalid(format!("{names} feature names for {features} features")));
        }
        for (name, value) in [("trees", self.trees), ("min_samples", self.min_samples)] {
            if value == 0 {
                return Err(Error::invalid(format!("{name} is 0, 1 is the least")));
            }
        }
        if self.trees > MAX_TREES {
            return Err(Error::invalid(format!(
                "trees is {}, {MAX_TREES} is the most",
                self.trees
            )));
        }
        if self.features_per_split == Some(0) {
            return Err(Error::invalid("features_per_split is 0, 1 is the least"));
        }
        let fraction = self.sample_fraction;
        if !(fraction > 0.0 && fraction <= 1.0) {
            return Err(Error::invalid(format!(
                "sample_fraction is {fraction}, not a number above 0 and up to 1"
            )));
        }
        Ok(())
    }

    fn limits(&self, table: &Table) -> Limits {
        let root = (table.features as f64).sqrt() as usize;
        let features = self.features_per_split.unwrap_or(root);
        Limits {
            max_depth: self.max_depth.unwrap_or(usize::MAX),
            features: features.clamp(1, table.features),
            draws: ((table.rows() as f64 * self.sample_fraction).round() as usize).max(1),
            min_samples: self.min_samples,
            seed: self.seed,
        }
    }
}

/// Grows the trees from number `first` on, in parallel.
fn grow_all(
    table: &Table,
    limits: &Limits,
    first: u64,
    trees: &mut [Option<Tree>],
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    if let [tree] = trees {
        *tree = Some(grow(table, limits, first, checkpoint)?);
        return Ok(());
    }
    let (left, right) = trees.split_at_mut(trees.len() / 2);
    let second = first + left.len() as u64;
    parallel::join(
        || grow_all(table, limits, first, left, checkpoint),
        || grow_all(table, limits, second, right, checkpoint),
    )
}
