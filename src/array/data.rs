//! The array itself.

use std::fmt;

use crate::array::pool::BufferPool;
use crate::array::store::{Typed, with_typed};
use crate::array::window::Window;
use crate::array::{Axes, DType};
use crate::sync::Arc;

/// A shared n-dimensional array: elements of one of the types of [`DType`], axes named by [`Axes`].
///
/// A value: clones share the buffer, and whoever [writes](Array::view_mut) to one of them gets a buffer of its own first, so
/// what one holder sees never changes under it. Cloning and slicing take one step of a reference count and no memory.
/// Shapes are in elements, outermost axis first, in the order of the axes.
///
/// # Examples
///
/// ```
/// use headwater::{Array, DType};
///
/// let image = Array::from_vec("yx", &[2, 3], vec![1u8, 2, 3, 4, 5, 6])?;
/// assert_eq!(image.dtype(), DType::U8);
/// assert_eq!(image.view::<u8>()?[[1, 0]], 4);
/// assert!(image.view::<f32>().is_err());
/// assert_eq!(image.cast(DType::F32)?.view::<f32>()?[[1, 2]], 6.0);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone)]
pub struct Array {
    pub(super) buffer: Arc<Buffer>,
    pub(super) window: Window,
    pub(super) axes: Axes,
}

/// What clones and slices share.
pub(super) struct Buffer {
    pub(super) typed: Typed,
    /// Dropped with the buffer: fields go in this order, so the memory is free when the account hears of it.
    pub(super) charge: Option<Charge>,
    /// Where the memory goes when it is not used any more.
    pub(super) home: Option<Arc<BufferPool>>,
}

impl Buffer {
    /// Takes the elements out; they do not return to their pool.
    pub(super) fn release(mut self) -> (Typed, Option<Charge>) {
        self.home = None;
        (std::mem::take(&mut self.typed), self.charge.take())
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Some(home) = self.home.take() {
            home.give(std::mem::take(&mut self.typed));
        }
    }
}

/// Whatever counts the bytes of a buffer, for as long as it lives.
pub(super) type Charge = Box<dyn Send + Sync>;

impl Array {
    /// The length of each axis, outermost first.
    #[inline]
    pub fn shape(&self) -> &[usize] {
        self.window.shape()
    }

    /// The number of axes.
    #[inline]
    pub fn ndim(&self) -> usize {
        self.axes.len()
    }

    /// The names of the axes.
    #[inline]
    pub fn axes(&self) -> Axes {
        self.axes
    }

    /// The length of the axis called `letter`, if there is one.
    pub fn length(&self, letter: char) -> Option<usize> {
        self.axes.position(letter).map(|axis| self.shape()[axis])
    }

    /// The type of the elements.
    #[inline]
    pub fn dtype(&self) -> DType {
        self.buffer.typed.dtype()
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.shape().iter().product()
    }

    /// Whether there are no elements, because an axis has length 0.
    pub fn is_empty(&self) -> bool {
        self.shape().contains(&0)
    }

    /// The size of the elements, in bytes, as if each had a place of its own.
    pub fn nbytes(&self) -> usize {
        self.len().saturating_mul(self.dtype().size())
    }

    /// The size of the buffer that this array keeps alive, in bytes: more than [`nbytes`](Self::nbytes) for a part, less for
    /// a [constant](Self::full).
    ///
    /// A part of an ndarray array that was [taken over](Self::from_ndarray) counts as that part.
    pub fn buffer_nbytes(&self) -> usize {
        with_typed!(&self.buffer.typed, base => base.len()) * self.dtype().size()
    }
}

impl fmt::Debug for Array {
    /// What it is, not what it holds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Array({} {} {:?})", self.axes, self.dtype(), self.shape())
    }
}
