//! Images of another size.
//!
//! lazyflow: `OpResize`, for whose results this one's stand in.
//!
//! Along an axis that goes from `n` elements to `m`, `f = n / m`, the centre of element `i` of the result lies at
//! `f·i + f/2 - 1/2` of the input. What is found there is interpolated linearly between its two neighbours, or is the nearest
//! one. Before that, axes that get shorter (`f > 1`) are smoothed by a [`Gaussian`](crate::kernels::Gaussian) of sigma `f / 4` and
//! window 3.5, unless the nearest is taken. Beyond the border the data is reflected without repeating the edge.
//!
//! Smoothing and interpolation along an axis are one weighted sum, of which only what the result needs is computed, one axis
//! after the other. Positions are fractions of integers: no rounding depends on where a block begins.

mod axis;
mod pass;

use std::fmt;
use std::str::FromStr;

use crate::array::{Array, DType, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::memory::zero_array;
use crate::kernels::stencil::Form;
use crate::roi::{Roi, Shape};
use axis::AxisMap;
use pass::Resampled;

/// What lies between the elements of an image. As text, its name in small letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Interpolation {
    /// The mean of the two neighbours along each axis, weighted by their distances.
    #[default]
    Linear,
    /// The nearest element; of two, the later one. For labels, whose means mean nothing.
    Nearest,
}

impl fmt::Display for Interpolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Linear => "linear",
            Self::Nearest => "nearest",
        })
    }
}

impl FromStr for Interpolation {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "linear" => Ok(Self::Linear),
            "nearest" => Ok(Self::Nearest),
            _ => Err(Error::invalid(format!(
                "no interpolation is called `{text}`; there are linear, nearest"
            ))),
        }
    }
}

/// Gives an image another size along `z`, `y` and `x`.
///
/// The result has the type of the input. Linear interpolation computes in `f32`, or `f64` for elements that an `f32` does not
/// hold, and rounds to the nearest value, halves to the even one; a `bool` is true from one half on.
///
/// # Examples
///
/// Half as large:
///
/// ```
/// use headwater::{Array, Checkpoint};
/// use headwater::kernels::Resize;
///
/// let image = Array::from_vec("yxc", &[64, 64, 3], vec![7u8; 64 * 64 * 3])?;
/// let small = Resize::to([32, 32, 3]).apply(&image, &Checkpoint::never())?;
/// assert_eq!(small, Array::full("yxc", &[32, 32, 3], 7u8)?);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Resize {
    shape: Vec<usize>,
    interpolation: Interpolation,
}

impl Resize {
    /// To `shape`, with a length for each axis of the image: those of axes that are not of space must be as they were.
    pub fn to(shape: impl AsRef<[usize]>) -> Self {
        Self {
            shape: shape.as_ref().to_vec(),
            interpolation: Interpolation::Linear,
        }
    }

    /// With another interpolation than the linear one.
    #[must_use]
    pub fn interpolation(mut self, interpolation: Interpolation) -> Self {
        self.interpolation = interpolation;
        self
    }

    /// The form of the result.
    ///
    /// # Errors
    ///
    /// `Invalid` if the shape has another number of axes than the input, another length along an axis that is not of space, or
    /// elements where the input has none; the message names the axis and the lengths.
    pub fn result(&self, input: &Form) -> Result<Form, Error> {
        let shape = Shape::new(&self.shape)?;
        if self.shape.len() != input.axes.len() {
            return Err(Error::invalid(format!(
                "an image with axes {} cannot get the shape {shape}",
                input.axes
            )));
        }
        for ((letter, from), &to) in input.axes.iter().zip(&input.shape).zip(&self.shape) {
            let is_space = input.axes.spatial().any(|axis| input.axes.letter(axis) == Some(letter));
            if from != to && (!is_space || from == 0) {
                return Err(Error::invalid(format!(
                    "axis {letter} of length {from} cannot get the length {to}"
                )));
            }
        }
        Ok(Form { shape, ..*input })
    }

    /// The part of the input that `roi` of the result depends on.
    ///
    /// # Errors
    ///
    /// As [`result`](Self::result); and `Invalid` if `roi` is not within it.
    pub fn needed(&self, input: &Form, roi: &Roi) -> Result<Roi, Error> {
        let maps = self.maps_for(input, roi)?;
        if roi.is_empty() {
            return Ok(Roi::from_ranges(input.shape.iter().map(|_| 0..0))?);
        }
        Ok(Roi::from_ranges(
            roi.ranges().zip(&maps).map(|(range, map)| map.needed(range)),
        )?)
    }

