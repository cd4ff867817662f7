//! Two arrays, element by element.

use ndarray::{ArrayViewD, ArrayViewMutD, Zip};

use crate::array::{Array, DType, Element, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::elementwise::pieces::pieces;
use crate::kernels::memory::zero_array;
use crate::roi::Roi;

/// What [`Arithmetic`] does to two elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ArithmeticOperation {
    /// Their sum.
    Add,
    /// The first without the second.
    Subtract,
    /// Their product.
    Multiply,
    /// The first by the second; of floating point, and by 0 what IEEE 754 says.
    Divide,
    /// The lesser one; NaN if one is.
    Minimum,
    /// The greater one; NaN if one is.
    Maximum,
    /// How far they are apart.
    Difference,
}

impl ArithmeticOperation {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Add,
        Self::Subtract,
        Self::Multiply,
        Self::Divide,
        Self::Minimum,
        Self::Maximum,
        Self::Difference,
    ];
}

/// Two arrays of the same shape, element by element.
///
/// The result has the type that holds the numbers of both ([`Self::common`]), for quotients the floating-point type that
/// does. Integers *saturate*: what is beyond the limits of the type becomes the limit, so 200 + 100 of `u8` is 255 and
/// 3 − 5 is 0. With a type of one's own ([`with_dtype`](Self::with_dtype)) all is computed in what holds both numbers and
/// the result, and then [cast](Element::cast) to it: 200 + 100 as `u16` is 300.
///
/// Of `bool` the sum and the maximum are *or*, the product and the minimum *and*, the first without the second *and not*, and
/// the difference is *exclusive or*; quotients are of 0 and 1, in `f32`.
///
/// # Examples
///
/// ```
/// use headwater::kernels::{Arithmetic, ArithmeticOperation};
/// use headwater::{Array, Checkpoint, DType};
///
/// let (a, b) = (Array::from_vec("x", &[2], vec![200_u8, 3])?, Array::from_vec("x", &[2], vec![100_u8, 5])?);
/// let never = Checkpoint::never();
/// let sum = Arithmetic::new(ArithmeticOperation::Add).apply(&a, &b, &never)?;
/// assert_eq!(sum.view::<u8>()?.as_slice(), Some(&[255, 8][..]));
/// let sum = Arithmetic::new(ArithmeticOperation::Add).with_dtype(DType::U16).apply(&a, &b, &never)?;
/// assert_eq!(sum.view::<u16>()?.as_slice(), Some(&[300, 8][..]));
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arithmetic {
    operation: ArithmeticOperation,
    dtype: Option<DType>,
}

impl Arithmetic {
    /// Does `operation`.
    pub fn new(operation: ArithmeticOperation) -> Self {
        Self { operation, dtype: None }
    }

    /// With a result of type `dtype`.
    #[must_use]
    pub fn with_dtype(self, dtype: DType) -> Self {
        let dtype = Some(dtype);
        Self { dtype, ..self }
    }

    /// The smallest type that holds all numbers of two types, as NumPy has it: of integers with and without sign the next
    /// wider one with, of integers with more than 16 bits and `f32` it is `f64`, and of `u64` and integers with sign, which
    /// none holds, too.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::{DType, kernels::Arithmetic};
    ///
    /// assert_eq!(Arithmetic::common(DType::U8, DType::I8), DType::I16);
    /// assert_eq!(Arithmetic::common(DType::U16, DType::F32), DType::F32);
    /// assert_eq!(Arithmetic::common(DType::I32, DType::F32), DType::F64);
    /// ```
    pub fn common(a: DType, b: DType) -> DType {
        use DType::*;
        let is_signed = |dtype| matches!(dtype, I8 | I16 | I32 | I64);
        let wide = |dtype: DType| dtype.is_integer() && dtype.size() > 2;
        let (small, large) = if a.size() <= b.size() { (a, b) } else { (b, a) };
        match (a, b) {
            _ if a == b => a,
            (Bool, other) | (other, Bool) => other,
            _ if a.is_float() || b.is_float() => {
                let exact = !(wide(a) || wide(b) || a == F64 || b == F64);
                if exact { F32 } else { F64 }
            }
            _ if is_signed(a) == is_signed(b) => large,
            _ if is_signed(large) && small.size() < large.size() => large,
            // The greater one has no sign, or both are as large.
            _ => match large.size() {
                1 => I16,
                2 => I32,
                4 => I64,
                _ => F64,
            },
        }
    }

    /// The type of the result.
    pub fn dtype(&self, a: DType, b: DType) -> DType {
        self.dtype.unwrap_or_else(|| self.natural(a, b))
    }

    /// The type of the result if none is asked for.
    fn natural(&self, a: DType, b: DType) -> DType {
        match self.operation {
            ArithmeticOperation::Divide => Self::common(Self::common(a, b), DType::F32),
            _ => Self::common(a, b),
        }
    }

    /// The type in which it is computed.
    fn working(&self, a: DType, b: DType) -> DType {
        let natural = self.natural(a, b);
        self.dtype.map_or(natural, |dtype| Self::common(natural, dtype))
    }

