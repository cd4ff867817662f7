//! How often each label occurs, and where it comes first.

use ndarray::Axis;

use super::components::volumes_first;
use super::label_map::LabelMap;
use crate::array::{Array, DType, Element, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::incremental_map::IncrementalMap;
use crate::kernels::sort::sort_by_key;

/// Elements between two looks at the checkpoint.
const PATIENCE: usize = 1 << 12;

/// The labels of a volume: how many elements have each, and which of them is the first in scan order.
///
/// Counted block by block: [`count`](Self::count) adds a block, [`merge`](Self::merge) another census. The order in which
/// blocks come does not matter. The label 0 is nobody's.
///
/// # Examples
///
/// ```
/// use headwater::{Array, Checkpoint};
/// use headwater::kernels::Census;
///
/// let labels = Array::from_vec("yx", &[2, 3], vec![9u32, 9, 0, 4, 9, 4])?;
/// let mut census = Census::default();
/// census.count(&labels, &[0, 0], &[2, 3], &Checkpoint::never())?;
/// assert_eq!((census.size(9), census.size(4), census.size(0)), (3, 2, 0));
/// let map = census.consecutive(1)?;
/// assert_eq!((map.get(9), map.get(4)), (1, 2));
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    entries: IncrementalMap<u64, Entry>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    /// The element in scan order that is the first to have the label.
    first: u64,
    size: u64,
}

impl Census {
    /// Adds a block of labels of a volume that is as long as `whole` along its axes of space; the block begins at `origin`.
    ///
    /// # Errors
    ///
    /// `Invalid` if the elements are not unsigned integers, if an axis that is not of space is longer than 1, or if the block
    /// is not within the volume. The checkpoint's own error if it stops the kernel.
    pub fn count(
        &mut self,
        block: &Array,
        origin: &[usize],
        whole: &[usize],
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        must_be_labels(block.dtype())?;
        let (order, outer) = volumes_first(block.axes())?;
        let block = block.to_axes(order)?;
        let (others, own) = block.shape().split_at(outer);
        let fits = own.len() == whole.len()
            && own.len() == origin.len()
            && (0..own.len()).all(|axis| origin[axis] + own[axis] <= whole[axis]);
        if !fits || others.iter().any(|length| *length != 1) {
            return Err(Error::invalid(format!(
                "{block:?} at {origin:?} is no block of one volume of {whole:?}"
            )));
        }
        if block.is_empty() {
            return Ok(());
        }
        match_dtype!(block.dtype(), T => {
            let mut view = block.view::<T>()?;
            for _ in 0..outer {
                view = view.index_axis_move(Axis(0), 0);
            }
            let lengths = view.shape().to_vec();
            let rows = view.rows();
            for (nth, row) in rows.into_iter().enumerate() {
                self.count_row(row.iter().map(|value| value.cast()), place(nth, &lengths, origin, whole), checkpoint)?;
            }
        });
        Ok(())
    }

    /// Adds a row of labels whose first element is the `start`th of the volume.
    #[inline]
    fn count_row(&mut self, row: impl Iterator<Item = u64>, start: u64, checkpoint: &Checkpoint) -> Result<(), Error> {
        checkpoint.check()?;
        let (mut label, mut first, mut size) = (0, start, 0);
        for (at, own) in row.enumerate() {
            if at % PATIENCE == PATIENCE - 1 {
                checkpoint.check()?;
            }
            if own != label {
                self.add(label, Entry { first, size });
                (label, first, size) = (own, start + at as u64, 0);
            }
            size += 1;
        }
        self.add(label, Entry { first, size });
        Ok(())
    }

    fn add(&mut self, label: u64, more: Entry) {
        if label == 0 || more.size == 0 {
            return;
        }
        let entry = self.entries.get_or_insert_with(label, || Entry { size: 0, ..more });
        entry.size += more.size;
        entry.first = entry.first.min(more.first);
    }

    /// Adds what another part of the same volume has.
    #[expect(clippy::missing_panics_doc, reason = "nobody interrupts it")]
    pub fn merge(&mut self, other: &Self) {
        let merged = self.try_merge(other, &Checkpoint::never());
        merged.expect("invariant: nobody interrupts it");
    }

