//! Which Rust types can be elements of an array, and where each is kept.

use ndarray::{ArcArray, ArrayView, IxDyn};

use crate::array::DType;

/// A Rust type that can be the element of an [`Array`](crate::array::Array). Closed: one type for each [`DType`].
pub trait Element: Store + Copy + Default + Send + Sync + 'static {
    /// The same type as a value.
    const DTYPE: DType;

    /// The nearest `f32`: large integers and `f64` round, `false` and `true` become 0 and 1.
    fn to_f32(self) -> f32;
}

/// The storage behind an array: one arm for each element type.
#[derive(Clone, Debug)]
#[expect(
    unnameable_types,
    reason = "named by the trait that seals `Element`, of no use outside"
)]
pub enum Buffer {
    U8(ArcArray<u8, IxDyn>),
    U16(ArcArray<u16, IxDyn>),
    U32(ArcArray<u32, IxDyn>),
    U64(ArcArray<u64, IxDyn>),
    I8(ArcArray<i8, IxDyn>),
    I16(ArcArray<i16, IxDyn>),
    I32(ArcArray<i32, IxDyn>),
    I64(ArcArray<i64, IxDyn>),
    F32(ArcArray<f32, IxDyn>),
    F64(ArcArray<f64, IxDyn>),
    Bool(ArcArray<bool, IxDyn>),
}

/// Seals [`Element`] and moves values of the type in and out of the storage.
#[expect(unnameable_types, reason = "seals `Element`")]
pub trait Store: Sized {
    fn wrap(array: ArcArray<Self, IxDyn>) -> Buffer;
    fn unwrap(buffer: &Buffer) -> Option<&ArcArray<Self, IxDyn>>;

    /// The elements as they lie in memory, if they are `f32` already and lie without gaps in the order of the axes.
    fn as_f32<'a, D: ndarray::Dimension>(_: &ArrayView<'a, Self, D>) -> Option<&'a [f32]> {
        None
    }
}

macro_rules! element {
    ($($type:ty, $arm:ident, |$value:ident| $to_f32:expr $(, $as_f32:item)?;)*) => {$(
        impl Element for $type {
            const DTYPE: DType = DType::$arm;

            #[inline(always)]
            fn to_f32(self) -> f32 {
                let $value = self;
                $to_f32
            }
        }

        impl Store for $type {
            fn wrap(array: ArcArray<Self, IxDyn>) -> Buffer {
                Buffer::$arm(array)
            }

            fn unwrap(buffer: &Buffer) -> Option<&ArcArray<Self, IxDyn>> {
                match buffer {
                    Buffer::$arm(array) => Some(array),
                    _ => None,
                }
            }

            $($as_f32)?
        }
    )*};
}

element! {
    u8, U8, |value| f32::from(value);
    u16, U16, |value| f32::from(value);
    u32, U32, |value| value as f32;
    u64, U64, |value| value as f32;
    i8, I8, |value| f32::from(value);
    i16, I16, |value| f32::from(value);
    i32, I32, |value| value as f32;
    i64, I64, |value| value as f32;
    f32, F32, |value| value, fn as_f32<'a, D: ndarray::Dimension>(view: &ArrayView<'a, f32, D>) -> Option<&'a [f32]> {
        view.to_slice()
    };
    f64, F64, |value| value as f32;
    bool, Bool, |value| f32::from(u8::from(value));
}

/// Runs `$body` with `$array` bound to the typed array inside of `$buffer`.
macro_rules! with_typed {
    ($buffer:expr, $array:ident => $body:expr) => {
        match $buffer {
            $crate::array::element::Buffer::U8($array) => $body,
            $crate::array::element::Buffer::U16($array) => $body,
            $crate::array::element::Buffer::U32($array) => $body,
            $crate::array::element::Buffer::U64($array) => $body,
            $crate::array::element::Buffer::I8($array) => $body,
            $crate::array::element::Buffer::I16($array) => $body,
            $crate::array::element::Buffer::I32($array) => $body,
            $crate::array::element::Buffer::I64($array) => $body,
            $crate::array::element::Buffer::F32($array) => $body,
            $crate::array::element::Buffer::F64($array) => $body,
            $crate::array::element::Buffer::Bool($array) => $body,
        }
    };
}

pub(crate) use with_typed;
