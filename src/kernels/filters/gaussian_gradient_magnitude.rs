//! How steep a smoothed image is.
//!
//! vigra: `gaussianGradientMagnitude`; fastfilters: `gaussianGradientMagnitude`; lazyflow: `OpGaussianGradientMagnitude`.

use crate::array::{Array, Axes};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::filters::filter::{
    Options, Prepare, Prepared, derivative, filtered_axes, gaussian_options, prepared_stencil,
};
use crate::kernels::filters::separable::{Combine, Feature, Recipe};
use crate::kernels::filters::sigma::Sigma;
use crate::kernels::stencil::Form;
use crate::roi::Roi;

/// Gaussian gradient magnitude: the root of the sum of the squares of the first derivatives along the filtered axes.
///
/// Along axes of length 1, and where sigma is 0, nothing is filtered. The result has the shape of the image and is `f32`.
///
/// # Examples
///
/// ```
/// use headwater::{Array, Checkpoint};
/// use headwater::kernels::{GaussianGradientMagnitude, Stencil};
///
/// let ramp = (0..900).map(|at| (3 * (at / 30) + 4 * (at % 30)) as f32).collect();
/// let image = Array::from_vec("yx", &[30, 30], ramp)?;
/// let result = GaussianGradientMagnitude::new(1.0).apply(&image, &Checkpoint::never())?;
/// assert!((result.view::<f32>()?[[15, 15]] - 5.0).abs() < 1e-4);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GaussianGradientMagnitude {
    sigma: Sigma,
    options: Options,
}

impl GaussianGradientMagnitude {
    /// At the scale `sigma`: one for all filtered axes or one for each, outermost first.
    pub fn new(sigma: impl Into<Sigma>) -> Self {
        Self {
            sigma: sigma.into(),
            options: Options::default(),
        }
    }

    gaussian_options!();
}

impl Prepare for GaussianGradientMagnitude {
    fn prepare(&self, input: &Form) -> Result<Prepared, Error> {
        let scales = self.options.scales("sigma", &self.sigma, input)?;
        let axes = filtered_axes(&scales)?;
        let recipe = Recipe {
            banks: self.options.banks("sigma", &scales, 1, input)?,
            features: vec![gradient_magnitude(axes)],
            integration: None,
        };
        Ok(Prepared {
            recipe: (axes > 0).then_some(recipe),
            channels: None,
        })
    }
}

/// The length of the gradient along so many axes.
pub(super) fn gradient_magnitude(axes: usize) -> Feature {
    Feature {
        sums: (0..axes).map(|axis| vec![derivative([(axis, 1)])]).collect(),
        combine: Combine::Magnitude,
    }
}

prepared_stencil!(GaussianGradientMagnitude);
