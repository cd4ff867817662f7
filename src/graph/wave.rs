//! The commit's one pass over what an edit affects.
//!
//! Operators are taken lowest first, so each is looked at when all that it depends on is settled: at most one setup and
//! one call about dirt each (D5, D6). A wave stops where nothing differs: an equal description, an equal value, no region.
//!
//! W1 An operator is run after every affected operator that is below it. Heights grow along edges.
//! W2 A slot's state is derived from its source's, or said by its operator's setup; nothing else writes it.
//! W3 Where a description, a value or a readiness differs from before, everything of that slot is dirty.
//! W4 What changed of a root is in its mark before the version is published.

use std::panic::{AssertUnwindSafe, catch_unwind};

use smallvec::SmallVec;

use crate::error::Error;
use crate::graph::dirt::Dirt;
use crate::graph::dirty::{Dirty, Said};
use crate::graph::draft::Draft;
use crate::graph::freeze::Frozen;
use crate::graph::id::{OperatorId, SlotId};
use crate::graph::node::{Direction, OperatorNode, SlotNode, Source};
use crate::graph::queue::{Pending, Place, Queue};
use crate::graph::state::{Description, Difference, NotReady, State, Why};
use crate::sync::Arc;

/// The dirt of each slot that the wave came through, in the order in which it did.
pub(crate) type Told = Vec<(SlotId, Dirt)>;

/// Room for so many slots at first: most waves are told without growing it.
const FIRST: usize = 128;

pub(crate) struct Wave<'a> {
    pub(crate) draft: &'a mut Draft,
    queue: Queue,
    told: Told,
    /// Slots on the way, kept for its memory.
    work: Vec<(SlotId, Dirt)>,
}

impl<'a> Wave<'a> {
    /// Settles all that the edit changed, and says what is dirty.
    pub(crate) fn settle(draft: &'a mut Draft) -> Told {
        let mut wave = Wave {
            draft,
            queue: Queue::default(),
            told: Vec::with_capacity(FIRST),
            work: Vec::with_capacity(FIRST / 8),
        };
        wave.start();
        while let Some(Place { height, id, pending }) = wave.queue.pop() {
            let Some(node) = wave.draft.next.operator(id) else {
                continue;
            };
            if node.height > height {
                let height = node.height;
                wave.queue.put(Place { height, id, pending });
            } else if pending.setup || node.lanes.is_some() {
                let node = Arc::clone(node);
                wave.run(&node, &pending);
            } else {
                wave.spread_dirt(id, &pending.changed, &[]);
            }
        }
        wave.told
    }

    pub(crate) fn start(&mut self) {
        self.take_new();
        let mut start = 0;
        while start < self.draft.seeds.len() {
            let (slot, dirt) = self.draft.seeds[start].clone();
            start += 1;
            self.flow_seed(slot, dirt);
        }
        self.draft.seeds.clear();
    }

    /// Takes up what a step of the wave itself added to the draft: operators of new lanes, elements of lists.
    fn take_new(&mut self) {
        for id in std::mem::take(&mut self.draft.fresh) {
            if self.draft.next.operator(id).is_some() {
                self.pend(id).setup = true;
            }
        }
    }

    fn flow_seed(&mut self, slot: SlotId, dirt: Dirt) {
        let Some(node) = self.draft.next.slot(slot) else { return };
        if node.info.level > 0 {
            let (direction, owner) = (node.info.direction, node.info.owner);
            if direction == Direction::Input {
                let pending = self.pend(owner);
                pending.setup = true;
                pending.note(slot, &Dirt::everything());
            }
            return;
        }
        let dirt = self.draft.sum_up(slot, dirt);
        let elsewhere = self.draft.is_fed_from_elsewhere(slot);
        self.flow(slot, if elsewhere { Dirt::everything() } else { dirt });
    }

    fn pend(&mut self, id: OperatorId) -> &mut Pending {
        let next = &self.draft.next;
        self.queue.of(id, || next.owner(id).height)
    }

    /// Tells a slot, and what it is connected to, that its source may have changed, and that `dirt` of its data did.
    fn flow(&mut self, slot: SlotId, dirt: Dirt) {
        self.work.push((slot, dirt));
        while let Some((slot, dirt)) = self.work.pop() {
            self.arrive(slot, dirt);
        }
    }

    fn arrive(&mut self, slot: SlotId, mut dirt: Dirt) {
        let node = self.draft.next.known(slot);
        let derived = self.derive(node);
        let difference = derived.as_ref().map_or(Difference::None, |(_, how)| *how);
        match difference {
            Difference::None | Difference::Reason => {}
            Difference::Value | Difference::Meta | Difference::Readiness => dirt = Dirt::everything(),
        }
        if difference == Difference::None && dirt.is_nothing() {
            return;
        }
        if let Some(frozen) = node.frozen.clone() {
            return self.miss(slot, &frozen, dirt, None);
        }
        if let Some((state, _)) = derived {
            self.draft.next.slot_mut(slot).state = state;
            self.draft.touch(slot);
        }
        self.pass_on(slot, dirt, difference);
    }

