//! What one version of the graph holds of each slot and operator.

use crate::graph::data::Data;
use crate::graph::erased::Erased;
use crate::graph::freeze::Frozen;
use crate::graph::id::{LaneKey, OperatorId, Revision, SlotId};
use crate::graph::per_lane::LaneOperators;
use crate::graph::state::State;
use crate::sync::Arc;

/// What a slot is from its declaration on.
#[derive(Debug)]
pub(crate) struct SlotInfo {
    pub(crate) name: Arc<str>,
    pub(crate) owner: OperatorId,
    pub(crate) direction: Direction,
    /// How deeply lists are nested in it; 0 of a plain slot.
    pub(crate) level: u8,
    pub(crate) kind: Kind,
    pub(crate) optional: bool,
    pub(crate) default: Option<Data>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Input,
    Output,
}

/// The type that a slot carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) id: std::any::TypeId,
    pub(crate) name: &'static str,
    pub(crate) by_region: bool,
}

#[derive(Clone)]
pub(crate) struct SlotNode {
    pub(crate) id: SlotId,
    pub(crate) info: Arc<SlotInfo>,
    /// The list that it is an element of.
    pub(crate) lane: Option<(SlotId, LaneKey)>,
    pub(crate) source: Source,
    /// The slots whose source is this one.
    pub(crate) consumers: Vec<SlotId>,
    /// The elements of a list, in order.
    pub(crate) lanes: Vec<(LaneKey, SlotId)>,
    /// Of a list: what each element is connected to when it comes.
    pub(crate) broadcast: Option<SlotId>,
    /// Of a list: that of its elements together.
    pub(crate) state: State,
    pub(crate) frozen: Option<Arc<Frozen>>,
    pub(crate) durability: Durability,
    /// The last edit of the slot itself, and when that was: where explanations of dirt end.
    pub(crate) edited: (Revision, Edited),
}

/// What an edit did to a slot itself, as opposed to what reached it from upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edited {
    Added,
    Set,
    Reset,
    Connected,
    Marked,
    Thawed,
}

impl SlotNode {
    /// The value that lies in the slot itself.
    pub(crate) fn own(&self) -> Option<&Data> {
        match &self.source {
            Source::Value(data) => Some(data),
            Source::Unset => self.info.default.as_ref(),
            Source::Slot(_) | Source::Operator => None,
        }
    }

    /// What its source says of it, even if it is frozen.
    pub(crate) fn live(&self) -> &State {
        let said = self.frozen.as_ref().and_then(|frozen| frozen.live.as_ref());
        said.unwrap_or(&self.state)
    }
}

/// Where a slot's data comes from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// Nowhere, or from the default.
    Unset,
    Value(Data),
    Slot(SlotId),
    /// From the operator that owns it.
    Operator,
}

/// How seldom a value is expected to change. What depends only on values of a class need not be looked at while none of
/// that class changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Durability {
    /// At any moment: a slider, a brush stroke. What a value has if nothing else was said.
    #[default]
    Low,
    /// Now and then: a trained classifier.
    Medium,
    /// Hardly ever: raw data, and what has no inputs at all.
    High,
}

#[derive(Clone)]
pub(crate) struct OperatorNode {
    pub(crate) id: OperatorId,
    pub(crate) name: Arc<str>,
    pub(crate) body: Arc<dyn Erased>,
    pub(crate) parent: Option<OperatorId>,
    pub(crate) children: Vec<OperatorId>,
    /// In the order of their declaration, lists as one.
    pub(crate) inputs: Vec<SlotId>,
    pub(crate) outputs: Vec<SlotId>,
    /// Greater than that of every operator upstream.
    pub(crate) height: u32,
    /// The slots whose values its last setup looked at.
    pub(crate) reads: Vec<SlotId>,
    /// What went wrong in its declaration.
    pub(crate) flaw: Option<Arc<str>>,
    /// Of an operator over lanes: how to make one lane's, and those that there are.
    pub(crate) lanes: Option<Arc<LaneOperators>>,
}
