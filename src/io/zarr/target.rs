//! The memory of a box whose parts are written by several threads at once.

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::boxes::{Layout, advance, copy};
use crate::roi::Roi;

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
                if !advance(&mut at[..last], common) {
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
            if !advance(&mut point[..self.lead], common) {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
#[path = "tests/target.rs"]
mod tests;
