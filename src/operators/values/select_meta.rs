//! A description as a value.

use std::fmt;

use crate::array::Array;
use crate::error::Error;
use crate::graph::{Declare, Input, Meta, Operator, Output, Setup, SlotType};

/// Gives something of the description of an image, as a value.
///
/// lazyflow: `OpMetadataSelector`, by a name.
///
/// | slot | | |
/// |---|---|---|
/// | `input` | array | its data is not asked for |
/// | `output` | `T` | what the function makes of its description, known without computing |
///
/// Who is behind hears of it when the value is another, whatever else of the description changes.
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::SelectMeta;
/// use headwater::{Array, DType};
///
/// let graph = Graph::new();
/// let shape = graph.add(SelectMeta::new(|meta| meta.shape()));
/// graph.edit(|e| e.set(&shape.input, Array::zeros("yx", &[480, 640], DType::U16)?))?;
/// assert_eq!(shape.output.value()?, [480, 640]);
/// # Ok::<(), headwater::Error>(())
/// ```
pub struct SelectMeta<T> {
    select: Box<dyn Fn(&Meta) -> T + Send + Sync>,
}

/// The slots of a [`SelectMeta`].
#[derive(Debug)]
pub struct SelectMetaSlots<T> {
    /// What is described.
    pub input: Input<Array>,
    /// What of the description.
    pub output: Output<T>,
}

impl<T: SlotType> SelectMeta<T> {
    /// What `select` makes of the description.
    pub fn new(select: impl Fn(&Meta) -> T + Send + Sync + 'static) -> Self {
        let select = Box::new(select);
        Self { select }
    }
}

impl<T: SlotType> Operator for SelectMeta<T> {
    type Slots = SelectMetaSlots<T>;

    fn slots(&self, declare: &mut Declare<'_>) -> SelectMetaSlots<T> {
        SelectMetaSlots {
            input: declare.input("input"),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &SelectMetaSlots<T>, cx: &mut Setup<'_>) -> Result<(), Error> {
        let value = (self.select)(&cx.meta(&slots.input)?);
        cx.provide(&slots.output, value)
    }
}

impl<T> fmt::Debug for SelectMeta<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SelectMeta").finish_non_exhaustive()
    }
}
