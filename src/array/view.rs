//! The elements, as ndarray sees them.

use ndarray::{ArcArray, ArrayViewD, ArrayViewMutD, IxDyn};

use crate::array::{Array, DType, Element};
use crate::error::Error;
use crate::sync::Arc;

impl Array {
    /// The elements, if they are of type `T`. Nothing is copied.
    ///
    /// Indices are relative to the part that the array shows, and in the order of its axes.
    ///
    /// # Errors
    ///
    /// `Invalid` if the elements are of another type; the message names both.
    pub fn view<T: Element>(&self) -> Result<ArrayViewD<'_, T>, Error> {
        let base = T::peek(&self.buffer.typed).ok_or_else(|| mismatch(self.dtype(), T::DTYPE))?;
        Ok(self.window.view(base))
    }

    /// The elements, to be written to, if they are of type `T`.
    ///
    /// Copy on write: if the buffer is shared, by clones, slices or ndarray's own, the part that this array shows is copied
    /// first, and the others never see what is written. The copy is not [charged](Self::zeros_in) to anybody.
    ///
    /// # Errors
    ///
    /// `Invalid` if the elements are of another type; the message names both. An error too if there is no memory for a copy.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::Array;
    ///
    /// let mut image = Array::from_vec("x", &[3], vec![1u8, 2, 3])?;
    /// let before = image.clone();
    /// image.view_mut::<u8>()?[[1]] = 9;
    /// assert_eq!(image.view::<u8>()?.as_slice(), Some(&[1, 9, 3][..]));
    /// assert_eq!(before.view::<u8>()?.as_slice(), Some(&[1, 2, 3][..]));
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn view_mut<T: Element>(&mut self) -> Result<ArrayViewMutD<'_, T>, Error> {
        let (own, asked) = (self.dtype(), T::DTYPE);
        if own != asked {
            return Err(mismatch(own, asked));
        }
        if self.window.repeats() || Arc::get_mut(&mut self.buffer).is_none() {
            *self = self.detached()?;
        }
        let buffer = Arc::get_mut(&mut self.buffer);
        let base = buffer.and_then(|buffer| T::peek_mut(&mut buffer.typed));
        Ok(self.window.view_mut(base.ok_or_else(|| mismatch(own, asked))?))
    }

    /// The elements as an array of ndarray's that shares them, if they are of type `T`.
    ///
    /// Nothing is copied, except to write a [constant](Self::full) out. `into_owned` of the result copies nothing either if
    /// this was the last clone. The memory leaves the account that it was [charged](Self::zeros_in) to with the last clone of
    /// the [`Array`].
    ///
    /// # Errors
    ///
    /// `Invalid` if the elements are of another type; the message names both. An error too if there is no memory to write a
    /// constant out.
    pub fn into_ndarray<T: Element>(self) -> Result<ArcArray<T, IxDyn>, Error> {
        let (own, asked) = (self.dtype(), T::DTYPE);
        if own == asked && self.window.repeats() {
            return self.detached()?.into_ndarray();
        }
        let typed = match Arc::try_unwrap(self.buffer) {
            Ok(buffer) => buffer.release().0,
            Err(shared) => shared.typed.clone(),
        };
        let base = T::take(typed).ok_or_else(|| mismatch(own, asked))?;
        Ok(self.window.through(base))
    }
}

/// The refusal to show elements as what they are not.
pub(super) fn mismatch(own: DType, asked: DType) -> Error {
    Error::invalid(format!("the array holds {own}, not {asked}"))
}
