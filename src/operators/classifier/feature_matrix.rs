//! Labelled rows of features.

use std::fmt;

use ndarray::{Array2, ArrayView2};

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::SlotType;
use crate::runtime::Charge;
use crate::sync::Arc;

/// Numbers that are copied between two looks at the checkpoint.
const PATIENCE: usize = 1 << 16;

/// Rows of features, each with its label: what a classifier is trained on. lazyflow: the value of `LabelAndFeatureMatrix`.
///
/// A value; clones share the rows, and putting matrices together copies none of them.
///
/// # Examples
///
/// ```
/// use headwater::operators::FeatureMatrix;
/// use ndarray::array;
///
/// let matrix = FeatureMatrix::new(vec![1, 2], array![[0.5, 1.5], [2.5, 3.5]], ["sharp", "blurred"])?;
/// assert_eq!((matrix.rows(), matrix.features()), (2, 2));
/// let flat = matrix.to_array()?.view::<f32>()?.iter().copied().collect::<Vec<_>>();
/// assert_eq!(flat, [1.0, 0.5, 1.5, 2.0, 2.5, 3.5]);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone)]
pub struct FeatureMatrix {
    features: usize,
    names: Arc<[Arc<str>]>,
    parts: Arc<[Arc<Rows>]>,
}

/// Some rows, from one place.
pub(super) struct Rows {
    pub(super) labels: Vec<u32>,
    /// The features of one row after those of the other.
    pub(super) values: Vec<f32>,
    /// The bytes of both in the account of the runtime, for rows that are kept.
    pub(super) _charge: Option<Charge>,
}

impl FeatureMatrix {
    /// A matrix of `values`, a row for each label.
    ///
    /// # Errors
    ///
    /// `Invalid` if there is not a label for each row, or are neither as many names as features nor none.
    pub fn new<N: Into<Arc<str>>>(
        labels: Vec<u32>,
        values: Array2<f32>,
        names: impl IntoIterator<Item = N>,
    ) -> Result<Self, Error> {
        let (rows, features) = values.dim();
        let names: Arc<[Arc<str>]> = names.into_iter().map(Into::into).collect();
        if labels.len() != rows || !(names.is_empty() || names.len() == features) {
            let (labels, names) = (labels.len(), names.len());
            return Err(Error::invalid(format!(
                "{labels} labels and {names} names for {rows} rows of {features} features"
            )));
        }
        let rows = Rows {
            labels,
            values: flat(values),
            _charge: None,
        };
        Ok(Self::of_parts(features, names, [Arc::new(rows)]))
    }

    pub(super) fn of_parts(
        features: usize,
        names: Arc<[Arc<str>]>,
        parts: impl IntoIterator<Item = Arc<Rows>>,
    ) -> Self {
        let parts = parts.into_iter().filter(|part| !part.labels.is_empty()).collect();
        Self { features, names, parts }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.parts.iter().map(|part| part.labels.len()).sum()
    }

    /// How many features a row has.
    pub fn features(&self) -> usize {
        self.features
    }

    /// What the features are called; empty, if nobody said.
    pub fn feature_names(&self) -> &[Arc<str>] {
        &self.names
    }

    /// The label of each row.
    pub fn labels(&self) -> Vec<u32> {
        let mut labels = Vec::with_capacity(self.rows());
        self.parts
            .iter()
            .for_each(|part| labels.extend_from_slice(&part.labels));
        labels
    }

    /// The features of each row.
    #[expect(clippy::missing_panics_doc, reason = "each part has as many features for each label")]
    pub fn values(&self) -> Array2<f32> {
        let rows = self.gathered(&Checkpoint::never());
        rows.expect("invariant: nobody interrupts it").1
    }

    /// Labels and values of all rows, as long as they are wanted.
    fn gathered(&self, checkpoint: &Checkpoint) -> Result<(Vec<u32>, Array2<f32>), Error> {
        let mut labels = Vec::with_capacity(self.rows());
        let mut values = Vec::with_capacity(self.rows() * self.features);
        for part in &*self.parts {
            for some in part.labels.chunks(PATIENCE) {
                checkpoint.check()?;
                labels.extend_from_slice(some);
            }
            for some in part.values.chunks(PATIENCE) {
                checkpoint.check()?;
                values.extend_from_slice(some);
            }
        }
        let values = Array2::from_shape_vec((labels.len(), self.features), values);
        let values = values.expect("invariant: each part has as many features for each label");
        Ok((labels, values))
    }

