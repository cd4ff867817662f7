//! Filters: stencils with their parameters as slots.

mod difference_of_gaussians;
mod filter;
mod gaussian;
mod gradient_magnitude;
mod hessian;
mod hessian_eigenvalues;
mod laplacian_of_gaussian;
mod scale;
mod structure_tensor_eigenvalues;

pub use difference_of_gaussians::{DifferenceOfGaussians, DifferenceOfGaussiansParameters};
pub use filter::{Filter, FilterSlots, Values};
pub use gaussian::Gaussian;
pub use gradient_magnitude::GaussianGradientMagnitude;
pub use hessian::HessianOfGaussian;
pub use hessian_eigenvalues::HessianOfGaussianEigenvalues;
pub use laplacian_of_gaussian::LaplacianOfGaussian;
pub use scale::ScaleParameters;
pub use structure_tensor_eigenvalues::{StructureTensorEigenvalues, StructureTensorParameters};
