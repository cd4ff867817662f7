//! Regions and shapes with other axes.

use std::ops::Range;

use crate::roi::error::same_rank;
use crate::roi::{MAX_AXES, Roi, RoiError, Shape};

impl Roi {
    /// The same region with `range` on `axis`. lazyflow's name: `setDim`, in place.
    ///
    /// # Errors
    ///
    /// [`RoiError::BadAxis`]; [`RoiError::Reversed`].
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::roi;
    ///
    /// assert_eq!(roi![0..9, 0..9].with_axis(0, 4..5)?, roi![4..5, 0..9]);
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn with_axis(&self, axis: usize, range: Range<usize>) -> Result<Self, RoiError> {
        known("axis to set", axis, self.rank())?;
        in_order(axis, &range)?;
        Ok(self.with_range(axis, range))
    }

    /// [`with_axis`](Self::with_axis) for an axis that there is and a range in order.
    #[inline]
    pub(in crate::roi) fn with_range(&self, axis: usize, range: Range<usize>) -> Self {
        Self::from_fn(self.rank(), |at| {
            let own = self.range(at);
            if at == axis {
                (range.start, range.end)
            } else {
                (own.start, own.end)
            }
        })
    }

    /// The region with one more axis, before the one that is at `axis` now. lazyflow's name: `insertDim`, in place.
    ///
    /// # Errors
    ///
    /// [`RoiError::BadAxis`] beyond the rank; [`RoiError::TooManyAxes`]; [`RoiError::Reversed`].
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::roi;
    ///
    /// assert_eq!(roi![0..4, 0..5].insert_axis(0, 7..8)?, roi![7..8, 0..4, 0..5]);
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn insert_axis(&self, axis: usize, range: Range<usize>) -> Result<Self, RoiError> {
        let rank = grown("region", axis, self.rank())?;
        in_order(axis, &range)?;
        Ok(Self::from_fn(rank, |at| match before(axis, at) {
            Some(at) => (self.start()[at], self.stop()[at]),
            None => (range.start, range.end),
        }))
    }

    /// The region without `axis`. lazyflow's name: `popDim`, in place.
    ///
    /// # Errors
    ///
    /// [`RoiError::BadAxis`].
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::roi;
    ///
    /// assert_eq!(roi![7..8, 0..4, 0..5].remove_axis(0)?, roi![0..4, 0..5]);
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn remove_axis(&self, axis: usize) -> Result<Self, RoiError> {
        known("axis to remove", axis, self.rank())?;
        Ok(Self::from_fn(self.rank() - 1, |at| {
            let range = self.range(at + usize::from(at >= axis));
            (range.start, range.end)
        }))
    }

    /// The region with its axes in another order: axis `n` of the result is axis `order[n]` of this one.
    ///
    /// # Errors
    ///
    /// [`RoiError::RankMismatch`]; [`RoiError::BadAxis`] unless each axis occurs once.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::roi;
    ///
    /// assert_eq!(roi![0..1, 2..3, 4..5].permute_axes([2, 0, 1])?, roi![4..5, 0..1, 2..3]);
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn permute_axes(&self, order: impl AsRef<[usize]>) -> Result<Self, RoiError> {
        let order = permutation(order.as_ref(), self.rank())?;
        Ok(Self::from_fn(self.rank(), |at| {
            let range = self.range(order[at]);
            (range.start, range.end)
        }))
    }
}

impl Shape {
    /// The same shape with `length` on `axis`.
    ///
    /// # Errors
    ///
    /// [`RoiError::BadAxis`].
    pub fn with_axis(&self, axis: usize, length: usize) -> Result<Self, RoiError> {
        known("axis to set", axis, self.rank())?;
        Ok(Self::from_fn(
            self.rank(),
            |at| if at == axis { length } else { self[at] },
        ))
    }

    /// The shape with one more axis, before the one that is at `axis` now.
    ///
    /// # Errors
    ///
    /// [`RoiError::BadAxis`] beyond the rank; [`RoiError::TooManyAxes`].
    pub fn insert_axis(&self, axis: usize, length: usize) -> Result<Self, RoiError> {
        let rank = grown("shape", axis, self.rank())?;
        Ok(Self::from_fn(rank, |at| before(axis, at).map_or(length, |at| self[at])))
    }

    /// The shape without `axis`.
    ///
    /// # Errors
    ///
    /// [`RoiError::BadAxis`].
    pub fn remove_axis(&self, axis: usize) -> Result<Self, RoiError> {
        known("axis to remove", axis, self.rank())?;
        Ok(Self::from_fn(self.rank() - 1, |at| self[at + usize::from(at >= axis)]))
    }

    /// The shape with its axes in another order: axis `n` of the result is axis `order[n]` of this one.
    ///
    /// # Errors
    ///
    /// [`RoiError::RankMismatch`]; [`RoiError::BadAxis`] unless each axis occurs once.
    pub fn permute_axes(&self, order: impl AsRef<[usize]>) -> Result<Self, RoiError> {
        let order = permutation(order.as_ref(), self.rank())?;
        Ok(Self::from_fn(self.rank(), |at| self[order[at]]))
    }
}

/// Which old axis is at `at` when a new one has come in at `axis`; none where that one is.
fn before(axis: usize, at: usize) -> Option<usize> {
    (at != axis).then(|| at - usize::from(at > axis))
}

fn known(what: &'static str, axis: usize, rank: usize) -> Result<(), RoiError> {
    if axis < rank {
        return Ok(());
    }
    Err(RoiError::BadAxis { what, axis, rank })
}

fn in_order(axis: usize, range: &Range<usize>) -> Result<(), RoiError> {
    let (start, stop) = (range.start, range.end);
    if start <= stop {
        return Ok(());
    }
    Err(RoiError::Reversed { axis, start, stop })
}

/// The rank after an axis has been inserted at `axis`.
fn grown(what: &'static str, axis: usize, rank: usize) -> Result<usize, RoiError> {
    if rank == MAX_AXES {
        return Err(RoiError::TooManyAxes { what, rank: rank + 1 });
    }
    known("axis to insert", axis, rank + 1)?;
    Ok(rank + 1)
}

/// `order`, if it names each of `rank` axes once.
fn permutation(order: &[usize], rank: usize) -> Result<&[usize], RoiError> {
    same_rank("the order of the axes", order.len(), rank)?;
    let mut taken = [false; MAX_AXES];
    for &axis in order {
        known("order of the axes", axis, rank)?;
        if std::mem::replace(&mut taken[axis], true) {
            let what = "order of the axes";
            return Err(RoiError::BadAxis { what, axis, rank });
        }
    }
    Ok(order)
}
