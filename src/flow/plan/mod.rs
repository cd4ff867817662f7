//! A flow as it is being put together.

mod assemble;
mod check;
mod links;
mod node;
mod order;
mod shared;

use std::collections::HashMap;

use crate::flow::dead_letter;

pub(crate) use assemble::{Assemble, Task};
pub(crate) use links::Links;
pub(crate) use node::{Input, Mode, Node, NodeId, PortSpec, Role, Source};
pub(crate) use shared::Shared;

/// How many nodes run in one task at most: each takes a part of the stack.
const LONGEST: usize = 32;

/// The nodes, in the order in which they were made, and what was wrong already when it was said.
pub(crate) struct Plan {
    pub(crate) name: crate::sync::Arc<str>,
    pub(crate) mode: Mode,
    pub(crate) nodes: Vec<Node>,
    pub(crate) problems: Vec<String>,
    /// Whether a flow has been made of it. What is done to it since is lost.
    pub(crate) is_built: bool,
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

    /// Decides which nodes run in the task of their predecessor.
    pub(crate) fn fuse(&mut self) {
        let mut takers: HashMap<Source, usize> = HashMap::new();
        for from in self
            .nodes
            .iter()
            .flat_map(|node| &node.inputs)
            .flat_map(|input| &input.from)
        {
            *takers.entry(*from).or_default() += 1;
        }
        // How many nodes there are in a task up to this one.
        let mut lengths = vec![1; self.nodes.len()];
        for id in self.order() {
            let fused = self.fusible_to(id, &takers).filter(|before| lengths[*before] < LONGEST);
            lengths[id] = fused.map_or(1, |before| lengths[before] + 1);
            let head = fused.map(|before| self.head_of(before));
            self.nodes[id].fused = fused.zip(head);
        }
    }

    fn fusible_to(&self, id: NodeId, takers: &HashMap<Source, usize>) -> Option<NodeId> {
        let node = &self.nodes[id];
        let [input] = &node.inputs[..] else { return None };
        let [from] = input.from[..] else { return None };
        let before = &self.nodes[from.node];
        let is_alone = takers[&from] == 1;
        // In a realtime flow a producer must not be held up by what others do.
        let may_wait = self.mode == Mode::Batch || before.role != Role::Producer;
        let is_fused = node.is_cheap
            && is_alone
            && may_wait
            && from.port == 0
            && node.replicas() == 1
            && node.window.is_none()
            && !node.retries()
            && !input.is_set()
            && before.ends_in_one_task();
        is_fused.then_some(from.node)
    }

    /// Whether what comes out there are items that the node has given up.
    pub(crate) fn is_of_dead_letters(&self, source: Source) -> bool {
        let node = self.nodes.get(source.node);
        let port = node.and_then(|node| node.ports.get(source.port.checked_sub(1)?));
        port.is_some_and(|port| port.name == dead_letter::PORT)
    }

    /// The node before this one, if they run in one task.
    pub(crate) fn fused_to(&self, id: NodeId) -> Option<NodeId> {
        self.nodes[id].fused.map(|(before, _)| before)
    }

    /// The node at the head of the task in which this one runs.
    pub(crate) fn head_of(&self, id: NodeId) -> NodeId {
        self.nodes[id].fused.map_or(id, |(_, head)| head)
    }
}
