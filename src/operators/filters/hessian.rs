//! The matrix of second derivatives.

use crate::error::Error;
use crate::graph::Declare;
use crate::kernels::{self, Form, Sigma};
use crate::operators::filters::scale::ScaleParameters;
use crate::operators::filters::{Filter, Values};

/// The second derivatives of the smoothed image, the upper triangle of a matrix at each point.
///
/// lazyflow: `OpHessianOfGaussian`, which cuts the Gaussian off at 2. The kernel is [`kernels::HessianOfGaussian`], which gives the formula.
///
/// | slot | | what |
/// |---|---|---|
/// | `input` | input | an image of any element type |
/// | `sigma` | input, 1.0 | the scale in elements: one for all filtered axes, or one for each, outermost first |
/// | `window` | input, 3.5 | where the Gaussian is cut off, in multiples of sigma |
/// | `axes` | input, `None` | the axes to filter; `None` is all of `z`, `y` and `x`, `yx` goes slice by slice |
/// | `output` | output | the elements of the matrix as channels, `f32` |
#[derive(Clone, Debug)]
pub struct HessianOfGaussian {
    sigma: Sigma,
}

impl HessianOfGaussian {
    /// At the scale `sigma`.
    pub fn new(sigma: impl Into<Sigma>) -> Self {
        Self { sigma: sigma.into() }
    }
}

impl Default for HessianOfGaussian {
    fn default() -> Self {
        Self::new(1.0)
    }
}

impl Filter for HessianOfGaussian {
    type Kernel = kernels::HessianOfGaussian;
    type Parameters = ScaleParameters;

    fn parameters(&self, declare: &mut Declare<'_>) -> ScaleParameters {
        ScaleParameters::declare(declare, &self.sigma)
    }

    fn kernel(&self, slots: &ScaleParameters, values: &mut Values<'_, '_>, _: &Form) -> Result<Self::Kernel, Error> {
        let (sigma, window, axes) = slots.get(values)?;
        let kernel = kernels::HessianOfGaussian::new(sigma).window(window);
        Ok(match axes {
            Some(axes) => kernel.axes(axes),
            None => kernel,
        })
    }
}
