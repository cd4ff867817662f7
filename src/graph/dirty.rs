//! What an operator sees and says when its inputs changed.

use smallvec::SmallVec;

use crate::array::Array;
use crate::error::Error;
use crate::graph::data::SlotType;
use crate::graph::dirt::{Dirt, WHOLE};
use crate::graph::id::{LaneKey, OperatorId, SlotId};
use crate::graph::meta::Meta;
use crate::graph::node::SlotNode;
use crate::graph::slot::{Handle, Input, List, Output, RawSlot, Slot};
use crate::graph::state::{Description, State};
use crate::graph::version::Version;
use crate::roi::Roi;
use crate::sync::{Arc, Weak};

/// The parts of the inputs that an edit changed, and where the parts of the outputs that change with them go.
///
/// Regions of inputs lie within the descriptions that the setup saw; what is said of outputs is clipped to theirs, and counts
/// as everything if it has another number of axes. An input whose description changed has changed everywhere; an output
/// whose description did needs nothing to be said of it.
pub struct Dirty<'a> {
    pub(crate) version: &'a Version,
    pub(crate) core: &'a Weak<crate::graph::core::Core>,
    pub(crate) operator: OperatorId,
    pub(crate) changed: &'a [(SlotId, Dirt)],
    pub(crate) said: &'a mut Said,
}

/// What an operator says of its outputs; most have one.
pub(crate) type Said = SmallVec<[(SlotId, Dirt); 1]>;

impl Dirty<'_> {
    /// What changed of an input; nothing, if it did not.
    pub fn of<T: SlotType>(&self, input: &Input<T>) -> &Dirt {
        const NOTHING: &Dirt = &Dirt::NOTHING;
        let changed = self.changed.iter().find(|(id, _)| *id == input.raw().id);
        changed.map_or(NOTHING, |(_, dirt)| dirt)
    }

    /// Whether any part of an input changed.
    pub fn is_dirty<T: SlotType>(&self, input: &Input<T>) -> bool {
        !self.of(input).is_nothing()
    }

    /// The description of an input, as it is now.
    ///
    /// # Errors
    ///
    /// If the slot is not ready.
    pub fn meta(&self, input: &Input<Array>) -> Result<&Arc<Meta>, Error> {
        self.version.meta(input.id())
    }

    /// The description of an output, as it is now.
    ///
    /// # Errors
    ///
    /// If it is not ready.
    pub fn output_meta(&self, output: &Output<Array>) -> Result<&Arc<Meta>, Error> {
        self.version.meta(output.id())
    }

    /// The value of an input, as it is now.
    ///
    /// # Errors
    ///
    /// If the slot is not ready, or its value is one that an operator computes.
    pub fn value<T: SlotType>(&self, input: &Input<T>) -> Result<T, Error> {
        self.version.value(input.id())
    }

    /// The elements of a list, in order.
    pub fn lanes<S: Handle>(&self, list: &List<S>) -> Vec<(LaneKey, S)> {
        let Some(node) = self.version.slot(list.id()) else {
            return Vec::new();
        };
        let raw = |id| RawSlot {
            id,
            core: Weak::clone(self.core),
        };
        node.lanes
            .iter()
            .map(|(key, id)| (*key, S::from_raw(raw(*id))))
            .collect()
    }

    /// The extent of an input, as it is now; of no axes if it is not ready.
    pub fn input_roi(&self, input: &Input<Array>) -> Roi {
        extent(self.version.slot(input.id()).map(|node| &**node))
    }

    /// The extent of an output, as it is now; of no axes if it is not ready.
    pub fn output_roi(&self, output: &Output<Array>) -> Roi {
        extent(self.version.slot(output.id()).map(|node| &**node))
    }

    /// Says that every part of every output changed.
    pub fn everything(&mut self) {
        let owner = self.version.owner(self.operator);
        let outputs = owner.outputs.iter().flat_map(|output| self.version.leaves(*output));
        self.said.extend(outputs.map(|output| (output, Dirt::everything())));
    }

    /// Says that a part of an output changed.
    pub fn mark<T: SlotType>(&mut self, output: &Output<T>, dirt: impl Into<Dirt>) {
        self.said.push((output.raw().id, dirt.into()));
    }

    /// Says that all of an output changed.
    pub fn mark_all<T: SlotType>(&mut self, output: &Output<T>) {
        self.mark(output, Dirt::everything());
    }

    /// Says that of an output the same parts changed as of an input, and all of it if any other input changed: what is true
    /// of a pointwise operator.
    pub fn same_region(&mut self, input: &Input<Array>, output: &Output<Array>) {
        let dirt = if self.others_changed(&[input]) {
            Dirt::everything()
        } else {
            self.of(input).clone()
        };
        self.mark(output, dirt);
    }

    /// The same of an operator that looks at `halo` neighbours along each axis, on both sides.
    pub fn grown_region(&mut self, input: &Input<Array>, output: &Output<Array>, halo: &[usize]) {
        if self.others_changed(&[input]) {
            return self.mark_all(output);
        }
        let whole = self.output_roi(output);
        let regions = self.of(input).regions(whole).into_iter();
        let grown: Dirt = regions
            .map(|roi| roi.expand_by_halo(halo, whole).map_or(whole, |grown| grown.outer))
            .collect();
        self.mark(output, grown);
    }

    /// Whether an input other than these changed.
    pub fn others_changed(&self, inputs: &[&Input<Array>]) -> bool {
        let known = |id: &SlotId| inputs.iter().any(|input| input.raw().id == *id);
        self.changed.iter().any(|(id, dirt)| !dirt.is_nothing() && !known(id))
    }
}

fn extent(node: Option<&SlotNode>) -> Roi {
    match node.map(|node| &node.state) {
        Some(State::Ready(Description::Array(meta))) => meta.roi(),
        _ => WHOLE,
    }
}

impl std::fmt::Debug for Dirty<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "dirt of `{}`: {:?}",
            self.version.operator_name(self.operator),
            self.changed
        )
    }
}
