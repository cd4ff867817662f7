//! When two arrays are the same.

use ndarray::Zip;

use crate::array::store::Store;
use crate::array::{Array, Element, match_dtype};
use crate::sync::Arc;

impl Array {
    /// Whether both show the same elements of the same buffer: one is a clone of the other, or the same part of it. Looks at
    /// no element.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::Array;
    ///
    /// let image = Array::from_vec("x", &[2], vec![1u8, 2])?;
    /// assert!(image.same_buffer(&image.clone()));
    /// assert!(!image.same_buffer(&image.detached()?));
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn same_buffer(&self, other: &Self) -> bool {
        if Arc::ptr_eq(&self.buffer, &other.buffer) && self.window == other.window {
            return true;
        }
        fn place<T: Element>(array: &Array) -> Option<(*const T, Vec<isize>)> {
            let view = array.view::<T>().ok()?;
            Some((view.as_ptr(), view.strides().to_vec()))
        }
        self.shape() == other.shape()
            && match_dtype!(self.dtype(), T => place::<T>(other).is_some_and(|others| place(self) == Some(others)))
    }

    /// Whether types, axes and shapes are the same and all elements have the same bits: `==`, but it tells the two zeros and
    /// the kinds of NaN apart. What is computed from one is then what is computed from the other.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::Array;
    ///
    /// let (plus, minus) = (Array::full("x", &[2], 0.0f32)?, Array::full("x", &[2], -0.0f32)?);
    /// assert!(plus == minus && !plus.same_bits(&minus)); // 1/x differs
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn same_bits(&self, other: &Self) -> bool {
        self.same_kind(other)
            && (self.same_buffer(other) || match_dtype!(self.dtype(), T => pairs(self, other, T::same_bits)))
    }

    /// Whether types, axes and shapes are the same and no element differs by more than `tolerance`.
    ///
    /// Elements are compared as `f64`, to which integers beyond 2⁵³ are rounded. Infinities of one sign are equal, and so are
    /// NaNs, which differ from everything else by more than any tolerance.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::Array;
    ///
    /// let one = Array::from_vec("x", &[2], vec![1.0f32, f32::NAN])?;
    /// let other = Array::from_vec("x", &[2], vec![1.001f32, f32::NAN])?;
    /// assert!(one.approx_eq(&other, 0.01) && !one.approx_eq(&other, 1e-6));
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn approx_eq(&self, other: &Self, tolerance: f64) -> bool {
        fn near<T: Element>(own: T, other: T, tolerance: f64) -> bool {
            own.same(other) || (own.cast::<f64>() - other.cast::<f64>()).abs() <= tolerance
        }
        self.same_kind(other)
            && match_dtype!(self.dtype(), T => pairs(self, other, |own: T, other| near(own, other, tolerance)))
    }

    /// Whether type, axes and shape are the same.
    fn same_kind(&self, other: &Self) -> bool {
        self.dtype() == other.dtype() && self.axes == other.axes && self.shape() == other.shape()
    }
}

impl PartialEq for Array {
    /// Whether types, axes, shapes and all elements are the same.
    ///
    /// Elements of floating point are the same if they are `==` or both NaN: an array equals itself, and 0.0 equals −0.0
    /// ([`same_bits`](Array::same_bits) tells them apart). Clones are equal at once, whatever their size. Layout in memory
    /// does not count.
    fn eq(&self, other: &Self) -> bool {
        self.same_kind(other)
            && (self.same_buffer(other) || match_dtype!(self.dtype(), T => pairs(self, other, T::same)))
    }
}

impl Eq for Array {}

/// Whether `same` holds for each pair of elements; the arrays are of one kind, with elements of type `T`.
fn pairs<T: Element>(own: &Array, other: &Array, same: impl Fn(T, T) -> bool) -> bool {
    let (mut own, mut other) = (own.clone(), other.clone());
    // Along an axis on which both repeat, one pair stands for all.
    for axis in 0..own.ndim() {
        let length = own.shape()[axis];
        if own.window.is_new(axis) && other.window.is_new(axis) && length > 1 {
            own.window.narrow(axis, 0, 1);
            other.window.narrow(axis, 0, 1);
        }
    }
    match (own.view::<T>(), other.view::<T>()) {
        (Ok(own), Ok(other)) => match (own.as_slice(), other.as_slice()) {
            (Some(own), Some(other)) => runs(own, other, same),
            _ => Zip::from(own).and(other).all(|own, other| same(*own, *other)),
        },
        _ => false,
    }
}

/// Whether `same` holds for each pair. Looks at whole runs before it decides, which takes a third of the time.
fn runs<T: Copy>(own: &[T], other: &[T], same: impl Fn(T, T) -> bool) -> bool {
    const RUN: usize = 64;
    let runs = own.chunks(RUN).zip(other.chunks(RUN));
    runs.into_iter().all(|(own, other)| {
        let pairs = own.iter().zip(other);
        pairs.fold(true, |all, (own, other)| all & same(*own, *other))
    })
}
