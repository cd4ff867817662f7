//! The values of pieces, of any type.

use crate::array::Element;
use crate::checkpoint::Checkpoint;
use crate::error::Error;

/// Values between two looks at the checkpoint.
const PATIENCE: usize = 1 << 15;

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
    pub(super) fn new<T: Element>(values: &[T], checkpoint: &Checkpoint) -> Result<Self, Error> {
        let first = values.first().copied().map_or(0, bits);
        let mut different = false;
        for part in values.chunks(PATIENCE) {
            checkpoint.check()?;
            different |= part.iter().any(|value| bits(*value) != first);
        }
        let mut each = Vec::new();
        if different {
            each.reserve_exact(values.len());
            for part in values.chunks(PATIENCE) {
                checkpoint.check()?;
                each.extend(part.iter().copied().map(bits));
            }
        }
        Ok(Self {
            bits: if different { Bits::Each(each) } else { Bits::One(first) },
            is_float: T::DTYPE.is_float(),
        })
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

    fn values<T: Element>(values: &[T]) -> Values {
        Values::new(values, &Checkpoint::never()).unwrap()
    }

    #[test]
    fn bits_are_equal_where_values_are() {
        let integers = values(&[-1i64, i64::MIN, i64::MAX, -1]);
        assert!(integers.is_equal(0, &integers, 3) && !integers.is_equal(1, &integers, 2));
        let floats = values(&[0.0f32, -0.0, f32::NAN, 0.5]);
        assert!(floats.is_equal(0, &floats, 1) && floats.is_equal(3, &floats, 3));
        assert!(!floats.is_equal(2, &floats, 2) && !floats.is_equal(0, &floats, 3));
        assert_eq!(values(&[7u8; 9]).nbytes(), 0);
    }
}
