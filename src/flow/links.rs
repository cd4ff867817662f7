//! What a node is connected to, when its task is made.

use std::any::Any;

use crate::flow::edge::{Edge, Receiver, Sender};
use crate::flow::envelope::Item;
use crate::flow::failure::Failure;
use crate::flow::meter::Meter;
use crate::flow::plan::{Edges, NodeId, Plan, Source};
use crate::flow::task::outbox::{Outbox, Tee};
use crate::flow::task::push::Push;
use crate::sync::Arc;

/// Hands out the ends of edges, and puts together what runs in one task.
pub(crate) struct Links<'a> {
    pub(crate) plan: &'a mut Plan,
    pub(crate) edges: &'a Edges,
    pub(crate) meters: &'a [Arc<Meter>],
}

impl Links<'_> {
    pub(crate) fn name(&self, node: NodeId) -> Arc<str> {
        Arc::clone(&self.plan.nodes[node].name)
    }

    pub(crate) fn meter(&self, node: NodeId) -> Arc<Meter> {
        Arc::clone(&self.meters[node])
    }

    pub(crate) fn failure(&self, node: NodeId) -> Failure {
        self.plan.nodes[node].failure.clone().unwrap_or_default()
    }

    /// The end where items come out, for one replica.
    pub(crate) fn input<T: Item>(&self, node: NodeId, nth: usize, replica: usize) -> Receiver<T> {
        Receiver::new(&self.edge(node, nth), replica)
    }

    /// What takes the items of an output: edges to other tasks, and nodes in this one.
    pub(crate) fn output<T: Item>(&mut self, source: Source) -> Box<dyn Push<T>> {
        let takers: Vec<_> = self.plan.takers(source).collect();
        let mut all: Vec<Box<dyn Push<T>>> = takers.into_iter().map(|taker| self.taker(taker)).collect();
        match all.len() {
            1 => all.remove(0),
            _ => Box::new(Tee(all)),
        }
    }

    fn taker<T: Item>(&mut self, (node, nth): (NodeId, usize)) -> Box<dyn Push<T>> {
        if self.edges.contains_key(&(node, nth)) {
            return Box::new(Outbox::new(Sender::new(&self.edge(node, nth))));
        }
        // It is put back: a node is taken out only while it is put together.
        let mut assemble = std::mem::replace(&mut self.plan.nodes[node].assemble, Box::new(Nobody));
        let fused = assemble.fused(self);
        self.plan.nodes[node].assemble = assemble;
        *fused.downcast().expect("invariant: wiring compares the types")
    }

    fn edge<T: Item>(&self, node: NodeId, nth: usize) -> Arc<Edge<T>> {
        let edge = Arc::clone(&self.edges[&(node, nth)]);
        edge.into_any().downcast().expect("invariant: wiring compares the types")
    }
}

/// Stands where a node has been taken out.
struct Nobody;

impl crate::flow::plan::Assemble for Nobody {
    fn task(&mut self, _links: &mut Links<'_>, _replica: usize) -> crate::flow::plan::Task {
        unreachable!("invariant: no node is put together within itself")
    }

    fn fused(&mut self, _links: &mut Links<'_>) -> Box<dyn Any + Send> {
        unreachable!("invariant: no node is put together within itself")
    }
}
