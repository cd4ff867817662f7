//! What the steps of an edit come to: of a slot that was set thrice, the first value and the last count.

use crate::graph::data::Data;
use crate::graph::dirt::Dirt;
use crate::graph::draft::Draft;
use crate::graph::id::SlotId;
use crate::graph::node::{Durability, SlotNode, Source};
use crate::graph::state::{Description, State};
use crate::graph::version::Version;
use crate::sync::Arc;

impl Draft {
    /// Remembers that a value of a class changes.
    pub(crate) fn count(&mut self, id: SlotId, class: Durability) {
        self.valued.push((id, class));
        if self.next.known(id).edited.0 == self.next.revision {
            self.again.insert(id);
        }
    }

    /// Whether a slot has and gives, after all that this edit did to it, the value that it had before, and was not said to
    /// be dirty.
    fn is_as_before(&self, id: SlotId) -> bool {
        let is_frozen = |version: &Version| version.slot(id).is_some_and(|node| node.frozen.is_some());
        self.again.contains(&id)
            && !self.marked.contains(&id)
            && !is_frozen(&self.base)
            && !is_frozen(&self.next)
            && self.values(id).is_some_and(|(old, new)| old.same(new))
    }

    /// The values that a slot holds before and after this edit, if it holds one both times.
    fn values(&self, id: SlotId) -> Option<(&Data, &Data)> {
        self.base.slot(id)?.own().zip(self.next.slot(id)?.own())
    }

    /// Takes down which classes have a value that this edit changed.
    pub(crate) fn count_classes(&mut self) {
        for (id, class) in std::mem::take(&mut self.valued) {
            if self.next.slot(id).is_some() && !self.is_as_before(id) {
                self.next.changed[class as usize] = self.next.revision;
            }
        }
    }

    /// What is known of a root: of a value, as this edit has made it; of what an operator makes, as of the last revision.
    pub(crate) fn description(&self, root: SlotId) -> State {
        let node = self.next.known(root);
        match &node.source {
            Source::Value(data) => State::of(data),
            _ => node.live().clone(),
        }
    }

    /// Whether what a slot is given is not from where, or not as of when, it was before this edit.
    pub(crate) fn is_fed_from_elsewhere(&self, slot: SlotId) -> bool {
        let feed = |version: &Version| {
            let (seen, root) = match version.slot(slot)?.source {
                Source::Slot(up) => version.origin(up),
                _ => (version, slot),
            };
            // What is pinned by this edit is so at its base.
            Some((seen.revision.min(self.base.revision), root))
        };
        let before = feed(&self.base);
        before.is_none() || before != feed(&self.next)
    }

    /// What the steps of the edit did to a slot, of which `dirt` is one's, as it is of all of them together: nothing, if its
    /// value is in the end what it was; everything, if it is another by steps of which none saw the one before.
    pub(crate) fn sum_up(&mut self, slot: SlotId, dirt: Dirt) -> Dirt {
        if self.is_as_before(slot) {
            if let Some(before) = self.base.slot(slot).map(|node| node.edited) {
                self.next.slot_mut(slot).edited = before;
            }
            return Dirt::nothing();
        }
        let differs = || self.values(slot).is_some_and(|(old, new)| !old.same(new));
        if dirt.is_nothing() && differs() {
            return Dirt::everything();
        }
        let is_value = |node: &Arc<SlotNode>| matches!(node.source, Source::Value(_));
        match dirt.rank().filter(|_| self.next.slot(slot).is_some_and(is_value)) {
            // A region may be that of a value which another took the place of.
            Some(_) => match self.description(slot) {
                State::Ready(Description::Array(meta)) => dirt.clipped(meta.roi()),
                _ => dirt,
            },
            None => dirt,
        }
    }
}
