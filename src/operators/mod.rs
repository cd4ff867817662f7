//! The library of operators.
//!
//! Adapters over [kernels](crate::kernels) and stores, each on the public API of [`graph`](crate::graph) alone: whatever one
//! of these does, one of yours can.

mod cache;
mod user_labels;

pub use cache::{
    BlockCache, BlockCacheSlots, CacheStatistics, FixableCache, FixableCacheSlots, PinGuard, SlicedCache,
    SlicedCacheSlots, UnblockedCache, UnblockedCacheSlots,
};
pub use user_labels::{LabelProjection, LabelProjectionSlots, UserLabels, UserLabelsSlots};
