//! Several channels, in any order.

use std::ops::Range;

use futures::future::try_join_all;

use crate::array::Array;
use crate::error::Error;
use crate::graph::{Data, Declare, Dirt, Dirty, Execute, Input, Operator, Output, Setup};
use crate::operators::assemble::assemble;
use crate::operators::estimate::with_bytes_of_channels;
use crate::operators::generic::describe::{axis_of, map_blocks};
use crate::roi::Roi;

/// Gives channels of its input in an order of one's own; one may occur more than once.
///
/// lazyflow: `OpMultiChannelSelector`, whose channels are the last axis.
///
/// | slot | | |
/// |---|---|---|
/// | `input` | array | with an axis `c`, anywhere |
/// | `channels` | `Vec<usize>` | which, in order; the first one is the default |
/// | `output` | array | these: the same buffer where they follow each other in the input, else a copy |
///
/// While the list is empty or one of them does not exist, the output is not ready. Channels that are not chosen are not asked
/// for, and what changes of them is nothing to the output.
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::SelectChannels;
/// use headwater::{Array, roi};
///
/// let graph = Graph::new();
/// let swapped = graph.add(SelectChannels::new([2, 0]));
/// graph.edit(|e| e.set(&swapped.input, Array::from_vec("xc", &[2, 3], vec![1_u8, 2, 3, 4, 5, 6])?))?;
/// let all = swapped.output.request(roi![0..2, 0..2]).wait()?;
/// assert_eq!(all.view::<u8>()?.iter().copied().collect::<Vec<_>>(), [3, 1, 6, 4]);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SelectChannels {
    channels: Vec<usize>,
}

/// The slots of a [`SelectChannels`].
#[derive(Debug)]
pub struct SelectChannelsSlots {
    /// Channels.
    pub input: Input<Array>,
    /// Which, in order.
    pub channels: Input<Vec<usize>>,
    /// These.
    pub output: Output<Array>,
}

impl SelectChannels {
    /// These channels, in this order.
    pub fn new(channels: impl Into<Vec<usize>>) -> Self {
        let channels = channels.into();
        Self { channels }
    }
}

impl Default for SelectChannels {
    fn default() -> Self {
        Self::new([0])
    }
}

impl Operator for SelectChannels {
    type Slots = SelectChannelsSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> SelectChannelsSlots {
        SelectChannelsSlots {
            input: declare.input("input"),
            channels: declare.default("channels", self.channels.clone()),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &SelectChannelsSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let (input, channels) = (cx.meta(&slots.input)?, cx.value(&slots.channels)?);
        let axis = axis_of(&input, 'c')?;
        let count = input.shape()[axis];
        if channels.is_empty() {
            return cx.not_ready(&slots.output, "no channel is chosen");
        }
        if let Some(channel) = channels.iter().find(|channel| **channel >= count) {
            return cx.not_ready(&slots.output, &format!("there is no channel {channel} of {count}"));
        }
        let names = input.channel_names();
        let names: Vec<_> = channels
            .iter()
            .filter_map(|channel| names.get(*channel))
            .cloned()
            .collect();
        let names = names.into_iter().take(if input.channel_names().len() == count {
            channels.len()
        } else {
            0
        });
        let shape = input.shape().with_axis(axis, channels.len())?;
        let fewer = |block: crate::roi::Shape| Ok(block.with_axis(axis, block[axis].min(channels.len()))?);
        let meta = map_blocks(input.clone(), fewer)?
            .with_shape(shape)?
            .with_channel_names(names);
        let runs = runs(&channels);
        if runs.len() == 1 {
            return cx.describe(&slots.output, meta);
        }
        let read: usize = distinct(&runs).iter().map(|run| run.len()).sum();
        let meta = with_bytes_of_channels(meta, &input, read, channels.len())?;
        cx.describe(&slots.output, meta)
    }

    fn dirty(&self, slots: &SelectChannelsSlots, cx: &mut Dirty<'_>) {
        let dirt = match cx.is_dirty(&slots.channels) {
            true => Dirt::everything(),
            false => changed(slots, cx).unwrap_or_else(|_| Dirt::everything()),
        };
        cx.mark(&slots.output, dirt);
    }

    async fn execute(&self, slots: &SelectChannelsSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let channels = cx.value(&slots.channels)?;
        let meta = cx.output_meta(&slots.output)?;
        let axis = axis_of(meta, 'c')?;
        let wanted = roi.range(axis);
        let runs = runs(&channels[wanted.clone()]);
        // Each run is asked for once, wherever and however often it is wanted.
        let distinct = distinct(&runs);
        let pulls = distinct
            .iter()
            .map(|run| Ok(cx.request(&slots.input, roi.with_axis(axis, run.clone())?).submit()));
        let arrays = try_join_all(pulls.collect::<Result<Vec<_>, Error>>()?).await?;
        let mut parts = Vec::with_capacity(runs.len());
        for (at, run) in runs {
            let start = wanted.start + at;
            let place = roi.with_axis(axis, start..start + run.len())?;
            let nth = distinct.iter().position(|own| *own == run);
            let array = nth.and_then(|nth| arrays.get(nth)).cloned();
            parts.extend(array.map(|array| (place, array)));
        }
        Ok(assemble(cx, meta, roi, parts).await?.into())
    }
}

/// Channels that follow each other, taken together: where they stand among those that are wanted, and which they are.
fn runs(channels: &[usize]) -> Vec<(usize, Range<usize>)> {
    let mut runs: Vec<(usize, Range<usize>)> = Vec::new();
    for (at, &channel) in channels.iter().enumerate() {
        match runs.last_mut() {
            Some((_, run)) if run.end == channel => run.end += 1,
            _ => runs.push((at, channel..channel + 1)),
        }
    }
    runs
}

/// Each run once, in order.
fn distinct(runs: &[(usize, Range<usize>)]) -> Vec<Range<usize>> {
    let mut distinct: Vec<_> = runs.iter().map(|(_, run)| run.clone()).collect();
    distinct.sort_by_key(|run| (run.start, run.end));
    distinct.dedup();
    distinct
}

fn changed(slots: &SelectChannelsSlots, cx: &Dirty<'_>) -> Result<Dirt, Error> {
    let (meta, channels) = (cx.meta(&slots.input)?, cx.value(&slots.channels)?);
    let axis = axis_of(meta, 'c')?;
    let mut dirt = Dirt::nothing();
    for roi in cx.of(&slots.input).regions(meta.roi()) {
        let changed = roi.range(axis);
        for (at, run) in runs(&channels) {
            let (start, end) = (run.start.max(changed.start), run.end.min(changed.end));
            if start < end {
                dirt.add(roi.with_axis(axis, at + start - run.start..at + end - run.start)?);
            }
        }
    }
    Ok(dirt)
}
