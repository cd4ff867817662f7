//! The values of pieces, of any type.

use crate::array::Element;

/// The value of each piece.
#[derive(Clone, Debug)]
pub(super) struct Values {
    bits: Bits,
    is_float: bool,
}

#[derive(Clone, Debug)]
enum Bits {
    /// All have the same, as in a mask.
    One(u64),
    Each(Vec<u64>),
}

impl Values {
    pub(super) fn new<T: Element>(values: &[T]) -> Self {
        let each = values.iter().copied().map(bits);
        let bits = match values.first().copied().map(bits) {
            None => Bits::One(0),
            Some(first) if each.clone().all(|bits| bits == first) => Bits::One(first),
            Some(_) => Bits::Each(each.collect()),
        };
        Self {
            bits,
            is_float: T::DTYPE.is_float(),
        }
    }

    fn of(&self, piece: u32) -> u64 {
        match &self.bits {
            Bits::One(bits) => *bits,
            Bits::Each(bits) => bits[piece as usize],
        }
    }

    /// Whether two pieces have equal values; those of `other` are of the same type.
    pub(super) fn is_equal(&self, piece: u32, other: &Self, theirs: u32) -> bool {
        let own = self.of(piece);
        own == other.of(theirs) && !(self.is_float && f64::from_bits(own).is_nan())
    }

    pub(super) fn nbytes(&self) -> usize {
        match &self.bits {
            Bits::One(_) => 0,
            Bits::Each(bits) => size_of_val(&bits[..]),
        }
    }
}

/// Bits that are equal if values of the same type are, unless they are NaN.
fn bits<T: Element>(value: T) -> u64 {
    if T::DTYPE.is_float() {
        // Of the two zeros one is left.
        return (value.cast::<f64>() + 0.0).to_bits();
    }
    // Negative numbers have bits beyond all others.
    match value < T::default() {
        true => value.cast::<i64>().cast_unsigned(),
        false => value.cast::<u64>(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_equal_where_values_are() {
        let integers = Values::new(&[-1i64, i64::MIN, i64::MAX, -1]);
        assert!(integers.is_equal(0, &integers, 3) && !integers.is_equal(1, &integers, 2));
        let floats = Values::new(&[0.0f32, -0.0, f32::NAN, 0.5]);
        assert!(floats.is_equal(0, &floats, 1) && floats.is_equal(3, &floats, 3));
        assert!(!floats.is_equal(2, &floats, 2) && !floats.is_equal(0, &floats, 3));
        assert_eq!(Values::new(&[7u8; 9]).nbytes(), 0);
    }
}
