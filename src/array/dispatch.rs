//! From the type of the elements as a value to the type itself.

/// Runs an expression with a name for the Rust type that a [`DType`](crate::array::DType) stands for.
///
/// `match_dtype!(dtype, T => expression)`: the expression is compiled once for each type, with `T` as an alias of it.
///
/// # Examples
///
/// ## One function for all types
///
/// ```
/// use headwater::array::{Array, Element, match_dtype};
/// use headwater::Error;
///
/// fn above(image: &Array, level: f64) -> Result<Array, Error> {
///     match_dtype!(image.dtype(), T => image.map(|value: T| value.cast::<f64>() > level))
/// }
/// let mask = above(&Array::from_vec("x", &[3], vec![1u16, 500, 9])?, 4.5)?;
/// assert_eq!(mask.view::<bool>()?.as_slice(), Some(&[false, true, true][..]));
/// # Ok::<(), Error>(())
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! __match_dtype {
    ($dtype:expr, $T:ident => $body:expr) => {
        match $dtype {
            $crate::array::DType::U8 => $crate::array::match_dtype!(@as u8, $T, $body),
            $crate::array::DType::U16 => $crate::array::match_dtype!(@as u16, $T, $body),
            $crate::array::DType::U32 => $crate::array::match_dtype!(@as u32, $T, $body),
            $crate::array::DType::U64 => $crate::array::match_dtype!(@as u64, $T, $body),
            $crate::array::DType::I8 => $crate::array::match_dtype!(@as i8, $T, $body),
            $crate::array::DType::I16 => $crate::array::match_dtype!(@as i16, $T, $body),
            $crate::array::DType::I32 => $crate::array::match_dtype!(@as i32, $T, $body),
            $crate::array::DType::I64 => $crate::array::match_dtype!(@as i64, $T, $body),
            $crate::array::DType::F32 => $crate::array::match_dtype!(@as f32, $T, $body),
            $crate::array::DType::F64 => $crate::array::match_dtype!(@as f64, $T, $body),
            $crate::array::DType::Bool => $crate::array::match_dtype!(@as bool, $T, $body),
        }
    };
    (@as $type:ty, $T:ident, $body:expr) => {{
        type $T = $type;
        $body
    }};
}

#[doc(inline)]
pub use __match_dtype as match_dtype;
