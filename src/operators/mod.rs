//! The library of operators.
//!
//! Adapters over [kernels](crate::kernels) and stores, each on the public API of [`graph`](crate::graph) alone: whatever one
//! of these does, one of yours can.

mod block_cache;
mod buffers;
mod filters;
mod pointwise;
mod resize;
mod summary;

pub use block_cache::{BlockCache, BlockCacheSlots, CacheStatistics, PinGuard};
pub use filters::{
    Filter, FilterSlots, Gaussian, LocalThreshold, LocalThresholdParameters, Morphology, MorphologyParameters, Rank,
    RankParameters, ScaleParameters, Values,
};
pub use pointwise::{Normalise, NormaliseSlots, Threshold, ThresholdSlots};
pub use resize::{Resize, ResizeSlots};
pub use summary::{Otsu, OtsuSlots, ValueRange, ValueRangeSlots};
