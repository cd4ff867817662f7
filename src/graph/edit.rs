//! Changes to a graph, all or nothing.

use std::cell::RefCell;
use std::rc::Rc;

use crate::array::Array;
use crate::error::Error;
use crate::graph::connect::Connect;
use crate::graph::core::Core;
use crate::graph::data::SlotType;
use crate::graph::dirt::Dirt;
use crate::graph::draft::Draft;
use crate::graph::execute::Scope;
use crate::graph::handle::Node;
use crate::graph::id::LaneKey;
use crate::graph::node::{Durability, Source};
use crate::graph::operator::{Operator, Written};
use crate::graph::slot::{Handle, Input, List, Output, RawSlot, Slot};
use crate::graph::snapshot::Snapshot;
use crate::roi::Roi;
use crate::sync::{Arc, Weak};

/// A transaction on a graph: what its methods do is seen by nobody until the closure of
/// [`Graph::edit`](crate::graph::Graph::edit) has returned `Ok`, and by nobody ever if it returns an error or panics.
///
/// Handles of slots of operators that were added in an edit that failed name nothing; using them is an error.
pub struct Edit<'a> {
    pub(crate) core: &'a Arc<Core>,
    pub(crate) draft: &'a Rc<RefCell<Option<Draft>>>,
}

impl Edit<'_> {
    fn with<R>(&mut self, f: impl FnOnce(&mut Draft) -> Result<R, Error>) -> Result<R, Error> {
        let busy = || Error::invalid("the edit is in use: an operator is declaring its slots");
        let mut draft = self.draft.try_borrow_mut().map_err(|_| busy())?;
        f(draft.as_mut().ok_or_else(busy)?)
    }

    fn on<R>(&mut self, slot: &impl Slot, f: impl FnOnce(&mut Draft) -> Result<R, Error>) -> Result<R, Error> {
        if !slot.raw().core.ptr_eq(&self.core.this) {
            return Err(Error::invalid(format!("`{}` belongs to another graph", slot.path())));
        }
        self.with(f)
    }

    /// The revision that this edit started from, to be looked at. Its data is not for waiting inside an edit.
    pub fn before(&self) -> Snapshot {
        Snapshot {
            scope: Scope::new(self.core, &self.core.current()),
        }
    }

    /// Does `f` as a part of this edit: if it fails, what it did is undone, and the rest of the edit goes on.
    ///
    /// # Errors
    ///
    /// What `f` returns.
    pub fn edit<R>(&mut self, f: impl FnOnce(&mut Edit<'_>) -> Result<R, Error>) -> Result<R, Error> {
        let core = self.core;
        core.edit(|draft| f(&mut Edit { core, draft }))
    }

    /// Adds an operator under its type's name.
    pub fn add<O: Operator>(&mut self, operator: O) -> Node<O> {
        let name = operator.name().to_owned();
        self.add_named(&name, operator)
    }

    /// Adds an operator under a name.
    ///
    /// # Panics
    ///
    /// If it is called from within [`Operator::slots`], which adds operators by its [`Declare`](crate::graph::Declare).
    pub fn add_named<O: Operator>(&mut self, name: &str, operator: O) -> Node<O> {
        let operator = Arc::new(operator);
        self.with(|draft| Ok(draft.add(name, operator, None)))
            .expect("operators inside an operator are added by `Declare::add`")
    }

    /// Removes an operator, with what is inside it.
    ///
    /// # Errors
    ///
    /// If one outside of it still takes data from it: they are named. If it is not in this graph.
    pub fn remove<O: Operator>(&mut self, operator: &Node<O>) -> Result<(), Error> {
        if !operator.core.ptr_eq(&self.core.this) {
            return Err(Error::invalid(format!(
                "`{}` belongs to another graph",
                operator.path()
            )));
        }
        self.with(|draft| draft.remove(operator.id))
    }

    /// Connects `from` to `to`, in the place of what fed it. Connecting what is connected changes nothing.
    ///
    /// Of lists, `to` gets the elements of `from` and follows it.
    ///
    /// # Errors
    ///
    /// If a circle would close, with the slots on it; if `to` is made by its operator, or is an element of a connected
    /// list; if one of them is gone or of another graph.
    pub fn connect<To: Slot>(&mut self, from: &impl Connect<To>, to: &To) -> Result<(), Error> {
        self.on(from, |_| Ok(()))?;
        self.on(to, |draft| draft.connect(from.raw().id, to.raw().id))
    }

    /// Takes the connection or the value of a slot away. What is left is its default, if it has one.
    ///
    /// # Errors
    ///
    /// If it is made by its operator, or is gone or of another graph.
    pub fn disconnect(&mut self, slot: &impl Slot) -> Result<(), Error> {
        self.on(slot, |draft| draft.reset(slot.raw().id))
    }

    /// Gives an input a value, which is expected to change at any moment. A value that is the same as before changes
    /// nothing.
    ///
    /// # Errors
    ///
    /// If the input is connected, gone, or of another graph.
    pub fn set<T: SlotType>(&mut self, input: &Input<T>, value: impl Into<T>) -> Result<(), Error> {
        self.set_durable(input, value, Durability::Low)
    }

    /// Gives an input a value that is expected to change as seldom as `durability` says.
    ///
    /// # Errors
    ///
    /// If the input is connected, gone, or of another graph.
    pub fn set_durable<T: SlotType>(
        &mut self,
        input: &Input<T>,
        value: impl Into<T>,
        durability: Durability,
    ) -> Result<(), Error> {
        let data = value.into().into_data();
        self.on(input, |draft| draft.set(input.raw().id, data, durability))
    }

    /// The value of an input as this edit has made it so far: set here or where its connections lead, or its default.
    ///
    /// # Errors
    ///
    /// If it has none, or an operator makes it; if it is gone or of another graph.
    pub fn value<T: SlotType>(&mut self, input: &Input<T>) -> Result<T, Error> {
        self.on(input, |draft| {
            draft.slot(input.raw().id)?;
            let data = draft.next.held(input.raw().id);
            data.and_then(|data| data.get()).ok_or_else(|| {
                let name = draft.next.slot_name(input.raw().id);
                Error::invalid(format!("`{name}` holds no value"))
            })
        })
    }

    /// Says that data which a slot gives changed behind the graph's back: a file was written, a camera moved.
    ///
    /// # Errors
    ///
    /// If the slot is a list, gone, or of another graph; if a region has not as many axes as the slot.
    pub fn mark_dirty(&mut self, slot: &impl Slot, dirt: impl Into<Dirt>) -> Result<(), Error> {
        let dirt = dirt.into();
        self.on(slot, |draft| draft.mark_dirty(slot.raw().id, dirt))
    }

    /// Writes into a region: of what the slot's own operator [keeps in its values](Operator::write_in_edit), or else of the array that
    /// the slot holds, or else of what operators behind it keep, as a cache does.
    ///
    /// # Errors
    ///
    /// If `data` does not fit the region, the axes or the slot's element type, or the slot is not ready. That nobody behind
    /// the slot keeps data, or one who does failed to, is found when the edit is committed; it is then the error of
    /// [`Graph::edit`](crate::graph::Graph::edit), which has been published all the same.
    pub fn write<S: Handle<Type = Array>>(&mut self, slot: &S, roi: Roi, data: &Array) -> Result<(), Error> {
        for (slot, body) in self.on(slot, |draft| draft.asked_first(slot.raw().id))? {
            if body.write_in_edit(self, slot, roi, data)? == Written::Taken {
                return Ok(());
            }
        }
        self.on(slot, |draft| draft.write(slot.raw().id, roi, data))
    }

    /// Pins a slot to the last revision: it gives what it gave then, and nothing behind it hears of changes.
    ///
    /// # Errors
    ///
    /// If the slot is a list, was made in this edit, is gone or of another graph.
    pub fn freeze(&mut self, slot: &impl Slot) -> Result<(), Error> {
        self.on(slot, |draft| draft.freeze(slot.raw().id))
    }

    /// Lets a frozen slot follow the graph again. What changed meanwhile, taken together, is dirty now.
    ///
    /// # Errors
    ///
    /// If the slot is gone or of another graph.
    pub fn thaw(&mut self, slot: &impl Slot) -> Result<(), Error> {
        self.on(slot, |draft| draft.thaw(slot.raw().id))
    }

    /// Adds an element at the end of a list.
    ///
    /// # Errors
    ///
    /// If the list is connected, an output, gone, or of another graph.
    pub fn push<S: Handle>(&mut self, list: &List<S>) -> Result<(LaneKey, S), Error> {
        let len = self.on(list, |draft| Ok(draft.slot(list.raw().id)?.lanes.len()))?;
        self.insert(list, len)
    }

    /// Adds an element at a position of a list. The others keep their keys and what they are connected to.
    ///
    /// # Errors
    ///
    /// If the position is behind the end; if the element, connected as others of its operator are, would close a circle; if
    /// the list is connected, an output, gone, or of another graph.
    pub fn insert<S: Handle>(&mut self, list: &List<S>, position: usize) -> Result<(LaneKey, S), Error> {
        let (key, id) = self.on(list, |draft| draft.insert_lane(list.raw().id, position))?;
        Ok((
            key,
            S::from_raw(RawSlot {
                id,
                core: Weak::clone(&list.raw().core),
            }),
        ))
    }

    /// Removes an element of a list. The others keep their keys and what they are connected to.
    ///
    /// # Errors
    ///
    /// If the list has no such element; if it is connected, an output, gone, or of another graph.
    pub fn remove_lane<S: Handle>(&mut self, list: &List<S>, key: LaneKey) -> Result<(), Error> {
        self.on(list, |draft| draft.remove_lane(list.raw().id, key))
    }

    /// Adds elements at the end of a list, or removes its last ones, until it has `len`.
    ///
    /// # Errors
    ///
    /// If the list is connected, an output, gone, or of another graph.
    pub fn resize<S: Handle>(&mut self, list: &List<S>, len: usize) -> Result<(), Error> {
        self.on(list, |draft| draft.resize(list.raw().id, len))
    }

    /// Resizes a list and sets each element.
    ///
    /// # Errors
    ///
    /// Those of [`resize`](Self::resize) and [`set`](Self::set).
    pub fn set_all<T: SlotType>(
        &mut self,
        list: &List<Input<T>>,
        values: impl IntoIterator<Item = T>,
    ) -> Result<(), Error> {
        let values: Vec<_> = values.into_iter().collect();
        self.resize(list, values.len())?;
        let lanes = self.on(list, |draft| Ok(draft.slot(list.raw().id)?.lanes.clone()))?;
        for ((_, id), value) in lanes.into_iter().zip(values) {
            self.with(|draft| draft.set(id, value.into_data(), Durability::Low))?;
        }
        Ok(())
    }

    /// Connects every element of a list, now and later, to one slot. An element may be connected to another or set
    /// afterwards; disconnecting the list ends it.
    ///
    /// # Errors
    ///
    /// Those of [`connect`](Self::connect); that the list is connected as a whole, or an output.
    pub fn broadcast<T: SlotType>(
        &mut self,
        from: &impl Connect<Input<T>>,
        list: &List<Input<T>>,
    ) -> Result<(), Error> {
        self.on(from, |_| Ok(()))?;
        self.on(list, |draft| draft.broadcast(from.raw().id, list.raw().id))
    }

    /// The keys of a list as the edit has made them so far, in order.
    ///
    /// # Errors
    ///
    /// If the list is gone or of another graph.
    pub fn keys<S: Handle>(&mut self, list: &List<S>) -> Result<Vec<LaneKey>, Error> {
        self.on(list, |draft| {
            Ok(draft.slot(list.raw().id)?.lanes.iter().map(|(key, _)| *key).collect())
        })
    }

    /// An output's handle for the input that it is connected to, if it is: what a drawing follows.
    #[doc(hidden)]
    pub fn source<T: SlotType>(&mut self, input: &Input<T>) -> Result<Option<Output<T>>, Error> {
        let source = self.on(input, |draft| Ok(draft.slot(input.raw().id)?.source.clone()))?;
        Ok(match source {
            Source::Slot(id) => Some(Output::from_raw(RawSlot {
                id,
                core: Weak::clone(&input.raw().core),
            })),
            _ => None,
        })
    }
}

impl std::fmt::Debug for Edit<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "edit after {}", self.core.revision())
    }
}
