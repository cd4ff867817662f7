//! From labels to other labels.

use super::census::must_be_labels;
use crate::array::{Array, DType, Element, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::incremental_map::IncrementalMap;
use crate::kernels::memory::{fill_up, zero_array};
use crate::roi::{Roi, Shape};

/// Elements between two looks at the checkpoint.
const PATIENCE: usize = 1 << 12;

/// Places of a table for each label in it at most: what is sparser is looked up by hash.
const SPARSE: u64 = 16;

/// What becomes of each label; those that it does not mention become 0.
///
/// Two maps are equal if they map all labels alike.
#[derive(Clone, Debug, Default)]
pub struct LabelMap {
    labels: IncrementalMap<u64, u64>,
    /// The largest of what labels become.
    most: u64,
    /// The same by label, if that is not much larger.
    table: Vec<u64>,
}

impl FromIterator<(u64, u64)> for LabelMap {
    fn from_iter<I: IntoIterator<Item = (u64, u64)>>(pairs: I) -> Self {
        let map = Self::of_pairs(pairs, &Checkpoint::never());
        map.expect("invariant: nobody interrupts it")
    }
}

impl PartialEq for LabelMap {
    fn eq(&self, other: &Self) -> bool {
        let within = |one: &Self, two: &Self| one.labels.iter().all(|(old, new)| two.get(*old) == *new);
        within(self, other) && within(other, self)
    }
}

impl LabelMap {
    /// From pairs of an old and a new label, as long as it is wanted.
    pub(crate) fn of_pairs(
        pairs: impl IntoIterator<Item = (u64, u64)>,
        checkpoint: &Checkpoint,
    ) -> Result<Self, Error> {
        let mut labels = IncrementalMap::default();
        for (nth, (old, new)) in pairs.into_iter().enumerate() {
            if nth % PATIENCE == 0 {
                checkpoint.check()?;
            }
            if old != 0 {
                labels.insert(old, new);
            }
        }
        let (mut largest, mut most) = (0, 0);
        for (nth, (old, new)) in labels.iter().enumerate() {
            if nth % PATIENCE == 0 {
                checkpoint.check()?;
            }
            (largest, most) = (largest.max(*old), most.max(*new));
        }
        let mut table = Vec::new();
        if largest / SPARSE <= labels.len() as u64 {
            fill_up(&mut table, largest as usize + 1, 0, checkpoint)?;
            for (nth, (old, new)) in labels.iter().enumerate() {
                if nth % PATIENCE == 0 {
                    checkpoint.check()?;
                }
                table[*old as usize] = *new;
            }
        }
        Ok(Self { labels, most, table })
    }

    /// What becomes of `label`.
    #[inline]
    pub fn get(&self, label: u64) -> u64 {
        match self.table.get(usize::try_from(label).unwrap_or(usize::MAX)) {
            Some(new) => *new,
            None if self.table.is_empty() => self.labels.get(&label).copied().unwrap_or(0),
            None => 0,
        }
    }

    /// How many labels it mentions.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether it mentions none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The labels with what becomes of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.labels.iter().map(|(old, new)| (*old, *new))
    }

    /// The size of this in memory, in bytes, to within a factor of two.
    pub fn nbytes(&self) -> usize {
        self.labels.nbytes() + self.table.len() * size_of::<u64>()
    }

    /// Refuses elements that cannot hold what labels become.
    ///
    /// # Errors
    ///
    /// `Invalid`; the message names the type and the label.
    pub(crate) fn must_fit(&self, dtype: DType) -> Result<(), Error> {
        must_be_labels(dtype)?;
        let most = u64::MAX >> (64 - 8 * dtype.size());
        if self.most > most {
            let (count, own) = (self.labels.len(), self.most);
            return Err(Error::invalid(format!("{count} labels up to {own} do not fit {dtype}")));
        }
        Ok(())
    }

    /// `labels` with each as it becomes: same type, axes and shape.
    ///
    /// # Errors
    ///
    /// `Invalid` if the elements are not unsigned integers, or too small for what labels become. The checkpoint's own error
    /// if it stops the kernel.
    pub fn apply(&self, labels: &Array, checkpoint: &Checkpoint) -> Result<Array, Error> {
        let mut out = zero_array(labels.axes(), labels.shape(), labels.dtype(), checkpoint)?;
        self.apply_region(labels, &Roi::full(Shape::new(labels.shape())?), &mut out, checkpoint)?;
        Ok(out)
    }

    /// The same for the elements within `roi`, written over those of `out`, which has the form of `labels`.
    pub(crate) fn apply_region(
        &self,
        labels: &Array,
        roi: &Roi,
        out: &mut Array,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        self.must_fit(labels.dtype())?;
        match_dtype!(labels.dtype(), T => {
            let (view, mut out) = (labels.view::<T>()?, out.view_mut::<T>()?);
            let (view, mut out) = (roi.view(&view)?, roi.view_mut(&mut out)?);
            let (mut old, mut new) = (T::default(), T::default());
            for (nth, (out, label)) in out.iter_mut().zip(&view).enumerate() {
                if nth % PATIENCE == 0 {
                    checkpoint.check()?;
                }
                if *label != old {
                    (old, new) = (*label, self.get(label.cast()).cast());
                }
                *out = new;
            }
            Ok(())
        })
    }
}
