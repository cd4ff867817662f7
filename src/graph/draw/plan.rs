//! What a drawing shows: visible operators with their slots, and what connects them.

use std::collections::{BTreeMap, HashMap};

use crate::graph::execute::Scope;
use crate::graph::id::{OperatorId, Revision, SlotId};
use crate::graph::kept::Kept;
use crate::graph::memory_report;
use crate::graph::node::{OperatorNode, Source};
use crate::graph::state::{Description, Readiness, State};
use crate::graph::version::Version;
use crate::sync::Arc;

/// All that is drawn.
pub(super) struct Plan {
    pub(super) revision: Revision,
    pub(super) operators: usize,
    pub(super) blocks: Vec<Block>,
    pub(super) wires: Vec<Wire>,
}

/// A visible operator.
pub(super) struct Block {
    pub(super) id: OperatorId,
    pub(super) name: String,
    /// What it is, beside its name: the operator, or a place outside. Empty if the name says so.
    pub(super) kind: String,
    pub(super) role: Role,
    pub(super) inputs: Vec<Port>,
    pub(super) outputs: Vec<Port>,
    /// Of what it gives as a whole.
    pub(super) kept: Option<Kept>,
    /// Computations that run for its outputs.
    pub(super) running: usize,
    /// The operators inside, if they are shown.
    pub(super) children: Vec<Block>,
    /// How many are inside and not shown.
    pub(super) hidden: usize,
}

/// What a box stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    Operator,
    /// An operator whose data come from outside.
    Source,
    /// What is outside of the graph, and takes what an output gives.
    Sink,
}

/// A slot of a visible operator; a list is one.
pub(super) struct Port {
    pub(super) slot: SlotId,
    pub(super) name: String,
    pub(super) status: Status,
    pub(super) is_frozen: bool,
    /// An array, by region; otherwise a value.
    pub(super) by_region: bool,
    /// What it gives, or why it does not.
    pub(super) detail: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Status {
    Ready,
    NotReady,
    Failed,
}

/// Where a wire ends: at a slot, or at an operator that hides it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum End {
    Port(OperatorId, SlotId),
    Block(OperatorId),
}

impl End {
    pub(super) fn block(self) -> OperatorId {
        match self {
            Self::Port(block, _) | Self::Block(block) => block,
        }
    }
}

pub(super) struct Wire {
    pub(super) from: End,
    pub(super) to: End,
    pub(super) status: Status,
    /// Arrays, by region; otherwise values.
    pub(super) by_region: bool,
    /// How many connections it stands for.
    pub(super) count: usize,
}

impl Plan {
    pub(super) fn of(scope: &Arc<Scope>, depth: usize) -> Self {
        let version = &scope.version;
        let outer = version.operators().filter(|node| node.parent.is_none());
        let mut visible = HashMap::new();
        let blocks = outer.map(|node| block(scope, node, depth, &mut visible)).collect();
        Self {
            revision: version.revision,
            operators: version.operators().count(),
            blocks,
            wires: wires(version, &visible),
        }
    }

    /// The status of the worst port of a block: what its outputs are, or else its inputs.
    pub(super) fn status(block: &Block) -> Status {
        let of = |ports: &[Port]| {
            let any = |status| ports.iter().any(|port| port.status == status);
            [Status::Failed, Status::NotReady]
                .into_iter()
                .find(|status| any(*status))
        };
        of(&block.outputs).unwrap_or(Status::Ready)
    }
}

/// Whether the operators inside of a visible one are visible, too.
type Visible = HashMap<OperatorId, bool>;

fn block(scope: &Arc<Scope>, node: &OperatorNode, depth: usize, visible: &mut Visible) -> Block {
    let version = &scope.version;
    let is_open = depth > 1 && !node.children.is_empty();
    visible.insert(node.id, is_open);
    let inside = || node.children.iter().filter_map(|child| version.operator(*child));
    let children: Vec<_> = if is_open {
        inside().map(|child| block(scope, child, depth - 1, visible)).collect()
    } else {
        Vec::new()
    };
    let own = node.outputs.iter().flat_map(|output| version.leaves(*output));
    let own: Vec<_> = own
        .filter(|slot| matches!(version.known(*slot).source, Source::Operator))
        .collect();
    let live = |slot: &SlotId| {
        let running = scope.core.shares.of_slot(*slot).into_iter();
        running.filter(|(_, request)| !request.has_ended()).count()
    };
    Block {
        id: node.id,
        name: node.name.to_string(),
        kind: match node.body.name() {
            kind if *kind == *node.name => String::new(),
            kind => kind.to_owned(),
        },
        role: Role::Operator,
        inputs: node.inputs.iter().map(|slot| port(version, *slot)).collect(),
        outputs: node.outputs.iter().map(|slot| port(version, *slot)).collect(),
        kept: memory_report::own(scope, node),
        running: own.iter().map(live).sum(),
        hidden: if is_open { 0 } else { count(version, node) },
        children,
    }
}

