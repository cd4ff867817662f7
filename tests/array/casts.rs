//! Conversion of elements, for every pair of types, against arithmetic that shares nothing with it.

use headwater::array::{Element, match_dtype};
use headwater::{Array, DType};
use proptest::prelude::*;

use crate::elements;

/// What an element is, whatever its type.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Number {
    Whole(i128),
    Real(f64),
    Truth(bool),
}

/// An element from any bits, and what it is.
trait Bits: Element {
    const LEAST: i128 = 0;
    const MOST: i128 = 0;
    fn from_bits(bits: u64) -> Self;
    fn number(self) -> Number;
    fn expected(number: Number) -> Self;
}

macro_rules! whole {
    ($($type:ty)*) => {$(
        impl Bits for $type {
            const LEAST: i128 = <$type>::MIN as i128;
            const MOST: i128 = <$type>::MAX as i128;
            fn from_bits(bits: u64) -> Self {
                bits as $type
            }
            fn number(self) -> Number {
                Number::Whole(self.into())
            }
            fn expected(number: Number) -> Self {
                let whole = match number {
                    Number::Whole(whole) => whole,
                    Number::Real(real) => rounded(real),
                    Number::Truth(truth) => i128::from(truth),
                };
                <$type>::try_from(whole.clamp(Self::LEAST, Self::MOST)).unwrap()
            }
        }
    )*};
}
whole!(u8 u16 u32 u64 i8 i16 i32 i64);

macro_rules! real {
    ($($type:ty, $bits:ty;)*) => {$(
        impl Bits for $type {
            fn from_bits(bits: u64) -> Self {
                <$type>::from_bits(bits as $bits)
            }
            fn number(self) -> Number {
                Number::Real(self.into())
            }
            // By way of text, which is read to the nearest.
            fn expected(number: Number) -> Self {
                match number {
                    Number::Whole(whole) => whole.to_string().parse().unwrap(),
                    Number::Real(real) => format!("{real:e}").parse().unwrap(),
                    Number::Truth(truth) => if truth { 1.0 } else { 0.0 },
                }
            }
        }
    )*};
}
real!(f32, u32; f64, u64;);

impl Bits for bool {
    fn from_bits(bits: u64) -> Self {
        bits % 2 == 1
    }
    fn number(self) -> Number {
        Number::Truth(self)
    }
    fn expected(number: Number) -> Self {
        match number {
            Number::Whole(whole) => whole != 0,
            Number::Real(real) => real != 0.0,
            Number::Truth(truth) => truth,
        }
    }
}

/// To the nearest, halves to even, NaN to 0, as far as the range of `i128`.
fn rounded(real: f64) -> i128 {
    if real.is_nan() {
        return 0;
    }
    // Beyond 2^53 there are no fractions; beyond 2^100 all types are saturated.
    if real.abs() >= (1u64 << 53) as f64 {
        return real.clamp(-(2f64.powi(100)), 2f64.powi(100)) as i128;
    }
    let (floor, rest) = (real.floor() as i128, real - real.floor());
    match rest.partial_cmp(&0.5) {
        Some(std::cmp::Ordering::Less) => floor,
        Some(std::cmp::Ordering::Equal) => floor + floor.rem_euclid(2),
        _ => floor + 1,
    }
}

/// Limits of all types, as `T`, and their neighbours, halves, and what is no number.
fn edges<T: Bits>() -> Vec<T> {
    let mut values: Vec<T> = (0..16)
        .chain([126, 127, 128, 254, 255, 256])
        .map(T::from_bits)
        .collect();
    for dtype in DType::ALL {
        match_dtype!(dtype, U => {
            for limit in [U::LEAST, U::MOST] {
                for near in [-2i128, -1, 0, 1, 2] {
                    let whole = Number::Whole(limit + near);
                    values.push(T::expected(whole));
                    values.push(T::expected(Number::Real(limit as f64 + near as f64 / 2.0)));
                }
            }
        });
    }
    let reals = [
        0.5,
        1.5,
        2.5,
        3.5,
        0.499_999_97,
        0.500_000_06,
        8_388_607.5,
        1e10,
        1e30,
        1e300,
        1e-300,
    ];
    let special = [f64::NAN, f64::INFINITY, -0.0, f64::MIN_POSITIVE, f64::MAX];
    for real in reals.into_iter().chain(special) {
        values.push(T::expected(Number::Real(real)));
        values.push(T::expected(Number::Real(-real)));
    }
    values
}

fn check<T: Bits, U: Bits>(values: &[T]) {
    let array = Array::from_vec("x", &[values.len()], values.to_vec()).unwrap();
    let converted = array.cast(U::DTYPE).unwrap();
    assert_eq!((converted.dtype(), converted.shape()), (U::DTYPE, array.shape()));
    let expected: Vec<U> = values.iter().map(|value| U::expected(value.number())).collect();
    let expected = Array::from_vec("x", &[values.len()], expected).unwrap();
    if converted != expected {
        let triples = values
            .iter()
            .zip(elements::<U>(&converted))
            .zip(elements::<U>(&expected));
        let wrong = triples.filter(|((_, own), expected)| own != expected);
        panic!("{} to {}: {:?}", T::DTYPE, U::DTYPE, wrong.take(5).collect::<Vec<_>>());
    }
}

#[test]
fn every_pair_of_types_saturates_and_rounds_at_the_edges() {
    for from in DType::ALL {
        for to in DType::ALL {
            match_dtype!(from, T => match_dtype!(to, U => check::<T, U>(&edges::<T>())));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_pair_of_types_saturates_and_rounds(bits in prop::collection::vec(any::<u64>(), 64)) {
        for from in DType::ALL {
            for to in DType::ALL {
                match_dtype!(from, T => {
                    let values: Vec<T> = bits.iter().map(|bits| <T as Bits>::from_bits(*bits)).collect();
                    match_dtype!(to, U => check::<T, U>(&values))
                });
            }
        }
    }

    #[test]
    fn what_a_type_can_hold_comes_back(bytes in prop::collection::vec(any::<u8>(), 64)) {
        let array = Array::from_vec("x", &[64], bytes)?;
        for dtype in DType::ALL.into_iter().filter(|dtype| !matches!(dtype, DType::I8 | DType::Bool)) {
            prop_assert_eq!(&array.cast(dtype)?.cast(DType::U8)?, &array);
        }
    }
}

#[test]
fn a_half_becomes_the_even_neighbour_and_nan_becomes_zero() {
    let array = Array::from_vec("x", &[6], vec![0.5f32, 1.5, 2.5, -0.5, -1.5, f32::NAN]).unwrap();
    assert_eq!(elements::<i32>(&array.cast(DType::I32).unwrap()), [0, 2, 2, 0, -2, 0]);
    assert_eq!(elements::<bool>(&array.cast(DType::Bool).unwrap()), [true; 6]);
}

#[test]
fn a_conversion_to_the_own_type_shares_the_buffer() {
    let array = crate::counting::<f32>("yx", &[3, 4]);
    assert!(array.cast(DType::F32).unwrap().same_buffer(&array));
}
