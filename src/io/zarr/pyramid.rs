//! The coarser scales of an image, which grow with it.
//!
//! A chunk of a coarser scale is made as soon as the chunks of the finer one are there that it is made of, by reading those
//! again: no more than what one chunk stands for is in memory, and what is done is told by the chunks that exist. A run that
//! was ended between a chunk and the coarser one above it is made good at the end of the next.

use crate::array::{Array, Axes};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::boxes::Layout;
use crate::io::bytes::{bytes_of, resize};
use crate::io::zarr::array::ZarrArray;
use crate::io::zarr::downsample::{Downsample, downsample};
use crate::io::zarr::encode::each;
use crate::io::zarr::target::Target;
use crate::io::zarr::written::Written;
use crate::roi::{Roi, Shape};
use crate::sync::Mutex;

use std::collections::HashSet;

/// An image in all its scales, the finest first.
pub(super) struct Pyramid {
    levels: Vec<ZarrArray>,
    /// How the samples of a coarser scale come out of those of a finer one.
    how: Downsample,
    /// Which chunks are there, of each level.
    written: Vec<Written>,
    /// Whether an earlier run may have written others.
    resumed: bool,
    /// Chunks of coarser scales that were made of what has been written anew since, by level and number.
    outdated: Mutex<HashSet<(usize, usize)>>,
    /// Chunks, by level and number, that somebody is making.
    claimed: Mutex<HashSet<(usize, usize)>>,
}

/// The shapes of all scales of an image of `shape`: half along each axis of space until one chunk holds it, or until there are
/// as many as are wanted or none could be smaller.
pub(super) fn shapes(shape: Shape, axes: Axes, chunk: Shape, wanted: Option<usize>) -> Result<Vec<Shape>, Error> {
    let mut all = vec![shape];
    let mut last = shape;
    let is_longer = |last: &Shape, than: &dyn Fn(usize) -> usize| axes.spatial().any(|axis| last[axis] > than(axis));
    let goes_on = |count: usize, last: &Shape| match wanted {
        Some(wanted) => count < wanted && is_longer(last, &|_| 1),
        None => is_longer(last, &|axis| chunk[axis].max(1)),
    };
    while goes_on(all.len(), &last) && !last.is_empty() {
        for axis in axes.spatial() {
            last = last.with_axis(axis, (last[axis] / 2).max(1))?;
        }
        all.push(last);
    }
    Ok(all)
}

impl Pyramid {
    /// Of arrays that exist already; their chunks need not.
    ///
    /// # Errors
    ///
    /// No memory to remember which do.
    pub(super) fn new(levels: Vec<ZarrArray>, how: Downsample, resumed: bool) -> Result<Self, Error> {
        let written = levels.iter().map(|level| Written::none_of(level.chunks().len()));
        Ok(Self {
            written: written.collect::<Result<_, _>>()?,
            levels,
            how,
            resumed,
            outdated: Mutex::default(),
            claimed: Mutex::default(),
        })
    }

    /// The finest scale.
    pub(super) fn finest(&self) -> &ZarrArray {
        &self.levels[0]
    }

    /// The most memory that writing one chunk, and those above it, takes.
    pub(super) fn scratch(&self) -> u64 {
        let metadata = self.finest().metadata();
        let (raw, one) = (metadata.piece_bytes().unwrap_or(u64::MAX), metadata.piece_scratch());
        match self.levels.len() {
            // A part of the block that does not lie together is copied.
            1 => one.saturating_add(raw),
            _ => {
                let finer = raw.saturating_mul(1 << metadata.shape.rank().min(3));
                one.saturating_mul(2).saturating_add(finer).saturating_add(raw)
            }
        }
    }

    /// How many chunks may be written at the same time.
    pub(super) fn lanes(&self) -> usize {
        self.finest().lanes_of(self.scratch())
    }

    /// Whether chunk `number` of `level` is there.
    fn has(&self, level: usize, number: usize) -> Result<bool, Error> {
        let (array, written) = (&self.levels[level], &self.written[level]);
        if written.has(number) || !self.resumed {
            return Ok(written.has(number));
        }
        let whole = array.chunks().whole_block(number);
        let found = whole.map_or(Ok(false), |whole| array.has(&whole))?;
        if found {
            written.set(number);
        }
        Ok(found)
    }

