//! The rows that a forest is trained on, as the trees want them: by feature, as integers.

use std::collections::BTreeSet;

use ndarray::{ArrayView2, Axis};

use super::key::key;
use super::sort::PATIENCE;
use crate::checkpoint::Checkpoint;
use crate::error::Error;

/// The most classes that there can be: an entry to be sorted has 16 bits for one.
pub(super) const MAX_CLASSES: usize = 1 << 16;

/// The most features: a node has 16 bits for one.
pub(super) const MAX_FEATURES: usize = 1 << 16;

/// The labelled rows without NaN.
pub(super) struct Table {
    /// The classes that occur, ascending.
    pub(super) classes: Vec<u32>,
    /// Of each row, which of `classes` it has.
    pub(super) class_of: Vec<u16>,
    /// The [keys](key) of all rows for the first feature, then those for the second, and so on.
    keys: Vec<u32>,
    /// How many features there are.
    pub(super) features: usize,
}

impl Table {
    /// The rows of `values` whose label is not 0 and that have no NaN.
    pub(super) fn new(values: ArrayView2<'_, f32>, labels: &[u32], checkpoint: &Checkpoint) -> Result<Self, Error> {
        let (rows, features) = values.dim();
        if labels.len() != rows {
            let count = labels.len();
            return Err(Error::invalid(format!("{count} labels for {rows} rows of features")));
        }
        if features == 0 || features > MAX_FEATURES {
            return Err(Error::invalid(format!(
                "rows of {features} features, not 1 to {MAX_FEATURES}"
            )));
        }
        let used = used_rows(values, labels, checkpoint)?;
        let classes = distinct(labels, &used, checkpoint)?;
        if classes.is_empty() {
            return Err(Error::invalid(format!(
                "none of the {rows} rows can be trained on: each is unlabelled (class 0) or has a NaN"
            )));
        }
        Ok(Self {
            class_of: places(labels, &used, &classes, checkpoint)?,
            keys: keys(values, &used, checkpoint)?,
            classes,
            features,
        })
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> usize {
        self.class_of.len()
    }

    /// The keys of all rows for one feature.
    pub(super) fn column(&self, feature: usize) -> &[u32] {
        &self.keys[feature * self.rows()..][..self.rows()]
    }
}

fn used_rows(values: ArrayView2<'_, f32>, labels: &[u32], checkpoint: &Checkpoint) -> Result<Vec<u32>, Error> {
    if u32::try_from(labels.len()).is_err() {
        let (count, most) = (labels.len(), u32::MAX);
        return Err(Error::invalid(format!("{count} rows of features, {most} are the most")));
    }
    let mut used = Vec::new();
    let patience = (PATIENCE / values.ncols()).max(1);
    for (at, (row, label)) in values.rows().into_iter().zip(labels).enumerate() {
        if at % patience == 0 {
            checkpoint.check()?;
        }
        if *label != 0 && !row.iter().any(|value| value.is_nan()) {
            used.push(at as u32);
        }
    }
    Ok(used)
}

/// The classes that occur, ascending.
fn distinct(labels: &[u32], used: &[u32], checkpoint: &Checkpoint) -> Result<Vec<u32>, Error> {
    let mut found = BTreeSet::new();
    // Neighbours agree more often than not, so the search is the exception.
    let mut last = 0;
    for rows in used.chunks(PATIENCE / 4) {
        checkpoint.check()?;
        let labels = rows.iter().map(|&row| labels[row as usize]);
        for label in labels.filter(|label| std::mem::replace(&mut last, *label) != *label) {
            found.insert(label);
        }
        if found.len() > MAX_CLASSES {
            return Err(Error::invalid(format!("more than {MAX_CLASSES} classes")));
        }
    }
    Ok(found.into_iter().collect())
}

/// Of each row, which of `classes` it has.
fn places(labels: &[u32], used: &[u32], classes: &[u32], checkpoint: &Checkpoint) -> Result<Vec<u16>, Error> {
    let mut places = Vec::with_capacity(used.len());
    for rows in used.chunks(PATIENCE) {
        checkpoint.check()?;
        for &row in rows {
            let place = classes.binary_search(&labels[row as usize]);
            let place = place.expect("invariant: the classes are those that occur");
            places.push(u16::try_from(place).expect("invariant: there are at most 65,536 classes"));
        }
    }
    Ok(places)
}

fn keys(values: ArrayView2<'_, f32>, used: &[u32], checkpoint: &Checkpoint) -> Result<Vec<u32>, Error> {
    let mut keys = Vec::with_capacity(used.len() * values.ncols());
    for column in values.axis_iter(Axis(1)) {
        for rows in used.chunks(PATIENCE) {
            checkpoint.check()?;
            keys.extend(rows.iter().map(|&row| key(column[row as usize])));
        }
    }
    Ok(keys)
}
