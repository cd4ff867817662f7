//! A list as a value, element by element.

use std::marker::PhantomData;

use crate::error::Error;
use crate::graph::{Declare, Input, List, Operator, Output, Setup, SlotType};

/// Gives the elements of a list that is one value as values of their own.
///
/// lazyflow: `ListToMultiOperator`, of which nobody hears when the list changes.
///
/// | slot | | |
/// |---|---|---|
/// | `list` | `Vec<T>` | set, or provided by a setup |
/// | `items` | list of `T` | one output for each element, known without computing |
///
/// Of a list that changes, those elements have changed that are others at their place.
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::ListToLanes;
///
/// let graph = Graph::new();
/// let names = graph.add(ListToLanes::<String>::new());
/// graph.edit(|e| e.set(&names.list, vec!["a.png".to_owned(), "b.png".to_owned()]))?;
/// assert_eq!(names.items.at(1).expect("there are two").value()?, "b.png");
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Debug)]
pub struct ListToLanes<T>(PhantomData<fn() -> T>);

/// The slots of a [`ListToLanes`].
#[derive(Debug)]
pub struct ListToLanesSlots<T: SlotType> {
    /// All in one.
    pub list: Input<Vec<T>>,
    /// One by one.
    pub items: List<Output<T>>,
}

impl<T> ListToLanes<T> {
    /// For lists of `T`.
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T> Default for ListToLanes<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: SlotType> Operator for ListToLanes<T> {
    type Slots = ListToLanesSlots<T>;

    fn slots(&self, declare: &mut Declare<'_>) -> ListToLanesSlots<T> {
        ListToLanesSlots {
            list: declare.input("list"),
            items: declare.list("items"),
        }
    }

    fn setup(&self, slots: &ListToLanesSlots<T>, cx: &mut Setup<'_>) -> Result<(), Error> {
        let list = cx.value(&slots.list)?;
        let items = cx.set_len(&slots.items, list.len())?;
        let mut pairs = items.iter().zip(list);
        pairs.try_for_each(|(item, value)| cx.provide(item, value))
    }
}
