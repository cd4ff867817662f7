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

mod border;
mod difference_of_gaussians;
mod eigen;
mod filter;
mod gaussian;
mod gaussian_gradient_magnitude;
mod hessian_of_gaussian;
mod laplacian_of_gaussian;
mod parallel;
mod pixel_features;
mod samples;
mod separable;
mod sigma;
mod stencil;
mod structure_tensor;

pub use difference_of_gaussians::DifferenceOfGaussians;
pub use gaussian::{Gaussian, gaussian};
pub use gaussian_gradient_magnitude::GaussianGradientMagnitude;
pub use hessian_of_gaussian::{HessianOfGaussian, HessianOfGaussianEigenvalues};
pub use laplacian_of_gaussian::LaplacianOfGaussian;
pub use pixel_features::{PixelFeature, PixelFeatures};
pub use sigma::Sigma;
pub use stencil::{Form, Stencil};
pub use structure_tensor::{ScaleOrder, StructureTensorEigenvalues};
