//! Arrays beside each other.

use ndarray::Axis;

use crate::array::{Array, Axes, allocate, match_dtype};
use crate::error::Error;

impl Array {
    /// The arrays one after the other along the axis called `letter`, in a new buffer.
    ///
    /// # Errors
    ///
    /// `Invalid` if there are none, or if one has another type, other axes, or another length on another axis than the first;
    /// the message names both. An error too if there is no memory for the result.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::Array;
    ///
    /// let left = Array::from_vec("yx", &[2, 1], vec![1u8, 3])?;
    /// let right = Array::from_vec("yx", &[2, 1], vec![2u8, 4])?;
    /// let both = Array::concat('x', &[left, right])?;
    /// assert_eq!(both, Array::from_vec("yx", &[2, 2], vec![1u8, 2, 3, 4])?);
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn concat(letter: char, arrays: &[Self]) -> Result<Self, Error> {
        let Some(first) = arrays.first() else {
            return Err(Error::invalid("nothing to put together"));
        };
        let Some(axis) = first.axes().position(letter) else {
            return Err(Error::invalid(format!("{first:?} has no axis {letter}")));
        };
        let mut shape = first.shape().to_vec();
        shape[axis] = 0;
        for array in arrays {
            if !fits(first, array, axis) {
                return Err(Error::invalid(format!(
                    "cannot put {array:?} behind {first:?} along {letter}"
                )));
            }
            shape[axis] = array.shape()[axis].saturating_add(shape[axis]);
        }
        match_dtype!(first.dtype(), T => {
            let mut whole = allocate::shaped(&shape, allocate::zeroed::<T>(&shape)?);
            let mut rest = whole.view_mut();
            for array in arrays {
                let (mut part, behind) = rest.split_at(Axis(axis), array.shape()[axis]);
                array.copy_into(&mut part)?;
                rest = behind;
            }
            Ok(Self::over(first.axes(), whole, None))
        })
    }

    /// The arrays one after the other along a new axis called `letter`, outermost, in a new buffer.
    ///
    /// # Errors
    ///
    /// `Invalid` if there are none, if the first has an axis `letter` already or eight axes, or if one has another type, shape
    /// or axes than the first; the message names both. An error too if there is no memory for the result.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::Array;
    ///
    /// let [first, second] = [1u8, 2].map(|value| Array::full("yx", &[4, 4], value));
    /// let movie = Array::stack('t', &[first?, second?])?;
    /// assert_eq!((movie.axes().to_string().as_str(), movie.shape()), ("tyx", &[2, 4, 4][..]));
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn stack(letter: char, arrays: &[Self]) -> Result<Self, Error> {
        let Some(first) = arrays.first() else {
            return Err(Error::invalid("nothing to put together"));
        };
        let axes: Axes = format!("{letter}{}", first.axes()).parse()?;
        let layers: Result<Vec<_>, Error> = arrays.iter().map(|array| first.layer(array, axes)).collect();
        Self::concat(letter, &layers?)
    }

    /// `array` with one axis more, if it fits on `self`.
    fn layer(&self, array: &Self, axes: Axes) -> Result<Self, Error> {
        if self.axes() != array.axes() || self.shape() != array.shape() || self.dtype() != array.dtype() {
            return Err(Error::invalid(format!("cannot stack {array:?} on {self:?}")));
        }
        array.to_axes(axes)
    }
}

/// Whether both are the same but for their length on `axis`.
fn fits(first: &Array, other: &Array, axis: usize) -> bool {
    let lengths = first.shape().iter().zip(other.shape()).enumerate();
    first.dtype() == other.dtype()
        && first.axes() == other.axes()
        && lengths.into_iter().all(|(at, (own, other))| at == axis || own == other)
}
