//! Fixed thresholds.

use crate::array::{Array, DType, Element, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::elementwise::pointwise;
use crate::kernels::region;
use crate::kernels::stencil::{Form, Stencil};
use crate::roi::Roi;

/// Which elements of `array` are above `level`: the short form of [`Threshold`].
///
/// # Errors
///
/// Only the checkpoint's own, if it stops the kernel; and if there is no memory for the result.
pub fn threshold(array: &Array, level: f64, checkpoint: &Checkpoint) -> Result<Array, Error> {
    Threshold::above(level).apply(array, checkpoint)
}

/// Which elements are above a level: `bool`, of the same shape.
///
/// The comparison is exact for elements of all types, whatever an `f64` can hold of them. NaN is above nothing, and nothing
/// is above NaN; `false` and `true` are 0 and 1.
///
/// # Examples
///
/// ```
/// use headwater::{Array, Checkpoint};
/// use headwater::kernels::{Stencil, Threshold};
///
/// let image = Array::from_vec("x", &[4], vec![1u8, 2, 3, 200])?;
/// let mask = Threshold::above(2.5).apply(&image, &Checkpoint::never())?;
/// assert_eq!(mask.view::<bool>()?.as_slice(), Some(&[false, false, true, true][..]));
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    level: f64,
}

impl Threshold {
    /// True where an element is greater than `level`.
    pub fn above(level: f64) -> Self {
        Self { level }
    }
}

impl Stencil for Threshold {
    fn halo(&self, input: &Form) -> Result<Vec<usize>, Error> {
        Ok(vec![0; input.axes.len()])
    }

    fn dtype(&self, _: DType) -> DType {
        DType::Bool
    }

    fn apply_region(&self, input: &Array, roi: &Roi, checkpoint: &Checkpoint) -> Result<Array, Error> {
        region::apply(self, input, roi, checkpoint)
    }

    fn write_region(&self, input: &Array, roi: &Roi, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        region::check(self, input, roi, out)?;
        let out = out.view_mut::<bool>()?;
        match_dtype!(input.dtype(), T => {
            let part = region::part(input.view::<T>()?, roi.ranges());
            match T::at_most(self.level) {
                Some(level) => pointwise::update(part, out, checkpoint, &|out, value: T| *out = value.is_above(level)),
                None => pointwise::update(part, out, checkpoint, &|out, _: T| *out = true),
            }
        })
    }

    fn bytes(&self, _: &Form, roi: &Roi, _: usize) -> Result<u64, Error> {
        Ok(roi.volume()? as u64)
    }
}

/// Elements among which a level has a place.
trait Level: Element {
    /// The greatest element that is not greater than `level`, so that those above it are those above `level`; `None` if there
    /// is none. NaN, or the greatest of all, for a NaN, which nothing is above.
    fn at_most(level: f64) -> Option<Self>;

    #[inline(always)]
    fn is_above(self, level: Self) -> bool {
        self > level
    }
}

macro_rules! integers {
    ($($type:ty)*) => {$(
        impl Level for $type {
            fn at_most(level: f64) -> Option<Self> {
                if level < Self::MIN as f64 {
                    return None;
                }
                // `as` saturates; of NaN it would make 0.
                Some(if level.is_nan() { Self::MAX } else { level.floor() as Self })
            }
        }
    )*};
}
integers!(u8 u16 u32 u64 i8 i16 i32 i64);

impl Level for bool {
    fn at_most(level: f64) -> Option<Self> {
        // What is not less than 1 is NaN, too.
        (level >= 0.0 || level.is_nan()).then_some(level.is_nan() || level >= 1.0)
    }
}

impl Level for f32 {
    fn at_most(level: f64) -> Option<Self> {
        let near = level as f32;
        Some(if f64::from(near) > level {
            near.next_down()
        } else {
            near
        })
    }
}

impl Level for f64 {
    fn at_most(level: f64) -> Option<Self> {
        Some(level)
    }
}
