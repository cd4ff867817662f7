//! Operators for any data: they choose, move and put together, or do something to each element.

mod arg_max_channel;
mod arithmetic;
mod cast;
mod crop;
mod describe;
mod element_fn;
mod identity;
mod max_channel_indicator;
mod merge;
mod merge_fn;
mod pointwise;
mod reinterpret;
mod reorder_axes;
mod select_channel;
mod select_channels;
mod slices;
mod split_blocks;
mod stack;

pub use arg_max_channel::{ArgMaxChannel, ArgMaxChannelSlots};
pub use arithmetic::{Arithmetic, ArithmeticSlots};
pub use cast::{Cast, CastSlots};
pub use crop::{Crop, CropSlots};
pub use element_fn::ElementFn;
pub use identity::{Identity, IdentitySlots};
pub use max_channel_indicator::{MaxChannelIndicator, MaxChannelIndicatorSlots};
pub use merge::{Merge, MergeSlots};
pub use merge_fn::MergeFn;
pub use pointwise::{Pointwise, PointwiseSlots};
pub use reinterpret::{Reinterpret, ReinterpretSlots};
pub use reorder_axes::{ReorderAxes, ReorderAxesSlots};
pub use select_channel::{SelectChannel, SelectChannelSlots};
pub use select_channels::{SelectChannels, SelectChannelsSlots};
pub use slices::{Slices, SlicesSlots};
pub use split_blocks::{SplitBlocks, SplitBlocksSlots};
pub use stack::{Stack, StackSlots};
