//! One function for each element.

use crate::array::{Array, DType, Element, allocate, match_dtype, rows};
use crate::error::Error;

impl Array {
    /// `f` of each element: an array of the same axes and shape in a new, contiguous buffer.
    ///
    /// For a [constant](Self::full) `f` is called once, and the result is a constant. With
    /// [`match_dtype!`](crate::array::match_dtype) around it, it is a pointwise operation on arrays of any type.
    ///
    /// # Errors
    ///
    /// `Invalid` if the elements are not of type `T`; the message names both types. An error too if there is no memory for
    /// the result.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::Array;
    ///
    /// let negative = Array::from_vec("x", &[3], vec![0u8, 100, 255])?.map(|value: u8| 255 - value)?;
    /// assert_eq!(negative.view::<u8>()?.as_slice(), Some(&[255, 155, 0][..]));
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn map<T: Element, U: Element>(&self, f: impl Fn(T) -> U) -> Result<Self, Error> {
        let (core, rest) = self.window.split();
        let once = Self {
            window: core,
            ..self.clone()
        };
        let view = once.view::<T>()?;
        let mut out = allocate::zeroed::<U>(view.shape())?;
        let shape = view.shape().to_vec();
        rows::map_into(view, &mut out, f);
        Ok(Self {
            window: rest,
            ..Self::over(self.axes, allocate::shaped(&shape, out), None)
        })
    }

    /// The same numbers as elements of another type, each as [`Element::cast`] makes it: saturated, halves rounded to even,
    /// NaN to 0. Shares the buffer if they are of that type already; a [constant](Self::full) stays one.
    ///
    /// # Errors
    ///
    /// If there is no memory for the result.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::{Array, DType};
    ///
    /// let smooth = Array::from_vec("x", &[4], vec![-3.0f32, 0.5, 1.5, 300.0])?;
    /// let bytes = smooth.cast(DType::U8)?;
    /// assert_eq!(bytes.view::<u8>()?.as_slice(), Some(&[0, 0, 2, 255][..]));
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn cast(&self, dtype: DType) -> Result<Self, Error> {
        if dtype == self.dtype() {
            return Ok(self.clone());
        }
        match_dtype!(self.dtype(), T => match_dtype!(dtype, U => self.map(|value: T| value.cast::<U>())))
    }
}
