//! Boxes of samples that lie in bytes: where each sample is, and copying from one to another.

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::roi::{MAX_AXES, Roi};

/// What is copied between two looks at the checkpoint.
const STEP: usize = 256 << 10;

/// Where the samples of a box lie in its bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    origin: [usize; MAX_AXES],
    pub(in crate::io) strides: [usize; MAX_AXES],
}

impl Layout {
    /// In C order, samples of `item` bytes.
    pub(crate) fn of(at: &Roi, item: usize) -> Self {
        Self::ordered(at, item, 0..at.rank())
    }

    /// In the order of `order`: its last axis is the one whose neighbours lie side by side.
    pub(crate) fn permuted(at: &Roi, item: usize, order: &[usize]) -> Self {
        Self::ordered(at, item, order.iter().copied())
    }

    fn ordered(at: &Roi, item: usize, order: impl DoubleEndedIterator<Item = usize>) -> Self {
        let mut layout = Self {
            origin: [0; MAX_AXES],
            strides: [0; MAX_AXES],
        };
        let mut stride = item;
        for axis in order.rev() {
            let range = at.range(axis);
            layout.origin[axis] = range.start;
            layout.strides[axis] = stride;
            stride *= range.len();
        }
        layout
    }

    /// The first byte of the sample at `point`.
    pub(crate) fn offset(&self, point: &[usize]) -> usize {
        let axes = point.iter().zip(self.origin).zip(self.strides);
        axes.map(|((at, origin), stride)| (at - origin) * stride).sum()
    }
}

/// The next point in C order of the leading axes of `within`; `false` after the last.
pub(crate) fn advance(at: &mut [usize], within: &Roi) -> bool {
    for axis in (0..at.len()).rev() {
        at[axis] += 1;
        if at[axis] < within.stop()[axis] {
            return true;
        }
        at[axis] = within.start()[axis];
    }
    false
}

/// Copies the samples of `common`, which lies in both boxes.
///
/// # Errors
///
/// The checkpoint's reason.
pub(crate) fn copy(
    (from, source): (&[u8], &Layout),
    (to, target): (&mut [u8], &Layout),
    common: &Roi,
    item: usize,
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    if common.is_empty() {
        return Ok(());
    }
    // The trailing axes that lie together in both are one run.
    let mut run = item;
    let mut axis = common.rank();
    while axis > 0 && source.strides[axis - 1] == run && target.strides[axis - 1] == run {
        axis -= 1;
        run *= common.range(axis).len();
    }
    // The axis outside of the runs is walked in steps.
    let outer = axis.saturating_sub(1);
    let (count, steps) = match axis {
        0 => (1, (0, 0)),
        _ => (
            common.range(outer).len(),
            (source.strides[outer], target.strides[outer]),
        ),
    };
    let at_once = (STEP / run).max(1);
    let mut at = common.start().to_vec();
    let mut copied = 0;
    loop {
        let (s, t) = (source.offset(&at), target.offset(&at));
        for first in (0..count).step_by(at_once) {
            let some = at_once.min(count - first);
            copied += some * run;
            if copied >= STEP {
                checkpoint.check()?;
                copied = 0;
            }
            let (s, t) = (s + first * steps.0, t + first * steps.1);
            copy_runs(&from[s..], &mut to[t..], steps, some, run);
        }
        if !advance(&mut at[..outer], common) {
            return Ok(());
        }
    }
}

/// Copies `count` runs of as many bytes, which begin every so many bytes.
fn copy_runs(from: &[u8], to: &mut [u8], steps: (usize, usize), count: usize, run: usize) {
    match run {
        // Single samples, where a call for each would take longer than copying it.
        1 => copy_samples::<1>(from, to, steps, count),
        2 => copy_samples::<2>(from, to, steps, count),
        4 => copy_samples::<4>(from, to, steps, count),
        8 => copy_samples::<8>(from, to, steps, count),
        _ => {
            for n in 0..count {
                let (s, t) = (n * steps.0, n * steps.1);
                to[t..t + run].copy_from_slice(&from[s..s + run]);
            }
        }
    }
}

fn copy_samples<const N: usize>(from: &[u8], to: &mut [u8], (source, target): (usize, usize), count: usize) {
    for n in 0..count {
        to[n * target..n * target + N].copy_from_slice(&from[n * source..n * source + N]);
    }
}

#[cfg(test)]
#[path = "tests/boxes.rs"]
mod tests;
