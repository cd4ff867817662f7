//! How well one labelling finds the objects of another: matches by overlap, and the scores made of them.
//!
//! StarDist: `matching.matching`; the 2018 Data Science Bowl scored so (Caicedo et al. 2019, Nature Methods 16). An object of
//! the truth and one of the prediction match if the elements that they share are more than a threshold's part of the
//! elements that either has (intersection over union, the Jaccard index). The threshold is at least one half: then an
//! object shares more than half of its elements with its match, so it has no other, and nothing has to be assigned.

use crate::array::{Array, DType, Element, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::incremental_map::IncrementalMap;
use crate::kernels::parallel;
use crate::kernels::sort::sort_by_key;
use crate::roi::{Roi, Shape};

/// Elements that are counted between two looks at the checkpoint.
const PIECE: usize = 1 << 13;

/// Labels, or pairs of them, between two looks at the checkpoint.
const PATIENCE: usize = 1 << 12;

/// An object of the truth and the one of the prediction that finds it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Match {
    /// The label of the object in the truth.
    pub truth: u64,
    /// The label of the object in the prediction.
    pub prediction: u64,
    /// The part that they share of what either has: above the threshold, at most 1.
    pub iou: f64,
}

/// Which objects of two labellings match, from [`matching`].
#[derive(Clone, Debug, PartialEq)]
pub struct Matching {
    /// The objects that were found (true positives), by their label in the truth.
    pub found: Vec<Match>,
    /// The labels in the truth that nothing matches (false negatives), in order.
    pub missed: Vec<u64>,
    /// The labels in the prediction that match nothing (false positives), in order.
    pub spurious: Vec<u64>,
}

impl Matching {
    /// The part of what was predicted that is true: `TP / (TP + FP)`. 1 if nothing was predicted.
    pub fn precision(&self) -> f64 {
        part(self.found.len(), self.found.len() + self.spurious.len())
    }

    /// The part of what is true that was predicted: `TP / (TP + FN)`. 1 if there is nothing.
    pub fn recall(&self) -> f64 {
        part(self.found.len(), self.found.len() + self.missed.len())
    }

    /// The harmonic mean of both: `2 TP / (2 TP + FP + FN)`. 1 if there is nothing, and nothing was predicted.
    pub fn f1(&self) -> f64 {
        let hits = 2 * self.found.len();
        part(hits, hits + self.missed.len() + self.spurious.len())
    }

    /// How well the objects that were found are outlined: the mean of [`Match::iou`]. 0 if none was.
    pub fn mean_iou(&self) -> f64 {
        let sum: f64 = self.found.iter().map(|found| found.iou).sum();
        sum / self.found.len().max(1) as f64
    }
}

fn part(some: usize, all: usize) -> f64 {
    if all == 0 { 1.0 } else { some as f64 / all as f64 }
}

/// Matches the objects of `prediction` with those of `truth` whose intersection over union is more than `threshold`.
///
/// Both are labels: arrays of the same axes (in any order) and lengths, of integers (0 for the background, none negative) or
/// `bool` (one object). The types may differ, labels may have gaps, and an object need not be connected.
///
/// One pass over the arrays, in parallel; memory goes by how many pairs of objects touch, not by how large labels are.
///
/// # Errors
///
/// `Invalid` if axes or lengths differ, if elements are not labels, or if the threshold is not in `0.5..1`. The checkpoint's
/// own error if it stops the kernel.
///
/// # Examples
///
/// ```
/// use headwater::kernels::matching;
/// use headwater::{Array, Checkpoint};
///
/// let truth = Array::from_vec("x", &[9], vec![1u16, 1, 1, 0, 2, 2, 0, 3, 3])?;
/// let labels = Array::from_vec("x", &[9], vec![0u32, 8, 8, 0, 5, 5, 0, 0, 0])?;
/// let score = matching(&truth, &labels, 0.5, &Checkpoint::never())?;
/// assert_eq!((score.found.len(), score.missed, score.spurious.len()), (2, vec![3], 0));
/// assert_eq!((score.found[0].prediction, score.found[0].iou), (8, 2.0 / 3.0));
/// # Ok::<(), headwater::Error>(())
/// ```
pub fn matching(truth: &Array, prediction: &Array, threshold: f64, checkpoint: &Checkpoint) -> Result<Matching, Error> {
    if !(0.5..1.0).contains(&threshold) {
        return Err(Error::invalid(format!("threshold is {threshold}, not in 0.5..1")));
    }
    let prediction = prediction.to_axes(truth.axes())?;
    if truth.shape() != prediction.shape() {
        return Err(Error::invalid(format!(
            "the truth has shape {:?}, the prediction {:?}",
            truth.shape(),
            prediction.shape()
        )));
    }
    for (name, labels) in [("truth", truth), ("prediction", &prediction)] {
        if labels.dtype().is_float() {
            return Err(Error::invalid(format!("the {name} is {}, no labels", labels.dtype())));
        }
    }
    let whole = Roi::full(Shape::new(truth.shape())?);
    let table = count([truth, &prediction], whole, checkpoint)?;
    table.matching(threshold, checkpoint)
}

/// How often each pair of labels stands at the same place.
#[derive(Default)]
struct Table(IncrementalMap<(u64, u64), u64>);

