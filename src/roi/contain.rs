//! What is inside of a region.

use crate::roi::{Roi, RoiError};

impl Roi {
    /// Whether the bounds of `inner` are within the bounds of this one. lazyflow's name: `is_fully_contained`.
    ///
    /// The bounds count, not the points: an empty region outside of these bounds is not contained, so that what is contained
    /// can always be sliced. False for a region of another rank.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::roi;
    ///
    /// assert!(roi![0..2, 0..2].contains(&roi![1..2, 1..2]));
    /// assert!(!roi![0..2, 0..2].contains(&roi![1..3, 1..2]));
    ///
    /// // lazyflow's `containing_rois`: which of several contain a region
    /// let found = [roi![0..10], roi![3..5]].into_iter().filter(|roi| roi.contains(&roi![4..6]));
    /// assert_eq!(found.collect::<Vec<_>>(), [roi![0..10]]);
    /// ```
    #[inline]
    pub fn contains(&self, inner: &Self) -> bool {
        self.rank() == inner.rank()
            && self
                .ranges()
                .zip(inner.ranges())
                .all(|(own, inner)| own.start <= inner.start && inner.end <= own.end)
    }

    /// Whether `point` is in the region. False for a point of another rank.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::roi;
    ///
    /// assert!(roi![0..2, 5..9].contains_point([1, 5]));
    /// assert!(!roi![0..2, 5..9].contains_point([2, 5]));
    /// ```
    #[inline]
    pub fn contains_point(&self, point: impl AsRef<[usize]>) -> bool {
        let point = point.as_ref();
        self.rank() == point.len() && self.ranges().zip(point).all(|(range, at)| range.contains(at))
    }

    /// Refuses `inner` unless it is contained.
    #[inline]
    pub(in crate::roi) fn must_contain(&self, inner: &Self) -> Result<(), RoiError> {
        crate::roi::error::same_rank("the region", inner.rank(), self.rank())?;
        if self.contains(inner) {
            return Ok(());
        }
        Err(RoiError::NotWithin {
            roi: Box::new(*inner),
            within: Box::new(*self),
        })
    }
}
