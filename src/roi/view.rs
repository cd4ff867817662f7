//! Regions of arrays.

use ndarray::{ArrayBase, ArrayView, ArrayViewMut, Data, DataMut, Dimension, Slice};

use crate::roi::{Roi, RoiError, Shape};

impl Roi {
    /// The part of `array` that the region covers; nothing is copied.
    ///
    /// # Errors
    ///
    /// [`RoiError::RankMismatch`]; [`RoiError::NotWithin`] unless it is within the array.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::roi;
    /// use ndarray::array;
    ///
    /// let image = array![[1, 2, 3], [4, 5, 6]];
    /// assert_eq!(roi![0..2, 1..3].view(&image)?, array![[2, 3], [5, 6]]);
    /// assert!(roi![0..3, 1..3].view(&image).is_err());
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn view<'a, S: Data, D: Dimension>(
        &self,
        array: &'a ArrayBase<S, D>,
    ) -> Result<ArrayView<'a, S::Elem, D>, RoiError> {
        Self::full(Shape::new(array.shape())?).must_contain(self)?;
        Ok(array.slice_each_axis(|axis| Slice::from(self.range(axis.axis.index()))))
    }

    /// The part of `array` that the region covers, to write to.
    ///
    /// # Errors
    ///
    /// As [`view`](Self::view).
    pub fn view_mut<'a, S: DataMut, D: Dimension>(
        &self,
        array: &'a mut ArrayBase<S, D>,
    ) -> Result<ArrayViewMut<'a, S::Elem, D>, RoiError> {
        Self::full(Shape::new(array.shape())?).must_contain(self)?;
        Ok(array.slice_each_axis_mut(|axis| Slice::from(self.range(axis.axis.index()))))
    }
}
