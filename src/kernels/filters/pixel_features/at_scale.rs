//! What is computed at one scale.

use crate::array::Axes;
use crate::error::Error;
use crate::kernels::filters::difference_of_gaussians::{difference, subtract};
use crate::kernels::filters::filter::{Options, WINDOW, alike, filtered_axes};
use crate::kernels::filters::gaussian_gradient_magnitude::gradient_magnitude;
use crate::kernels::filters::hessian_of_gaussian::hessian_eigenvalues;
use crate::kernels::filters::laplacian_of_gaussian::laplacian;
use crate::kernels::filters::pixel_features::PixelFeature;
use crate::kernels::filters::separable::{Feature, Recipe, Taps};
use crate::kernels::filters::sigma::Sigma;
use crate::kernels::filters::structure_tensor::tensor_eigenvalues;
use crate::kernels::stencil::Form;

/// The window of the filters that come after the smoothing.
const FEATURE_WINDOW: f64 = 2.0;

/// The second scale of a difference of Gaussians, and the outer one of a structure tensor, by the first.
const SECOND: f64 = 0.66;
const OUTER: f64 = 0.5;

/// Where the second scale of a difference of Gaussians lies in the banks, after the orders 0, 1 and 2 of the first.
const SECOND_KERNEL: usize = 3;

/// A scale, for one image without channels.
#[derive(Clone, Debug)]
pub(super) struct AtScale<'a> {
    image: &'a Form,
    scale: f64,
    axes: Axes,
}

impl<'a> AtScale<'a> {
    /// The scale `scale` for `image`, slice by slice if `in_2d`.
    pub(super) fn new(image: &'a Form, scale: f64, in_2d: bool) -> Result<Self, Error> {
        if !(scale > 0.0 && scale.is_finite()) {
            return Err(Error::invalid(format!("scale is {scale}, not a number above 0")));
        }
        let is_wanted = |letter: &char| if in_2d { "yx" } else { "zyx" }.contains(*letter);
        let axes: String = image.axes.iter().filter(is_wanted).collect();
        let axes = axes.parse()?;
        Ok(Self { image, scale, axes })
    }

    /// How many axes are filtered, one at least.
    pub(super) fn filtered(&self) -> Result<usize, Error> {
        match filtered_axes(&self.scales(1.0)?)? {
            0 => Err(Error::invalid(format!(
                "no axis to be filtered is longer than 1: shape {} along {}",
                self.image.shape, self.image.axes
            ))),
            axes => Ok(axes),
        }
    }

    /// The smoothing that all features share.
    pub(super) fn presmoothing(&self) -> Result<Recipe, Error> {
        let sigma = if self.scale > 1.0 {
            (self.scale * self.scale - 1.0).sqrt()
        } else {
            self.scale
        };
        let options = Options {
            window: WINDOW,
            axes: Some(self.axes),
        };
        let banks = options.banks("sigma", &self.scales(sigma)?, 0, self.image)?;
        Ok(Recipe::convolution(banks.into_iter().flatten().collect()))
    }

    /// Some features of what the smoothing makes; a structure tensor is the last of them, if its gradient is that of the
    /// gradient magnitude.
    pub(super) fn filters(&self, features: &[PixelFeature]) -> Result<Recipe, Error> {
        let (axes, scales) = (self.filtered()?, self.scales(self.scale.min(1.0))?);
        let first = self.options().banks("sigma", &scales, 2, self.image)?;
        let second: Vec<f64> = scales.iter().map(|scale| SECOND * scale).collect();
        let second = self.options().banks("sigma", &second, 0, self.image)?;
        let banks = first.into_iter().zip(second);
        let mut banks: Vec<Vec<Taps>> = banks.map(|(first, second)| alike([first, second].concat())).collect();
        subtract(&mut banks, &scales, SECOND_KERNEL);
        Ok(Recipe {
            banks,
            features: features.iter().map(|&feature| recipe_of(feature, axes)).collect(),
            integration: match features.last() {
                Some(PixelFeature::StructureTensorEigenvalues) => Some(self.smoothing(OUTER * self.scale.min(1.0))?),
                _ => None,
            },
        })
    }

    /// The structure tensor of what the smoothing makes, with its scales in the order of fastfilters: the gradient is taken
    /// at the outer one, at which no other feature takes it.
    pub(super) fn swapped_structure_tensor(&self) -> Result<Recipe, Error> {
        let inner = self.scale.min(1.0);
        Ok(Recipe {
            banks: self
                .options()
                .banks("sigma", &self.scales(OUTER * inner)?, 1, self.image)?,
            features: vec![tensor_eigenvalues(self.filtered()?)],
            integration: Some(self.smoothing(inner)?),
        })
    }

    /// The kernels that smooth the products of a gradient.
    fn smoothing(&self, sigma: f64) -> Result<Vec<Taps>, Error> {
        let banks = self.options().banks("sigma", &self.scales(sigma)?, 0, self.image)?;
        Ok(banks.into_iter().flatten().collect())
    }

    fn options(&self) -> Options {
        Options {
            window: FEATURE_WINDOW,
            axes: Some(self.axes),
        }
    }

    /// `sigma` for each axis that is filtered, 0 for the others.
    fn scales(&self, sigma: f64) -> Result<Vec<f64>, Error> {
        self.options().scales("sigma", &Sigma::from(sigma), self.image)
    }
}

/// A feature along so many axes. The Laplacian shares the second derivatives of the Hessian, the difference the smoothing.
fn recipe_of(feature: PixelFeature, axes: usize) -> Feature {
    match feature {
        PixelFeature::GaussianSmoothing => Feature::smoothing(),
        PixelFeature::LaplacianOfGaussian => laplacian(axes).by_term(),
        PixelFeature::GaussianGradientMagnitude => gradient_magnitude(axes),
        PixelFeature::DifferenceOfGaussians => difference(0, SECOND_KERNEL).by_term(),
        PixelFeature::StructureTensorEigenvalues => tensor_eigenvalues(axes),
        PixelFeature::HessianOfGaussianEigenvalues => hessian_eigenvalues(axes),
    }
}
