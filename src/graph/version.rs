//! One immutable version of the graph: what readers see, and what an edit starts from.

use std::fmt::Write as _;

use crate::error::Error;
use crate::graph::data::{Data, SlotType};
use crate::graph::dirt::Dirt;
use crate::graph::id::{LaneKey, OperatorId, Revision, SlotId};
use crate::graph::mark::Mark;
use crate::graph::meta::Meta;
use crate::graph::node::{OperatorNode, SlotNode, Source};
use crate::graph::state::{Description, NotReady, Readiness, State, Why};
use crate::graph::table::Table;
use crate::roi::Roi;
use crate::sync::{Arc, Mutex};

#[derive(Clone, Default)]
pub(crate) struct Version {
    pub(crate) revision: Revision,
    slots: Table<Cell<SlotNode>>,
    operators: Table<Cell<OperatorNode>>,
    /// By slot; what a wave of dirt writes is apart from what it only reads.
    marks: Table<Mark>,
    free_slots: Arc<Vec<u32>>,
    free_operators: Arc<Vec<u32>>,
    names: Arc<Names>,
    /// By durability: when a value of that class last changed.
    pub(crate) changed: [Revision; 3],
}

/// The names that were ever given in one graph, by failed edits too: all its versions and drafts share it, and nothing is
/// taken back. A handle out of an edit that failed would name what the next edit makes otherwise.
#[derive(Default)]
struct Names {
    slots: Generations,
    operators: Generations,
    /// How many lane keys.
    lanes: Mutex<u64>,
}

/// By place of an arena: the generation of what comes into it next.
#[derive(Default)]
struct Generations(Mutex<Vec<u32>>);

impl Generations {
    fn next(&self, index: u32) -> u32 {
        let mut next = self.0.lock();
        let index = index as usize;
        if next.len() <= index {
            next.resize(index + 1, 0);
        }
        let generation = next[index];
        next[index] += 1;
        generation
    }
}

/// A place of an arena, with the generation of what is or was in it.
struct Cell<T> {
    generation: u32,
    node: Option<Arc<T>>,
}

impl<T> Clone for Cell<T> {
    fn clone(&self) -> Self {
        Self {
            generation: self.generation,
            node: self.node.clone(),
        }
    }
}

fn take<T>(
    table: &mut Table<Cell<T>>,
    free: &mut Arc<Vec<u32>>,
    generations: &Generations,
    make: impl FnOnce(u32, u32) -> T,
) -> (u32, u32) {
    let index = match free.last() {
        Some(&index) => {
            Arc::make_mut(free).pop();
            index
        }
        None => table.push(Cell {
            generation: 0,
            node: None,
        }),
    };
    let cell = table.get_mut(index).expect("invariant: a free place is in the table");
    cell.generation = generations.next(index);
    cell.node = Some(Arc::new(make(index, cell.generation)));
    (index, cell.generation)
}

fn give<T>(table: &mut Table<Cell<T>>, free: &mut Arc<Vec<u32>>, index: u32) {
    let Some(cell) = table.get_mut(index) else { return };
    cell.node = None;
    Arc::make_mut(free).push(index);
}

impl Version {
    pub(crate) fn slot(&self, id: SlotId) -> Option<&Arc<SlotNode>> {
        let cell = self.slots.get(id.index)?;
        cell.node.as_ref().filter(|_| cell.generation == id.generation)
    }

    /// A slot that this version is known to have.
    pub(crate) fn known(&self, id: SlotId) -> &SlotNode {
        self.slot(id)
            .expect("invariant: an edge leads to a slot of the same version")
    }

    pub(crate) fn slot_mut(&mut self, id: SlotId) -> &mut SlotNode {
        let cell = self
            .slots
            .get_mut(id.index)
            .expect("invariant: the slot is in this version");
        Arc::make_mut(cell.node.as_mut().expect("invariant: the slot is in this version"))
    }

    pub(crate) fn operator(&self, id: OperatorId) -> Option<&Arc<OperatorNode>> {
        let cell = self.operators.get(id.index)?;
        cell.node.as_ref().filter(|_| cell.generation == id.generation)
    }

    pub(crate) fn owner(&self, id: OperatorId) -> &Arc<OperatorNode> {
        self.operator(id)
            .expect("invariant: a slot's owner lives as long as the slot")
    }

    pub(crate) fn operator_mut(&mut self, id: OperatorId) -> &mut OperatorNode {
        let cell = self
            .operators
            .get_mut(id.index)
            .expect("invariant: the operator is in this version");
        Arc::make_mut(cell.node.as_mut().expect("invariant: the operator is in this version"))
    }

