//! An edit in the making: the next version, and what has to be looked at when it is committed.
//!
//! Changes of topology apply to the draft at once, so that each is checked against those before it. States and dirt are
//! those of the last revision until the wave of the commit goes through.

use std::collections::HashSet;

use foldhash::fast::FixedState;
use futures::future::BoxFuture;

use crate::array::Array;
use crate::error::Error;
use crate::graph::core::Core;
use crate::graph::data::Data;
use crate::graph::declare::Declare;
use crate::graph::dirt::Dirt;
use crate::graph::dirty::Dirty;
use crate::graph::edit::Edit;
use crate::graph::erased::{Bound, Erased};
use crate::graph::execute::Execute;
use crate::graph::handle::Node;
use crate::graph::id::{OperatorId, SlotId};
use crate::graph::kept::Kept;
use crate::graph::node::{Direction, Durability, Edited, OperatorNode, SlotNode, Source};
use crate::graph::operator::{Operator, Written};
use crate::graph::setup::Setup;
use crate::graph::state::{Description, State};
use crate::graph::version::{Version, gone};
use crate::roi::Roi;
use crate::sync::{Arc, Weak};

#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) core: Weak<Core>,
    /// What the edit started from.
    pub(crate) base: Arc<Version>,
    pub(crate) next: Version,
    /// Slots whose source, value or element list changed, in order, with what of their data.
    pub(crate) seeds: Vec<(SlotId, Dirt)>,
    /// Operators that have never been set up.
    pub(crate) fresh: Vec<OperatorId>,
    /// Slots that may differ from those of the base: what events are made of.
    pub(crate) touched: Vec<SlotId>,
    /// Values that changed, at least for a while, with their class before or after.
    pub(crate) valued: Vec<(SlotId, Durability)>,
    /// Of these, those that did so more than once: what they are in the end may be what they were.
    pub(crate) again: HashSet<SlotId, FixedState>,
    /// Slots whose data is said to have changed, whatever was set.
    pub(crate) marked: Vec<SlotId>,
    /// Whether an operator was removed: one without slots leaves no other trace.
    removed: bool,
    /// What to hand to operators that keep data, once this is committed.
    pub(crate) writes: Vec<(SlotId, Roi, Array)>,
}

impl Draft {
    pub(crate) fn new(core: Weak<Core>, base: Arc<Version>) -> Self {
        let mut next = Version::clone(&base);
        next.revision.0 += 1;
        Self {
            core,
            base,
            next,
            seeds: Vec::new(),
            fresh: Vec::new(),
            touched: Vec::new(),
            valued: Vec::new(),
            again: HashSet::default(),
            marked: Vec::new(),
            removed: false,
            writes: Vec::new(),
        }
    }

    /// Whether there is nothing to commit.
    pub(crate) fn is_untouched(&self) -> bool {
        !self.removed
            && self.seeds.is_empty()
            && self.fresh.is_empty()
            && self.touched.is_empty()
            && self.writes.is_empty()
    }

    pub(crate) fn seed(&mut self, slot: SlotId) {
        self.seeds.push((slot, Dirt::nothing()));
    }

    pub(crate) fn touch(&mut self, slot: SlotId) {
        self.touched.push(slot);
    }

    /// Remembers what this edit does to a slot.
    pub(crate) fn note(&mut self, slot: SlotId, edited: Edited) {
        let revision = self.next.revision;
        self.next.slot_mut(slot).edited = (revision, edited);
    }

    pub(crate) fn slot(&self, id: SlotId) -> Result<&SlotNode, Error> {
        self.next.slot(id).map(|node| &**node).ok_or_else(|| gone(id))
    }

    fn name(&self, id: SlotId) -> Arc<str> {
        self.next.slot_name(id)
    }

