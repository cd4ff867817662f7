//! What belongs to no component.

use pulp::Simd;

use super::bits::{WORD, bits_of, low, unequal};
use crate::array::{DType, Element};
use crate::error::Error;

/// The background among elements of one type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ground<T> {
    value: T,
    /// There is none: `value` says nothing.
    is_none: bool,
}

impl<T: Element> Ground<T> {
    /// The element that is `value`.
    pub(super) fn new(value: Option<f64>) -> Result<Self, Error> {
        let Some(number) = value else {
            return Ok(Self {
                value: T::default(),
                is_none: true,
            });
        };
        let value = number.cast::<T>();
        // Decimal fractions are seldom exact in `f32`, and meant as the nearest that is; an integer is meant as it is.
        if T::DTYPE.is_float() || value.cast::<f64>() == number {
            return Ok(Self { value, is_none: false });
        }
        Err(no_value(number, T::DTYPE))
    }

    /// Bit `i`: whether `values[i]` belongs to a component.
    #[inline(always)]
    pub(super) fn lacks<S: Simd>(self, simd: S, values: &[T]) -> u64 {
        if self.is_none {
            low(values.len())
        } else if T::DTYPE.is_float() {
            bits_of(
                values,
                #[inline(always)]
                |value| !value.same(self.value),
            )
        } else {
            unequal(simd, values, &[self.value; WORD][..values.len()])
        }
    }
}

#[cold]
fn no_value(number: f64, dtype: DType) -> Error {
    Error::invalid(format!(
        "the background {number} is no value of {dtype}; say that there is none instead"
    ))
}
