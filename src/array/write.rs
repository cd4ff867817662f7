//! Writing into memory that somebody else provides.

use ndarray::ArrayViewMutD;

use crate::array::{Array, Element};
use crate::error::Error;

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
}
