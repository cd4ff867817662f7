//! Differences of arrays.

use std::ops::Sub;

use ndarray::Zip;

use crate::array::{Array, allocate};
use crate::error::Error;

impl Array {
    /// `self - other`, element by element. Both hold `f32`, with the same axes and shape.
    ///
    /// # Errors
    ///
    /// `Invalid` if the element types, axes or shapes do not fit; the message names both sides. An error too if there is no
    /// memory for the result.
    pub fn try_sub(&self, other: &Self) -> Result<Self, Error> {
        if self.axes() != other.axes() || self.shape() != other.shape() {
            return Err(Error::invalid(format!("cannot subtract {other:?} from {self:?}")));
        }
        let remark = |error: Error| error.context(format!("cannot subtract {other:?} from {self:?}"));
        let left = self.view::<f32>().map_err(remark)?;
        let right = other.view::<f32>().map_err(remark)?;
        let mut difference = allocate::zeros::<f32>(self.shape())?;
        Zip::from(&mut difference)
            .and(left)
            .and(right)
            .for_each(|difference, left, right| *difference = left - right);
        Self::from_ndarray(self.axes(), difference)
    }
}

impl Sub for Array {
    type Output = Result<Array, Error>;

    /// [`Array::try_sub`].
    fn sub(self, other: Self) -> Self::Output {
        self.try_sub(&other)
    }
}

impl Sub for &Array {
    type Output = Result<Array, Error>;

    /// [`Array::try_sub`].
    fn sub(self, other: Self) -> Self::Output {
        self.try_sub(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(axes: &str, shape: &[usize], data: Vec<f32>) -> Array {
        Array::from_vec(axes, shape, data).unwrap()
    }

    #[test]
    fn differences_are_taken_by_element() {
        let (left, right) = (
            array("yx", &[1, 2], vec![3.0, 5.0]),
            array("yx", &[1, 2], vec![1.0, 7.0]),
        );
        let difference = (&left - &right).unwrap();
        assert_eq!(difference.view::<f32>().unwrap().as_slice(), Some(&[2.0, -2.0][..]));
        assert!((left - right).is_ok());
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let left = array("yx", &[1, 2], vec![3.0, 5.0]);
        let report = |right: Array| left.try_sub(&right).unwrap_err().report();
        assert_eq!(
            report(array("yx", &[2, 1], vec![1.0, 7.0])),
            "cannot subtract Array(yx f32 [2, 1]) from Array(yx f32 [1, 2])"
        );
        assert_eq!(
            report(Array::from_vec("yx", &[1, 2], vec![1u8, 7]).unwrap()),
            "cannot subtract Array(yx u8 [1, 2]) from Array(yx f32 [1, 2]): the array holds u8, not f32"
        );
    }
}
