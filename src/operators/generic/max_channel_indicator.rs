//! Whether a channel is the greatest.

use crate::array::{Array, DType};
use crate::error::Error;
use crate::graph::{Data, Declare, Dirty, Execute, Input, Operator, Output, Setup};
use crate::kernels;
use crate::operators::buffers::buffers;
use crate::operators::estimate::with_bytes_of_channels;
use crate::operators::generic::describe::{axis_of, map_dirt};
use crate::roi::Roi;

/// Gives, of each channel, 1 where it is the greatest at its pixel and 0 elsewhere.
///
/// lazyflow: `OpMaxChannelIndicatorOperator`.
///
/// | slot | | |
/// |---|---|---|
/// | `input` | array | with an axis `c`, anywhere |
/// | `output` | array of `u8` | of the same shape, in 0..=1 |
///
/// Of equal channels the first is the greatest, and where all are 0 none is: that is what an untrained classifier gives.
/// (lazyflow looks whether all of a *request* is 0, so that there a pixel depends on who asks for its neighbours.) Any number
/// of channels can be asked for. What changed of one channel has changed of all.
#[derive(Clone, Copy, Debug, Default)]
pub struct MaxChannelIndicator;

/// The slots of a [`MaxChannelIndicator`].
#[derive(Debug)]
pub struct MaxChannelIndicatorSlots {
    /// Channels.
    pub input: Input<Array>,
    /// Whether each is the greatest.
    pub output: Output<Array>,
}

impl Operator for MaxChannelIndicator {
    type Slots = MaxChannelIndicatorSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> MaxChannelIndicatorSlots {
        MaxChannelIndicatorSlots {
            input: declare.input("input"),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &MaxChannelIndicatorSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let input = cx.meta(&slots.input)?;
        let channels = input.shape()[axis_of(&input, 'c')?];
        let meta = input.clone().with_dtype(DType::U8).with_range(0.0, 1.0);
        cx.describe(&slots.output, with_bytes_of_channels(meta, &input, channels, channels)?)
    }

    fn dirty(&self, slots: &MaxChannelIndicatorSlots, cx: &mut Dirty<'_>) {
        let Ok(meta) = cx.meta(&slots.input) else {
            return cx.everything();
        };
        let dirt = map_dirt(cx.of(&slots.input), meta.roi(), |roi| {
            let axis = axis_of(meta, 'c')?;
            Ok(Some(roi.with_axis(axis, 0..meta.shape()[axis])?))
        });
        cx.mark(&slots.output, dirt);
    }

    async fn execute(&self, slots: &MaxChannelIndicatorSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let meta = cx.meta(&slots.input)?;
        let axis = axis_of(meta, 'c')?;
        let (shape, channels) = (roi.shape(), roi.range(axis));
        let image = cx
            .request(&slots.input, roi.with_axis(axis, 0..meta.shape()[axis])?)
            .await?;
        let buffers = buffers(cx.runtime());
        let kernel = cx.compute(move |checkpoint| {
            let mut out = kernels::pooled(&buffers, image.axes(), shape.as_slice(), DType::U8, checkpoint)?;
            kernels::max_channel_indicator(&image, channels, &mut out, checkpoint)?;
            Ok(out)
        });
        Ok(kernel.await?.into())
    }
}