    pub(crate) fn add<O: Operator>(&mut self, name: &str, operator: Arc<O>, parent: Option<OperatorId>) -> Node<O> {
        let body: Arc<dyn Erased> = Arc::new(Placeholder);
        let id = self.next.add_operator(|id| OperatorNode {
            id,
            name: name.into(),
            body,
            parent,
            children: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            height: 0,
            reads: Vec::new(),
            flaw: None,
            lanes: None,
        });
        if let Some(parent) = parent {
            self.next.operator_mut(parent).children.push(id);
        }
        let slots = operator.slots(&mut Declare {
            draft: self,
            owner: id,
            promote: None,
        });
        let inline = operator.is_inline();
        let bound = Arc::new(Bound {
            operator,
            slots,
            inline,
        });
        self.next.operator_mut(id).body = Arc::clone(&bound) as Arc<dyn Erased>;
        self.fresh.push(id);
        Node {
            id,
            bound,
            core: Weak::clone(&self.core),
        }
    }

    /// Gives an unconnected input a value.
    pub(crate) fn set(&mut self, id: SlotId, data: Data, durability: Durability) -> Result<(), Error> {
        let node = self.slot(id)?;
        if node.info.level > 0 {
            let message = format!("`{}` is a list; set its elements", self.name(id));
            return Err(Error::invalid(message));
        }
        if node.info.kind.id != data.type_id() {
            let (name, carries, given) = (self.name(id), node.info.kind.name, data.type_name());
            let message = format!("`{name}` carries {carries}, a value of type {given} cannot be set");
            return Err(Error::invalid(message));
        }
        match &node.source {
            Source::Slot(from) => {
                let (name, from) = (self.name(id), self.name(*from));
                return Err(Error::invalid(format!(
                    "`{name}` is connected to `{from}`; disconnect it before setting a value"
                )));
            }
            Source::Operator => {
                let message = format!("`{}` is made by its operator; only inputs can be set", self.name(id));
                return Err(Error::invalid(message));
            }
            Source::Value(old) if old.same(&data) && node.durability == durability => return Ok(()),
            Source::Value(_) | Source::Unset => {}
        }
        self.put(id, data, durability, Dirt::everything());
        Ok(())
    }

    fn put(&mut self, id: SlotId, data: Data, durability: Durability, dirt: Dirt) {
        let node = self.next.slot_mut(id);
        let dirt = if node.own().is_some_and(|old| old.same(&data)) {
            Dirt::nothing()
        } else {
            dirt
        };
        let was_value = matches!(node.source, Source::Value(_));
        node.source = Source::Value(data);
        let before = std::mem::replace(&mut node.durability, durability);
        if !dirt.is_nothing() {
            self.count(id, durability);
            if was_value {
                self.count(id, before);
            }
            self.note(id, Edited::Set);
        }
        self.touch(id);
        self.seeds.push((id, dirt));
    }

    /// Takes connection and value away; what is left is the default, if there is one.
    pub(crate) fn reset(&mut self, id: SlotId) -> Result<(), Error> {
        let node = self.slot(id)?;
        match node.source.clone() {
            Source::Operator => Err(Error::invalid(format!(
                "`{}` is made by its operator; it has nothing to disconnect",
                self.name(id)
            ))),
            Source::Unset if node.broadcast.is_some() => {
                let lanes = node.lanes.clone();
                self.next.slot_mut(id).broadcast = None;
                lanes.into_iter().try_for_each(|(_, lane)| self.reset(lane))
            }
            Source::Unset => Ok(()),
            Source::Slot(_) => {
                self.unhook(id);
                if self.next.known(id).info.level > 0 {
                    self.sync_lanes(id, &[])?;
                }
                Ok(())
            }
            Source::Value(old) => {
                let same = node.info.default.as_ref().is_some_and(|default| default.same(&old));
                let class = node.durability;
                let node = self.next.slot_mut(id);
                node.source = Source::Unset;
                node.durability = Durability::High;
                if !same {
                    self.count(id, class);
                }
                self.note(id, Edited::Reset);
                self.touch(id);
                self.seeds
                    .push((id, if same { Dirt::nothing() } else { Dirt::everything() }));
                Ok(())
            }
        }
    }

