//! Where the elements of each type are kept.

use ndarray::{ArcArray, ArrayView, Dimension, IxDyn};

use crate::array::{DType, Element};

/// The shared array behind an [`Array`](crate::array::Array): one arm for each element type.
#[derive(Clone, Debug)]
#[expect(
    unnameable_types,
    reason = "named by the trait that seals `Element`, of no use outside"
)]
pub enum Typed {
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

/// Seals [`Element`](crate::array::Element) and moves values of the type in and out of the storage.
#[expect(unnameable_types, reason = "seals `Element`")]
pub trait Store: Sized {
    fn wrap(array: ArcArray<Self, IxDyn>) -> Typed;
    fn peek(typed: &Typed) -> Option<&ArcArray<Self, IxDyn>>;
    fn peek_mut(typed: &mut Typed) -> Option<&mut ArcArray<Self, IxDyn>>;
    fn take(typed: Typed) -> Option<ArcArray<Self, IxDyn>>;

    /// `==`, except that NaN equals NaN.
    fn same(self, other: Self) -> bool;

    /// Whether all bits are the same.
    fn same_bits(self, other: Self) -> bool;

    /// The elements as they lie in memory, if they are `f32` already and lie without gaps in the order of the axes.
    fn as_f32<'a, D: Dimension>(_: &ArrayView<'a, Self, D>) -> Option<&'a [f32]> {
        None
    }
}

macro_rules! store {
    ($($type:ty, $arm:ident, $same:expr, $same_bits:expr $(, $as_f32:item)?;)*) => {$(
        impl Store for $type {
            fn wrap(array: ArcArray<Self, IxDyn>) -> Typed {
                Typed::$arm(array)
            }

            fn peek(typed: &Typed) -> Option<&ArcArray<Self, IxDyn>> {
                match typed {
                    Typed::$arm(array) => Some(array),
                    _ => None,
                }
            }

            fn peek_mut(typed: &mut Typed) -> Option<&mut ArcArray<Self, IxDyn>> {
                match typed {
                    Typed::$arm(array) => Some(array),
                    _ => None,
                }
            }

            fn take(typed: Typed) -> Option<ArcArray<Self, IxDyn>> {
                match typed {
                    Typed::$arm(array) => Some(array),
                    _ => None,
                }
            }

            #[inline(always)]
            fn same(self, other: Self) -> bool {
                let same: fn(Self, Self) -> bool = $same;
                same(self, other)
            }

            #[inline(always)]
            fn same_bits(self, other: Self) -> bool {
                let same: fn(Self, Self) -> bool = $same_bits;
                same(self, other)
            }

            $($as_f32)?
        }
    )*};
}

store! {
    u8, U8, |a, b| a == b, |a, b| a == b;
    u16, U16, |a, b| a == b, |a, b| a == b;
    u32, U32, |a, b| a == b, |a, b| a == b;
    u64, U64, |a, b| a == b, |a, b| a == b;
    i8, I8, |a, b| a == b, |a, b| a == b;
    i16, I16, |a, b| a == b, |a, b| a == b;
    i32, I32, |a, b| a == b, |a, b| a == b;
    i64, I64, |a, b| a == b, |a, b| a == b;
    f32, F32, |a, b| a == b || (a.is_nan() && b.is_nan()), |a, b| a.to_bits() == b.to_bits(),
        fn as_f32<'a, D: Dimension>(view: &ArrayView<'a, f32, D>) -> Option<&'a [f32]> {
            view.to_slice()
        };
    f64, F64, |a, b| a == b || (a.is_nan() && b.is_nan()), |a, b| a.to_bits() == b.to_bits();
    bool, Bool, |a, b| a == b, |a, b| a == b;
}

/// Runs `$body` with `$array` bound to the typed array inside of `$typed`.
macro_rules! with_typed {
    ($typed:expr, $array:ident => $body:expr) => {
        match $typed {
            $crate::array::store::Typed::U8($array) => $body,
            $crate::array::store::Typed::U16($array) => $body,
            $crate::array::store::Typed::U32($array) => $body,
            $crate::array::store::Typed::U64($array) => $body,
            $crate::array::store::Typed::I8($array) => $body,
            $crate::array::store::Typed::I16($array) => $body,
            $crate::array::store::Typed::I32($array) => $body,
            $crate::array::store::Typed::I64($array) => $body,
            $crate::array::store::Typed::F32($array) => $body,
            $crate::array::store::Typed::F64($array) => $body,
            $crate::array::store::Typed::Bool($array) => $body,
        }
    };
}

pub(super) use with_typed;

/// No elements.
impl Default for Typed {
    fn default() -> Self {
        Self::U8(ArcArray::from_shape_simple_fn(IxDyn(&[0]), || 0))
    }
}

impl Typed {
    /// The type of the elements.
    pub(super) fn dtype(&self) -> DType {
        fn of<T: Element>(_: &ArcArray<T, IxDyn>) -> DType {
            T::DTYPE
        }
        with_typed!(self, array => of(array))
    }
}
