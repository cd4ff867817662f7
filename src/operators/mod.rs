//! The library of operators.
//!
//! Adapters over [kernels](crate::kernels) and stores, each on the public API of [`graph`](crate::graph) alone: whatever one
//! of these does, one of yours can.

mod assemble;
mod block_cache;
mod buffers;
mod cache;
mod classifier;
mod filters;
mod generic;
mod values;
mod segment;

pub use block_cache::{BlockCache, BlockCacheSlots, CacheStatistics, PinGuard};
pub use filters::{
    DifferenceOfGaussians, DifferenceOfGaussiansParameters, Filter, FilterSlots, Gaussian, GaussianGradientMagnitude,
    HessianOfGaussian, HessianOfGaussianEigenvalues, LaplacianOfGaussian, ScaleParameters, StructureTensorEigenvalues,
    StructureTensorParameters, Values,
pub use classifier::{
    Classifier, ConcatenateFeatureMatrices, ConcatenateFeatureMatricesSlots, FeatureMatrix, FeatureMatrixCache,
    FeatureMatrixCacheSlots, LoadForest, LoadForestSlots, PredictForest, PredictForestSlots, TrainForest,
    TrainForestSlots, TrainFromMatrix, TrainFromMatrixSlots,
};
pub use filters::{Filter, FilterSlots, Values};
pub use generic::{
    ArgMaxChannel, ArgMaxChannelSlots, Arithmetic, ArithmeticSlots, Cast, CastSlots, Crop, CropSlots, ElementFn,
    Identity, IdentitySlots, MaxChannelIndicator, MaxChannelIndicatorSlots, Merge, MergeFn, MergeSlots, Pointwise,
    PointwiseSlots, Reinterpret, ReinterpretSlots, ReorderAxes, ReorderAxesSlots, SelectChannel, SelectChannelSlots,
    SelectChannels, SelectChannelsSlots, Slices, SlicesSlots, SplitBlocks, SplitBlocksSlots, Stack, StackSlots,
};
pub use values::{
    ArraySource, ArraySourceSlots, AsList, AsListSlots, InjectMeta, InjectMetaSlots, JoinLists, JoinListsSlots,
    ListToLanes, ListToLanesSlots, MergeMeta, MergeMetaSlots, MetaField, MetaPatch, MissingDataError, MissingSource,
    MissingSourceSlots, Precomputed, PrecomputedSlots, SelectAttribute, SelectAttributeSlots, SelectMeta,
    SelectMetaSlots, Switch, SwitchSlots, ValueCache, ValueCacheSlots, ZeroDefault, ZeroDefaultSlots,
};
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
mod labels;

pub use block_cache::{BlockCache, BlockCacheSlots, CacheStatistics, PinGuard};
pub use labels::{
    ConnectedComponents, ConnectedComponentsSlots, FilterBySize, FilterBySizeSlots, LazyConnectedComponents,
    LazyConnectedComponentsSlots, RelabelConsecutive, RelabelConsecutiveSlots,
pub use segment::{
    DistanceTransform, DistanceTransformSlots, RegionFeatures, RegionFeaturesSlots, Watershed, WatershedSlots,
};
