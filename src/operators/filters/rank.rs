//! Median, percentiles, minimum and maximum.

use crate::error::Error;
use crate::graph::{Declare, Input, Meta, SlotType};
use crate::kernels::{self, Footprint, Form, Radius};
use crate::operators::filters::{Filter, Values};

impl SlotType for Radius {
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

/// The element of some rank among those around each point: [`median`](Self::median), [`minimum`](Self::minimum),
/// [`maximum`](Self::maximum), or any percentile.
///
/// scipy: `median_filter`, `percentile_filter`. The kernel is [`kernels::Rank`].
///
/// | slot | | what |
/// |---|---|---|
/// | `input` | input | an image of any element type |
/// | `radius` | input, 1 | how far the neighbourhood reaches along each axis of space: one for all or one for each |
/// | `ball` | input, `false` | whether it is a ball (a disk, an ellipsoid) rather than a box |
/// | `percentile` | input, 50 | which element in order: 0 is the least, 50 the median, 100 the greatest |
/// | `output` | output | an image of the same type |
#[derive(Clone, Debug)]
pub struct Rank {
    percentile: f64,
    radius: Radius,
    ball: bool,
}

/// The parameters of [`Rank`].
#[derive(Debug)]
pub struct RankParameters {
    /// How far the neighbourhood reaches along each axis of space.
    pub radius: Input<Radius>,
    /// Whether it is a ball rather than a box.
    pub ball: Input<bool>,
    /// Which element in order, from 0 to 100.
    pub percentile: Input<f64>,
}

impl Rank {
    /// A percentile, from 0 to 100, of a box.
    pub fn percentile(percentile: f64, radius: impl Into<Radius>) -> Self {
        Self {
            percentile,
            radius: radius.into(),
            ball: false,
        }
    }

    /// The median of a box.
    pub fn median(radius: impl Into<Radius>) -> Self {
        Self::percentile(50.0, radius)
    }

    /// The least of a box.
    pub fn minimum(radius: impl Into<Radius>) -> Self {
        Self::percentile(0.0, radius)
    }

    /// The greatest of a box.
    pub fn maximum(radius: impl Into<Radius>) -> Self {
        Self::percentile(100.0, radius)
    }

    /// The same of a ball.
    #[must_use]
    pub fn ball(self) -> Self {
        Self { ball: true, ..self }
    }
}

impl Filter for Rank {
    type Kernel = kernels::Rank;
    type Parameters = RankParameters;

    fn parameters(&self, declare: &mut Declare<'_>) -> RankParameters {
        RankParameters {
            radius: declare.default("radius", self.radius.clone()),
            ball: declare.default("ball", self.ball),
            percentile: declare.default("percentile", self.percentile),
        }
    }

    fn kernel(&self, slots: &RankParameters, values: &mut Values<'_, '_>, _: &Form) -> Result<Self::Kernel, Error> {
        let (radius, percentile) = (values.get(&slots.radius)?, values.get(&slots.percentile)?);
        let footprint = match values.get(&slots.ball)? {
            true => Footprint::Ball(radius),
            false => Footprint::Box(radius),
        };
        Ok(kernels::Rank::percentile(percentile, footprint))
    }

    fn describe(&self, _: &Self::Kernel, input: &Meta, result: Meta) -> Meta {
        super::with_range_of(input, result)
    }
}
