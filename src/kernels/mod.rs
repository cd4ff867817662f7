//! Kernels: plain numerical functions over arrays, to be called with or without a graph.
//!
//! Every kernel has the same form. A struct holds its options, validated when it is applied; a function of the same name
//! is the short way for the common case. A kernel takes a [`Checkpoint`](crate::Checkpoint), looks at it at least every
//! millisecond of work on each thread, and returns its error promptly. It never waits for anything.
//!
//! # Threads
//!
//! A kernel called on a thread of a rayon pool splits its work into blocks and shares them with the rest of that pool; on
//! any other thread it runs on that thread alone. It never starts threads and never touches rayon's global pool. The
//! result is the same to the bit in either case.
//!
//! # Instructions
//!
//! The inner loops are compiled for several generations of processors, and the best one is chosen at run time: on x86-64
//! AVX-512 or AVX2 with FMA. Results of different generations differ by rounding.

mod arithmetic;
mod border;
mod channels;
mod difference_of_gaussians;
mod distance;
mod eigen;
mod elements;
mod extremum;
mod features;
mod filter;
mod first_nonzero;
mod footprint;
mod forest;
mod gaussian;
mod gaussian_gradient_magnitude;
mod hessian_of_gaussian;
mod histogram;
mod labels;
mod laplacian_of_gaussian;
mod local_threshold;
mod matching;
mod missing;
mod morphology;
mod normalise;
mod order;
mod parallel;
mod pieces;
mod pixel_features;
mod pointwise;
mod rank;
mod region;
mod resize;
mod separable;
mod sigma;
mod stencil;
mod structure_tensor;
mod threshold;
mod tiles;
mod volumes;
mod watershed;

pub use arithmetic::{Arithmetic, ArithmeticOperation};
pub use channels::{arg_max_channel, max_channel_indicator};
pub use difference_of_gaussians::DifferenceOfGaussians;
pub use distance::{DistanceTransform, distance_transform};
pub(crate) use elements::assemble;
pub use elements::{cast, map_elements, merge_elements, reinterpret};
pub use features::{Column, RegionFeatures, Regions, Row, Table, region_features};
pub use first_nonzero::first_nonzero;
pub use footprint::{Footprint, Radius};
pub use forest::{Forest, RandomForest};
pub use gaussian::{Gaussian, gaussian};
pub use gaussian_gradient_magnitude::GaussianGradientMagnitude;
pub use hessian_of_gaussian::{HessianOfGaussian, HessianOfGaussianEigenvalues};
pub use histogram::{Histogram, otsu, value_range};
pub use labels::{
    Census, Components, ConnectedComponents, Connectivity, LabelMap, Pieces, UnionFind, connected_components,
    filter_by_size, relabel_consecutive,
};
pub(crate) use labels::{must_be_labels, must_start};
pub use laplacian_of_gaussian::LaplacianOfGaussian;
pub use local_threshold::{Local, LocalThreshold};
pub use matching::{Match, Matching, matching};
pub(crate) use missing::any_nonzero;
pub use missing::{Detector, FillMissing, GapFilling, MissingPatches};
pub use morphology::{Morphology, MorphologyOperation};
pub use normalise::Normalise;
pub use pixel_features::{PixelFeature, PixelFeatures};
pub use rank::{Rank, median};
pub use resize::{Interpolation, Resize};
pub use sigma::Sigma;
pub use stencil::{Form, Stencil};
pub use structure_tensor::{ScaleOrder, StructureTensorEigenvalues};
pub use threshold::{Threshold, threshold};
pub use watershed::{Watershed, local_minima, watershed};
