//! Parts of arrays.

use crate::array::Array;
use crate::error::Error;
use crate::roi::Roi;

impl Array {
    /// The part within `roi`, whose coordinates count from the array's own first element. Nothing is copied: the part shares
    /// the buffer and keeps all of it alive ([`detached`](Self::detached) ends that).
    ///
    /// # Errors
    ///
    /// `Invalid` if `roi` has another number of axes or is not within the array; the message names both.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::{Array, roi};
    ///
    /// let image = Array::from_vec("yx", &[2, 3], vec![1u8, 2, 3, 4, 5, 6])?;
    /// let right = image.slice(&roi![0..2, 1..3])?;
    /// assert_eq!(right, Array::from_vec("yx", &[2, 2], vec![2u8, 3, 5, 6])?);
    /// let error = image.slice(&roi![0..2, 1..4]).unwrap_err();
    /// assert_eq!(error.to_string(), "region 0..2, 1..4 is not within Array(yx u8 [2, 3])");
    /// # Ok::<(), headwater::Error>(())
    /// ```
    #[inline]
    pub fn slice(&self, roi: &Roi) -> Result<Self, Error> {
        self.must_contain(roi)?;
        let mut part = self.clone();
        for (axis, (start, stop)) in roi.start().iter().zip(roi.stop()).enumerate() {
            part.window.narrow(axis, *start, stop - start);
        }
        Ok(part)
    }

    /// Refuses a region that is not within the array.
    #[inline]
    pub(super) fn must_contain(&self, roi: &Roi) -> Result<(), Error> {
        let shape = self.shape();
        if roi.rank() == shape.len() && roi.stop().iter().zip(shape).all(|(stop, length)| stop <= length) {
            return Ok(());
        }
        Err(self.not_within(roi))
    }

    #[cold]
    fn not_within(&self, roi: &Roi) -> Error {
        Error::invalid(format!("region {roi} is not within {self:?}"))
    }
}
