//! Kernels: plain numerical functions over arrays, to be called with or without a graph.
//!
//! Every kernel has the same form. A struct holds its options, validated when it is applied; a function of the same name
//! is the short way for the common case. A kernel takes a [`Checkpoint`](crate::Checkpoint), looks at it at least every
//! millisecond of work on each thread, and returns its error promptly. It never waits for anything. Memory that it takes is
//! cleared in pieces, with looks in between; what it gives back to the system before it returns is not: measured, that
//! takes 0.08 ms for each MiB.
//!
//! # Threads
//!
//! A kernel called on a thread of a rayon pool splits its work into blocks and shares them with the rest of that pool; on
//! any other thread it runs on that thread alone. It never starts threads and never touches rayon's global pool. The
//! result is the same to the bit in either case.
//!
//! # Being stopped
//!
//! A kernel that its checkpoint stops, or that fails, has changed nothing but what it was told to write to: that holds a
//! mixture of what was there and what was to come, of the right type and shape. What adds to something (a census, a histogram,
//! regions) may have added a part. Called again with a buffer that holds such a mixture, a kernel gives the same as ever.
//!
//! # Instructions
//!
//! The inner loops are compiled for several generations of processors, and the best one is chosen at run time: on x86-64
//! AVX-512 or AVX2 with FMA. Results of different generations differ by rounding.

mod border;
mod distance;
mod draw;
mod elementwise;
mod features;
mod filters;
mod forest;
pub(crate) mod incremental_map;
mod labels;
mod memory;
mod missing;
pub(crate) mod parallel;
mod ranks;
mod region;
mod resize;
mod sort;
mod stencil;
mod volumes;
mod watershed;

pub use distance::{DistanceTransform, distance_transform};
pub use draw::{ContactSheet, DrawBoxes, DrawMask, Rectangle};
pub use elementwise::{
    Arithmetic, ArithmeticOperation, Histogram, LabelOverlay, Normalise, Threshold, arg_max_channel, cast,
    first_nonzero, map_elements, max_channel_indicator, merge_elements, merge_elements_into, otsu, reinterpret,
    threshold, value_range,
};
pub(crate) use elementwise::{any_nonzero, assemble, update};
pub use features::{Column, RegionFeatures, Regions, Row, Table, region_features};
pub use filters::{
    DifferenceOfGaussians, Gaussian, GaussianGradientMagnitude, HessianOfGaussian, HessianOfGaussianEigenvalues,
    LaplacianOfGaussian, Local, LocalThreshold, PixelFeature, PixelFeatures, ScaleOrder, Sigma,
    StructureTensorEigenvalues, gaussian,
};
pub use forest::{Forest, RandomForest};
pub use labels::{
    Census, Components, ConnectedComponents, Connectivity, LabelMap, Match, Matching, Pieces, UnionFind,
    connected_components, filter_by_size, matching, relabel_consecutive,
};
pub(crate) use labels::{must_be_labels, must_start};
pub(crate) use memory::{contiguous, copied, filled, of_type, pooled, pooled_zeros};
pub use missing::{Detector, FillMissing, GapFilling, MissingPatches};
pub use ranks::{Footprint, Morphology, MorphologyOperation, Radius, Rank, median};
pub use resize::{Interpolation, Resize};
pub(crate) use sort::sort_by_key;
pub use stencil::{Form, Stencil};
pub use watershed::{Watershed, local_minima, watershed};