    /// The result, in a buffer of its own.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub fn apply(&self, a: &Array, b: &Array, checkpoint: &Checkpoint) -> Result<Array, Error> {
        let mut out = zero_array(a.axes(), a.shape(), self.dtype(a.dtype(), b.dtype()), checkpoint)?;
        self.write(a, b, &mut out, checkpoint)?;
        Ok(out)
    }

    /// The result, written to `out`.
    ///
    /// # Errors
    ///
    /// `Invalid` if axes or shapes differ, or `out` holds another type than [`dtype`](Self::dtype); the checkpoint's own
    /// error if it stops the kernel.
    pub fn write(&self, a: &Array, b: &Array, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        let fits = |other: &Array| other.axes() == a.axes() && other.shape() == a.shape();
        if !fits(b) || !fits(out) || out.dtype() != self.dtype(a.dtype(), b.dtype()) {
            return Err(Error::invalid(format!(
                "{a:?} and {b:?} do not make {out:?} when it comes to {:?}",
                self.operation
            )));
        }
        let working = self.working(a.dtype(), b.dtype());
        if out.dtype() == working {
            return match_dtype!(working, T => {
                pieces(out.view_mut::<T>()?, None, 1, checkpoint, &|place, out| self.piece::<T>(a, b, place, out))
            });
        }
        match_dtype!(out.dtype(), U => {
            pieces(out.view_mut::<U>()?, None, 1, checkpoint, &|place, mut out| {
                out.assign(&self.part(a, b, place, working)?.cast(U::DTYPE)?.view::<U>()?);
                Ok(())
            })
        })
    }

    /// A piece in the type in which it is computed.
    fn part(&self, a: &Array, b: &Array, place: &Roi, working: DType) -> Result<Array, Error> {
        let mut part = Array::zeros(a.axes(), place.shape().as_slice(), working)?;
        match_dtype!(working, T => self.piece::<T>(a, b, place, part.view_mut::<T>()?))?;
        Ok(part)
    }

    fn piece<T: Number>(&self, a: &Array, b: &Array, place: &Roi, out: ArrayViewMutD<'_, T>) -> Result<(), Error> {
        // What is of that type already is not copied.
        let (a, b) = (a.slice(place)?.cast(T::DTYPE)?, b.slice(place)?.cast(T::DTYPE)?);
        let (a, b) = (a.view::<T>()?, b.view::<T>()?);
        match self.operation {
            ArithmeticOperation::Add => zip(out, a, b, T::add),
            ArithmeticOperation::Subtract => zip(out, a, b, T::subtract),
            ArithmeticOperation::Multiply => zip(out, a, b, T::multiply),
            ArithmeticOperation::Divide => zip(out, a, b, T::divide),
            ArithmeticOperation::Minimum => zip(out, a, b, T::minimum),
            ArithmeticOperation::Maximum => zip(out, a, b, T::maximum),
            ArithmeticOperation::Difference => zip(out, a, b, T::difference),
        }
        Ok(())
    }
}

fn zip<T: Number>(out: ArrayViewMutD<'_, T>, a: ArrayViewD<'_, T>, b: ArrayViewD<'_, T>, f: impl Fn(T, T) -> T) {
    Zip::from(out).and(a).and(b).for_each(|out, a, b| *out = f(*a, *b));
}

/// Arithmetic that stays within the type.
trait Number: Element {
    fn add(self, other: Self) -> Self;
    fn subtract(self, other: Self) -> Self;
    fn multiply(self, other: Self) -> Self;
    fn divide(self, other: Self) -> Self;
    fn minimum(self, other: Self) -> Self;
    fn maximum(self, other: Self) -> Self;
    fn difference(self, other: Self) -> Self;
}

macro_rules! number {
    ($($type:ty)*; $add:expr, $subtract:expr, $multiply:expr, $divide:expr, $minimum:expr, $maximum:expr, $difference:expr) => {$(
        impl Number for $type {
            number! { @ $type, add $add, subtract $subtract, multiply $multiply, divide $divide, minimum $minimum,
                maximum $maximum, difference $difference }
        }
    )*};
    (@ $type:ty, $($name:ident $body:expr),*) => {$(
        #[inline(always)]
        fn $name(self, other: Self) -> Self {
            let f: fn($type, $type) -> $type = $body;
            f(self, other)
        }
    )*};
}

number! { u8 u16 u32 u64 i8 i16 i32 i64;
    |a, b| a.saturating_add(b), |a, b| a.saturating_sub(b), |a, b| a.saturating_mul(b),
    // Quotients are computed in floating point; this is for the types to be complete.
    |a, b| a.checked_div(b).unwrap_or_default(),
    |a, b| a.min(b), |a, b| a.max(b), |a, b| a.max(b).saturating_sub(a.min(b))
}
number! { f32 f64;
    |a, b| a + b, |a, b| a - b, |a, b| a * b, |a, b| a / b,
    |a, b| if a < b || a.is_nan() { a } else { b },
    |a, b| if a > b || a.is_nan() { a } else { b },
    |a, b| (a - b).abs()
}
number! { bool;
    |a, b| a | b, |a, b| a & !b, |a, b| a & b, |a, b| a & b, |a, b| a & b, |a, b| a | b, |a, b| a ^ b
}
