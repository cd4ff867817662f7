//! The filters of the set.

use std::fmt;

/// One of ilastik's filters, in the order in which their results are numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PixelFeature {
    /// [`Gaussian`](crate::kernels::Gaussian) at `s'`.
    GaussianSmoothing,
    /// [`LaplacianOfGaussian`](crate::kernels::LaplacianOfGaussian) at `s'`.
    LaplacianOfGaussian,
    /// [`GaussianGradientMagnitude`](crate::kernels::GaussianGradientMagnitude) at `s'`.
    GaussianGradientMagnitude,
    /// [`DifferenceOfGaussians`](crate::kernels::DifferenceOfGaussians) at `s'` and `0.66 s'`.
    DifferenceOfGaussians,
    /// [`StructureTensorEigenvalues`](crate::kernels::StructureTensorEigenvalues) with the inner scale `s'` and the outer
    /// one `0.5 s'`.
    StructureTensorEigenvalues,
    /// [`HessianOfGaussianEigenvalues`](crate::kernels::HessianOfGaussianEigenvalues) at `s'`.
    HessianOfGaussianEigenvalues,
}

impl PixelFeature {
    /// All of them, in order.
    pub const ALL: [Self; 6] = [
        Self::GaussianSmoothing,
        Self::LaplacianOfGaussian,
        Self::GaussianGradientMagnitude,
        Self::DifferenceOfGaussians,
        Self::StructureTensorEigenvalues,
        Self::HessianOfGaussianEigenvalues,
    ];

    /// Its name as ilastik shows it.
    pub fn name(self) -> &'static str {
        match self {
            Self::GaussianSmoothing => "Gaussian Smoothing",
            Self::LaplacianOfGaussian => "Laplacian of Gaussian",
            Self::GaussianGradientMagnitude => "Gaussian Gradient Magnitude",
            Self::DifferenceOfGaussians => "Difference of Gaussians",
            Self::StructureTensorEigenvalues => "Structure Tensor Eigenvalues",
            Self::HessianOfGaussianEigenvalues => "Hessian of Gaussian Eigenvalues",
        }
    }

    /// How many results it has for each element, if so many axes are filtered.
    pub(super) fn results(self, axes: usize) -> usize {
        match self {
            Self::StructureTensorEigenvalues | Self::HessianOfGaussianEigenvalues => axes,
            _ => 1,
        }
    }
}

impl fmt::Display for PixelFeature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
