//! Copying between chunks and regions, whose parts are written by several threads at once.

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::roi::{MAX_AXES, Roi};

/// What is copied between two looks at the checkpoint.
const STEP: usize = 256 << 10;

/// Where the samples of a box lie in its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    origin: [usize; MAX_AXES],
    strides: [usize; MAX_AXES],
}

impl Layout {
    /// In C order, samples of `item` bytes.
    pub(super) fn of(at: &Roi, item: usize) -> Self {
        Self::ordered(at, item, 0..at.rank())
    }

    /// In the order of `order`: its last axis is the one whose neighbours lie side by side.
    pub(super) fn permuted(at: &Roi, item: usize, order: &[usize]) -> Self {
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

    fn offset(&self, point: &[usize]) -> usize {
        let axes = point.iter().zip(self.origin).zip(self.strides);
        axes.map(|((at, origin), stride)| (at - origin) * stride).sum()
    }
}

/// Copies the samples of `common`, which lies in both boxes.
///
/// # Errors
///
/// The checkpoint's reason.
pub(super) fn copy(
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
    // Where not even two samples lie together, the last axis is walked in steps.
    let stepped = axis == common.rank() && axis > 0;
    let outer = if stepped { axis - 1 } else { axis };
    let steps = stepped.then(|| (source.strides[outer], target.strides[outer]));
    let length = if stepped { common.range(outer).len() } else { run };
    let mut at = common.start().to_vec();
    let mut copied = 0;
    loop {
        let (s, t) = (source.offset(&at), target.offset(&at));
        match steps {
            None => to[t..t + run].copy_from_slice(&from[s..s + run]),
            Some(steps) => copy_stepped(&from[s..], &mut to[t..], steps, length, item),
        }
        copied += length * item;
        if copied >= STEP {
            checkpoint.check()?;
            copied = 0;
        }
        if !crate::io::bytes::advance(&mut at[..outer], common) {
            return Ok(());
        }
    }
}

fn copy_stepped(from: &[u8], to: &mut [u8], steps: (usize, usize), count: usize, item: usize) {
    match item {
        1 => copy_samples::<1>(from, to, steps, count),
        2 => copy_samples::<2>(from, to, steps, count),
        4 => copy_samples::<4>(from, to, steps, count),
        _ => copy_samples::<8>(from, to, steps, count),
    }
}

fn copy_samples<const N: usize>(from: &[u8], to: &mut [u8], (source, target): (usize, usize), count: usize) {
    for n in 0..count {
        to[n * target..n * target + N].copy_from_slice(&from[n * source..n * source + N]);
    }
}

/// The memory of a box, which can be divided along any axis.
///
/// It is one slice for each point of its first `lead` axes, in C order; the other axes lie in C order within a slice.
pub(super) struct Target<'a> {
    at: Roi,
    item: usize,
    lead: usize,
    parts: Vec<&'a mut [u8]>,
}

impl<'a> Target<'a> {
    /// The box `at`, whose samples of `item` bytes lie in C order in `bytes`.
    pub(super) fn new(at: Roi, bytes: &'a mut [u8], item: usize) -> Self {
        Self {
            at,
            item,
            lead: 0,
            parts: vec![bytes],
        }
    }

    /// Where it is.
    pub(super) fn at(&self) -> &Roi {
        &self.at
    }

    /// All bytes, if they lie together.
    pub(super) fn whole(&mut self) -> Option<&mut [u8]> {
        match &mut self.parts[..] {
            [whole] => Some(whole),
            _ => None,
        }
    }

