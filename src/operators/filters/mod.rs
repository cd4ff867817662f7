//! Filters: stencils with their parameters as slots.

mod difference_of_gaussians;
mod filter;
mod gaussian;
mod gradient_magnitude;
mod hessian;
mod hessian_eigenvalues;
mod laplacian_of_gaussian;
mod local_threshold;
mod morphology;
mod pixel_features;
mod rank;
mod scale;
mod structure_tensor_eigenvalues;

pub use difference_of_gaussians::{DifferenceOfGaussians, DifferenceOfGaussiansParameters};
pub use filter::{Filter, FilterSlots, Values};
pub use gaussian::Gaussian;
pub use gradient_magnitude::GaussianGradientMagnitude;
pub use hessian::HessianOfGaussian;
pub use hessian_eigenvalues::HessianOfGaussianEigenvalues;
pub use laplacian_of_gaussian::LaplacianOfGaussian;
pub use local_threshold::{LocalThreshold, LocalThresholdParameters};
pub use morphology::{Morphology, MorphologyParameters};
pub use pixel_features::{PixelFeatures, PixelFeaturesParameters};
pub use rank::{Rank, RankParameters};
pub use scale::ScaleParameters;
pub use structure_tensor_eigenvalues::{StructureTensorEigenvalues, StructureTensorParameters};

use crate::graph::Meta;

/// `result` with the range of values that `input` has, if that is known.
fn with_range_of(input: &Meta, result: Meta) -> Meta {
    match input.range() {
        Some((least, greatest)) => result.with_range(least, greatest),
        None => result,
    }
}
