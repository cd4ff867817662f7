//! How elements lie in memory.

use crate::array::{Array, allocate, match_dtype, rows};
use crate::error::Error;

impl Array {
    /// Whether the elements lie without gaps in the order of the axes, the last running fastest.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::Array;
    ///
    /// let image = Array::from_vec("yx", &[2, 2], vec![1u8, 2, 3, 4])?;
    /// let turned = image.to_axes("xy")?;
    /// assert!(image.is_contiguous() && !turned.is_contiguous());
    /// assert_eq!(turned.to_contiguous()?.view::<u8>()?.as_slice(), Some(&[1, 3, 2, 4][..]));
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn is_contiguous(&self) -> bool {
        match_dtype!(self.dtype(), T => self.view::<T>().is_ok_and(|view| view.is_standard_layout()))
    }

    /// The same array with its elements without gaps in the order of the axes: itself if they are, else a copy.
    ///
    /// # Errors
    ///
    /// If there is no memory for the copy.
    pub fn to_contiguous(&self) -> Result<Self, Error> {
        if self.is_contiguous() {
            return Ok(self.clone());
        }
        self.detached()
    }

    /// A copy in a buffer of its own, just large enough and contiguous.
    ///
    /// For a small part that would keep a large buffer alive: compare [`buffer_nbytes`](Self::buffer_nbytes) with
    /// [`nbytes`](Self::nbytes). The copy is not [charged](Self::zeros_in) to anybody.
    ///
    /// # Errors
    ///
    /// If there is no memory for the copy.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::{Array, DType, roi};
    ///
    /// let volume = Array::zeros("zyx", &[64, 64, 64], DType::F32)?;
    /// let plane = volume.slice(&roi![3..4, 0..64, 0..64])?;
    /// assert_eq!(plane.buffer_nbytes(), 64 * plane.nbytes());
    /// assert_eq!(plane.detached()?.buffer_nbytes(), plane.nbytes());
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn detached(&self) -> Result<Self, Error> {
        match_dtype!(self.dtype(), T => {
            let mut copy = allocate::zeroed::<T>(self.shape())?;
            rows::map_into(self.view::<T>()?, &mut copy, |value| value);
            Ok(Self::over(self.axes(), allocate::shaped(self.shape(), copy), None))
        })
    }
}
