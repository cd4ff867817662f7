//! Elements as unsigned integers that are ordered as the elements are.
//!
//! Minimum, maximum and rank need nothing of an element but its place in the order. As integers of its size elements of all
//! types share one implementation of four, whose comparisons are single instructions on whole vectors; and the order is total:
//! that of `f32::total_cmp`, in which -0 is less than +0, and a NaN is greater than infinity, or less than -infinity if its
//! sign is set.

use std::fmt;

use crate::array::Element;

/// The bytes of which inner loops make one piece: several vectors, so that choosing what to do with it does not count.
pub(super) const WIDE: usize = 512;

/// An unsigned integer.
pub(super) trait Key: Copy + Ord + Default + fmt::Debug + Send + Sync + 'static {
    fn to_u64(self) -> u64;

    /// The key that gives `number`, which is one's of this size.
    fn of_u64(number: u64) -> Self;

    /// Runs `work` with the number of keys in [`WIDE`] bytes as a constant.
    fn with_wide<W: WithWide>(work: W) -> W::Output;
}

/// Something to be run by [`Key::with_wide`].
pub(super) trait WithWide {
    type Output;

    fn run<const C: usize>(self) -> Self::Output;
}

/// An element that has a [`Key`].
pub(super) trait Ordered: Element {
    type Key: Key;

    /// Its place in the order.
    fn key(self) -> Self::Key;

    /// The element at that place.
    fn of_key(key: Self::Key) -> Self;
}

macro_rules! keys {
    ($($key:ty)*) => {$(
        impl Key for $key {
            #[inline(always)]
            fn to_u64(self) -> u64 {
                self.into()
            }

            #[inline(always)]
            fn of_u64(number: u64) -> Self {
                number as Self
            }

            fn with_wide<W: WithWide>(work: W) -> W::Output {
                work.run::<{ WIDE / size_of::<Self>() }>()
            }
        }

        impl Ordered for $key {
            type Key = Self;

            #[inline(always)]
            fn key(self) -> Self {
                self
            }

            #[inline(always)]
            fn of_key(key: Self) -> Self {
                key
            }
        }
    )*};
}
keys!(u8 u16 u32 u64);

macro_rules! signed {
    ($($type:ty, $key:ty;)*) => {$(
        impl Ordered for $type {
            type Key = $key;

            #[inline(always)]
            fn key(self) -> $key {
                (self ^ <$type>::MIN).cast_unsigned()
            }

            #[inline(always)]
            fn of_key(key: $key) -> Self {
                key.cast_signed() ^ <$type>::MIN
            }
        }
    )*};
}
signed! { i8, u8; i16, u16; i32, u32; i64, u64; }

macro_rules! floats {
    ($($type:ty, $key:ty, $signed:ty;)*) => {$(
        impl Ordered for $type {
            type Key = $key;

            /// All bits of a negative number are flipped, of others the sign alone.
            #[inline(always)]
            fn key(self) -> $key {
                let bits = self.to_bits().cast_signed();
                ((bits >> (<$signed>::BITS - 1)) | <$signed>::MIN).cast_unsigned() ^ bits.cast_unsigned()
            }

            #[inline(always)]
            fn of_key(key: $key) -> Self {
                let key = key.cast_signed();
                let flipped = (!key >> (<$signed>::BITS - 1)) | <$signed>::MIN;
                Self::from_bits((flipped ^ key).cast_unsigned())
            }
        }
    )*};
}
floats! { f32, u32, i32; f64, u64, i64; }

impl Ordered for bool {
    type Key = u8;

    #[inline(always)]
    fn key(self) -> u8 {
        self.into()
    }

    #[inline(always)]
    fn of_key(key: u8) -> Self {
        key != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_ordered<T: Ordered>(ascending: &[T]) {
        for pair in ascending.windows(2) {
            assert!(pair[0].key() < pair[1].key(), "{pair:?}");
        }
        for &value in ascending {
            assert_eq!(T::of_key(value.key()).key(), value.key());
        }
    }

    #[test]
    fn keys_are_ordered_as_elements_are() {
        is_ordered(&[false, true]);
        is_ordered(&[i8::MIN, -1, 0, 1, i8::MAX]);
        is_ordered(&[i64::MIN, -1, 0, 1, i64::MAX]);
        let big = f32::MAX;
        is_ordered(&[
            -f32::NAN,
            f32::NEG_INFINITY,
            -big,
            -1.0,
            -0.0,
            0.0,
            1e-40,
            1.0,
            big,
            f32::INFINITY,
            f32::NAN,
        ]);
        is_ordered(&[
            -f64::NAN,
            f64::NEG_INFINITY,
            -1.0,
            -0.0,
            0.0,
            5e-324,
            1.0,
            f64::INFINITY,
            f64::NAN,
        ]);
        assert_eq!(f32::of_key((-2.5f32).key()), -2.5);
        assert_eq!(f64::of_key(2.5f64.key()), 2.5);
        assert_eq!(i16::of_key((-7i16).key()), -7);
    }
}
