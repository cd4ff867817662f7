//! What two regions have in common.

use crate::roi::Roi;

impl Roi {
    /// The points that are in both, if there are any. lazyflow's name: `getIntersection`.
    ///
    /// Regions that only touch have none in common; nor has an empty region, nor have regions of different rank.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::roi;
    ///
    /// assert_eq!(roi![0..5, 0..5].intersection(&roi![2..9, 3..9]), Some(roi![2..5, 3..5]));
    /// assert_eq!(roi![0..5, 0..5].intersection(&roi![5..6, 0..5]), None);
    /// ```
    #[inline]
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        if !self.intersects(other) {
            return None;
        }
        let (start, stop) = (self.start(), self.stop());
        let (others_start, others_stop) = (other.start(), other.stop());
        Some(Self::from_fn(self.rank(), |axis| {
            (start[axis].max(others_start[axis]), stop[axis].min(others_stop[axis]))
        }))
    }

    /// Whether there is a point in both.
    #[inline]
    pub fn intersects(&self, other: &Self) -> bool {
        self.rank() == other.rank()
            && self
                .ranges()
                .zip(other.ranges())
                .all(|(own, others)| own.start.max(others.start) < own.end.min(others.end))
    }
}
