//! Which channel is the greatest.

use ndarray::{ArrayD, ArrayViewD, ArrayViewMutD, Axis, Zip};

use crate::array::{Array, DType, Element, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::elementwise::pieces::pieces;

/// The number of the greatest channel at each pixel, written to `out`: of type `u32`, as `input` is but with one channel.
///
/// Of equal channels it is the first. As in NumPy, NaN counts as greater than every number.
///
/// # Errors
///
/// `Invalid` if `input` has no axis `c`, or no channels, or `out` does not fit; the checkpoint's own error if it stops the
/// kernel.
///
/// # Examples
///
/// ```
/// use headwater::{Array, Checkpoint, DType, kernels};
///
/// let classes = Array::from_vec("xc", &[3, 2], vec![0.2_f32, 0.8, 0.5, 0.5, 1.0, 0.0])?;
/// let mut best = Array::zeros("xc", &[3, 1], DType::U32)?;
/// kernels::arg_max_channel(&classes, &mut best, &Checkpoint::never())?;
/// assert_eq!(best.view::<u32>()?.iter().copied().collect::<Vec<_>>(), [1, 0, 0]);
/// # Ok::<(), headwater::Error>(())
/// ```
pub fn arg_max_channel(input: &Array, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
    let axis = channel_axis(input)?;
    let channels = input.shape()[axis];
    let mut shape = input.shape().to_vec();
    shape[axis] = 1;
    if channels == 0 || out.dtype() != DType::U32 || out.axes() != input.axes() || out.shape() != shape {
        return Err(Error::invalid(format!(
            "{out:?} cannot take the numbers of the greatest channels of {input:?}"
        )));
    }
    match_dtype!(input.dtype(), T => {
        let from = input.view::<T>()?;
        pieces(out.view_mut::<u32>()?, Some(axis), channels, checkpoint, &|place, mut out| {
            let from = place.with_axis(axis, 0..channels)?.view(&from)?;
            greatest(&from, axis, out.index_axis_mut(Axis(axis), 0));
            Ok(())
        })
    })
}

/// 1 where a channel is the greatest at its pixel and 0 elsewhere, written to `out`: of type `u8`, for the channels
/// `channels` of `input`.
///
/// One channel is, the first of equal ones, as [`arg_max_channel`] says; but none is at a pixel where all are 0, which is
/// what a classifier gives that has not been trained.
///
/// # Errors
///
/// `Invalid` if `input` has no axis `c` or not all of `channels`, or `out` does not fit; the checkpoint's own error if it stops the
/// kernel.
pub fn max_channel_indicator(
    input: &Array,
    channels: std::ops::Range<usize>,
    out: &mut Array,
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    let axis = channel_axis(input)?;
    let count = input.shape()[axis];
    let mut shape = input.shape().to_vec();
    shape[axis] = channels.len();
    let fits = out.dtype() == DType::U8 && out.axes() == input.axes() && out.shape() == shape;
    if !fits || channels.end > count {
        return Err(Error::invalid(format!(
            "{out:?} cannot take the channels {channels:?} of {input:?}"
        )));
    }
    match_dtype!(input.dtype(), T => {
        let from = input.view::<T>()?;
        let each = count.div_ceil(channels.len().max(1));
        pieces(out.view_mut::<u8>()?, Some(axis), each, checkpoint, &|place, mut out| {
            let from = place.with_axis(axis, 0..count)?.view(&from)?;
            let pixels = out.index_axis(Axis(axis), 0).raw_dim();
            let mut best = ArrayD::zeros(pixels.clone());
            greatest(&from, axis, best.view_mut());
            // As good as a channel that there is not.
            let is_zero = from.map_axis(Axis(axis), |pixel| pixel.iter().all(|value| *value == T::default()));
            Zip::from(&mut best).and(&is_zero).for_each(|best, is_zero| *best = if *is_zero { u32::MAX } else { *best });
            for (mut out, nth) in out.axis_iter_mut(Axis(axis)).zip(place.range(axis)) {
                let channel = (channels.start + nth) as u32;
                Zip::from(&mut out).and(&best).for_each(|out, best| *out = u8::from(*best == channel));
            }
            Ok(())
        })
    })
}

fn channel_axis(input: &Array) -> Result<usize, Error> {
    let axis = input.axes().position('c');
    axis.ok_or_else(|| Error::invalid(format!("{input:?} has no axis c")))
}

/// Writes the number of the first of the greatest channels to `out`; NaN is greater than everything.
///
/// Channel by channel, which is many pixels at once for the processor, and whose memory the pieces keep near it.
fn greatest<T: Element>(from: &ArrayViewD<'_, T>, axis: usize, mut out: ArrayViewMutD<'_, u32>) {
    let mut channels = from.axis_iter(Axis(axis));
    out.fill(0);
    let Some(mut best) = channels.next().map(|first| first.to_owned()) else {
        return;
    };
    for (channel, nth) in channels.zip(1_u32..) {
        Zip::from(&mut best)
            .and(&mut out)
            .and(&channel)
            .for_each(|best, out, value| {
                let wins = *value > *best || (is_nan(*value) && !is_nan(*best));
                *best = if wins { *value } else { *best };
                *out = if wins { nth } else { *out };
            });
    }
}

#[inline(always)]
#[expect(clippy::eq_op, reason = "that is what NaN is, for a type that may not have it")]
fn is_nan<T: Element>(value: T) -> bool {
    value != value
}