    /// Whether all chunks of `roi` of `level` are there.
    ///
    /// # Errors
    ///
    /// The store's; the checkpoint's reason.
    pub(super) fn has_all(&self, level: usize, roi: &Roi, checkpoint: &Checkpoint) -> Result<bool, Error> {
        for chunk in self.levels[level].chunks().intersecting(roi)? {
            checkpoint.check()?;
            if !self.has(level, chunk.number)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Writes chunk `number` of the finest scale, out of `block`, which is `roi`.
    ///
    /// # Errors
    ///
    /// The store's, the checkpoint's reason.
    pub(super) fn write(&self, number: usize, roi: &Roi, block: &Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        let Some(chunk) = self.finest().chunks().whole_block(number) else {
            return Ok(());
        };
        let item = block.dtype().size();
        let together = block.is_contiguous() && block.dtype() != crate::array::DType::Bool;
        let content = |within: &Roi, target: &mut Target<'_>| {
            if together {
                let bytes = bytes_of(block)?;
                return target.fill_from(&bytes, &Layout::of(roi, item), within, checkpoint);
            }
            let part = block.slice(&within.relative_to(roi)?)?;
            target.fill_from(&bytes_of(&part)?, &Layout::of(within, item), within, checkpoint)
        };
        // Written again, it is not there until that has gone well.
        if self.has(0, number)? {
            self.written[0].clear(number);
            self.outdate(0, &chunk)?;
        }
        self.finest().write(&chunk, &content, checkpoint)?;
        self.written[0].set(number);
        self.raise(0, &chunk, checkpoint)
    }

    /// Remembers that what lies above `chunk` of `level` is to be made again.
    fn outdate(&self, level: usize, chunk: &Roi) -> Result<(), Error> {
        let Some(coarse) = self.levels.get(level + 1) else {
            return Ok(());
        };
        for parent in coarse.chunks().intersecting(&self.above(level, chunk)?)? {
            self.outdated.lock().insert((level + 1, parent.number));
            if let Some(whole) = coarse.chunks().whole_block(parent.number) {
                self.outdate(level + 1, &whole)?;
            }
        }
        Ok(())
    }

    /// Whether chunk `number` of `level` is there, made of what has been written last.
    fn is_made(&self, level: usize, number: usize) -> Result<bool, Error> {
        Ok(self.has(level, number)? && !self.outdated.lock().contains(&(level, number)))
    }

    /// Makes the chunks above `chunk`, which is there now at `level`, if nothing else of them is missing.
    fn raise(&self, level: usize, chunk: &Roi, checkpoint: &Checkpoint) -> Result<(), Error> {
        let Some(coarse) = self.levels.get(level + 1) else {
            return Ok(());
        };
        let above = self.above(level, chunk)?;
        for parent in coarse.chunks().intersecting(&above)? {
            self.make(level + 1, parent.number, checkpoint)?;
        }
        Ok(())
    }

    /// Makes chunk `number` of `level`, which is not the finest, unless it is there or made by somebody; and then those above.
    fn make(&self, level: usize, number: usize, checkpoint: &Checkpoint) -> Result<(), Error> {
        let coarse = &self.levels[level];
        let (Some(whole), Some(within)) = (coarse.chunks().whole_block(number), coarse.chunks().block(number)) else {
            return Ok(());
        };
        // Whoever writes the last of them sees all of them, and so does everybody who claims what is above.
        if !self.has_all(level - 1, &self.below(level, &within)?, checkpoint)? {
            return Ok(());
        }
        let Some(_claim) = Claim::new(&self.claimed, (level, number)) else {
            return Ok(());
        };
        if self.is_made(level, number)? {
            return Ok(());
        }
        // Before it is read what it is made of: what is written from here on makes it outdated again.
        let outdated = self.outdated.lock().remove(&(level, number));
        let content = |within: &Roi, target: &mut Target<'_>| self.coarsen(level, within, target, checkpoint);
        let made = coarse.write(&whole, &content, checkpoint);
        if made.is_err() && outdated {
            self.outdated.lock().insert((level, number));
        }
        made?;
        self.written[level].set(number);
        self.raise(level, &whole, checkpoint)
    }

    fn coarsen(&self, level: usize, roi: &Roi, target: &mut Target<'_>, checkpoint: &Checkpoint) -> Result<(), Error> {
        let fine = &self.levels[level - 1];
        let (dtype, from) = (fine.metadata().dtype, self.below(level, roi)?);
        let bytes = |roi: &Roi| roi.shape().saturating_volume().saturating_mul(dtype.size()) as u64;
        let (mut finer, mut coarser) = (Vec::new(), Vec::new());
        resize(&mut finer, bytes(&from))?;
        resize(&mut coarser, bytes(roi))?;
        fine.read_alone(&from, &mut finer, checkpoint)?;
        let shapes = (from.shape(), roi.shape());
        downsample(self.how, dtype, shapes, &finer, &mut coarser, checkpoint)?;
        target.fill_from(&coarser, &Layout::of(roi, dtype.size()), roi, checkpoint)
    }

    /// By how much `level`, which is not the finest, is coarser than the one below it.
    fn factor(&self, level: usize, axis: usize) -> usize {
        let length = |level: usize| self.levels[level].metadata().shape[axis];
        if length(level) < length(level - 1) { 2 } else { 1 }
    }

    /// The samples of the next finer scale that `roi` of `level` is made of.
    fn below(&self, level: usize, roi: &Roi) -> Result<Roi, Error> {
        let ranges = roi.ranges().enumerate().map(|(axis, range)| {
            let factor = self.factor(level, axis);
            range.start * factor..range.end * factor
        });
        Ok(Roi::from_ranges(ranges)?)
    }

    /// The samples of the next coarser scale that `chunk` of `level` is a part of.
    fn above(&self, level: usize, chunk: &Roi) -> Result<Roi, Error> {
        let shape = self.levels[level + 1].metadata().shape;
        let ranges = chunk.ranges().enumerate().map(|(axis, range)| {
            let factor = self.factor(level + 1, axis);
            let end = range.end.div_ceil(factor).min(shape[axis]);
            (range.start / factor).min(end)..end
        });
        Ok(Roi::from_ranges(ranges)?)
    }

    /// Makes what is missing of the coarser scales.
    ///
    /// # Errors
    ///
    /// A chunk of the finest that is missing; the store's error; the checkpoint's reason.
    pub(super) fn complete(&self, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.check_finest(checkpoint)?;
        for level in 1..self.levels.len() {
            let chunks = self.levels[level].chunks();
            let mut missing = Vec::new();
            for number in 0..chunks.len() {
                checkpoint.check()?;
                if !self.is_made(level, number)? {
                    missing.push(number);
                }
                if missing.len() == 1024 || number + 1 == chunks.len() {
                    let tasks = self.lanes().min(missing.len());
                    each(&missing, tasks, &|number: &usize| self.make(level, *number, checkpoint))?;
                    missing.clear();
                }
            }
        }
        Ok(())
    }

    fn check_finest(&self, checkpoint: &Checkpoint) -> Result<(), Error> {
        let chunks = self.finest().chunks();
        let mut missing = None;
        let mut count = 0_usize;
        for number in 0..chunks.len() {
            checkpoint.check()?;
            if !self.has(0, number)? {
                count += 1;
                missing = missing.or(chunks.block(number));
            }
        }
        match missing {
            None => Ok(()),
            Some(first) => Err(Error::invalid(format!(
                "{count} chunks have not been written, such as {first}"
            ))),
        }
    }
}

/// The right to make a chunk.
struct Claim<'a> {
    claimed: &'a Mutex<HashSet<(usize, usize)>>,
    chunk: (usize, usize),
}

impl<'a> Claim<'a> {
    fn new(claimed: &'a Mutex<HashSet<(usize, usize)>>, chunk: (usize, usize)) -> Option<Self> {
        let is_free = claimed.lock().insert(chunk);
        // Made only where it is ours: dropping another's would take the lock, and the claim with it.
        is_free.then(|| Self { claimed, chunk })
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.claimed.lock().remove(&self.chunk);
    }
}

#[cfg(test)]
mod claims {
    use super::*;

    #[test]
    fn a_chunk_is_claimed_once_until_the_claim_is_dropped() {
        let claimed = Mutex::new(HashSet::new());
        let first = Claim::new(&claimed, (1, 2));
        assert!(first.is_some());
        assert!(
            Claim::new(&claimed, (1, 2)).is_none(),
            "refused, without waiting for itself"
        );
        assert!(Claim::new(&claimed, (1, 2)).is_none(), "a refusal does not free it");
        drop(first);
        assert!(Claim::new(&claimed, (1, 2)).is_some());
    }
}
