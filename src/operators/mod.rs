//! The library of operators.
//!
//! Adapters over [kernels](crate::kernels) and stores, each on the public API of [`graph`](crate::graph) alone: whatever one
//! of these does, one of yours can.

mod block_cache;
mod buffers;
mod classifier;
mod filters;

pub use block_cache::{BlockCache, BlockCacheSlots, CacheStatistics, PinGuard};
pub use classifier::{
    Classifier, ConcatenateFeatureMatrices, ConcatenateFeatureMatricesSlots, FeatureMatrix, FeatureMatrixCache,
    FeatureMatrixCacheSlots, LoadForest, LoadForestSlots, PredictForest, PredictForestSlots, TrainForest,
    TrainForestSlots, TrainFromMatrix, TrainFromMatrixSlots,
};
pub use filters::{Filter, FilterSlots, Values};