    /// The part of the result that depends on `roi` of the input: the least box that holds all of it.
    ///
    /// # Errors
    ///
    /// As [`result`](Self::result); and `Invalid` if `roi` is not within the input.
    pub fn affected(&self, input: &Form, roi: &Roi) -> Result<Roi, Error> {
        let result = self.result(input)?;
        if !Roi::full(input.shape).contains(roi) {
            return Err(Error::invalid(format!(
                "region {roi} is not within the input, of shape {}",
                input.shape
            )));
        }
        let affected = roi
            .ranges()
            .zip(self.maps(input))
            .map(|(range, map)| map.affected(range));
        let affected: Vec<_> = affected.collect();
        if roi.is_empty() || affected.iter().any(std::ops::Range::is_empty) {
            return Ok(Roi::from_ranges(result.shape.iter().map(|_| 0..0))?);
        }
        Ok(Roi::from_ranges(affected)?)
    }

    /// The image in its new size.
    ///
    /// # Errors
    ///
    /// As [`result`](Self::result); the checkpoint's own error if it stops the kernel.
    pub fn apply(&self, array: &Array, checkpoint: &Checkpoint) -> Result<Array, Error> {
        let input = Form::of(array)?;
        let roi = Roi::full(self.result(&input)?.shape);
        let part = self.needed(&input, &roi)?;
        self.apply_region(&array.slice(&part)?, &part, &input, &roi, checkpoint)
    }

    /// The part `roi` of the result for an input of that form, of which `part` is what lies `at`: at least what is
    /// [needed](Self::needed). Bit for bit the same as that part of the whole.
    ///
    /// # Errors
    ///
    /// As [`needed`](Self::needed); `Invalid` if `part` is not that or too little; the checkpoint's own error if it stops the
    /// kernel.
    pub fn apply_region(
        &self,
        part: &Array,
        at: &Roi,
        input: &Form,
        roi: &Roi,
        checkpoint: &Checkpoint,
    ) -> Result<Array, Error> {
        let result = self.result(input)?;
        let mut out = zero_array(result.axes, roi.shape().as_slice(), result.dtype, checkpoint)?;
        self.write_region(part, at, input, roi, &mut out, checkpoint)?;
        Ok(out)
    }

    /// The same into `out`, which has the shape of `roi`. After an error it holds some mixture.
    ///
    /// # Errors
    ///
    /// As [`apply_region`](Self::apply_region); `Invalid` if `out` has another form.
    pub fn write_region(
        &self,
        part: &Array,
        at: &Roi,
        input: &Form,
        roi: &Roi,
        out: &mut Array,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        let needed = self.needed(input, roi)?;
        let (result, form) = (self.result(input)?, Form::of(part)?);
        let fits = (form.axes, form.dtype) == (input.axes, input.dtype) && form.shape == at.shape();
        if !fits || !(needed.is_empty() || at.contains(&needed)) {
            return Err(Error::invalid(format!(
                "region {roi} needs {needed} of the input; {part:?} at {at} is not that"
            )));
        }
        if out.axes() != result.axes || out.dtype() != result.dtype || roi.shape() != *out.shape() {
            return Err(Error::invalid(format!(
                "cannot write region {roi} of {} to {out:?}",
                result.dtype
            )));
        }
        checkpoint.check()?;
        if roi.is_empty() {
            return Ok(());
        }
        let maps = self.maps(input);
        match_dtype!(input.dtype, T => {
            let (view, out) = (part.view::<T>()?, out.view_mut::<T>()?);
            match self.interpolation {
                Interpolation::Linear => T::resample(view, at.start(), &maps, roi.start(), out, checkpoint),
                Interpolation::Nearest => pass::pick(view, at.start(), &maps, roi.start(), out, checkpoint),
            }
        })
    }

    /// The most bytes that [`apply_region`](Self::apply_region) has allocated at any time for `roi` of the result for an input
    /// of that form on `threads` threads: the result and what is between, without the input.
    ///
    /// # Errors
    ///
    /// As [`needed`](Self::needed).
    pub fn bytes(&self, input: &Form, roi: &Roi, threads: usize) -> Result<u64, Error> {
        let maps = self.maps_for(input, roi)?;
        let result = (roi.volume()? * input.dtype.size()) as u64;
        if self.interpolation == Interpolation::Nearest || roi.is_empty() {
            return Ok(result);
        }
        let size = if computes_in_f64(input.dtype) { 8 } else { 4 };
        Ok(result + pass::bytes(&maps, roi, size, threads))
    }

    fn maps(&self, input: &Form) -> Vec<AxisMap> {
        let lengths = input.shape.iter().zip(&self.shape);
        lengths
            .map(|(from, &to)| AxisMap::new(from, to, self.interpolation))
            .collect()
    }

    /// The same, if `roi` is within the result.
    fn maps_for(&self, input: &Form, roi: &Roi) -> Result<Vec<AxisMap>, Error> {
        let result = self.result(input)?;
        if !Roi::full(result.shape).contains(roi) {
            return Err(Error::invalid(format!(
                "region {roi} is not within the result, of shape {}",
                result.shape
            )));
        }
        Ok(self.maps(input))
    }
}

/// Whether there are values of `dtype` that an `f32` does not hold.
fn computes_in_f64(dtype: DType) -> bool {
    matches!(dtype, DType::U32 | DType::I32 | DType::U64 | DType::I64 | DType::F64)
}
