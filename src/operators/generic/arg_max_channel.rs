//! The number of the greatest channel.

use crate::array::{Array, DType};
use crate::error::Error;
use crate::graph::{Data, Declare, Dirty, Execute, Input, Operator, Output, Setup};
use crate::kernels;
use crate::operators::buffers::buffers;
use crate::operators::estimate::with_bytes_of_channels;
use crate::operators::generic::describe::{axis_of, map_dirt, with_length};
use crate::roi::Roi;

/// Gives the number of the greatest channel at each pixel: of class probabilities, the segmentation.
///
/// | slot | | |
/// |---|---|---|
/// | `input` | array | with an axis `c`, anywhere |
/// | `output` | array of `u32` | the number of the greatest channel, counted from 0; `c` has length 1 |
///
/// Of equal channels it is the first; NaN counts as greater than every number, as in NumPy. What changed of any channel has
/// changed of the result.
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::ArgMaxChannel;
/// use headwater::{Array, roi};
///
/// let graph = Graph::new();
/// let classes = graph.add(ArgMaxChannel);
/// graph.edit(|e| e.set(&classes.input, Array::from_vec("xc", &[2, 2], vec![0.1_f32, 0.9, 0.5, 0.5])?))?;
/// let best = classes.output.request(roi![0..2, 0..1]).wait()?;
/// assert_eq!(best.view::<u32>()?.iter().copied().collect::<Vec<_>>(), [1, 0]);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct ArgMaxChannel;

/// The slots of an [`ArgMaxChannel`].
#[derive(Debug)]
pub struct ArgMaxChannelSlots {
    /// Channels.
    pub input: Input<Array>,
    /// The number of the greatest.
    pub output: Output<Array>,
}

impl Operator for ArgMaxChannel {
    type Slots = ArgMaxChannelSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> ArgMaxChannelSlots {
        ArgMaxChannelSlots {
            input: declare.input("input"),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &ArgMaxChannelSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let input = cx.meta(&slots.input)?;
        let axis = axis_of(&input, 'c')?;
        let channels = input.shape()[axis];
        if channels == 0 {
            return cx.not_ready(&slots.output, "of no channels none is the greatest");
        }
        let meta = with_length(input.clone(), axis, 1)?
            .with_dtype(DType::U32)
            .with_range(0.0, (channels - 1) as f64)
            .with_channel_names::<&str>([]);
        cx.describe(&slots.output, with_bytes_of_channels(meta, &input, channels, 1)?)
    }

    fn dirty(&self, slots: &ArgMaxChannelSlots, cx: &mut Dirty<'_>) {
        let Ok(meta) = cx.meta(&slots.input) else {
            return cx.everything();
        };
        let dirt = map_dirt(cx.of(&slots.input), meta.roi(), |roi| {
            Ok(Some(roi.with_axis(axis_of(meta, 'c')?, 0..1)?))
        });
        cx.mark(&slots.output, dirt);
    }

    async fn execute(&self, slots: &ArgMaxChannelSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let meta = cx.meta(&slots.input)?;
        let axis = axis_of(meta, 'c')?;
        let shape = roi.shape();
        if shape.is_empty() {
            return Ok(Array::zeros(meta.axes(), shape.as_slice(), DType::U32)?.into());
        }
        let image = cx
            .request(&slots.input, roi.with_axis(axis, 0..meta.shape()[axis])?)
            .await?;
        let buffers = buffers(cx.runtime());
        let kernel = cx.compute(move |checkpoint| {
            let mut out = kernels::pooled(&buffers, image.axes(), shape.as_slice(), DType::U32, checkpoint)?;
            kernels::arg_max_channel(&image, &mut out, checkpoint)?;
            Ok(out)
        });
        Ok(kernel.await?.into())
    }
}
