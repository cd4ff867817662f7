//! What kernels have in common whose result at a point depends on the data around it.

use std::fmt;

use crate::array::{Array, Axes, DType};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::roi::{Roi, Shape};

/// What is known of an array without its elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// The letters of its axes.
    pub axes: Axes,
    /// The length of each axis.
    pub shape: Shape,
    /// The type of its elements.
    pub dtype: DType,
}

impl Form {
    /// That of an array that exists.
    ///
    /// # Errors
    ///
    /// None for an [`Array`], which has at most as many axes as a shape.
    pub fn of(array: &Array) -> Result<Self, Error> {
        Ok(Self {
            axes: array.axes(),
            shape: Shape::new(array.shape())?,
            dtype: array.dtype(),
        })
    }
}

/// A kernel whose result at a point depends on the data within a *halo* around it, so that an image can be computed block
/// by block: [`needed`](Self::needed) of the input for a part of the result, then [`apply_region`](Self::apply_region).
///
/// The result has the axes of the input, or one more: a filter with several results for each point numbers them along the
/// axis `c`, grouped by the channels of the input, if it has such an axis; else a new one before the axes of space.
///
/// Blockwise is exact: for every region, what is computed from a cut-out with its halo is bit for bit what is computed
/// from the whole.
pub trait Stencil: Clone + fmt::Debug + Send + Sync + 'static {
    /// How far the result depends on the data around a point, in elements, for each axis of the input.
    ///
    /// # Errors
    ///
    /// `Invalid` for options that fit no array of that form; the message names the option, the axis and the values.
    fn halo(&self, input: &Form) -> Result<Vec<usize>, Error>;

    /// How many results there are for each element of the input, if they are numbered along `c`.
    ///
    /// # Errors
    ///
    /// As [`halo`](Self::halo).
    fn channels(&self, input: &Form) -> Result<Option<usize>, Error> {
        let _ = input;
        Ok(None)
    }

    /// The type of the result.
    fn dtype(&self, input: DType) -> DType {
        let _ = input;
        DType::F32
    }

    /// The part `roi` of the result for `input`, and nothing else.
    ///
    /// # Errors
    ///
    /// As [`halo`](Self::halo); `Invalid` if `roi` is not within the result; the checkpoint's own error if it stops the
    /// kernel.
    fn apply_region(&self, input: &Array, roi: &Roi, checkpoint: &Checkpoint) -> Result<Array, Error>;

    /// The same into `out`, which has the form of the result but for its shape, that of `roi`, and holds anything. After an
    /// error it holds some mixture.
    ///
    /// A kernel that fills memory which it is given needs none of its own for its result: blocks one after the other get
    /// the same.
    ///
    /// # Errors
    ///
    /// As [`apply_region`](Self::apply_region); `Invalid` if `out` has another form.
    fn write_region(&self, input: &Array, roi: &Roi, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        *out = self.apply_region(input, roi, checkpoint)?;
        Ok(())
    }

    /// The most bytes that [`apply_region`](Self::apply_region) has allocated at any time for `roi` of an input of that
    /// form on `threads` threads: the result and what is between, without the input.
    ///
    /// # Errors
    ///
    /// As [`halo`](Self::halo).
    fn bytes(&self, input: &Form, roi: &Roi, threads: usize) -> Result<u64, Error>;

    /// The result for all of `input`.
    ///
    /// # Errors
    ///
    /// As [`apply_region`](Self::apply_region).
    fn apply(&self, input: &Array, checkpoint: &Checkpoint) -> Result<Array, Error> {
        let result = self.result(&Form::of(input)?)?;
        self.apply_region(input, &Roi::full(result.shape), checkpoint)
    }

    /// The form of the result.
    ///
    /// # Errors
    ///
    /// As [`halo`](Self::halo).
    fn result(&self, input: &Form) -> Result<Form, Error> {
        self.halo(input)?;
        form_of_result(self, input)
    }

    /// The part of the input that `roi` of the result depends on.
    ///
    /// # Errors
    ///
    /// As [`halo`](Self::halo); `Invalid` if `roi` is not within the result.
    fn needed(&self, input: &Form, roi: &Roi) -> Result<Roi, Error> {
        let own = self.without_channels(input, roi)?;
        Ok(own.expand_by_halo(self.halo(input)?, Roi::full(input.shape))?.outer)
    }

    /// The part of the result that depends on `roi` of the input.
    ///
    /// # Errors
    ///
    /// As [`halo`](Self::halo); `Invalid` if `roi` is not within the input.
    fn affected(&self, input: &Form, roi: &Roi) -> Result<Roi, Error> {
        let grown = roi.expand_by_halo(self.halo(input)?, Roi::full(input.shape))?.outer;
        let Some(count) = self.channels(input)? else {
            return Ok(grown);
        };
        match input.axes.position('c') {
            Some(axis) => {
                let channels = grown.range(axis);
                Ok(grown.with_axis(axis, channels.start * count..channels.end * count)?)
            }
            None => Ok(grown.insert_axis(channel_position(input.axes), 0..count)?),
        }
    }

    /// The same in parts, where some results depend on less than others: these are no wider than each of them needs, and
    /// within [`affected`](Self::affected).
    ///
    /// # Errors
    ///
    /// As [`affected`](Self::affected).
    fn affected_parts(&self, input: &Form, roi: &Roi) -> Result<Vec<Roi>, Error> {
        Ok(vec![self.affected(input, roi)?])
    }

    /// `roi` of the result in the coordinates of what is computed for `part` of the input, with its channels.
    ///
    /// # Errors
    ///
    /// As [`needed`](Self::needed).
    fn within(&self, input: &Form, roi: &Roi, part: &Roi) -> Result<Roi, Error> {
        let Some(count) = self.channels(input)? else {
            return Ok(roi.relative_to(part)?);
        };
        match input.axes.position('c') {
            Some(axis) => {
                let channels = part.range(axis);
                let part = part.with_axis(axis, channels.start * count..channels.end * count)?;
                Ok(roi.relative_to(&part)?)
            }
            None => {
                let axis = channel_position(input.axes);
                Ok(roi.relative_to(&part.insert_axis(axis, 0..count)?)?)
            }
        }
    }

    /// The elements of the input at which `roi` of the result lies.
    ///
    /// # Errors
    ///
    /// As [`halo`](Self::halo); `Invalid` if `roi` has another number of axes than the result.
    fn without_channels(&self, input: &Form, roi: &Roi) -> Result<Roi, Error> {
        let Some(count) = self.channels(input)? else {
            return Ok(*roi);
        };
        match input.axes.position('c') {
            Some(axis) => {
                let channels = roi.range(axis);
                let own = channels.start / count..channels.end.div_ceil(count);
                Ok(roi.with_axis(axis, own)?)
            }
            None => Ok(roi.remove_axis(channel_position(input.axes))?),
        }
    }
}

/// The form of the result of `kernel`, whether the input is long enough for its halo or not.
pub(crate) fn form_of_result(kernel: &impl Stencil, input: &Form) -> Result<Form, Error> {
    let dtype = kernel.dtype(input.dtype);
    let Some(count) = kernel.channels(input)? else {
        return Ok(Form { dtype, ..*input });
    };
    match input.axes.position('c') {
        Some(axis) => {
            let length = input.shape[axis].checked_mul(count);
            let length = length.ok_or_else(|| Error::invalid("more channels than can be counted"))?;
            Ok(Form {
                shape: input.shape.with_axis(axis, length)?,
                dtype,
                ..*input
            })
        }
        None => {
            let axis = channel_position(input.axes);
            let mut letters = input.axes.to_string();
            letters.insert(axis, 'c');
            Ok(Form {
                axes: letters.parse()?,
                shape: input.shape.insert_axis(axis, count)?,
                dtype,
            })
        }
    }
}

/// Where a new axis of channels goes: before the first axis of space, so that each channel is an image of its own.
pub(crate) fn channel_position(axes: Axes) -> usize {
    axes.spatial().next().unwrap_or(axes.len())
}
