//! Filters of Gaussians and of their derivatives, on one engine: [`separable`].

pub(super) mod difference_of_gaussians;
pub(super) mod eigen;
pub(super) mod filter;
pub(super) mod gaussian;
pub(super) mod gaussian_gradient_magnitude;
pub(super) mod hessian_of_gaussian;
pub(super) mod laplacian_of_gaussian;
pub(super) mod local_threshold;
pub(super) mod pixel_features;
pub(super) mod samples;
pub(super) mod separable;
pub(super) mod sigma;
pub(super) mod structure_tensor;

pub use difference_of_gaussians::DifferenceOfGaussians;
pub use gaussian::{Gaussian, gaussian};
pub use gaussian_gradient_magnitude::GaussianGradientMagnitude;
pub use hessian_of_gaussian::{HessianOfGaussian, HessianOfGaussianEigenvalues};
pub use laplacian_of_gaussian::LaplacianOfGaussian;
pub use local_threshold::{Local, LocalThreshold};
pub use pixel_features::{PixelFeature, PixelFeatures};
pub use sigma::Sigma;
pub use structure_tensor::{ScaleOrder, StructureTensorEigenvalues};
