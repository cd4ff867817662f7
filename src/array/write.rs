//! Writing into memory that somebody else provides.

use ndarray::{ArrayViewMutD, Axis, Slice};

use crate::array::{Array, Element, match_dtype};
use crate::error::Error;
use crate::roi::Roi;

impl Array {
    /// Writes the elements over those of `out`. No element is converted.
    ///
    /// # Errors
    ///
    /// `Invalid` if types or shapes differ; the message names both sides, and `out` is as it was.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::Array;
    /// use ndarray::Array2;
    ///
    /// let tile = Array::from_vec("yx", &[1, 2], vec![7u8, 8])?;
    /// let mut canvas = Array2::<u8>::zeros((2, 2));
    /// tile.copy_into(&mut canvas.slice_mut(ndarray::s![1.., ..]).into_dyn())?;
    /// assert_eq!(canvas, ndarray::arr2(&[[0, 0], [7, 8]]));
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn copy_into<T: Element>(&self, out: &mut ArrayViewMutD<'_, T>) -> Result<(), Error> {
        let view = self.view::<T>()?;
        if view.shape() != out.shape() {
            return Err(Error::invalid(format!(
                "cannot write {self:?} over elements of shape {:?}",
                out.shape()
            )));
        }
        out.assign(&view);
        Ok(())
    }

    /// Writes the elements of `part` over those within `roi`, whose coordinates count from the array's own first element. No
    /// element is converted.
    ///
    /// Copy on write, as for [`view_mut`](Self::view_mut): clones and slices made before never see it, `part` among them if it
    /// is one.
    ///
    /// # Errors
    ///
    /// `Invalid` if types or axes differ, if `roi` is not within the array or has another shape than `part`; the message names
    /// both sides. An error too if there is no memory for a copy. The array is as it was.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::{Array, DType, roi};
    ///
    /// let mut canvas = Array::zeros("yx", &[2, 3], DType::U8)?;
    /// canvas.assign_region(&roi![1..2, 1..3], &Array::full("yx", &[1, 2], 7u8)?)?;
    /// assert_eq!(canvas, Array::from_vec("yx", &[2, 3], vec![0u8, 0, 0, 0, 7, 7])?);
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn assign_region(&mut self, roi: &Roi, part: &Self) -> Result<(), Error> {
        self.must_contain(roi)?;
        if self.dtype() != part.dtype() || self.axes() != part.axes() || roi.shape() != *part.shape() {
            return Err(Error::invalid(format!(
                "cannot write {part:?} over region {roi} of {self:?}"
            )));
        }
        if roi.is_empty() {
            return Ok(());
        }
        match_dtype!(self.dtype(), T => {
            let mut view = self.view_mut::<T>()?;
            for (axis, range) in roi.ranges().enumerate() {
                view.slice_axis_inplace(Axis(axis), Slice::from(range));
            }
            part.copy_into(&mut view)
        })
    }
}