/// All operators inside of one.
fn count(version: &Version, node: &OperatorNode) -> usize {
    let inside = node.children.iter().filter_map(|child| version.operator(*child));
    inside.map(|child| 1 + count(version, child)).sum()
}

fn port(version: &Version, id: SlotId) -> Port {
    let node = version.known(id);
    let readiness = version.readiness(id);
    let (status, mut detail) = match &readiness {
        Ok(Readiness::Ready) => (Status::Ready, describe(version, id)),
        Ok(other @ Readiness::NotReady(_)) => (Status::NotReady, other.to_string()),
        Ok(other) => (Status::Failed, other.to_string()),
        Err(error) => (Status::Failed, error.report()),
    };
    let is_frozen = version.leaves(id).any(|leaf| version.known(leaf).frozen.is_some());
    if is_frozen {
        detail.push_str(", frozen");
    }
    Port {
        slot: id,
        name: match node.info.level {
            0 => node.info.name.to_string(),
            _ => format!("{} [{}]", node.info.name, node.lanes.len()),
        },
        status,
        is_frozen,
        by_region: node.info.kind.by_region,
        detail,
    }
}

/// What a ready slot gives, and from where if it is from no other slot.
fn describe(version: &Version, id: SlotId) -> String {
    let node = version.known(id);
    if node.info.level > 0 {
        return format!("{} slots", version.leaves(id).count());
    }
    let what = match &node.state {
        State::Ready(Description::Array(meta)) => {
            let axes = meta.axes().to_string();
            let shape = meta.shape();
            let lengths = axes.chars().zip(shape.iter());
            let lengths: Vec<_> = lengths.map(|(axis, length)| format!("{axis} {length}")).collect();
            format!("{}, {}", lengths.join(" × "), meta.dtype())
        }
        _ => short(node.info.kind.name),
    };
    match &node.source {
        Source::Value(_) => format!("{what}, set"),
        Source::Unset => format!("{what}, default"),
        Source::Slot(_) | Source::Operator => what,
    }
}

/// The name of a type without the modules that it and its parameters are in.
fn short(name: &str) -> String {
    let is_of_name = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let mut short = String::new();
    for part in name.split_inclusive(|c| !is_of_name(c)) {
        short.push_str(part.rsplit("::").next().unwrap_or(part));
    }
    short
}

fn wires(version: &Version, visible: &Visible) -> Vec<Wire> {
    let mut wires: BTreeMap<(End, End), Wire> = BTreeMap::new();
    for node in version.operators() {
        let slots = node.inputs.iter().chain(&node.outputs);
        for slot in slots.flat_map(|slot| version.family(*slot)) {
            let sink = version.known(slot);
            let Source::Slot(up) = sink.source else { continue };
            if lists(version, slot).any(|list| matches!(version.known(list).source, Source::Slot(_))) {
                continue;
            }
            let (from, to) = (end(version, visible, up), end(version, visible, slot));
            let is_inside = from.block() == to.block() && !visible[&to.block()];
            if is_inside {
                continue;
            }
            let wire = Wire {
                from,
                to,
                status: status(version, up),
                by_region: sink.info.kind.by_region,
                count: 0,
            };
            wires.entry((from, to)).or_insert(wire).count += 1;
        }
    }
    wires.into_values().collect()
}

fn status(version: &Version, slot: SlotId) -> Status {
    match version.readiness(slot) {
        Ok(Readiness::Ready) => Status::Ready,
        Ok(Readiness::NotReady(_)) => Status::NotReady,
        _ => Status::Failed,
    }
}

/// The lists that a slot is an element of, the innermost first.
fn lists(version: &Version, slot: SlotId) -> impl Iterator<Item = SlotId> + '_ {
    let up = |slot: &SlotId| version.known(*slot).lane.map(|(list, _)| list);
    std::iter::successors(up(&slot), move |slot| up(slot))
}

fn end(version: &Version, visible: &Visible, slot: SlotId) -> End {
    let outermost = lists(version, slot).last().unwrap_or(slot);
    let owner = version.known(outermost).info.owner;
    if visible.contains_key(&owner) {
        return End::Port(owner, outermost);
    }
    let up = |id: &OperatorId| version.owner(*id).parent;
    let seen = std::iter::successors(Some(owner), up).find(|id| visible.contains_key(id));
    End::Block(seen.unwrap_or(owner))
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn a_type_is_told_without_its_modules() {
        for (name, told) in [
            ("f64", "f64"),
            ("headwater::kernels::features::table::Table", "Table"),
            (
                "core::option::Option<alloc::vec::Vec<(usize, core::f64)>>",
                "Option<Vec<(usize, f64)>>",
            ),
            ("[u8; 3]", "[u8; 3]"),
        ] {
            assert_eq!(short(name), told);
        }
    }
}
