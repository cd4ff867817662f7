//! Regions on the levels of a resolution pyramid.

use crate::roi::error::same_rank;
use crate::roi::{Roi, RoiError};

impl Roi {
    /// The same place on a grid that is `factor` times as fine.
    ///
    /// # Errors
    ///
    /// [`RoiError::RankMismatch`]; [`RoiError::Zero`]; [`RoiError::Overflow`].
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::roi;
    ///
    /// assert_eq!(roi![1..3, 5..6].refine([4, 1])?, roi![4..12, 5..6]);
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn refine(&self, factor: impl AsRef<[usize]>) -> Result<Self, RoiError> {
        let factor = checked(factor.as_ref(), self.rank())?;
        let scaled = |at: usize, axis: usize| {
            at.checked_mul(factor[axis]).ok_or(RoiError::Overflow {
                what: "the refined region",
            })
        };
        Self::try_from_fn(self.rank(), |axis| {
            let range = self.range(axis);
            Ok((scaled(range.start, axis)?, scaled(range.end, axis)?))
        })
    }

    /// The smallest region on a grid that is `factor` times as coarse whose points cover this one: start rounded down, stop
    /// rounded up. An empty axis stays empty.
    ///
    /// # Errors
    ///
    /// [`RoiError::RankMismatch`]; [`RoiError::Zero`].
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::roi;
    ///
    /// assert_eq!(roi![3..9, 5..6].coarsen([4, 1])?, roi![0..3, 5..6]);
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn coarsen(&self, factor: impl AsRef<[usize]>) -> Result<Self, RoiError> {
        let factor = checked(factor.as_ref(), self.rank())?;
        Ok(Self::from_fn(self.rank(), |axis| {
            let (range, factor) = (self.range(axis), factor[axis]);
            let start = range.start / factor;
            if range.is_empty() {
                return (start, start);
            }
            (start, range.end.div_ceil(factor))
        }))
    }
}

/// `factor`, if it has `rank` entries of at least 1.
fn checked(factor: &[usize], rank: usize) -> Result<&[usize], RoiError> {
    same_rank("the factor", factor.len(), rank)?;
    match factor.iter().position(|&factor| factor == 0) {
        Some(axis) => Err(RoiError::Zero {
            what: "the factor",
            axis,
        }),
        None => Ok(factor),
    }
}