    /// What is before `place` on `axis`, and the rest.
    pub(super) fn split(mut self, axis: usize, place: usize) -> Result<(Self, Self), Error> {
        while self.lead <= axis {
            if self.lead == axis {
                return self.split_parts(axis, place);
            }
            let points = self.at.range(self.lead).len();
            let parts = self.parts.into_iter();
            // No axis is empty where there is something to divide.
            self.parts = parts
                .flat_map(|part| {
                    let one = part.len() / points;
                    part.chunks_mut(one)
                })
                .collect();
            self.lead += 1;
        }
        // The parts of an axis before `lead` come in groups.
        let group: usize = (axis + 1..self.lead).map(|axis| self.at.range(axis).len()).product();
        let range = self.at.range(axis);
        let (mut left, mut right) = (Vec::new(), Vec::new());
        for (n, part) in self.parts.into_iter().enumerate() {
            let point = range.start + n / group % range.len();
            if point < place {
                left.push(part)
            } else {
                right.push(part)
            }
        }
        Self::halves((self.at, self.item, self.lead), axis, place, left, right)
    }

    fn split_parts(self, axis: usize, place: usize) -> Result<(Self, Self), Error> {
        let range = self.at.range(axis);
        let (mut left, mut right) = (Vec::new(), Vec::new());
        for part in self.parts {
            let (before, after) = part.split_at_mut(part.len() / range.len() * (place - range.start));
            left.push(before);
            right.push(after);
        }
        Self::halves((self.at, self.item, self.lead), axis, place, left, right)
    }

    fn halves(
        (at, item, lead): (Roi, usize, usize),
        axis: usize,
        place: usize,
        left: Vec<&'a mut [u8]>,
        right: Vec<&'a mut [u8]>,
    ) -> Result<(Self, Self), Error> {
        let range = at.range(axis);
        let half = |range, parts| -> Result<Self, Error> {
            let at = at.with_axis(axis, range)?;
            Ok(Self { at, item, lead, parts })
        };
        Ok((half(range.start..place, left)?, half(place..range.end, right)?))
    }

    /// Copies the samples of `common`, which lies in both, out of a chunk.
    ///
    /// # Errors
    ///
    /// The checkpoint's reason.
    pub(super) fn fill_from(
        &mut self,
        from: &[u8],
        source: &Layout,
        common: &Roi,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        let item = self.item;
        self.each_part(common, |part, layout, common| {
            copy((from, source), (part, layout), common, item, checkpoint)
        })
    }

    /// Gives each sample of `common` the value `sample`.
    ///
    /// # Errors
    ///
    /// The checkpoint's reason.
    pub(super) fn fill_with(&mut self, sample: &[u8], common: &Roi, checkpoint: &Checkpoint) -> Result<(), Error> {
        let item = self.item;
        let mut row = [0; 4096];
        row.chunks_exact_mut(item)
            .for_each(|place| place.copy_from_slice(&sample[..item]));
        self.each_part(common, |part, layout, common| {
            // A box that is one row, again and again.
            let mut at = common.start().to_vec();
            let last = common.rank().saturating_sub(1);
            let run = if common.rank() == 0 {
                item
            } else {
                common.range(last).len() * item
            };
            loop {
                checkpoint.check()?;
                let start = layout.offset(&at);
                for piece in part[start..start + run].chunks_mut(row.len()) {
                    piece.copy_from_slice(&row[..piece.len()]);
                }
                if !crate::io::bytes::advance(&mut at[..last], common) {
                    return Ok(());
                }
            }
        })
    }

    /// Calls `each` with every part that has samples of `common`, its layout, and the samples of it that are in `common`.
    fn each_part(
        &mut self,
        common: &Roi,
        mut each: impl FnMut(&mut [u8], &Layout, &Roi) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if common.is_empty() {
            return Ok(());
        }
        let mut layout = Layout::of(&self.at, self.item);
        layout.strides[..self.lead].fill(0);
        let mut point = common.start().to_vec();
        loop {
            let (mut n, mut within) = (0, *common);
            for (axis, &place) in point[..self.lead].iter().enumerate() {
                let range = self.at.range(axis);
                n = n * range.len() + (place - range.start);
                within = within.with_axis(axis, place..place + 1)?;
            }
            each(self.parts[n], &layout, &within)?;
            if !crate::io::bytes::advance(&mut point[..self.lead], common) {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
#[path = "tests/boxes.rs"]
mod tests;
