//! Differences of arrays.

use std::ops::Sub;

use ndarray::Zip;

use crate::array::Array;
use crate::error::Error;

impl Array {
    /// `self - other`, element by element. Both hold `f32`, with the same axes and shape.
    ///
    /// # Errors
    ///
    /// `Invalid` if the element types, axes or shapes do not fit; the message names both sides.
    pub fn try_sub(&self, other: &Self) -> Result<Self, Error> {
        if self.axes() != other.axes() || self.shape() != other.shape() {
            return Err(Error::invalid(format!(
                "cannot subtract {other:?} from {self:?}"
            )));
        }
        let remark =
            |error: Error| error.context(format!("cannot subtract {other:?} from {self:?}"));
        let left = self.view::<f32>().map_err(remark)?;
        let right = other.view::<f32>().map_err(remark)?;
        let difference = Zip::from(left)
            .and(right)
            .map_collect(|left, right| left - right);
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
