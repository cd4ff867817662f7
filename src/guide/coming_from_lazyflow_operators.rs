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
//! | `OpUnblockedArrayCache` | `UnblockedCache` | a request within a kept region is answered from it; dirt drops what it touches, also what is being computed meanwhile |
//! | `OpSlicedBlockedArrayCache` | `SlicedCache` | |
//! | `OpCompressedCache`, `OpUnmanagedCompressedCache` | `BlockCache` with `packing` | LZ4 in memory instead of HDF5 files in memory; what is pinned is never dropped, which is what "unmanaged" was for |
//! | `OpCacheFixer`, `fixAtCurrent` | [`Edit::freeze`](crate::graph::Edit::freeze) and `thaw`, of any slot | gives what there was instead of zeros; what was missed is kept as a set of regions, not as one box |
//! | `OpSplitRequestsBlockwise` | [`SplitBlocks`](crate::operators::SplitBlocks) | `always_request_full_blocks` is the slot `full_blocks` |
//! | `OpValueCache` | [`ValueCache`](crate::operators::ValueCache) | sharing and fixing are the graph's; `forceValue` and `resetValue` are the slot `forced`; a forced value is known without computing |
//! | `OpCompressedUserLabelArray` | `UserLabels` | the same rules for 0, eraser, deleting and merging labels; a sparse store of blocks |
//! | `OpFeatureMatrixCache` | `FeatureMatrixCache` | |
//! | `OpConcatenateFeatureMatrices` | `ConcatenateFeatureMatrices` | |
//! | `CacheMemoryManager`, `Memory` | [`RuntimeBuilder::memory`](crate::RuntimeBuilder::memory) | no thread that looks every ten seconds: whoever stores a block makes room for it |
//! | `Cache`, `ObservableCache`, `ManagedCache`, `ManagedBlockedCache` | [`Operator::kept`](crate::graph::Operator::kept), `statistics` of a cache, [`Graph::why`](crate::graph::Graph::why) | |
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
//! | `OpResize` | `Resize` | dirt by region, not whole |
//! | `OperatorWrapper` | [`PerLane`](crate::graph::PerLane) | |
//!
//! # Filters
//!
//! | lazyflow | here | difference |
//! |---|---|---|
//! | `OpGaussianSmoothing` | `Gaussian` | any axes, not `tczyx` only; anisotropic sigmas; the halo of a request and the halo of its dirt are one |
//! | `OpLaplacianOfGaussian`, `OpGaussianGradientMagnitude`, `OpDifferenceOfGaussians` | `LaplacianOfGaussian`, `GaussianGradientMagnitude`, `DifferenceOfGaussians` | the same |
//! | `OpHessianOfGaussianEigenvalues`, `OpHessianOfGaussian` | `HessianOfGaussianEigenvalues`, `HessianOfGaussian` | the same |
//! | `OpHessianOfGaussianEigenvaluesFirst` | `HessianOfGaussianEigenvalues` and [`SelectChannel`](crate::operators::SelectChannel) | |
//! | `OpStructureTensorEigenvalues` | `StructureTensorEigenvalues` | the two scales have names; fastfilters swaps them, VIGRA does not, here one says which |
//! | `OpPixelFeaturesPresmoothed` | `PixelFeatures` | the same features, scales and order of channels; dirt grows by the halo |
//! | `coherenceOrientationOfStructureTensor` | – | tier 3: a function of 2-D images that nothing uses |
//! | `oldVigraOperators` | – | tier 3: nothing imports it |
//!
//! # Labels and segmentation
//!
//! | lazyflow | here | difference |
//! |---|---|---|
//! | `OpLabelVolume` | `ConnectedComponents` | labels are unique for the volume however it is asked for |
//! | `OpLazyConnectedComponents` | `LazyConnectedComponents` | |
//! | `OpRelabelConsecutive` | `RelabelConsecutive` | |
//! | `OpFilterLabels` | `FilterBySize` | sizes are those of the whole volume, not of the request |
//! | `OpVigraWatershed` | `Watershed` | from seeds |
//! | `OpObjectFeatures` | `RegionFeatures` | a typed table |
//! | – | `DistanceTransform`, `Threshold`, `Normalise` | |
//! | `"blocked"` labelling | `ConnectedComponents` | tier 3 there: a placeholder whose library cannot be imported |
//!
//! # Classifiers
//!
//! | lazyflow | here | difference |
//! |---|---|---|
//! | `OpTrainClassifierBlocked`, `OpTrainVectorwiseClassifierBlocked`, `OpTrainClassifierFromFeatureVectors` | `TrainForest` | one kind of classifier, a random forest; a trained one is a versioned file, never code |
//! | `OpClassifierPredict`, `OpBaseClassifierPredict`, `OpVectorwiseClassifierPredict` | `PredictForest` | the same rules for classes without samples, NaN and masks; dirt of the image by region, not whole |
//! | `OpTrainPixelwiseClassifierBlocked`, `OpPixelwiseClassifierPredict`, `VigraRfPixelwise` | – | a classifier that wants a halo is a filter of its own: see [`Filter`](crate::operators::Filter) |
//! | `OpTikTorchTrainClassifierBlocked`, `OpTikTorchClassifierPredict` | – | tier 3: needs a server of another project |
//! | Sklearn classifiers | – | tier 3: pickled code |
//!
//! # Missing data
//!
//! | lazyflow | here | difference |
//! |---|---|---|
//! | `OpInterpMissingData`, `OpDetectMissing`, `OpInterpolate` | `MissingData` | finds and fills; dirt reaches the slices that are filled from what changed. Asked-for data that is gone is another thing: [`MissingSource`](crate::operators::MissingSource) |
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
