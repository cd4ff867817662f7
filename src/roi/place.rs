//! The same region elsewhere, or seen from elsewhere.

use crate::roi::error::same_rank;
use crate::roi::{Roi, RoiError};

impl Roi {
    /// The region moved by `offset` on each axis.
    ///
    /// # Errors
    ///
    /// [`RoiError::RankMismatch`]; [`RoiError::Overflow`] if a bound would be below 0 or too large.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::roi;
    ///
    /// assert_eq!(roi![4..6, 0..1].translate([-3, 5])?, roi![1..3, 5..6]);
    /// assert!(roi![4..6, 0..1].translate([-5, 0]).is_err());
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn translate(&self, offset: impl AsRef<[isize]>) -> Result<Self, RoiError> {
        let offset = offset.as_ref();
        same_rank("the offset", offset.len(), self.rank())?;
        let moved = |at: usize, axis: usize| {
            at.checked_add_signed(offset[axis]).ok_or(RoiError::Overflow {
                what: "the moved region",
            })
        };
        Self::try_from_fn(self.rank(), |axis| {
            let range = self.range(axis);
            Ok((moved(range.start, axis)?, moved(range.end, axis)?))
        })
    }

    /// The region in the coordinates of a buffer that holds `outer`.
    ///
    /// # Errors
    ///
    /// [`RoiError::RankMismatch`]; [`RoiError::NotWithin`] unless `outer` contains it.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::roi;
    ///
    /// let outer = roi![10..20, 10..20];
    /// let relative = roi![12..14, 10..11].relative_to(&outer)?;
    /// assert_eq!(relative, roi![2..4, 0..1]);
    /// assert_eq!(relative.absolute_in(&outer)?, roi![12..14, 10..11]);
    /// # Ok::<(), headwater::Error>(())
    /// ```
    #[inline]
    pub fn relative_to(&self, outer: &Self) -> Result<Self, RoiError> {
        outer.must_contain(self)?;
        Ok(Self::from_fn(self.rank(), |axis| {
            let (own, origin) = (self.range(axis), outer.start()[axis]);
            (own.start - origin, own.end - origin)
        }))
    }

    /// The region that this one, in the coordinates of a buffer that holds `outer`, stands for: undoes
    /// [`relative_to`](Self::relative_to).
    ///
    /// # Errors
    ///
    /// [`RoiError::RankMismatch`]; [`RoiError::NotWithin`] unless it is within the buffer.
    #[inline]
    pub fn absolute_in(&self, outer: &Self) -> Result<Self, RoiError> {
        Self::full(outer.shape()).must_contain(self)?;
        Ok(Self::from_fn(self.rank(), |axis| {
            let (own, origin) = (self.range(axis), outer.start()[axis]);
            (own.start + origin, own.end + origin)
        }))
    }

    /// The part of the region that is within `within`: an empty region on its border if there is none.
    ///
    /// # Errors
    ///
    /// [`RoiError::RankMismatch`].
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::{Shape, roi};
    ///
    /// assert_eq!(roi![4..60, 4..6].clipped(Shape::from([32, 32]))?, roi![4..32, 4..6]);
    /// assert_eq!(roi![40..60, 4..6].clipped(Shape::from([32, 32]))?, roi![32..32, 4..6]);
    /// # Ok::<(), headwater::Error>(())
    /// ```
    #[inline]
    pub fn clipped(&self, within: impl Into<Roi>) -> Result<Self, RoiError> {
        let within = within.into();
        same_rank("the region", self.rank(), within.rank())?;
        Ok(Self::from_fn(self.rank(), |axis| {
            let (own, within) = (self.range(axis), within.range(axis));
            (
                own.start.clamp(within.start, within.end),
                own.end.clamp(within.start, within.end),
            )
        }))
    }
}