    /// What `f` makes of all features and labels: of those of a single part as they lie there, else of a copy.
    pub(super) fn together<R>(
        &self,
        f: impl FnOnce(ArrayView2<'_, f32>, &[u32]) -> Result<R, Error>,
        checkpoint: &Checkpoint,
    ) -> Result<R, Error> {
        if let [part] = &*self.parts
            && let Ok(values) = ArrayView2::from_shape((part.labels.len(), self.features), &part.values)
        {
            return f(values, &part.labels);
        }
        let (labels, values) = self.gathered(checkpoint)?;
        f(values.view(), &labels)
    }

    /// What that takes, in bytes.
    pub(super) fn bytes_together(&self) -> u64 {
        match self.parts.len() {
            1 => 0,
            _ => (self.rows() * (self.features + 1) * size_of::<f32>()) as u64,
        }
    }

    /// All of it as lazyflow has it: a row for each label, along `y`, with the label in front of the features, along `x`.
    ///
    /// # Errors
    ///
    /// If there is no memory for it.
    #[expect(clippy::missing_panics_doc, reason = "each part has as many features for each label")]
    pub fn to_array(&self) -> Result<Array, Error> {
        let mut all = Vec::with_capacity(self.rows() * (1 + self.features));
        for part in &*self.parts {
            let values = ArrayView2::from_shape((part.labels.len(), self.features), &part.values);
            let values = values.expect("invariant: each part has as many features for each label");
            for (label, row) in part.labels.iter().zip(values.rows()) {
                all.push(*label as f32);
                all.extend(row);
            }
        }
        Array::from_vec("yx", &[self.rows(), 1 + self.features], all)
    }

    /// The rows of all matrices, one after the other. Those without rows need not agree with the others.
    pub(super) fn concatenated(matrices: &[Self]) -> Result<Self, Error> {
        let filled = || {
            matrices
                .iter()
                .enumerate()
                .filter(|(_, matrix)| !matrix.parts.is_empty())
        };
        let first = filled().next().map(|(_, matrix)| matrix).or(matrices.first());
        let Some(first) = first else {
            return Ok(Self::of_parts(0, Arc::new([]), []));
        };
        for (lane, matrix) in filled() {
            if matrix.features != first.features || matrix.names != first.names {
                return Err(Error::invalid(format!(
                    "matrix {lane} has other features than the first: {:?}, not {:?}",
                    matrix.said(),
                    first.said()
                )));
            }
        }
        let parts = matrices.iter().flat_map(|matrix| matrix.parts.iter().cloned());
        Ok(Self::of_parts(first.features, Arc::clone(&first.names), parts))
    }

    /// Its features, as messages say it.
    fn said(&self) -> Vec<String> {
        match self.names.is_empty() {
            true => vec![format!("{} without names", self.features)],
            false => self.names.iter().map(|name| name.to_string()).collect(),
        }
    }
}

/// The values row by row, in their own memory if they lie so.
fn flat(values: Array2<f32>) -> Vec<f32> {
    let count = values.len();
    if !values.is_standard_layout() {
        return values.iter().copied().collect();
    }
    let (mut values, offset) = values.into_raw_vec_and_offset();
    values.drain(..offset.unwrap_or(0));
    values.truncate(count);
    values
}

/// The same are matrices that share all rows.
impl SlotType for FeatureMatrix {
    fn same(&self, other: &Self) -> bool {
        let mut parts = self.parts.iter().zip(&*other.parts);
        let same_parts = self.parts.len() == other.parts.len() && parts.all(|(own, others)| Arc::ptr_eq(own, others));
        same_parts && self.features == other.features && self.names == other.names
    }
}

impl fmt::Debug for FeatureMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows of {} features", self.rows(), self.features)
    }
}
