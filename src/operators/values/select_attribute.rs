//! A part of a value.

use std::fmt;

use crate::error::Error;
use crate::graph::{Data, Declare, Execute, Input, Operator, Output, Setup, SlotType};
use crate::roi::Roi;

/// Gives a part of a value: one field of a set of options.
///
/// lazyflow: `OpAttributeSelector`, by a name.
///
/// | slot | | |
/// |---|---|---|
/// | `object` | `T` | a value |
/// | `output` | `U` | what the function makes of it |
///
/// Who is behind hears of it when the part is another. If an operator computes the object, the part is computed too, and
/// counts as changed whenever the object does.
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::SelectAttribute;
///
/// let graph = Graph::new();
/// let name = graph.add(SelectAttribute::new(|file: &(String, u32)| file.0.clone()));
/// graph.edit(|e| e.set(&name.object, ("cells.tif".to_owned(), 7)))?;
/// assert_eq!(name.output.value()?, "cells.tif");
/// # Ok::<(), headwater::Error>(())
/// ```
pub struct SelectAttribute<T, U> {
    select: Box<dyn Fn(&T) -> U + Send + Sync>,
}

/// The slots of a [`SelectAttribute`].
#[derive(Debug)]
pub struct SelectAttributeSlots<T, U> {
    /// The whole.
    pub object: Input<T>,
    /// The part.
    pub output: Output<U>,
}

impl<T: SlotType, U: SlotType> SelectAttribute<T, U> {
    /// What `select` makes of the object.
    pub fn new(select: impl Fn(&T) -> U + Send + Sync + 'static) -> Self {
        let select = Box::new(select);
        Self { select }
    }
}

impl<T: SlotType, U: SlotType> Operator for SelectAttribute<T, U> {
    type Slots = SelectAttributeSlots<T, U>;

    fn slots(&self, declare: &mut Declare<'_>) -> SelectAttributeSlots<T, U> {
        SelectAttributeSlots {
            object: declare.input("object"),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &SelectAttributeSlots<T, U>, cx: &mut Setup<'_>) -> Result<(), Error> {
        match cx.value(&slots.object) {
            Ok(object) => cx.provide(&slots.output, (self.select)(&object)),
            // It is ready, so it is known to its operator alone.
            Err(_) => cx.computed(&slots.output),
        }
    }

    async fn execute(&self, slots: &SelectAttributeSlots<T, U>, cx: &Execute, _: Roi) -> Result<Data, Error> {
        let object = cx.get(&slots.object).await?;
        Ok(Data::of((self.select)(&object)))
    }
}

impl<T, U> fmt::Debug for SelectAttribute<T, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SelectAttribute").finish_non_exhaustive()
    }
}
