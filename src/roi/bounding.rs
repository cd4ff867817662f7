//! Regions around regions.

use crate::roi::error::same_rank;
use crate::roi::{Roi, RoiError};

impl Roi {
    /// The smallest region that contains both. It is not their union: it may have points that neither has.
    ///
    /// A region without points counts for nothing.
    ///
    /// # Errors
    ///
    /// [`RoiError::RankMismatch`].
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::roi;
    ///
    /// assert_eq!(roi![0..2, 0..2].bounding_box(&roi![5..6, 1..2])?, roi![0..6, 0..2]);
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn bounding_box(&self, other: &Self) -> Result<Self, RoiError> {
        same_rank("the other region", other.rank(), self.rank())?;
        Ok(match (self.is_empty(), other.is_empty()) {
            (_, true) => *self,
            (true, false) => *other,
            (false, false) => self.hull(other),
        })
    }

    /// The box around two regions of one rank, neither of them empty.
    #[inline]
    pub(in crate::roi) fn hull(&self, other: &Self) -> Self {
        Self::from_fn(self.rank(), |axis| {
            let (own, others) = (self.range(axis), other.range(axis));
            (own.start.min(others.start), own.end.max(others.end))
        })
    }

    /// The union, if it is a box: one contains the other, or they agree on all axes but one and touch or overlap there. Both
    /// are of one rank and not empty.
    #[inline]
    pub(in crate::roi) fn merged(&self, other: &Self) -> Option<Self> {
        let mut differing = self.ranges().zip(other.ranges()).filter(|(own, others)| own != others);
        match (differing.next(), differing.next()) {
            (None, _) => Some(*self),
            (Some((own, others)), None) if own.start <= others.end && others.start <= own.end => Some(self.hull(other)),
            _ if self.contains(other) => Some(*self),
            _ if other.contains(self) => Some(*other),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::roi;

    #[test]
    fn boxes_merge_only_into_a_box_of_their_own_points() {
        let merged = |a: crate::roi::Roi, b| (a.merged(&b), b.merged(&a));
        for (a, b, union) in [
            (roi![0..4, 0..4], roi![4..6, 0..4], Some(roi![0..6, 0..4])), // touch
            (roi![0..4, 0..4], roi![2..6, 0..4], Some(roi![0..6, 0..4])), // overlap
            (roi![0..4, 0..4], roi![1..2, 1..2], Some(roi![0..4, 0..4])), // inside
            (roi![0..4, 0..4], roi![0..4, 0..4], Some(roi![0..4, 0..4])),
            (roi![0..4, 0..4], roi![5..6, 0..4], None), // a gap
            (roi![0..4, 0..4], roi![4..6, 0..3], None), // a step
            (roi![0..4, 0..4], roi![4..6, 4..6], None), // a corner
        ] {
            assert_eq!(merged(a, b), (union, union), "{a} and {b}");
        }
    }
}
