//! Morphology with boxes.

use crate::error::Error;
use crate::graph::{Declare, Input, Meta, SlotType};
use crate::kernels::{self, Form, MorphologyOperation, Radius};
use crate::operators::filters::{Filter, Values};

impl SlotType for MorphologyOperation {
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

/// Erodes, dilates, opens, closes, or shows what opening and closing change; binary morphology for `bool`.
///
/// The kernel is [`kernels::Morphology`].
///
/// | slot | | what |
/// |---|---|---|
/// | `input` | input | an image of any element type |
/// | `operation` | input | an [`MorphologyOperation`] |
/// | `radius` | input, 1 | how far the box reaches along each axis of space: one for all or one for each |
/// | `output` | output | an image of the same type |
#[derive(Clone, Debug)]
pub struct Morphology {
    operation: MorphologyOperation,
    radius: Radius,
}

/// The parameters of [`Morphology`].
#[derive(Debug)]
pub struct MorphologyParameters {
    /// What to do.
    pub operation: Input<MorphologyOperation>,
    /// How far the box reaches along each axis of space.
    pub radius: Input<Radius>,
}

impl Morphology {
    /// `operation` with a box of `2 * radius + 1` elements along each axis of space.
    pub fn new(operation: MorphologyOperation, radius: impl Into<Radius>) -> Self {
        Self {
            operation,
            radius: radius.into(),
        }
    }
}

impl Filter for Morphology {
    type Kernel = kernels::Morphology;
    type Parameters = MorphologyParameters;

    fn parameters(&self, declare: &mut Declare<'_>) -> MorphologyParameters {
        MorphologyParameters {
            operation: declare.default("operation", self.operation),
            radius: declare.default("radius", self.radius.clone()),
        }
    }

    fn kernel(
        &self,
        slots: &MorphologyParameters,
        values: &mut Values<'_, '_>,
        _: &Form,
    ) -> Result<Self::Kernel, Error> {
        let operation = values.get(&slots.operation)?;
        Ok(kernels::Morphology::new(operation, values.get(&slots.radius)?))
    }

    fn describe(&self, kernel: &Self::Kernel, input: &Meta, result: Meta) -> Meta {
        match input.range() {
            // That of signed integers may be cut off at the greatest value of their type, which is less.
            Some((least, greatest)) if kernel.is_difference() => result.with_range(0.0, greatest - least),
            _ => super::with_range_of(input, result),
        }
    }
}