    /// Removes the edge into a slot.
    pub(crate) fn unhook(&mut self, id: SlotId) {
        if let Source::Slot(from) = self.next.known(id).source {
            self.next.slot_mut(from).consumers.retain(|consumer| *consumer != id);
            let node = self.next.slot_mut(id);
            node.source = match node.info.direction {
                Direction::Input => Source::Unset,
                Direction::Output => Source::Operator,
            };
            self.note(id, Edited::Reset);
            self.touch(id);
            self.seed(id);
        }
    }

    /// Says that data changed behind the back of the graph.
    pub(crate) fn mark_dirty(&mut self, id: SlotId, dirt: Dirt) -> Result<(), Error> {
        let node = self.slot(id)?;
        if node.info.level > 0 {
            return Err(Error::invalid(format!(
                "`{}` is a list; its elements can be dirty",
                self.name(id)
            )));
        }
        let root = self.next.root(id);
        let dirt = match self.description(root) {
            State::Ready(Description::Array(meta)) => {
                if dirt.rank().is_some_and(|rank| rank != meta.shape().rank()) {
                    let (name, shape) = (self.name(id), meta.shape());
                    let message = format!("{dirt} has not as many axes as `{name}`, which is {shape}");
                    return Err(Error::invalid(message));
                }
                dirt.clipped(meta.roi())
            }
            _ => Dirt::everything(),
        };
        if !dirt.is_nothing() {
            self.valued.push((root, self.next.known(root).durability));
            self.marked.push(root);
            self.note(root, Edited::Marked);
            self.seeds.push((root, dirt));
        }
        Ok(())
    }

    /// Writes into the array that a slot holds, or into what the operators behind it keep.
    pub(crate) fn write(&mut self, id: SlotId, roi: Roi, patch: &Array) -> Result<(), Error> {
        let node = self.slot(id)?;
        let held = match (&node.source, &node.info.default) {
            (Source::Value(held), _) => Some((held, node.durability)),
            (Source::Unset, Some(default)) if node.info.level == 0 => Some((default, Durability::Low)),
            _ => None,
        };
        if let Some((held, durability)) = held {
            let Some(mut array) = held.get::<Array>() else {
                return Err(Error::invalid(format!(
                    "`{}` holds no array to write into",
                    self.name(id)
                )));
            };
            let written = match patch.axes() == array.axes() {
                true => array.assign_region(&roi, patch),
                false => Err(Error::invalid(format!("{patch:?} does not fit {array:?}"))),
            };
            written.map_err(|error| error.context(format_args!("writing {roi} of `{}`", self.name(id))))?;
            self.put(id, array.into(), durability, roi.into());
            return Ok(());
        }
        let meta = Arc::clone(self.next.meta(id)?);
        if !meta.roi().contains(&roi) {
            let message = format!("{roi} reaches out of `{}`, which is {}", self.name(id), meta.shape());
            return Err(Error::invalid(message));
        }
        let is_like = patch.dtype() == meta.dtype() && patch.axes() == meta.axes();
        if !is_like || roi.shape().as_slice() != patch.shape() {
            let message = format!("{patch:?} does not fit {roi} of `{}`, which is {meta:?}", self.name(id));
            return Err(Error::invalid(message));
        }
        // What is behind the slot gives other data from now on, so it has to have other stamps.
        let dirt = Dirt::from(roi).clipped(meta.roi());
        if !dirt.is_nothing() {
            self.note(id, Edited::Marked);
            self.seeds.push((id, dirt));
            self.writes.push((id, roi, patch.clone()));
        }
        Ok(())
    }

    /// The operators that are asked first what they do with data that is written to a slot: its own, the one inside of
    /// that which an output is fed by, and the one of the lane that an input is of.
    pub(crate) fn asked_first(&self, id: SlotId) -> Result<Vec<Asked>, Error> {
        let outer = self.slot(id)?.info.owner;
        let mut asked = Vec::new();
        let mut work = vec![id];
        while let Some(here) = work.pop() {
            let node = self.next.known(here);
            asked.push((here, Arc::clone(&self.next.owner(node.info.owner).body)));
            let up = match node.source {
                Source::Slot(up) if node.info.direction == Direction::Output => Some(up),
                _ => None,
            };
            // What feeds an operator inside of another is not that operator's alone, except of one over lanes.
            let is_over_lanes = self.next.owner(node.info.owner).lanes.is_some();
            let down = match node.info.direction {
                Direction::Input if is_over_lanes => &node.consumers[..],
                _ => &[],
            };
            let next = down.iter().copied().chain(up);
            work.extend(next.filter(|next| self.is_inside(self.next.known(*next).info.owner, outer)));
        }
        Ok(asked)
    }

