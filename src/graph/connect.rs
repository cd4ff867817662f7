//! Edges: what may be connected to what, in which order that puts the operators, and which edge would close a circle.

use std::collections::HashMap;

use crate::error::Error;
use crate::graph::data::SlotType;
use crate::graph::draft::Draft;
use crate::graph::id::{OperatorId, SlotId};
use crate::graph::node::{Direction, Durability, Edited, Source};
use crate::graph::slot::{Handle, Input, List, Output, Slot};

/// A slot that can feed a slot of the type `To`: outputs feed inputs, inputs feed inputs (of an operator inside, or a
/// second one of the same), outputs feed the outputs of the operator that they are in. Lists feed lists, lane by lane.
pub trait Connect<To: Slot>: Slot {}

impl<T: SlotType> Connect<Input<T>> for Output<T> {}
impl<T: SlotType> Connect<Input<T>> for Input<T> {}
impl<T: SlotType> Connect<Output<T>> for Output<T> {}
impl<A: Handle + Connect<B>, B: Handle> Connect<List<B>> for List<A> {}

impl Draft {
    /// Makes `from` the source of `to`, in the place of what it had.
    pub(crate) fn connect(&mut self, from: SlotId, to: SlotId) -> Result<(), Error> {
        let (source, sink) = (self.slot(from)?, self.slot(to)?);
        let names = || (self.next.slot_name(from), self.next.slot_name(to));
        if source.info.kind.id != sink.info.kind.id || source.info.level != sink.info.level {
            let (from_name, to_name) = names();
            let kind = |node: &crate::graph::node::SlotNode| {
                format!("{}{}", "list of ".repeat(node.info.level.into()), node.info.kind.name)
            };
            let (from_kind, to_kind) = (kind(source), kind(sink));
            return Err(Error::invalid(format!(
                "`{from_name}` carries {from_kind}, `{to_name}` takes {to_kind}"
            )));
        }
        if matches!(sink.source, Source::Slot(old) if old == from) {
            return Ok(());
        }
        if sink
            .lane
            .is_some_and(|(list, _)| matches!(self.next.known(list).source, Source::Slot(_)))
        {
            let (_, to_name) = names();
            return Err(Error::invalid(format!(
                "`{to_name}` belongs to a list that is connected as a whole"
            )));
        }
        if sink.info.direction == Direction::Output && !self.may_be_exposed(from, to) {
            let (from_name, to_name) = names();
            return Err(Error::invalid(format!(
                "`{to_name}` is made by its operator; `{from_name}` cannot feed it from outside"
            )));
        }
        self.refuse_circle(from, to)?;
        self.hook(from, to)
    }

    /// An output can give what an operator inside gives, or what comes into its own operator.
    fn may_be_exposed(&self, from: SlotId, to: SlotId) -> bool {
        let outer = self.next.known(to).info.owner;
        let mut here = Some(self.next.known(from).info.owner);
        while let Some(id) = here {
            if id == outer {
                return true;
            }
            here = self.next.owner(id).parent;
        }
        false
    }

    fn hook(&mut self, from: SlotId, to: SlotId) -> Result<(), Error> {
        if let Source::Slot(old) = self.next.known(to).source {
            self.next.slot_mut(old).consumers.retain(|consumer| *consumer != to);
        }
        if let (Source::Value(_), class) = (&self.next.known(to).source, self.next.known(to).durability) {
            self.count(to, class);
        }
        self.next.slot_mut(from).consumers.push(to);
        let sink = self.next.slot_mut(to);
        sink.source = Source::Slot(from);
        sink.durability = Durability::High;
        sink.broadcast = None;
        let level = sink.info.level;
        self.note(to, Edited::Connected);
        self.touch(to);
        self.seed(to);
        self.raise(to);
        if level == 0 {
            return Ok(());
        }
        let keys: Vec<_> = self.next.known(from).lanes.iter().map(|(key, _)| *key).collect();
        self.sync_lanes(to, &keys)
    }

    /// Puts every operator that `slot` leads to above the one that makes it.
    pub(crate) fn raise(&mut self, slot: SlotId) {
        let mut work = vec![slot];
        while let Some(slot) = work.pop() {
            let least = self
                .next
                .maker(slot)
                .map_or(0, |maker| self.next.owner(maker).height + 1);
            for owner in self.takers(slot) {
                if self.next.owner(owner).height < least {
                    self.next.operator_mut(owner).height = least;
                    work.extend(
                        self.next
                            .owner(owner)
                            .outputs
                            .iter()
                            .flat_map(|output| self.next.family(*output)),
                    );
                }
            }
        }
    }

    /// The operators that take data from a slot, directly or through connected slots.
    fn takers(&self, slot: SlotId) -> Vec<OperatorId> {
        let mut takers = Vec::new();
        let mut work = vec![slot];
        while let Some(slot) = work.pop() {
            let node = self.next.known(slot);
            if node.info.direction == Direction::Input {
                takers.push(node.info.owner);
            }
            work.extend(&node.consumers);
        }
        takers
    }

    /// Fails if data already flows from `to` to `from`, naming the slots on the way.
    pub(crate) fn refuse_circle(&self, from: SlotId, to: SlotId) -> Result<(), Error> {
        // Nothing above the maker of `from` leads to it; what no operator makes is led to by none.
        let limit = self.next.maker(from).map(|maker| self.next.owner(maker).height);
        let mut came_from: HashMap<SlotId, Option<SlotId>> = HashMap::from([(to, None)]);
        let mut work = vec![to];
        while let Some(slot) = work.pop() {
            if slot == from {
                return Err(self.circle(from, &came_from));
            }
            let node = self.next.known(slot);
            let mut next = node.consumers.clone();
            next.extend(node.lanes.iter().map(|(_, lane)| *lane));
            next.extend(node.lane.map(|(list, _)| list).filter(|list| *list == from));
            let owner = self.next.owner(node.info.owner);
            if node.info.direction == Direction::Input && limit.is_some_and(|limit| owner.height <= limit) {
                let own = |output: &SlotId| !matches!(self.next.known(*output).source, Source::Slot(_));
                let outputs = owner.outputs.iter().copied().filter(own);
                next.extend(outputs.flat_map(|output| self.next.family(output)));
            }
            for slot in next {
                if let std::collections::hash_map::Entry::Vacant(entry) = came_from.entry(slot) {
                    entry.insert(Some(node.id));
                    work.push(slot);
                }
            }
        }
        Ok(())
    }

    fn circle(&self, from: SlotId, came_from: &HashMap<SlotId, Option<SlotId>>) -> Error {
        let mut path = vec![from];
        while let Some(Some(before)) = path.last().and_then(|slot| came_from.get(slot)) {
            path.push(*before);
        }
        path.reverse();
        path.push(path[0]);
        let names: Vec<_> = path
            .iter()
            .map(|slot| format!("`{}`", self.next.slot_name(*slot)))
            .collect();
        Error::condition(
            crate::error::ErrorKind::Circular,
            format!("the connection would close a circle: {}", names.join(" → ")),
        )
    }
}
