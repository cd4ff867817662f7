//! The library of operators.
//!
//! Adapters over [kernels](crate::kernels) and stores, each on the public API of [`graph`](crate::graph) alone: whatever one
//! of these does, one of yours can.

mod cache;

pub use cache::{
    BlockCache, BlockCacheSlots, CacheStatistics, FixableCache, FixableCacheSlots, PinGuard, SlicedCache,
    SlicedCacheSlots, UnblockedCache, UnblockedCacheSlots,
};