    fn is_inside(&self, id: OperatorId, outer: OperatorId) -> bool {
        let parent = |id: &OperatorId| self.next.operator(*id).and_then(|node| node.parent);
        std::iter::successors(parent(&id), parent).any(|own| own == outer)
    }

    /// Removes an operator with what is inside it, if nothing outside takes data from it (D27).
    pub(crate) fn remove(&mut self, id: OperatorId) -> Result<(), Error> {
        let node = self.next.operator(id).cloned();
        let node = node.ok_or_else(|| Error::invalid(format!("{id} is not in the graph")))?;
        let inside = self.inside(id);
        let slots: Vec<_> = inside.iter().flat_map(|id| self.all_slots(*id)).collect();
        let consumers: Vec<_> = slots
            .iter()
            .flat_map(|slot| self.next.known(*slot).consumers.clone())
            .filter(|consumer| !inside.contains(&self.next.known(*consumer).info.owner))
            .map(|consumer| self.name(consumer).to_string())
            .collect();
        if !consumers.is_empty() {
            let message = format!(
                "`{}` cannot be removed: it still feeds `{}`",
                self.next.operator_name(id),
                consumers.join("`, `")
            );
            return Err(Error::invalid(message));
        }
        slots.iter().for_each(|slot| self.unhook(*slot));
        if let Some(parent) = node.parent {
            self.next.operator_mut(parent).children.retain(|child| *child != id);
        }
        for slot in slots {
            self.touch(slot);
            self.next.remove_slot(slot);
        }
        self.removed = true;
        // Children before parents.
        inside.into_iter().rev().for_each(|id| self.next.remove_operator(id));
        Ok(())
    }

    /// An operator and all inside it, parents before children.
    pub(crate) fn inside(&self, id: OperatorId) -> Vec<OperatorId> {
        let mut inside = vec![id];
        let mut next = 0;
        while let Some(&here) = inside.get(next) {
            inside.extend(&self.next.owner(here).children);
            next += 1;
        }
        inside
    }

    /// The slots of an operator, lists with their elements.
    pub(crate) fn all_slots(&self, id: OperatorId) -> Vec<SlotId> {
        let node = self.next.owner(id);
        node.inputs
            .iter()
            .chain(&node.outputs)
            .flat_map(|slot| self.next.family(*slot))
            .collect()
    }
}

/// An operator that is asked what it does with written data, and by which of its slots.
type Asked = (SlotId, Arc<dyn Erased>);

/// Stands in for an operator while it declares its slots.
struct Placeholder;

impl Erased for Placeholder {
    fn setup(&self, _: &mut Setup<'_>) -> Result<(), Error> {
        Err(Error::invalid("the operator has not finished declaring its slots"))
    }

    fn dirty(&self, _: &mut Dirty<'_>) {}

    fn execute(self: Arc<Self>, _: Execute) -> BoxFuture<'static, Result<Data, Error>> {
        Box::pin(std::future::ready(Err(Error::invalid(
            "the operator has not finished declaring its slots",
        ))))
    }

    fn write(&self, _: &Execute, _: Roi, _: &Array) -> Result<(), Error> {
        Ok(())
    }

    fn write_in_edit(&self, _: &mut Edit<'_>, _: SlotId, _: Roi, _: &Array) -> Result<Written, Error> {
        Ok(Written::Left)
    }

    fn is_inline(&self) -> bool {
        false
    }

    fn name(&self) -> &str {
        "an operator"
    }

    fn kept(&self, _: &Execute, _: Roi) -> Option<Kept> {
        None
    }
}
