//! Which Rust types can be elements of an array.

use std::fmt;

use crate::array::DType;
use crate::array::convert::Convert;
use crate::array::store::Store;

/// A Rust type that can be the element of an [`Array`](crate::array::Array). Closed: one type for each [`DType`].
///
/// # Examples
///
/// ```
/// use headwater::array::{DType, Element};
///
/// fn mean<T: Element>(values: &[T]) -> f64 {
///     values.iter().map(|value| value.cast::<f64>()).sum::<f64>() / values.len() as f64
/// }
/// assert_eq!(mean(&[1u8, 2]), 1.5);
/// assert_eq!(mean(&[true, false]), 0.5);
/// assert_eq!(i16::DTYPE, DType::I16);
/// ```
pub trait Element:
    Store + Convert + Copy + Default + PartialEq + PartialOrd + fmt::Debug + fmt::Display + Send + Sync + 'static
{
    /// The same type as a value.
    const DTYPE: DType;

    /// The same number as a `U`, or the nearest that a `U` can be.
    ///
    /// - Integer to integer: the own limit of `U` for what lies beyond it (saturation).
    /// - Floating point to integer: rounded to the nearest, halves to the even one, then saturated; NaN becomes 0.
    /// - To floating point: rounded to the nearest, halves to even; an `f64` beyond the range of `f32` becomes infinite.
    /// - `false` and `true` become 0 and 1; to `bool`, whether it differs from zero, as NaN does.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::array::Element;
    ///
    /// assert_eq!(300i32.cast::<u8>(), 255);
    /// assert_eq!((2.5f32.cast::<u8>(), 3.5f32.cast::<u8>(), (-1e9f32).cast::<i16>()), (2, 4, i16::MIN));
    /// assert_eq!((f64::NAN.cast::<u16>(), f64::NAN.cast::<bool>()), (0, true));
    /// ```
    fn cast<U: Element>(self) -> U;

    /// [`cast`](Self::cast) to `f32`.
    #[inline(always)]
    fn to_f32(self) -> f32 {
        self.cast()
    }
}

macro_rules! element {
    ($($type:ty, $arm:ident, $from:ident;)*) => {$(
        impl Element for $type {
            const DTYPE: DType = DType::$arm;

            #[inline(always)]
            fn cast<U: Element>(self) -> U {
                U::$from(self)
            }
        }
    )*};
}

element! {
    u8, U8, from_u8;
    u16, U16, from_u16;
    u32, U32, from_u32;
    u64, U64, from_u64;
    i8, I8, from_i8;
    i16, I16, from_i16;
    i32, I32, from_i32;
    i64, I64, from_i64;
    f32, F32, from_f32;
    f64, F64, from_f64;
    bool, Bool, from_bool;
}
