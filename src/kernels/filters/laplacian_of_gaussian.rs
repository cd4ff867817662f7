//! The Laplacian of a smoothed image.
//!
//! vigra: `laplacianOfGaussian`; fastfilters: `laplacianOfGaussian`; lazyflow: `OpLaplacianOfGaussian`.

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

/// Laplacian of Gaussian: the sum of the second derivatives along the filtered axes, of the smoothed image.
///
/// Bright blobs are minima, and flat regions and ramps give 0. Along axes of length 1, and where sigma is 0, nothing is
/// filtered. The result has the shape of the image and is `f32`.
///
/// # Examples
///
/// ```
/// use headwater::{Array, Checkpoint};
/// use headwater::kernels::{LaplacianOfGaussian, Stencil};
///
/// let parabola: Vec<f32> = (0..30).map(|x| (x * x) as f32).collect();
/// let line = Array::from_vec("x", &[30], parabola)?;
/// let result = LaplacianOfGaussian::new(1.5).apply(&line, &Checkpoint::never())?;
/// assert!((result.view::<f32>()?[[15]] - 2.0).abs() < 1e-3);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LaplacianOfGaussian {
    sigma: Sigma,
    options: Options,
}

impl LaplacianOfGaussian {
    /// At the scale `sigma`: one for all filtered axes or one for each, outermost first.
    pub fn new(sigma: impl Into<Sigma>) -> Self {
        Self {
            sigma: sigma.into(),
            options: Options::default(),
        }
    }

    gaussian_options!();
}

impl Prepare for LaplacianOfGaussian {
    fn prepare(&self, input: &Form) -> Result<Prepared, Error> {
        let scales = self.options.scales("sigma", &self.sigma, input)?;
        let axes = filtered_axes(&scales)?;
        let banks = self.options.banks("sigma", &scales, 2, input)?;
        let recipe = Recipe {
            banks,
            features: vec![laplacian(axes)],
            integration: None,
        };
        Ok(Prepared {
            recipe: (axes > 0).then_some(recipe),
            channels: None,
        })
    }
}

/// The Laplacian along so many axes.
pub(super) fn laplacian(axes: usize) -> Feature {
    Feature {
        sums: vec![(0..axes).map(|axis| derivative([(axis, 2)])).collect()],
        combine: Combine::Nothing,
    }
}

prepared_stencil!(LaplacianOfGaussian);
