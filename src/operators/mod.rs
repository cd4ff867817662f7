//! The library of operators.
//!
//! Adapters over [kernels](crate::kernels) and stores, each on the public API of [`graph`](crate::graph) alone: whatever one
//! of these does, one of yours can. One file is no operator: `console` shows graphs on a console.

mod assemble;
pub(crate) mod buffers;
mod cache;
mod classifier;
#[cfg(all(feature = "console", not(any(loom, shuttle))))]
mod console;
mod estimate;
mod filters;
mod form;
mod generic;
mod labels;
mod missing;
mod pointwise;
mod relay;
mod resize;
mod segment;
mod summary;
mod user_labels;
mod values;

pub use cache::{
    BlockCache, BlockCacheSlots, CacheStatistics, FixableCache, FixableCacheSlots, PinGuard, SlicedCache,
    SlicedCacheSlots, UnblockedCache, UnblockedCacheSlots,
};
pub use classifier::{
    Classifier, ConcatenateFeatureMatrices, ConcatenateFeatureMatricesSlots, FeatureMatrix, FeatureMatrixCache,
    FeatureMatrixCacheSlots, LoadForest, LoadForestSlots, PredictForest, PredictForestSlots, TrainForest,
    TrainForestSlots, TrainFromMatrix, TrainFromMatrixSlots,
};
pub use filters::{
    DifferenceOfGaussians, DifferenceOfGaussiansParameters, Filter, FilterSlots, Gaussian, GaussianGradientMagnitude,
    HessianOfGaussian, HessianOfGaussianEigenvalues, LaplacianOfGaussian, LocalThreshold, LocalThresholdParameters,
    Morphology, MorphologyParameters, PixelFeatures, PixelFeaturesParameters, Rank, RankParameters, ScaleParameters,
    StructureTensorEigenvalues, StructureTensorParameters, Values,
};
pub use generic::{
    ArgMaxChannel, ArgMaxChannelSlots, Arithmetic, ArithmeticSlots, Cast, CastSlots, Crop, CropSlots, ElementFn,
    Identity, IdentitySlots, MaxChannelIndicator, MaxChannelIndicatorSlots, Merge, MergeFn, MergeSlots, Pointwise,
    PointwiseSlots, Reinterpret, ReinterpretSlots, ReorderAxes, ReorderAxesSlots, SelectChannel, SelectChannelSlots,
    SelectChannels, SelectChannelsSlots, Slices, SlicesSlots, SplitBlocks, SplitBlocksSlots, Stack, StackSlots,
};
pub use labels::{
    ConnectedComponents, ConnectedComponentsSlots, FilterBySize, FilterBySizeSlots, LabelOverlay, LabelOverlaySlots,
    LazyConnectedComponents, LazyConnectedComponentsSlots, RelabelConsecutive, RelabelConsecutiveSlots,
};
pub use missing::{
    DetectMissing, DetectMissingSlots, InterpolateMissing, InterpolateMissingSlots, MissingData, MissingDataSlots,
};
pub use pointwise::{Normalise, NormaliseSlots, Threshold, ThresholdSlots};
pub use resize::{Resize, ResizeSlots};
pub use segment::{
    DistanceTransform, DistanceTransformSlots, RegionFeatures, RegionFeaturesSlots, Watershed, WatershedSlots,
};
pub use summary::{Otsu, OtsuSlots, ValueRange, ValueRangeSlots};
pub use user_labels::{LabelProjection, LabelProjectionSlots, UserLabels, UserLabelsSlots};
pub use values::{
    ArraySource, ArraySourceSlots, AsList, AsListSlots, InjectMeta, InjectMetaSlots, JoinLists, JoinListsSlots,
    ListToLanes, ListToLanesSlots, MergeMeta, MergeMetaSlots, MetaField, MetaPatch, MissingDataError, MissingSource,
    MissingSourceSlots, Precomputed, PrecomputedSlots, SelectAttribute, SelectAttributeSlots, SelectMeta,
    SelectMetaSlots, Switch, SwitchSlots, ValueCache, ValueCacheSlots, ZeroDefault, ZeroDefaultSlots,
};