    pub(crate) fn operators(&self) -> impl Iterator<Item = &Arc<OperatorNode>> {
        self.operators.iter().filter_map(|cell| cell.node.as_ref())
    }

    pub(crate) fn add_slot(&mut self, make: impl FnOnce(SlotId) -> SlotNode) -> SlotId {
        let make = |index, generation| make(SlotId { index, generation });
        let (index, generation) = take(&mut self.slots, &mut self.free_slots, &self.names.slots, make);
        while self.marks.len() <= index as usize {
            self.marks.push(Mark::default());
        }
        let id = SlotId { index, generation };
        self.mark(id, &Dirt::everything());
        id
    }

    pub(crate) fn add_operator(&mut self, make: impl FnOnce(OperatorId) -> OperatorNode) -> OperatorId {
        let make = |index, generation| make(OperatorId { index, generation });
        let generations = &self.names.operators;
        let (index, generation) = take(&mut self.operators, &mut self.free_operators, generations, make);
        OperatorId { index, generation }
    }

    pub(crate) fn remove_slot(&mut self, id: SlotId) {
        give(&mut self.slots, &mut self.free_slots, id.index);
    }

    pub(crate) fn remove_operator(&mut self, id: OperatorId) {
        give(&mut self.operators, &mut self.free_operators, id.index);
    }

    pub(crate) fn new_lane(&self) -> LaneKey {
        let mut lanes = self.names.lanes.lock();
        *lanes += 1;
        LaneKey(*lanes)
    }

    /// Remembers that `dirt` of what a slot gives changes in this version.
    pub(crate) fn mark(&mut self, id: SlotId, dirt: &Dirt) {
        let cell = self.slots.get(id.index).and_then(|cell| cell.node.as_deref());
        let meta = match cell.map(|node| &node.state) {
            Some(State::Ready(Description::Array(meta))) => Some(&**meta),
            _ => None,
        };
        let mark = self.marks.get_mut(id.index).expect("invariant: each slot has a mark");
        mark.add(dirt, self.revision, meta);
    }

    pub(crate) fn mark_of(&self, id: SlotId) -> &Mark {
        self.marks.get(id.index).expect("invariant: each slot has a mark")
    }

    /// When any part of `roi` of what `id` makes was last changed. `id` is a root.
    pub(crate) fn stamp(&self, id: SlotId, roi: &Roi) -> Revision {
        self.mark_of(id).stamp(roi)
    }

    /// The slot at the upstream end of the connections of `id`: one that an operator makes, or with a value, or unset.
    pub(crate) fn root(&self, id: SlotId) -> SlotId {
        let mut here = id;
        while let Source::Slot(up) = &self.known(here).source {
            here = *up;
        }
        here
    }

    /// The operator that makes what `id` gives, if one does.
    pub(crate) fn maker(&self, id: SlotId) -> Option<OperatorId> {
        let root = self.known(self.root(id));
        matches!(root.source, Source::Operator).then_some(root.info.owner)
    }

    /// The slot's own lanes and theirs, with itself first: everything below it.
    pub(crate) fn family(&self, id: SlotId) -> Vec<SlotId> {
        let mut family = vec![id];
        let mut next = 0;
        while let Some(&here) = family.get(next) {
            family.extend(self.known(here).lanes.iter().map(|(_, lane)| *lane));
            next += 1;
        }
        family
    }

    /// Whether any plain slot below `id`, or itself, is as `test` says.
    pub(crate) fn any_leaf(&self, id: SlotId, test: &dyn Fn(&SlotNode) -> bool) -> bool {
        let node = self.known(id);
        match node.info.level {
            0 => test(node),
            _ => node.lanes.iter().any(|(_, lane)| self.any_leaf(*lane, test)),
        }
    }

