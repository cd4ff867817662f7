//! A flow as it is being put together.

mod assemble;
mod check;
mod links;
mod node;
mod order;
mod shared;

pub(crate) use assemble::{Assemble, Task};
pub(crate) use links::Links;
pub(crate) use node::{Input, Mode, Node, NodeId, PortSpec, Role, Source};
pub(crate) use shared::Shared;

/// The nodes, in the order in which they were made, and what was wrong already when it was said.
pub(crate) struct Plan {
    pub(crate) name: crate::sync::Arc<str>,
    pub(crate) mode: Mode,
    pub(crate) nodes: Vec<Node>,
    pub(crate) problems: Vec<String>,
}

impl Plan {
    /// The inputs that take what comes out there, in the order in which their nodes were made.
    pub(crate) fn takers(&self, source: Source) -> impl Iterator<Item = (NodeId, usize)> {
        let nodes = self.nodes.iter().enumerate();
        nodes.flat_map(move |(id, node)| {
            let inputs = node.inputs.iter().enumerate();
            inputs.filter_map(move |(nth, input)| input.from.contains(&source).then_some((id, nth)))
        })
    }

    /// The node that runs in the task of this one's predecessor, and that predecessor.
    pub(crate) fn fused_to(&self, id: NodeId) -> Option<NodeId> {
        let node = &self.nodes[id];
        let [input] = &node.inputs[..] else { return None };
        let [from] = input.from[..] else { return None };
        let before = &self.nodes[from.node];
        let is_alone = self.takers(from).nth(1).is_none();
        // What a producer makes of time in a realtime flow is nobody's but its own.
        let may_wait = self.mode == Mode::Batch || before.role != Role::Producer;
        let is_fused = node.is_cheap
            && is_alone
            && may_wait
            && from.port == 0
            && node.replicas() == 1
            && !node.retries()
            && !input.is_set()
            && before.ends_in_one_task();
        is_fused.then_some(from.node)
    }

    /// The node at the head of the task in which this one runs.
    pub(crate) fn head_of(&self, id: NodeId) -> NodeId {
        std::iter::successors(Some(id), |id| self.fused_to(*id))
            .last()
            .unwrap_or(id)
    }
}