    /// The same as long as it is wanted; after an error some is added.
    pub(crate) fn try_merge(&mut self, other: &Self, checkpoint: &Checkpoint) -> Result<(), Error> {
        for (nth, (label, entry)) in other.entries.iter().enumerate() {
            if nth % PATIENCE == 0 {
                checkpoint.check()?;
            }
            self.add(*label, *entry);
        }
        Ok(())
    }

    /// How many labels there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The size of this in memory, in bytes, to within a factor of two.
    pub fn nbytes(&self) -> usize {
        self.entries.nbytes()
    }

    /// How many elements have a label.
    pub fn size(&self, label: u64) -> u64 {
        self.entries.get(&label).map_or(0, |entry| entry.size)
    }

    /// The labels with their sizes, in the order in which they come in the volume.
    #[expect(clippy::missing_panics_doc, reason = "nobody interrupts it")]
    pub fn sizes(&self) -> Vec<(u64, u64)> {
        let all = self.in_order(&Checkpoint::never());
        let all = all.expect("invariant: nobody interrupts it");
        all.into_iter().map(|(label, entry)| (label, entry.size)).collect()
    }

    fn in_order(&self, checkpoint: &Checkpoint) -> Result<Vec<(u64, Entry)>, Error> {
        let mut all = Vec::with_capacity(self.len());
        for (nth, (label, entry)) in self.entries.iter().enumerate() {
            if nth % PATIENCE == 0 {
                checkpoint.check()?;
            }
            all.push((*label, *entry));
        }
        sort_by_key(&mut all, |(_, entry)| entry.first, checkpoint)?;
        Ok(all)
    }

    /// The map to consecutive labels from `start` on, in the order in which they come in the volume.
    ///
    /// # Errors
    ///
    /// `Invalid` if there are more labels than numbers from `start` to `u64::MAX`.
    pub fn consecutive(&self, start: u64) -> Result<LabelMap, Error> {
        self.try_consecutive(start, &Checkpoint::never())
    }

    /// The same as long as it is wanted.
    pub(crate) fn try_consecutive(&self, start: u64, checkpoint: &Checkpoint) -> Result<LabelMap, Error> {
        if start.checked_add((self.len() as u64).saturating_sub(1)).is_none() {
            let message = format!("{} labels from {start} on do not fit u64", self.len());
            return Err(Error::invalid(message));
        }
        let labels = self.in_order(checkpoint)?.into_iter().map(|(label, _)| label);
        LabelMap::of_pairs(labels.zip(start..=u64::MAX), checkpoint)
    }

    /// The map that keeps the labels of `min` to `max` elements, both included, and makes 0 of the others. If `binary`, those
    /// that it keeps become 1.
    #[expect(clippy::missing_panics_doc, reason = "nobody interrupts it")]
    pub fn of_size(&self, min: u64, max: Option<u64>, binary: bool) -> LabelMap {
        let map = self.try_of_size(min, max, binary, &Checkpoint::never());
        map.expect("invariant: nobody interrupts it")
    }

    /// The same as long as it is wanted.
    pub(crate) fn try_of_size(
        &self,
        min: u64,
        max: Option<u64>,
        binary: bool,
        checkpoint: &Checkpoint,
    ) -> Result<LabelMap, Error> {
        let range = min..=max.unwrap_or(u64::MAX);
        let is_kept = |entry: &Entry| range.contains(&entry.size);
        // Those that are left out become 0 as what a map does not know does.
        let pairs = self.entries.iter().map(|(label, entry)| match is_kept(entry) {
            true => (*label, if binary { 1 } else { *label }),
            false => (0, 0),
        });
        LabelMap::of_pairs(pairs, checkpoint)
    }
}

/// Which element of the volume the `nth` row of a block begins with.
fn place(nth: usize, lengths: &[usize], origin: &[usize], whole: &[usize]) -> u64 {
    let (mut left, mut at, mut stride) = (nth, 0, 1);
    for axis in (0..lengths.len()).rev() {
        // The row begins with the first element along the last axis.
        let length = if axis + 1 == lengths.len() { 1 } else { lengths[axis] };
        at += (origin[axis] + left % length) as u64 * stride;
        left /= length;
        stride *= whole[axis] as u64;
    }
    at
}

/// Refuses what cannot be labels.
pub(crate) fn must_be_labels(dtype: DType) -> Result<(), Error> {
    match dtype {
        DType::U8 | DType::U16 | DType::U32 | DType::U64 => Ok(()),
        _ => Err(Error::invalid(format!("labels are unsigned integers, not {dtype}"))),
    }
}