impl Table {
    /// Adds what `other` has counted.
    fn merge(mut self, mut other: Self, checkpoint: &Checkpoint) -> Result<Self, Error> {
        if self.0.len() < other.0.len() {
            std::mem::swap(&mut self, &mut other);
        }
        for (nth, (pair, count)) in other.0.into_iter().enumerate() {
            if nth % PATIENCE == 0 {
                checkpoint.check()?;
            }
            *self.0.get_or_insert_with(pair, || 0) += count;
        }
        Ok(self)
    }

    fn matching(&self, threshold: f64, checkpoint: &Checkpoint) -> Result<Matching, Error> {
        checkpoint.check()?;
        let (mut truths, mut predictions) = self.sizes(checkpoint)?;
        let mut found = Vec::new();
        for (nth, (&(truth, prediction), &shared)) in self.0.iter().enumerate() {
            look(nth, checkpoint)?;
            let (Some(a), Some(b)) = (truths.get(&truth), predictions.get(&prediction)) else {
                continue;
            };
            let either: u64 = a + b - shared;
            let iou = shared as f64 / either as f64;
            if iou > threshold {
                found.push(Match { truth, prediction, iou });
            }
        }
        for (nth, found) in found.iter().enumerate() {
            look(nth, checkpoint)?;
            truths.remove(&found.truth);
            predictions.remove(&found.prediction);
        }
        sort_by_key(&mut found, |found| found.truth, checkpoint)?;
        Ok(Matching {
            found,
            missed: sorted(truths, checkpoint)?,
            spurious: sorted(predictions, checkpoint)?,
        })
    }

    /// How many elements each object of the truth has, and each of the prediction.
    fn sizes(&self, checkpoint: &Checkpoint) -> Result<(Sizes, Sizes), Error> {
        let (mut truths, mut predictions) = (Sizes::default(), Sizes::default());
        for (nth, (&(truth, prediction), &count)) in self.0.iter().enumerate() {
            look(nth, checkpoint)?;
            *truths.get_or_insert_with(truth, || 0) += count;
            *predictions.get_or_insert_with(prediction, || 0) += count;
        }
        truths.remove(&0);
        predictions.remove(&0);
        Ok((truths, predictions))
    }
}

/// By label, how many elements have it.
type Sizes = IncrementalMap<u64, u64>;

/// The labels that are left.
fn sorted(rest: Sizes, checkpoint: &Checkpoint) -> Result<Vec<u64>, Error> {
    let mut labels = Vec::with_capacity(rest.len());
    for (nth, (label, _)) in rest.into_iter().enumerate() {
        look(nth, checkpoint)?;
        labels.push(label);
    }
    sort_by_key(&mut labels, |label| *label, checkpoint)?;
    Ok(labels)
}

/// A look at the checkpoint now and then.
fn look(nth: usize, checkpoint: &Checkpoint) -> Result<(), Error> {
    match nth.is_multiple_of(PATIENCE) {
        true => checkpoint.check(),
        false => Ok(()),
    }
}

/// Counts the pairs of labels within `roi`, by halves.
fn count(arrays: [&Array; 2], roi: Roi, checkpoint: &Checkpoint) -> Result<Table, Error> {
    if roi.volume()? <= PIECE {
        checkpoint.check()?;
        return count_piece(arrays, &roi);
    }
    let (left, right) = halves(&roi)?;
    let (mut one, mut other) = (Table::default(), Table::default());
    parallel::join(
        || {
            one = count(arrays, left, checkpoint)?;
            Ok(())
        },
        || {
            other = count(arrays, right, checkpoint)?;
            Ok(())
        },
    )?;
    one.merge(other, checkpoint)
}

/// Both halves of a region, cut across the first axis that can be: pieces of an array that lies in order are long runs.
fn halves(roi: &Roi) -> Result<(Roi, Roi), Error> {
    let axis = roi
        .shape()
        .as_slice()
        .iter()
        .position(|&length| length > 1)
        .unwrap_or(0);
    let range = roi.range(axis);
    let middle = range.start + range.len() / 2;
    let with = |part: std::ops::Range<usize>| {
        Roi::from_ranges(
            roi.ranges()
                .enumerate()
                .map(|(at, own)| if at == axis { part.clone() } else { own }),
        )
    };
    Ok((with(range.start..middle)?, with(middle..range.end)?))
}

/// Runs of the same pair are counted before they are looked up: labels come in runs.
fn count_piece(arrays: [&Array; 2], roi: &Roi) -> Result<Table, Error> {
    let [truth, prediction] = [labels(arrays[0], roi)?, labels(arrays[1], roi)?];
    let (truth, prediction) = (truth.view::<u64>()?, prediction.view::<u64>()?);
    let mut pairs = truth.iter().copied().zip(prediction.iter().copied());
    let mut table = Table::default();
    let Some(mut run) = pairs.next() else {
        return Ok(table);
    };
    let mut length = 1;
    for pair in pairs {
        if pair == run {
            length += 1;
        } else {
            *table.0.get_or_insert_with(run, || 0) += length;
            (run, length) = (pair, 1);
        }
    }
    *table.0.get_or_insert_with(run, || 0) += length;
    Ok(table)
}

/// The labels of a region as `u64`.
fn labels(array: &Array, roi: &Roi) -> Result<Array, Error> {
    let part = array.slice(roi)?;
    match_dtype!(part.dtype(), T => {
        let view = part.view::<T>()?;
        if let Some(negative) = view.iter().find(|&&label| label.cast::<i64>() < 0) {
            return Err(Error::invalid(format!("{negative} is no label, a negative number")));
        }
    });
    part.cast(DType::U64)
}
