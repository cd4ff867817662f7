//! The library of operators.
//!
//! Adapters over [kernels](crate::kernels) and stores, each on the public API of [`graph`](crate::graph) alone: whatever one
//! of these does, one of yours can.

mod buffers;
mod cache;
mod filters;
mod missing;
mod user_labels;

pub use cache::{
    BlockCache, BlockCacheSlots, CacheStatistics, FixableCache, FixableCacheSlots, PinGuard, SlicedCache,
    SlicedCacheSlots, UnblockedCache, UnblockedCacheSlots,
};
pub use filters::{Filter, FilterSlots, Values};
pub use missing::{
    DetectMissing, DetectMissingSlots, InterpolateMissing, InterpolateMissingSlots, MissingData, MissingDataSlots,
};
pub use user_labels::{LabelProjection, LabelProjectionSlots, UserLabels, UserLabelsSlots};
