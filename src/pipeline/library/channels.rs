//! Operators for channels.

use crate::operators::{ArgMaxChannel, MaxChannelIndicator, SelectChannel, SelectChannels};
use crate::pipeline::entry::Entry;
use crate::pipeline::registration::Registration;

const CHANNELS: &str = "an image with an axis c";

pub(super) fn entries() -> Vec<Entry> {
    vec![
        Registration::new(
            "ArgMaxChannel",
            "Gives the number of the greatest channel at each pixel: of class probabilities, the segmentation.",
            || ArgMaxChannel,
        )
        .input("input", CHANNELS, |s| &s.input)
        .output("output", "the number of the greatest channel, u32", |s| &s.output)
        .entry(),
        Registration::new(
            "MaxChannelIndicator",
            "Gives, of each channel, 1 where it is the greatest at its pixel and 0 elsewhere.",
            || MaxChannelIndicator,
        )
        .input("input", CHANNELS, |s| &s.input)
        .output("output", "whether each is the greatest, u8", |s| &s.output)
        .entry(),
        Registration::new(
            "SelectChannel",
            "Gives one channel of its input.",
            SelectChannel::default,
        )
        .input("input", CHANNELS, |s| &s.input)
        .parameter("channel", "which", |s| &s.channel)
        .output("output", "that channel, c at length 1", |s| &s.output)
        .entry(),
        Registration::new(
            "SelectChannels",
            "Gives channels of its input in an order of one's own; one may occur more than once.",
            SelectChannels::default,
        )
        .input("input", CHANNELS, |s| &s.input)
        .parameter("channels", "which, in order", |s| &s.channels)
        .output("output", "these", |s| &s.output)
        .entry(),
    ]
}
