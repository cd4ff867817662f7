//! The difference of two smoothings.

use crate::array::Axes;
use crate::error::Error;
use crate::graph::{Declare, Input};
use crate::kernels::{self, Form, Sigma};
use crate::operators::filters::scale::WINDOW;
use crate::operators::filters::{Filter, Values};

/// The image smoothed at one scale minus the image smoothed at another: what is between the two scales.
///
/// lazyflow: `OpDifferenceOfGaussians`. The kernel is [`kernels::DifferenceOfGaussians`], which gives the formula.
///
/// | slot | | what |
/// |---|---|---|
/// | `input` | input | an image of any element type |
/// | `sigma0` | input, 1.0 | the scale of what is subtracted from, in elements: one for all axes, or one for each |
/// | `sigma1` | input, 0.66 | the scale of what is subtracted |
/// | `window` | input, 3.5 | where the Gaussians are cut off, in multiples of sigma |
/// | `axes` | input, `None` | the axes to filter; `None` is all of `z`, `y` and `x`, `yx` goes slice by slice |
/// | `output` | output | the difference, `f32` |
#[derive(Clone, Debug)]
pub struct DifferenceOfGaussians {
    sigma0: Sigma,
    sigma1: Sigma,
}

/// The parameters of [`DifferenceOfGaussians`].
#[derive(Debug)]
pub struct DifferenceOfGaussiansParameters {
    /// The scale of what is subtracted from.
    pub sigma0: Input<Sigma>,
    /// The scale of what is subtracted.
    pub sigma1: Input<Sigma>,
    /// Where the Gaussians are cut off, in multiples of sigma.
    pub window: Input<f64>,
    /// The axes to filter; `None` is all of `z`, `y` and `x` that there are.
    pub axes: Input<Option<Axes>>,
}

impl DifferenceOfGaussians {
    /// Smoothing by `sigma0` minus smoothing by `sigma1`.
    pub fn new(sigma0: impl Into<Sigma>, sigma1: impl Into<Sigma>) -> Self {
        Self {
            sigma0: sigma0.into(),
            sigma1: sigma1.into(),
        }
    }
}

impl Default for DifferenceOfGaussians {
    fn default() -> Self {
        Self::new(1.0, 0.66)
    }
}

impl Filter for DifferenceOfGaussians {
    type Kernel = kernels::DifferenceOfGaussians;
    type Parameters = DifferenceOfGaussiansParameters;

    fn parameters(&self, declare: &mut Declare<'_>) -> Self::Parameters {
        DifferenceOfGaussiansParameters {
            sigma0: declare.default("sigma0", self.sigma0.clone()),
            sigma1: declare.default("sigma1", self.sigma1.clone()),
            window: declare.default("window", WINDOW),
            axes: declare.default("axes", None),
        }
    }

    fn kernel(&self, slots: &Self::Parameters, values: &mut Values<'_, '_>, _: &Form) -> Result<Self::Kernel, Error> {
        let (sigma0, sigma1) = (values.get(&slots.sigma0)?, values.get(&slots.sigma1)?);
        let kernel = kernels::DifferenceOfGaussians::new(sigma0, sigma1).window(values.get(&slots.window)?);
        Ok(match values.get(&slots.axes)? {
            Some(axes) => kernel.axes(axes),
            None => kernel,
        })
    }
}
