//! What one region has and another has not.

use std::iter::FusedIterator;

use crate::roi::Roi;

impl Roi {
    /// The points of this region that are not in `other`, as disjoint boxes: none if there are no such points, at most two
    /// for each axis.
    ///
    /// All of this region (unless it is empty) if the other one has another rank.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::roi;
    ///
    /// let frame: Vec<_> = roi![0..9, 0..9].difference(&roi![3..6, 3..6]).collect();
    /// assert_eq!(frame, [roi![0..3, 0..9], roi![6..9, 0..9], roi![3..6, 0..3], roi![3..6, 6..9]]);
    /// ```
    #[inline]
    pub fn difference(&self, other: &Self) -> Difference {
        match self.intersection(other) {
            Some(cut) => Difference {
                rest: *self,
                cut,
                next: 0,
            },
            // Nothing is cut off: one face that is everything, if there is anything.
            None => Difference {
                rest: *self,
                cut: *self,
                next: if self.is_empty() { usize::MAX } else { WHOLE },
            },
        }
    }
}

/// The boxes of [`Roi::difference`], cut off axis by axis, before and after the other region.
#[derive(Clone, Debug)]
#[must_use = "iterators are lazy"]
pub struct Difference {
    /// What has not been looked at: on the axes that were, no more than `cut`.
    rest: Roi,
    /// What is taken away.
    cut: Roi,
    /// The next face: twice the axis, and one more for the face after the cut.
    next: usize,
}

/// For `next`: the region comes out whole.
const WHOLE: usize = usize::MAX - 1;

impl Iterator for Difference {
    type Item = Roi;

    fn next(&mut self) -> Option<Roi> {
        if self.next == WHOLE {
            self.next = usize::MAX;
            return Some(self.rest);
        }
        while self.next / 2 < self.rest.rank() {
            let (axis, after) = (self.next / 2, self.next % 2 == 1);
            self.next += 1;
            let (rest, cut) = (self.rest.range(axis), self.cut.range(axis));
            let (face, kept) = if after {
                (cut.end..rest.end, rest.start..cut.end)
            } else {
                (rest.start..cut.start, cut.start..rest.end)
            };
            let piece = self.rest.with_range(axis, face);
            self.rest = self.rest.with_range(axis, kept);
            if !piece.is_empty() {
                return Some(piece);
            }
        }
        None
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        match self.next {
            WHOLE => (1, Some(1)),
            next => (0, Some((2 * self.rest.rank()).saturating_sub(next))),
        }
    }
}

impl FusedIterator for Difference {}
