//! The parameters that filters of one scale have in common.

use crate::array::Axes;
use crate::error::Error;
use crate::graph::{Declare, Input, SlotType};
use crate::kernels::Sigma;
use crate::operators::filters::Values;

impl SlotType for Sigma {
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

/// The parameters of a filter of one scale.
#[derive(Debug)]
pub struct ScaleParameters {
    /// The scale in elements, at least 0: one for all filtered axes or one for each, outermost first.
    pub sigma: Input<Sigma>,
    /// Where the Gaussian is cut off, in multiples of sigma.
    pub window: Input<f64>,
    /// The axes to filter; `None` is all of `z`, `y` and `x` that there are. `yx` filters a volume slice by slice.
    pub axes: Input<Option<Axes>>,
}

/// The window unless told otherwise, that of the kernels. lazyflow cuts its filters off at 2, but for smoothing.
pub(super) const WINDOW: f64 = 3.5;

impl ScaleParameters {
    pub(super) fn declare(declare: &mut Declare<'_>, sigma: &Sigma) -> Self {
        Self {
            sigma: declare.default("sigma", sigma.clone()),
            window: declare.default("window", WINDOW),
            axes: declare.default("axes", None),
        }
    }

    /// Sigma, window and axes.
    pub(super) fn get(&self, values: &mut Values<'_, '_>) -> Result<(Sigma, f64, Option<Axes>), Error> {
        Ok((
            values.get(&self.sigma)?,
            values.get(&self.window)?,
            values.get(&self.axes)?,
        ))
    }
}
