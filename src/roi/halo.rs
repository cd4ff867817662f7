//! Regions grown by what a neighbourhood operation has to see around them.

use crate::roi::error::same_rank;
use crate::roi::{Roi, RoiError};

/// How many standard deviations of a Gaussian are looked at where nothing else is said; the same as lazyflow's.
pub const DEFAULT_WINDOW: f64 = 3.5;

/// A region with a halo around it, and where the region itself lies in that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Enlarged {
    /// The region with the halo, clipped: what to ask for.
    pub outer: Roi,
    /// The region itself in the coordinates of a buffer that holds `outer`: what to keep of the result.
    pub inner: Roi,
}

impl Roi {
    /// The region grown by `halo` points at both ends of each axis, clipped to `within`.
    ///
    /// An empty region needs no surroundings and stays as it is. lazyflow's name: `expandByShape`, in place.
    ///
    /// # Errors
    ///
    /// [`RoiError::RankMismatch`]; [`RoiError::NotWithin`] unless `within` contains the region.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::{Shape, roi};
    ///
    /// let enlarged = roi![2..20, 10..20].expand_by_halo([2, 2], Shape::from([100, 25]))?;
    /// assert_eq!(enlarged.outer, roi![0..22, 8..22]);
    /// assert_eq!(enlarged.inner, roi![2..20, 2..12]);
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn expand_by_halo(&self, halo: impl AsRef<[usize]>, within: impl Into<Roi>) -> Result<Enlarged, RoiError> {
        let (halo, within) = (halo.as_ref(), within.into());
        same_rank("the halo", halo.len(), self.rank())?;
        within.must_contain(self)?;
        let outer = if self.is_empty() {
            *self
        } else {
            Self::from_fn(self.rank(), |axis| {
                let (own, within) = (self.range(axis), within.range(axis));
                (
                    own.start.saturating_sub(halo[axis]).max(within.start),
                    own.end.saturating_add(halo[axis]).min(within.end),
                )
            })
        };
        let inner = self.relative_to(&outer)?;
        Ok(Enlarged { outer, inner })
    }

    /// The region grown by [`halo_for_sigma`] on each axis, clipped to `within`. An axis with sigma 0 stays as it is.
    ///
    /// lazyflow's name: `enlargeRoiForHalo`. It takes one sigma and flags for the axes as well; here, write 0 instead.
    ///
    /// # Errors
    ///
    /// As [`expand_by_halo`](Self::expand_by_halo), and [`RoiError::NotFinite`] if sigma or window is negative, infinite or
    /// not a number.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::roi::DEFAULT_WINDOW;
    /// use headwater::{Shape, roi};
    ///
    /// let enlarged = roi![10..20, 10..20].expand_for_sigma([1.0, 1.0], DEFAULT_WINDOW, Shape::from([100, 25]))?;
    /// assert_eq!(enlarged.outer, roi![6..24, 6..24]);
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn expand_for_sigma(
        &self,
        sigma: impl AsRef<[f64]>,
        window: f64,
        within: impl Into<Roi>,
    ) -> Result<Enlarged, RoiError> {
        let sigma = sigma.as_ref();
        same_rank("sigma", sigma.len(), self.rank())?;
        let mut halo = [0; crate::roi::MAX_AXES];
        for (points, &sigma) in halo.iter_mut().zip(sigma) {
            *points = halo_for_sigma(sigma, window)?;
        }
        self.expand_by_halo(&halo[..self.rank()], within)
    }
}

/// How many points a Gaussian of standard deviation `sigma` looks at on either side: `window * sigma`, rounded up.
///
/// # Errors
///
/// [`RoiError::NotFinite`] if either is negative, infinite or not a number.
///
/// # Examples
///
/// ```
/// use headwater::roi::halo_for_sigma;
///
/// assert_eq!(halo_for_sigma(1.5, 3.5)?, 6);
/// assert!(halo_for_sigma(f64::NAN, 3.5).is_err());
/// # Ok::<(), headwater::Error>(())
/// ```
pub fn halo_for_sigma(sigma: f64, window: f64) -> Result<usize, RoiError> {
    for (what, number) in [("sigma", sigma), ("window", window)] {
        if !(number.is_finite() && number >= 0.0) {
            let value = number.to_string();
            return Err(RoiError::NotFinite { what, value });
        }
    }
    // The conversion saturates, and so does growing: a halo that is larger than the image is all of it.
    Ok((window * sigma).ceil() as usize)
}
