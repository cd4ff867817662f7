//! The operators of lazyflow, and what they are here.
//!
//! All of the tables' left column is of lazyflow's `operators`. Names on the right are of [`operators`](crate::operators) if
//! nothing else is said. "The same" is never quite true, so here is what is different everywhere:
//!
//! - Parameters are slots with defaults, and the constructor sets the default. `Op(graph=g)` is `graph.add(…)`.
//! - Values are typed. Where lazyflow has a dictionary or the name of an attribute, there is a type or a closure.
//! - What is wrong with parameters is found in the setup: the outputs are not ready, or failed with an error that says why,
//!   and mended by the next edit. Nothing waits for the first request to fail.
//! - Dirt is exact: what was not marked did not change, and what is marked depends on what did.
//! - An operator that only hands on shares the buffer of what is behind it; there is no `writeInto` through views.
//! - There are no masked arrays. A mask is a second image.
//!
//! # Caches
//!
//! | lazyflow | here | difference |
//! |---|---|---|
//! | `OpBlockedArrayCache`, `OpSimpleBlockedArrayCache` | [`BlockCache`](crate::operators::BlockCache) | least recently *used* blocks go first, over all caches of a runtime; validity is by revision, so nothing computed before an edit is kept as if it was after it |
//! | `OpUnblockedArrayCache` | [`UnblockedCache`](crate::operators::UnblockedCache) | a request within a kept region is answered from it; parts of a kept region that did not change still serve; what was computed before an edit is not kept as if it was after it |
//! | `OpSlicedBlockedArrayCache` | [`SlicedCache`](crate::operators::SlicedCache) | |
//! | `OpCompressedCache`, `OpUnmanagedCompressedCache` | [`BlockCache::compressed`](crate::operators::BlockCache::compressed) | LZ4 in memory instead of HDF5 files in memory; what is pinned is never dropped, which is what "unmanaged" was for |
//! | `OpCacheFixer`, `fixAtCurrent` | [`FixableCache`](crate::operators::FixableCache), [`Edit::freeze`](crate::graph::Edit::freeze) of any slot | fixed: what is kept, and zeros for the rest, as there; the regions that changed meanwhile are told once, exactly, not as one box. Frozen: what is missing is computed from the revision before |
//! | `OpSplitRequestsBlockwise` | [`SplitBlocks`](crate::operators::SplitBlocks) | `always_request_full_blocks` is the slot `full_blocks` |
//! | `OpValueCache` | [`ValueCache`](crate::operators::ValueCache) | sharing and fixing are the graph's; `forceValue` and `resetValue` are the slot `forced`; a forced value is known without computing |
//! | `OpCompressedUserLabelArray` | [`UserLabels`](crate::operators::UserLabels) | the same rules for 0, eraser, deleting and merging labels, as steps of an edit; readers of older revisions see the older labels; `Projection2D` is [`LabelProjection`](crate::operators::LabelProjection) |
//! | `OpFeatureMatrixCache` | [`FeatureMatrixCache`](crate::operators::FeatureMatrixCache) | |
//! | `OpConcatenateFeatureMatrices` | [`ConcatenateFeatureMatrices`](crate::operators::ConcatenateFeatureMatrices) | |
//! | `CacheMemoryManager`, `Memory` | [`RuntimeBuilder::memory`](crate::RuntimeBuilder::memory) | no thread that looks every ten seconds: whoever stores a block makes room for it |
//! | `Cache`, `ObservableCache`, `ManagedCache`, `ManagedBlockedCache` | [`Graph::memory_report`](crate::graph::Graph::memory_report), `statistics` of a cache, [`Graph::why`](crate::graph::Graph::why) | the sums are right |
//! | `OpDenseLabelArray` | – | `UserLabels` does what it does, and more; nothing in ilastik uses it |
//!
//! # Generic operators
//!
//! | lazyflow | here | difference |
//! |---|---|---|
//! | `OpArrayPiper` | [`Identity`](crate::operators::Identity) | |
//! | `OpReorderAxes` | [`ReorderAxes`](crate::operators::ReorderAxes) | leaving out an axis that is not single fails the setup, not the execution; pixel sizes go with their axes; the original order is not recorded |
//! | `OpSubRegion` | [`Crop`](crate::operators::Crop) | a region beyond the input is not ready too; blocks are no larger than the region |
//! | `OpMultiArraySlicer2` | [`Slices`](crate::operators::Slices) | an index out of range makes its own output not ready; dirt reaches the right outputs when indices are given |
//! | `OpMultiArrayStacker`, `OpSimpleStacker` | [`Stack`](crate::operators::Stack) | one operator for both; dirt by image, not whole; a region across images is right; images are checked in the setup |
//! | `OpMultiArrayMerger` | [`Merge`](crate::operators::Merge), [`Arithmetic`](crate::operators::Arithmetic) | the function says the type of its result; the range is what it says, not what the function makes of the ranges |
//! | `OpSingleChannelSelector` | [`SelectChannel`](crate::operators::SelectChannel) | other channels' dirt is nothing to it |
//! | `OpMultiChannelSelector` | [`SelectChannels`](crate::operators::SelectChannels) | channels anywhere, not only last; only those that are chosen are asked for; dirt by channel |
//! | `OpMaxChannelIndicatorOperator` | [`MaxChannelIndicator`](crate::operators::MaxChannelIndicator) | the rule for zeros holds by pixel, not by request; any number of channels at once; dirt of one channel is dirt of all |
//! | `numpy.argmax` in a `OpPixelOperator` | [`ArgMaxChannel`](crate::operators::ArgMaxChannel) | |
//! | `OpPixelOperator` | [`Pointwise`](crate::operators::Pointwise) | the function is of one element and its types are those of its signature; the range is mapped only if it is said to be monotone |
//! | `OpConvertDtype` | [`Cast`](crate::operators::Cast) | rounds and saturates, where NumPy cuts off and wraps around |
//! | `OpDtypeView` | [`Reinterpret`](crate::operators::Reinterpret) | the size is checked in the setup |
//! | `OpSelectSubslot` | [`Switch`](crate::operators::Switch) | the place may change; what is not selected need not be ready |
//! | `OpWrapSlot` | [`AsList`](crate::operators::AsList) | or `e.push(&list)` and `e.connect` |
//! | `OpMultiInputConcatenater` | [`JoinLists`](crate::operators::JoinLists) | elements keep their keys, so that others coming and going is no change of them |
//! | `OpResize` | [`Resize`](crate::operators::Resize) | dirt by region, not whole |
//! | `OperatorWrapper` | [`PerLane`](crate::graph::PerLane) | |
//!
//! # Filters
//!
//! | lazyflow | here | difference |
//! |---|---|---|
//! | `OpGaussianSmoothing` | [`Gaussian`](crate::operators::Gaussian) | any axes, not `tczyx` only; anisotropic sigmas; the halo of a request and the halo of its dirt are one |
//! | `OpLaplacianOfGaussian`, `OpGaussianGradientMagnitude`, `OpDifferenceOfGaussians` | [`LaplacianOfGaussian`](crate::operators::LaplacianOfGaussian), [`GaussianGradientMagnitude`](crate::operators::GaussianGradientMagnitude), [`DifferenceOfGaussians`](crate::operators::DifferenceOfGaussians) | the same |
//! | `OpHessianOfGaussianEigenvalues`, `OpHessianOfGaussian` | [`HessianOfGaussianEigenvalues`](crate::operators::HessianOfGaussianEigenvalues), [`HessianOfGaussian`](crate::operators::HessianOfGaussian) | the same |
//! | `OpHessianOfGaussianEigenvaluesFirst` | [`HessianOfGaussianEigenvalues`](crate::operators::HessianOfGaussianEigenvalues) and [`SelectChannel`](crate::operators::SelectChannel) | |
//! | `OpStructureTensorEigenvalues` | [`StructureTensorEigenvalues`](crate::operators::StructureTensorEigenvalues) | the two scales have names; fastfilters swaps them, VIGRA does not, here the slot `order` says which; windows are 3.5 unless told otherwise, those of lazyflow's filters are 2 |
//! | `OpPixelFeaturesPresmoothed` | [`PixelFeatures`](crate::operators::PixelFeatures) | the same features, scales and order of channels; dirt grows by the halo |
//! | `coherenceOrientationOfStructureTensor` | – | tier 3: a function of 2-D images that nothing uses |
//! | `oldVigraOperators` | – | tier 3: nothing imports it |
//!
//! # Labels and segmentation
//!
//! | lazyflow | here | difference |
//! |---|---|---|
//! | `OpLabelVolume` | [`ConnectedComponents`](crate::operators::ConnectedComponents) | labels are unique for the volume however it is asked for |
//! | `OpLazyConnectedComponents` | [`LazyConnectedComponents`](crate::operators::LazyConnectedComponents) | a label is the place of the object's first element plus one: it depends on the image alone, not on who asked first; not consecutive |
//! | `OpRelabelConsecutive`, `OpRelabelConsecutive5D` | [`RelabelConsecutive`](crate::operators::RelabelConsecutive) | |
//! | `OpFilterLabels` | [`FilterBySize`](crate::operators::FilterBySize) | sizes are those of the whole volume, not of the request |
//! | `OpVigraWatershed` | [`Watershed`](crate::operators::Watershed) | exact for the whole by default; with a padding in fixed blocks; labels are those of the seeds everywhere |
//! | `OpObjectFeatures` | [`RegionFeatures`](crate::operators::RegionFeatures) | a typed table |
//! | – | [`DistanceTransform`](crate::operators::DistanceTransform), [`Threshold`](crate::operators::Threshold), [`Normalise`](crate::operators::Normalise) | |
//! | `"blocked"` labelling | [`ConnectedComponents`](crate::operators::ConnectedComponents) | tier 3 there: a placeholder whose library cannot be imported |
//!
//! # Classifiers
//!
//! | lazyflow | here | difference |
//! |---|---|---|
//! | `OpTrainClassifierBlocked`, `OpTrainVectorwiseClassifierBlocked`; `OpTrainClassifierFromFeatureVectors` | [`TrainForest`](crate::operators::TrainForest); [`TrainFromMatrix`](crate::operators::TrainFromMatrix) | one kind of classifier, a random forest; a trained one is a versioned file, never code |
//! | `OpClassifierPredict`, `OpBaseClassifierPredict`, `OpVectorwiseClassifierPredict` | [`PredictForest`](crate::operators::PredictForest) | the same rules for classes without samples, NaN and masks; dirt of the image by region, not whole |
//! | `OpTrainPixelwiseClassifierBlocked`, `OpPixelwiseClassifierPredict`, `VigraRfPixelwise` | – | a classifier that wants a halo is a filter of its own: see [`Filter`](crate::operators::Filter) |
//! | `OpTikTorchTrainClassifierBlocked`, `OpTikTorchClassifierPredict` | – | tier 3: needs a server of another project |
//! | Sklearn classifiers | – | tier 3: pickled code |
//!
//! # Missing data
//!
//! | lazyflow | here | difference |
//! |---|---|---|
//! | `OpInterpMissingData`, `OpDetectMissing`, `OpInterpolate` | [`MissingData`](crate::operators::MissingData), [`DetectMissing`](crate::operators::DetectMissing), [`InterpolateMissing`](crate::operators::InterpolateMissing) | finds and fills, column by column rather than over a bounding box, so that blocks are what the whole is; dirt reaches the slices that are filled from what changed; the detector is the classic one or a closure, not a support vector machine. Asked-for data that is gone is another thing: [`MissingSource`](crate::operators::MissingSource) |
//!
//! # Value providers
//!
//! | lazyflow | here | difference |
//! |---|---|---|
//! | `ListToMultiOperator` | [`ListToLanes`](crate::operators::ListToLanes) | who is behind hears of changes, element by element |
//! | `OpAttributeSelector` | [`SelectAttribute`](crate::operators::SelectAttribute) | a closure instead of a name |
//! | `OpMetadataInjector` | [`InjectMeta`](crate::operators::InjectMeta) with a [`MetaPatch`](crate::operators::MetaPatch) | other facts are a change for who is behind |
//! | `OpMetadataSelector` | [`SelectMeta`](crate::operators::SelectMeta) | a closure instead of a name; known without computing |
//! | `OpMetadataMerge` | [`MergeMeta`](crate::operators::MergeMeta) with [`MetaField`](crate::operators::MetaField)s | sizes of pixels go by the letters of axes |
//! | `OpOutputProvider` | [`ArraySource`](crate::operators::ArraySource) | the array can be written to, and what is written is dirty |
//! | `OpPrecomputedInput` | [`Precomputed`](crate::operators::Precomputed) | all of the output is dirty when it changes over; the state is part of each revision |
//! | `OpZeroDefault` | [`ZeroDefault`](crate::operators::ZeroDefault) | zeros take no memory; data that does not fit is refused |
//! | `OpMissingDataSource`, `MissingDataAccessError` | [`MissingSource`](crate::operators::MissingSource), [`MissingDataError`](crate::operators::MissingDataError) | |
//! | `OpDummyData` | – | tier 3: a test pattern for the screen that never appears as it was meant |
//!
//! # Readers, writers, utilities
//!
//! Readers and writers (`OpInputDataReader` and those behind it, `OpExportSlot`, `OpFormattedDataExport`, the blockwise
//! file sets, Zarr, HDF5, N5, TIFF and image sequences) are not here yet. Of the utilities, regions are
//! [`roi`](mod@crate::roi), batches of requests [`RequestBatch`](crate::RequestBatch), drawings
//! [`Graph::draw`](crate::graph::Graph::draw), and the order of callbacks is that of
//! [`Graph::subscribe`](crate::graph::Graph::subscribe).
//!
//! Of tier 3 these stay away: KLB, MMF and UFMF (formats of single laboratories), DVID, RESTful volumes and Knime (services
//! and programs of others), `H5BlockStore` and `OpStackToH5Writer` (superseded there already), `MultiProcessHdf5File`
//! (a way around Python's lock), the class decorator that reorders axes (a [`ReorderAxes`](crate::operators::ReorderAxes) on
//! each side does it in sight), and starting clusters over ssh.
