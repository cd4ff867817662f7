//! The library of operators.
//!
//! Adapters over [kernels](crate::kernels) and stores, each on the public API of [`graph`](crate::graph) alone: whatever one
//! of these does, one of yours can.

mod block_cache;
mod labels;

pub use block_cache::{BlockCache, BlockCacheSlots, CacheStatistics, PinGuard};
pub use labels::{
    ConnectedComponents, ConnectedComponentsSlots, FilterBySize, FilterBySizeSlots, LazyConnectedComponents,
    LazyConnectedComponentsSlots, RelabelConsecutive, RelabelConsecutiveSlots,
};
