//! The eigenvalues of the structure tensor.

use crate::array::Axes;
use crate::error::Error;
use crate::graph::{Declare, Input, SlotType};
use crate::kernels::{self, Form, ScaleOrder, Sigma};
use crate::operators::filters::scale::WINDOW;
use crate::operators::filters::{Filter, Values};

/// How much the image varies in its principal directions around each point: corners, edges and flat parts.
///
/// lazyflow: `OpStructureTensorEigenvalues`. The kernel is [`kernels::StructureTensorEigenvalues`], which gives the formula
/// and says which library means what by its two scales.
///
/// | slot | | what |
/// |---|---|---|
/// | `input` | input | an image of any element type |
/// | `inner` | input, 1.0 | the scale of the gradient, in elements: one for all axes, or one for each |
/// | `outer` | input, 0.5 | the scale at which products of the gradient are smoothed |
/// | `order` | input, vigra's | which of the two scales is which |
/// | `window` | input, 3.5 | where the Gaussians are cut off, in multiples of sigma |
/// | `axes` | input, `None` | the axes to filter; `None` is all of `z`, `y` and `x`, `yx` goes slice by slice |
/// | `output` | output | the eigenvalues in descending order as channels, `f32` |
#[derive(Clone, Debug)]
pub struct StructureTensorEigenvalues {
    inner: Sigma,
    outer: Sigma,
}

/// The parameters of [`StructureTensorEigenvalues`].
#[derive(Debug)]
pub struct StructureTensorParameters {
    /// The scale of the gradient.
    pub inner: Input<Sigma>,
    /// The scale at which products of the gradient are smoothed.
    pub outer: Input<Sigma>,
    /// Which of the two scales is which.
    pub order: Input<ScaleOrder>,
    /// Where the Gaussians are cut off, in multiples of sigma.
    pub window: Input<f64>,
    /// The axes to filter; `None` is all of `z`, `y` and `x` that there are.
    pub axes: Input<Option<Axes>>,
}

impl StructureTensorEigenvalues {
    /// The gradient at the scale `inner`, its products smoothed at the scale `outer`.
    pub fn new(inner: impl Into<Sigma>, outer: impl Into<Sigma>) -> Self {
        Self {
            inner: inner.into(),
            outer: outer.into(),
        }
    }
}

impl SlotType for ScaleOrder {
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

impl Default for StructureTensorEigenvalues {
    fn default() -> Self {
        Self::new(1.0, 0.5)
    }
}

impl Filter for StructureTensorEigenvalues {
    type Kernel = kernels::StructureTensorEigenvalues;
    type Parameters = StructureTensorParameters;

    fn parameters(&self, declare: &mut Declare<'_>) -> Self::Parameters {
        StructureTensorParameters {
            inner: declare.default("inner", self.inner.clone()),
            outer: declare.default("outer", self.outer.clone()),
            order: declare.default("order", ScaleOrder::Vigra),
            window: declare.default("window", WINDOW),
            axes: declare.default("axes", None),
        }
    }

    fn kernel(&self, slots: &Self::Parameters, values: &mut Values<'_, '_>, _: &Form) -> Result<Self::Kernel, Error> {
        let (inner, outer) = (values.get(&slots.inner)?, values.get(&slots.outer)?);
        let kernel = kernels::StructureTensorEigenvalues::new(inner, outer)
            .scales(values.get(&slots.order)?)
            .window(values.get(&slots.window)?);
        Ok(match values.get(&slots.axes)? {
            Some(axes) => kernel.axes(axes),
            None => kernel,
        })
    }
}
