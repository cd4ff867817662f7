//! One channel.

use crate::array::Array;
use crate::error::Error;
use crate::graph::{Data, Declare, Dirty, Execute, Input, Operator, Output, Setup};
use crate::operators::generic::describe::{axis_of, map_dirt, with_length};
use crate::roi::Roi;

/// Gives one channel of its input.
///
/// lazyflow: `OpSingleChannelSelector`.
///
/// | slot | | |
/// |---|---|---|
/// | `input` | array | with an axis `c`, anywhere |
/// | `channel` | `usize` | which; 0 is the default |
/// | `output` | array | that channel, `c` at length 1: the same buffer, nothing is copied |
///
/// While there is no such channel, the output is not ready. What changes of other channels is nothing to it.
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::SelectChannel;
/// use headwater::{Array, roi};
///
/// let graph = Graph::new();
/// let green = graph.add(SelectChannel::new(1));
/// graph.edit(|e| e.set(&green.input, Array::from_vec("xc", &[2, 3], vec![1_u8, 2, 3, 4, 5, 6])?))?;
/// let part = green.output.request(roi![0..2, 0..1]).wait()?;
/// assert_eq!(part.view::<u8>()?.iter().copied().collect::<Vec<_>>(), [2, 5]);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SelectChannel {
    channel: usize,
}

/// The slots of a [`SelectChannel`].
#[derive(Debug)]
pub struct SelectChannelSlots {
    /// Channels.
    pub input: Input<Array>,
    /// Which one.
    pub channel: Input<usize>,
    /// That one.
    pub output: Output<Array>,
}

impl SelectChannel {
    /// Channel number `channel`.
    pub fn new(channel: usize) -> Self {
        Self { channel }
    }
}

impl Operator for SelectChannel {
    type Slots = SelectChannelSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> SelectChannelSlots {
        SelectChannelSlots {
            input: declare.input("input"),
            channel: declare.default("channel", self.channel),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &SelectChannelSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let (input, channel) = (cx.meta(&slots.input)?, cx.value(&slots.channel)?);
        let axis = axis_of(&input, 'c')?;
        let channels = input.shape()[axis];
        if channel >= channels {
            return cx.not_ready(&slots.output, &format!("there is no channel {channel} of {channels}"));
        }
        let name = input.channel_names().get(channel).cloned();
        cx.describe(&slots.output, with_length(input, axis, 1)?.with_channel_names(name))
    }

    fn dirty(&self, slots: &SelectChannelSlots, cx: &mut Dirty<'_>) {
        let (Ok(meta), Ok(channel)) = (cx.meta(&slots.input), cx.value(&slots.channel)) else {
            return cx.everything();
        };
        if cx.is_dirty(&slots.channel) {
            return cx.everything();
        }
        let dirt = map_dirt(cx.of(&slots.input), meta.roi(), |roi| {
            let axis = axis_of(meta, 'c')?;
            let hit = roi.range(axis).contains(&channel);
            hit.then(|| Ok(roi.with_axis(axis, 0..1)?)).transpose()
        });
        cx.mark(&slots.output, dirt);
    }

    async fn execute(&self, slots: &SelectChannelSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let channel = cx.value(&slots.channel)?;
        let axis = axis_of(cx.meta(&slots.input)?, 'c')?;
        let range = roi.range(axis);
        let part = roi.with_axis(axis, channel + range.start..channel + range.end)?;
        Ok(cx.request(&slots.input, part).await?.into())
    }

    fn is_inline(&self) -> bool {
        true
    }
}
