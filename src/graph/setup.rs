//! What an operator sees and says when it describes its outputs.

use crate::array::Array;
use crate::error::Error;
use crate::graph::data::SlotType;
use crate::graph::dirt::WHOLE;
use crate::graph::draft::Draft;
use crate::graph::id::{LaneKey, OperatorId, Revision, SlotId};
use crate::graph::meta::Meta;
use crate::graph::node::Source;
use crate::graph::slot::{Handle, Input, List, Output, RawSlot, Slot};
use crate::graph::state::{Description, NotReady, State, Why};
use crate::sync::{Arc, Weak};

/// The inputs' descriptions, and where the outputs' go.
///
/// Every output must be described, or said to be not ready; the operator's setup counts as failed otherwise.
pub struct Setup<'a> {
    pub(crate) draft: &'a mut Draft,
    pub(crate) operator: OperatorId,
    pub(crate) said: Vec<(SlotId, State)>,
    pub(crate) reads: Vec<SlotId>,
}

impl Setup<'_> {
    /// The description of an input.
    ///
    /// # Errors
    ///
    /// If the slot is not ready, which only an optional one can be here.
    pub fn meta(&self, input: &Input<Array>) -> Result<Meta, Error> {
        self.draft.next.meta(input.id()).map(|meta| Meta::clone(meta))
    }

    /// Whether an input can be asked: an optional one, or an element of an optional list, may not be.
    pub fn is_ready(&self, input: &impl Slot) -> bool {
        self.draft
            .next
            .readiness(input.id())
            .is_ok_and(|readiness| readiness.is_ready())
    }

    /// The value of an input. The setup is called again when it changes; of inputs that it does not look at, it is not.
    ///
    /// # Errors
    ///
    /// If the slot is not ready, or its value is one that an operator computes: then it is known to
    /// [`execute`](crate::graph::Operator::execute) alone.
    pub fn value<T: SlotType>(&mut self, input: &Input<T>) -> Result<T, Error> {
        let id = input.id();
        if !self.reads.contains(&id) {
            self.reads.push(id);
        }
        self.draft.next.value(id)
    }

    /// When anything that an input gives last changed. The setup is called again when it does.
    pub fn stamp<T: SlotType>(&mut self, input: &Input<T>) -> Revision {
        let id = input.id();
        if !self.reads.contains(&id) {
            self.reads.push(id);
        }
        let (version, root) = self.draft.next.origin(id);
        let whole = version.meta(root).map_or(WHOLE, |meta| meta.roi());
        version.stamp(root, &whole)
    }

    /// The value that the last setup gave an output, if it did. What an operator has to remember from edit to edit lies in
    /// the versions so: each has its own, and an edit that fails leaves no trace.
    pub fn last<T: SlotType>(&self, output: &Output<T>) -> Option<T> {
        match self.draft.next.slot(output.id())?.live() {
            State::Ready(Description::Known(data)) => data.get(),
            _ => None,
        }
    }

    /// The elements of a list, in order.
    pub fn lanes<S: Handle>(&self, list: &List<S>) -> Vec<(LaneKey, S)> {
        let Some(node) = self.draft.next.slot(list.id()) else {
            return Vec::new();
        };
        let raw = |id| RawSlot {
            id,
            core: Weak::clone(&self.draft.core),
        };
        node.lanes
            .iter()
            .map(|(key, id)| (*key, S::from_raw(raw(*id))))
            .collect()
    }

    /// Says what an array output will give.
    ///
    /// # Errors
    ///
    /// If the slot is not one that this operator makes.
    pub fn describe(&mut self, output: &Output<Array>, meta: Meta) -> Result<(), Error> {
        self.say(output.id(), State::Ready(Description::Array(Arc::new(meta))))
    }

    /// Gives a value output its value, known from now on without an execution.
    ///
    /// # Errors
    ///
    /// If the slot is not one that this operator makes.
    pub fn provide<T: SlotType>(&mut self, output: &Output<T>, value: T) -> Result<(), Error> {
        self.say(output.id(), State::of(&value.into_data()))
    }

    /// Says that the operator computes the value when it is asked.
    ///
    /// # Errors
    ///
    /// If the slot is not one that this operator makes, or carries arrays: these need a description.
    pub fn computed<T: SlotType>(&mut self, output: &Output<T>) -> Result<(), Error> {
        if T::BY_REGION {
            let name = self.draft.next.slot_name(output.id());
            return Err(Error::invalid(format!(
                "`{name}` carries arrays and has to be described"
            )));
        }
        self.say(output.id(), State::Ready(Description::Computed))
    }

    /// Says that an output cannot be asked for now.
    ///
    /// # Errors
    ///
    /// If the slot is not one that this operator makes.
    pub fn not_ready<T: SlotType>(&mut self, output: &Output<T>, reason: &str) -> Result<(), Error> {
        let (slot, name) = (output.id(), self.draft.next.slot_name(output.id()));
        self.say(
            slot,
            State::NotReady(Arc::new(NotReady {
                slot,
                name,
                why: Why::Said(reason.into()),
            })),
        )
    }

    /// Gives a list of outputs its elements, in order, and returns them to be described. The keys are those of an input
    /// list, so that an element stays with the one that it came from.
    ///
    /// # Errors
    ///
    /// If the slot is not one that this operator makes, or a key is given twice.
    pub fn set_lanes<S: Handle>(&mut self, list: &List<S>, keys: &[LaneKey]) -> Result<Vec<S>, Error> {
        self.own(list.id())?;
        if (1..keys.len()).any(|nth| keys[..nth].contains(&keys[nth])) {
            let name = self.draft.next.slot_name(list.id());
            return Err(Error::invalid(format!(
                "the keys {keys:?} for `{name}` are not distinct"
            )));
        }
        self.draft.sync_lanes(list.id(), keys)?;
        Ok(self.lanes(list).into_iter().map(|(_, lane)| lane).collect())
    }

    /// The same for a list whose elements come from nowhere else: `len` of them, with keys that stay.
    ///
    /// # Errors
    ///
    /// If the slot is not one that this operator makes.
    pub fn set_len<S: Handle>(&mut self, list: &List<S>, len: usize) -> Result<Vec<S>, Error> {
        let mut keys: Vec<_> = self.lanes(list).into_iter().map(|(key, _)| key).take(len).collect();
        while keys.len() < len {
            keys.push(self.draft.next.new_lane());
        }
        self.set_lanes(list, &keys)
    }

    fn own(&self, id: SlotId) -> Result<(), Error> {
        let node = self.draft.slot(id)?;
        let made_here = node.info.owner == self.operator && !matches!(node.source, Source::Slot(_));
        if made_here && node.info.direction == crate::graph::node::Direction::Output {
            return Ok(());
        }
        let (name, own) = (
            self.draft.next.slot_name(id),
            self.draft.next.operator_name(self.operator),
        );
        Err(Error::invalid(format!(
            "`{name}` is not made by `{own}`; its setup cannot describe it"
        )))
    }

    fn say(&mut self, id: SlotId, state: State) -> Result<(), Error> {
        self.own(id)?;
        self.said.retain(|(said, _)| *said != id);
        self.said.push((id, state));
        Ok(())
    }
}

impl std::fmt::Debug for Setup<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "setup of `{}`", self.draft.next.operator_name(self.operator))
    }
}
