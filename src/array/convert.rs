//! Conversion of one element into another type, for every pair of types.

/// Makes an element from one of any type; a supertrait of [`Element`](crate::array::Element), which states the rules.
#[expect(unnameable_types, reason = "the machinery of `Element::cast`")]
pub trait Convert {
    fn from_u8(value: u8) -> Self;
    fn from_u16(value: u16) -> Self;
    fn from_u32(value: u32) -> Self;
    fn from_u64(value: u64) -> Self;
    fn from_i8(value: i8) -> Self;
    fn from_i16(value: i16) -> Self;
    fn from_i32(value: i32) -> Self;
    fn from_i64(value: i64) -> Self;
    fn from_f32(value: f32) -> Self;
    fn from_f64(value: f64) -> Self;
    fn from_bool(value: bool) -> Self;
}

/// The methods called `$name`, all with the same body.
macro_rules! methods {
    ([$($name:ident $from:ty),*] $value:ident => $body:expr) => {$(
        #[inline(always)]
        fn $name($value: $from) -> Self {
            $body
        }
    )*};
}

/// The methods that take an integer.
macro_rules! from_integers {
    ($value:ident => $body:expr) => {
        methods!([
            from_u8 u8, from_u16 u16, from_u32 u32, from_u64 u64, from_i8 i8, from_i16 i16, from_i32 i32, from_i64 i64
        ] $value => $body);
    };
}

/// The methods that take a floating-point number.
macro_rules! from_floats {
    ($value:ident => $body:expr) => {
        methods!([from_f32 f32, from_f64 f64] $value => $body);
    };
}

/// Rounding to the nearest integer, halves to even.
trait Nearest {
    fn nearest(self) -> Self;
}

macro_rules! nearest {
    ($($type:ty, $whole:expr;)*) => {$(
        impl Nearest for $type {
            /// `round_ties_even` is a call for each element where the target has no instruction for it. This takes a sum and
            /// a difference, of many elements at once: from `whole` on there are no fractions, so the sum is rounded.
            #[inline(always)]
            fn nearest(self) -> Self {
                const WHOLE: $type = $whole;
                let size = self.abs();
                let rounded = ((size + WHOLE) - WHOLE).copysign(self);
                if size < WHOLE { rounded } else { self }
            }
        }
    )*};
}
nearest! {
    f32, (1u32 << (f32::MANTISSA_DIGITS - 1)) as f32;
    f64, (1u64 << (f64::MANTISSA_DIGITS - 1)) as f64;
}

macro_rules! into_integer {
    ($($type:ty)*) => {$(
        impl Convert for $type {
            // All limits fit an `i128`, which optimised code never makes.
            from_integers!(value => (value as i128).clamp(Self::MIN as i128, Self::MAX as i128) as Self);
            // `as` saturates, and makes 0 of NaN.
            from_floats!(value => value.nearest() as Self);
            methods!([from_bool bool] value => value as Self);
        }
    )*};
}

macro_rules! into_float {
    ($($type:ty)*) => {$(
        impl Convert for $type {
            from_integers!(value => value as Self);
            from_floats!(value => value as Self);
            methods!([from_bool bool] value => u8::from(value).into());
        }
    )*};
}

into_integer!(u8 u16 u32 u64 i8 i16 i32 i64);
into_float!(f32 f64);

impl Convert for bool {
    from_integers!(value => value != 0);
    from_floats!(value => value != 0.0);
    methods!([from_bool bool] value => value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_integer_is_that_of_the_standard_library() {
        // Every 97th number, all signs and magnitudes, infinities and what is no number.
        for bits in (0..=u32::MAX).step_by(if cfg!(debug_assertions) { 4_999 } else { 97 }) {
            let single = f32::from_bits(bits);
            assert_eq!(
                single.nearest().to_bits(),
                single.round_ties_even().to_bits(),
                "{single:e}"
            );
            let double = f64::from_bits(u64::from(bits) << 32 | u64::from(bits));
            assert_eq!(
                double.nearest().to_bits(),
                double.round_ties_even().to_bits(),
                "{double:e}"
            );
        }
        for half in [
            0.5f64,
            1.5,
            2.5,
            8_388_607.5,
            4_503_599_627_370_495.5,
            4_503_599_627_370_497.0,
        ] {
            for real in [half, -half] {
                assert_eq!(real.nearest(), real.round_ties_even());
                assert_eq!((real as f32).nearest(), (real as f32).round_ties_even());
            }
        }
    }
}