    /// Tells those behind a slot whose own state is settled.
    fn pass_on(&mut self, slot: SlotId, dirt: Dirt, difference: Difference) {
        let node = self.draft.next.known(slot);
        let is_root = !matches!(node.source, Source::Slot(_));
        self.work
            .extend(node.consumers.iter().map(|consumer| (*consumer, dirt.clone())));
        if node.info.direction == Direction::Input {
            let owner = node.info.owner;
            let is_read = || self.draft.next.owner(owner).reads.contains(&slot);
            let setup = match difference {
                // Another content of the same description: nothing to a setup that did not look at it.
                Difference::None => !dirt.is_nothing() && is_read(),
                Difference::Value => is_read(),
                // An optional input that is still not there is nothing new.
                Difference::Reason => !node.info.optional,
                Difference::Meta | Difference::Readiness => true,
            };
            if setup || !dirt.is_nothing() {
                let pending = self.pend(owner);
                pending.setup |= setup;
                pending.note(slot, &dirt);
            }
        }
        if dirt.is_nothing() {
            return;
        }
        if is_root {
            self.draft.next.mark(slot, &dirt);
        }
        self.told.push((slot, dirt));
    }

    /// Goes on from a slot that its operator has just described anew.
    pub(crate) fn flow_described(&mut self, slot: SlotId, difference: Difference) {
        let dirt = match difference {
            Difference::None | Difference::Reason => Dirt::nothing(),
            Difference::Value | Difference::Meta | Difference::Readiness => Dirt::everything(),
        };
        self.pass_on(slot, dirt, difference);
        while let Some((slot, dirt)) = self.work.pop() {
            self.arrive(slot, dirt);
        }
    }

    /// Remembers what a frozen slot will have to make up for.
    pub(crate) fn miss(&mut self, slot: SlotId, frozen: &Frozen, dirt: Dirt, said: Option<State>) {
        let mut missed = dirt;
        missed.merge(&frozen.missed);
        self.draft.next.slot_mut(slot).frozen = Some(Arc::new(Frozen {
            version: Arc::clone(&frozen.version),
            missed,
            live: said.or_else(|| frozen.live.clone()),
        }));
    }

    /// What the source of a slot says of it now, and how that differs; nothing, if it does not, or if its operator has
    /// to say.
    fn derive(&self, node: &SlotNode) -> Option<(State, Difference)> {
        let state = match &node.source {
            Source::Operator => return None,
            Source::Slot(up) => {
                let state = &self.draft.next.known(*up).state;
                let difference = node.state.difference(state);
                return (difference != Difference::None).then(|| (state.clone(), difference));
            }
            Source::Value(data) => State::of(data),
            Source::Unset => match &node.info.default {
                Some(default) => State::of(default),
                None => {
                    let name = self.draft.next.slot_name(node.id);
                    State::NotReady(Arc::new(NotReady {
                        slot: node.id,
                        name,
                        why: Why::Unset,
                    }))
                }
            },
        };
        let difference = node.state.difference(&state);
        (difference != Difference::None).then_some((state, difference))
    }

    fn run(&mut self, node: &Arc<OperatorNode>, pending: &Pending) {
        if node.lanes.is_some() {
            self.draft.sync_children(node.id);
            self.take_new();
            self.start();
            return;
        }
        let mut settled = Vec::new();
        if pending.setup {
            settled = self.set_up(node);
        }
        self.spread_dirt(node.id, &pending.changed, &settled);
    }

    /// Asks the operator which parts of its outputs change, but for those that changed as a whole already.
    fn spread_dirt(&mut self, id: OperatorId, changed: &[(SlotId, Dirt)], settled: &[SlotId]) {
        let next = &self.draft.next;
        let Some(node) = next.operator(id) else { return };
        if changed.is_empty() || !self.has_outputs_left(node, settled) {
            return;
        }
        let mut said = SmallVec::new();
        let mut cx = Dirty {
            version: next,
            core: &self.draft.core,
            operator: node.id,
            changed,
            said: &mut said,
        };
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| node.body.dirty(&mut cx))) {
            let error = Error::panicked(&*payload);
            tracing::error!(operator = next.operator_name(node.id), error = %error, "`dirty` panicked; all counts as dirty");
            said.clear();
            Dirty {
                version: next,
                core: &self.draft.core,
                operator: node.id,
                changed,
                said: &mut said,
            }
            .everything();
        }
        for (output, dirt) in union(said) {
            self.leave(id, output, dirt, settled);
        }
    }

    fn has_outputs_left(&self, node: &OperatorNode, settled: &[SlotId]) -> bool {
        let next = &self.draft.next;
        let left = |slot: &SlotNode| {
            matches!(slot.source, Source::Operator) && slot.live().is_ready() && !settled.contains(&slot.id)
        };
        node.outputs.iter().any(|output| next.any_leaf(*output, &left))
    }

    fn leave(&mut self, id: OperatorId, output: SlotId, dirt: Dirt, settled: &[SlotId]) {
        let Some(slot) = self.draft.next.slot(output) else {
            return;
        };
        if slot.info.owner != id || !matches!(slot.source, Source::Operator) || settled.contains(&output) {
            return;
        }
        let dirt = match slot.live() {
            State::Ready(Description::Array(meta)) => dirt.clipped(meta.roi()),
            State::Ready(Description::Computed) if !dirt.is_nothing() => Dirt::everything(),
            // A known value that the setup gave again is the same to everybody: the wave ends here.
            _ => Dirt::nothing(),
        };
        self.flow(output, dirt);
    }
}

/// What was said of each output, taken together.
fn union(mut said: Said) -> Said {
    let mut nth = 1;
    while nth < said.len() {
        let output = said[nth].0;
        match said[..nth].iter().position(|(known, _)| *known == output) {
            Some(first) => {
                let (_, dirt) = said.remove(nth);
                said[first].1.merge(&dirt);
            }
            None => nth += 1,
        }
    }
    said
}
