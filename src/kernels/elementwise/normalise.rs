//! Linear maps of one range of values to another.

use crate::array::{Array, DType, Element, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::elementwise::histogram::value_range;
use crate::kernels::elementwise::pointwise;
use crate::kernels::region;
use crate::kernels::stencil::{Form, Stencil};
use crate::roi::Roi;

/// Maps values linearly, so that one range becomes another, and gives them another type.
///
/// `out = out_min + (value - in_min) · (out_max - out_min) / (in_max - in_min)`, in `f64`; the ratio is 0 where `in_min` and
/// `in_max` are equal, so that everything becomes `out_min`. The result is rounded to the nearest value of its type, halves
/// to the even one, as [`Element::cast`] does. Values beyond the input range are mapped like the others; what has no place
/// in an integer type becomes its least or greatest value and NaN becomes 0. lazyflow's `OpFormattedDataExport` has the same
/// formula, but wraps around there.
///
/// # Examples
///
/// ```
/// use headwater::{Array, Checkpoint, DType};
/// use headwater::kernels::{Normalise, Stencil};
///
/// let image = Array::from_vec("x", &[4], vec![0u16, 100, 1000, 2000])?;
/// let bytes = Normalise::new((0.0, 1000.0), (0.0, 255.0), DType::U8).apply(&image, &Checkpoint::never())?;
/// assert_eq!(bytes.view::<u8>()?.as_slice(), Some(&[0, 26, 255, 255][..]));
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normalise {
    from: (f64, f64),
    to: (f64, f64),
    dtype: DType,
}

impl Normalise {
    /// Maps `from` (its minimum and maximum) to `to`, as elements of `dtype`.
    pub fn new(from: (f64, f64), to: (f64, f64), dtype: DType) -> Self {
        Self { from, to, dtype }
    }

    /// Maps the [range](value_range) of `array` to `to`. Where there is no number in it, it does not matter what is mapped.
    ///
    /// # Errors
    ///
    /// The checkpoint's own, if it stops the kernel.
    pub fn range_of(array: &Array, to: (f64, f64), dtype: DType, checkpoint: &Checkpoint) -> Result<Self, Error> {
        let from = value_range(array, checkpoint)?.unwrap_or((0.0, 0.0));
        Ok(Self { from, to, dtype })
    }

    /// How much the result grows with the value.
    fn ratio(&self) -> Result<f64, Error> {
        let named = [
            ("in_min", self.from.0),
            ("in_max", self.from.1),
            ("out_min", self.to.0),
            ("out_max", self.to.1),
        ];
        if let Some((name, value)) = named.into_iter().find(|(_, value)| !value.is_finite()) {
            return Err(Error::invalid(format!("{name} is {value}, not a finite number")));
        }
        let span = self.from.1 - self.from.0;
        Ok(if span == 0.0 {
            0.0
        } else {
            (self.to.1 - self.to.0) / span
        })
    }

    /// The least and the greatest value of what it makes of values from `least` to `greatest`, as its type holds them.
    ///
    /// # Errors
    ///
    /// `Invalid` if an end of a range is not finite.
    pub fn range_between(&self, least: f64, greatest: f64) -> Result<(f64, f64), Error> {
        let ratio = self.ratio()?;
        let [a, b] = [least, greatest].map(|value| {
            let mapped = self.to.0 + (value - self.from.0) * ratio;
            match_dtype!(self.dtype, T => mapped.cast::<T>().cast::<f64>())
        });
        Ok((a.min(b), a.max(b)))
    }
}

impl Stencil for Normalise {
    fn halo(&self, input: &Form) -> Result<Vec<usize>, Error> {
        self.ratio()?;
        Ok(vec![0; input.axes.len()])
    }

    fn dtype(&self, _: DType) -> DType {
        self.dtype
    }

    fn apply_region(&self, input: &Array, roi: &Roi, checkpoint: &Checkpoint) -> Result<Array, Error> {
        region::apply(self, input, roi, checkpoint)
    }

    fn write_region(&self, input: &Array, roi: &Roi, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        region::check(self, input, roi, out)?;
        let (ratio, least, first) = (self.ratio()?, self.from.0, self.to.0);
        match_dtype!(input.dtype(), T => match_dtype!(self.dtype, U => {
            let (part, out) = (region::part(input.view::<T>()?, roi.ranges()), out.view_mut::<U>()?);
            let map = |out: &mut U, value: T| *out = (first + (value.cast::<f64>() - least) * ratio).cast();
            pointwise::update(part, out, checkpoint, &map)
        }))
    }

    fn bytes(&self, _: &Form, roi: &Roi, _: usize) -> Result<u64, Error> {
        Ok((roi.volume()? * self.dtype.size()) as u64)
    }
}
