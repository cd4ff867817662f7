//! Thresholds that follow the surroundings.

use crate::error::Error;
use crate::graph::{Declare, Input, Meta, SlotType};
use crate::kernels::{self, Form, Local, Radius};
use crate::operators::filters::{Filter, Values};

impl SlotType for Local {
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

/// Which elements are above the mean of their surroundings, less an offset.
///
/// scikit-image: `threshold_local`. The kernel is [`kernels::LocalThreshold`].
///
/// | slot | | what |
/// |---|---|---|
/// | `input` | input | an image of any element type |
/// | `local` | input | a [`Local`]: of a box, or weighted by a Gaussian |
/// | `radius` | input | how far the surroundings reach along each axis of space: one for all or one for each |
/// | `offset` | input, 0 | what is taken from the mean |
/// | `output` | output | `bool` |
#[derive(Clone, Debug)]
pub struct LocalThreshold {
    local: Local,
    radius: Radius,
    offset: f64,
}

/// The parameters of [`LocalThreshold`].
#[derive(Debug)]
pub struct LocalThresholdParameters {
    /// What of the surroundings an element is compared with.
    pub local: Input<Local>,
    /// How far they reach along each axis of space.
    pub radius: Input<Radius>,
    /// What is taken from the mean.
    pub offset: Input<f64>,
}

impl LocalThreshold {
    /// Above the mean of what is within `radius`.
    pub fn new(local: Local, radius: impl Into<Radius>) -> Self {
        Self {
            local,
            radius: radius.into(),
            offset: 0.0,
        }
    }

    /// Above the mean less `offset`.
    #[must_use]
    pub fn offset(self, offset: f64) -> Self {
        Self { offset, ..self }
    }
}

impl Filter for LocalThreshold {
    type Kernel = kernels::LocalThreshold;
    type Parameters = LocalThresholdParameters;

    fn parameters(&self, declare: &mut Declare<'_>) -> LocalThresholdParameters {
        LocalThresholdParameters {
            local: declare.default("local", self.local),
            radius: declare.default("radius", self.radius.clone()),
            offset: declare.default("offset", self.offset),
        }
    }

    fn kernel(
        &self,
        slots: &LocalThresholdParameters,
        values: &mut Values<'_, '_>,
        _: &Form,
    ) -> Result<Self::Kernel, Error> {
        let (local, radius) = (values.get(&slots.local)?, values.get(&slots.radius)?);
        Ok(kernels::LocalThreshold::new(local, radius).offset(values.get(&slots.offset)?))
    }

    fn describe(&self, _: &Self::Kernel, _: &Meta, result: Meta) -> Meta {
        result.with_range(0.0, 1.0)
    }
}
