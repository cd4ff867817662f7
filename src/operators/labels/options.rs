//! What can be chosen of a labelling, whether all objects are asked for or some.

use crate::graph::{Declare, Input};
use crate::kernels::Connectivity;
use crate::roi::Shape;

/// The options that an operator is made with: what its slots have until they are set.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) background: Option<f64>,
    pub(super) connectivity: Connectivity,
    pub(super) block: Option<Vec<usize>>,
}

/// The slots of the options.
pub(super) struct OptionSlots {
    pub(super) background: Input<Option<f64>>,
    pub(super) connectivity: Input<Connectivity>,
    pub(super) block: Input<Option<Shape>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            background: Some(0.0),
            connectivity: Connectivity::Faces,
            block: None,
        }
    }
}

impl Options {
    /// Declares a slot for each.
    pub(super) fn slots(&self, declare: &mut Declare<'_>) -> OptionSlots {
        // A shape of too many axes fits no image: it becomes one of none, which does not either.
        let shape = |block: &Vec<usize>| Shape::new(&**block).unwrap_or(Shape::from([]));
        OptionSlots {
            background: declare.default("background", self.background),
            connectivity: declare.default("connectivity", self.connectivity),
            block: declare.default("block", self.block.as_ref().map(shape)),
        }
    }

    /// The same, each connected with that of the operator inside.
    pub(super) fn slots_of(&self, declare: &mut Declare<'_>, inside: &OptionSlots) -> OptionSlots {
        let own = self.slots(declare);
        declare.connect(&own.background, &inside.background);
        declare.connect(&own.connectivity, &inside.connectivity);
        declare.connect(&own.block, &inside.block);
        own
    }
}

/// The methods that set the options.
macro_rules! labelling_options {
    () => {
        /// Gives elements of this value no label.
        #[must_use]
        pub fn background(mut self, value: f64) -> Self {
            self.options.background = Some(value);
            self
        }

        /// Gives all elements a label.
        #[must_use]
        pub fn without_background(mut self) -> Self {
            self.options.background = None;
            self
        }

        /// Says which elements are neighbours.
        #[must_use]
        pub fn connectivity(mut self, connectivity: Connectivity) -> Self {
            self.options.connectivity = connectivity;
            self
        }

        /// Reads the input in blocks of this shape, in elements along each of its axes; 0 is the whole of an axis.
        #[must_use]
        pub fn block(mut self, shape: impl Into<Vec<usize>>) -> Self {
            self.options.block = Some(shape.into());
            self
        }
    };
}
pub(super) use labelling_options;