    /// The slots of a list without the lists themselves, or the slot itself.
    pub(crate) fn leaves(&self, id: SlotId) -> impl Iterator<Item = SlotId> + '_ {
        self.family(id).into_iter().filter(|id| self.known(*id).info.level == 0)
    }

    /// `outer/inner.slot[lane 3]`
    pub(crate) fn slot_name(&self, id: SlotId) -> Arc<str> {
        let Some(node) = self.slot(id) else {
            return format!("{id} (removed)").into();
        };
        let mut lanes = String::new();
        let mut here = node;
        while let Some((list, key)) = here.lane {
            let position = self
                .slot(list)
                .and_then(|list| list.lanes.iter().position(|(own, _)| *own == key));
            lanes.insert_str(0, &position.map_or(String::new(), |position| format!("[{position}]")));
            let Some(list) = self.slot(list) else { break };
            here = list;
        }
        format!("{}.{}{lanes}", self.operator_name(node.info.owner), node.info.name).into()
    }

    /// `outer/inner`
    pub(crate) fn operator_name(&self, id: OperatorId) -> String {
        let mut name = String::new();
        let mut here = self.operator(id);
        while let Some(node) = here {
            let rest = std::mem::take(&mut name);
            let _ = write!(name, "{}{}{rest}", node.name, if rest.is_empty() { "" } else { "/" });
            here = node.parent.and_then(|parent| self.operator(parent));
        }
        if name.is_empty() {
            format!("{id} (removed)")
        } else {
            name
        }
    }

    /// Whether a slot can be asked; a list, whether it has an element and all can.
    pub(crate) fn readiness(&self, id: SlotId) -> Result<Readiness, Error> {
        let node = self.slot(id).ok_or_else(|| gone(id))?;
        if node.info.level == 0 {
            return Ok(node.state.readiness());
        }
        if let Some(flaw) = &self.owner(node.info.owner).flaw {
            return Ok(Readiness::Failed(Error::invalid(flaw.to_string())));
        }
        let mut leaves = self.leaves(id).peekable();
        if leaves.peek().is_none() {
            let reason = NotReady {
                slot: id,
                name: self.slot_name(id),
                why: Why::Empty,
            };
            return Ok(Readiness::NotReady(Arc::new(reason)));
        }
        let first = leaves
            .map(|leaf| &self.known(leaf).state)
            .find(|state| !state.is_ready());
        Ok(first.map_or(Readiness::Ready, State::readiness))
    }

    /// Whether a connection or a value feeds a slot; of a list, whether one feeds each element.
    pub(crate) fn is_connected(&self, id: SlotId) -> bool {
        let Some(node) = self.slot(id) else { return false };
        let fed = |id| matches!(self.known(id).source, Source::Slot(_) | Source::Value(_));
        let mut leaves = self.leaves(id).peekable();
        fed(id) || (node.info.level > 0 && leaves.peek().is_some() && leaves.all(fed))
    }

    /// The value of a slot, known without computing.
    pub(crate) fn value<T: SlotType>(&self, id: SlotId) -> Result<T, Error> {
        let node = self.slot(id).ok_or_else(|| gone(id))?;
        let name = || self.slot_name(id);
        let data = match &node.state {
            State::Ready(Description::Known(data)) => Some(data.clone()),
            State::Ready(Description::Array(_)) => self.held(id),
            State::Ready(Description::Computed) => None,
            state => return Err(state.refusal(&name()).expect("invariant: it is not ready")),
        };
        let computed = || Error::invalid(format!("the value of `{}` is not known before it is computed", name()));
        data.and_then(|data| data.get()).ok_or_else(computed)
    }

    /// Where what a slot gives is from: the upstream end of its connections, in the version that it is frozen at if it or one
    /// on the way is.
    pub(crate) fn origin(&self, id: SlotId) -> (&Self, SlotId) {
        let (mut version, mut here) = (self, id);
        loop {
            let node = version.known(here);
            match (&node.frozen, &node.source) {
                (Some(frozen), _) => version = &frozen.version,
                (None, Source::Slot(up)) => here = *up,
                (None, _) => return (version, here),
            }
        }
    }

    /// The data that a slot gives, set by an edit or a default.
    pub(crate) fn held(&self, id: SlotId) -> Option<Data> {
        let (version, root) = self.origin(id);
        version.known(root).own().cloned()
    }

    /// The description of an array slot.
    pub(crate) fn meta(&self, id: SlotId) -> Result<&Arc<Meta>, Error> {
        let node = self.slot(id).ok_or_else(|| gone(id))?;
        match &node.state {
            State::Ready(Description::Array(meta)) => Ok(meta),
            State::Ready(_) => Err(Error::invalid(format!("`{}` is no array", self.slot_name(id)))),
            state => Err(state.refusal(&self.slot_name(id)).expect("invariant: it is not ready")),
        }
    }
}

/// The error of whoever uses a slot that is not there.
pub(crate) fn gone(id: SlotId) -> Error {
    Error::invalid(format!(
        "{id} is not in the graph: its operator was removed, or the edit that made it did not succeed"
    ))
}
