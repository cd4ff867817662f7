//! What a node is connected to, when its task is made.

use super::Plan;
use super::assemble::{Nobody, Task};
use super::node::{NodeId, Source};
use crate::flow::context::NodeContext;
use crate::flow::crew::{Crew, Seat};
use crate::flow::edge::{Edge, Receiver, Sender};
use crate::flow::engine::Engine;
use crate::flow::envelope::Item;
use crate::flow::reorder::{Inserter, Window};
use crate::flow::task::branches::{Branches, Typed};
use crate::flow::task::chain::Chain;
use crate::flow::task::head::Head;
use crate::flow::task::outbox::Outbox;
use crate::flow::task::own::Own;
use crate::flow::task::push::Push;
use crate::flow::task::tee::Tee;
use crate::sync::Arc;

/// Hands out the ends of edges, and puts together what runs in one task.
pub(crate) struct Links<'a> {
    pub(crate) plan: &'a mut Plan,
    pub(crate) engine: &'a Arc<Engine>,
}

impl Links<'_> {
    /// The task of one replica of a node that has one of its own.
    pub(crate) fn task(&mut self, node: NodeId, seat: Seat, replica: usize) -> Task {
        self.with(node, |assemble, links| assemble.task(links, node, seat, replica))
    }

    /// The task that brings the work of a node's replicas into order.
    pub(crate) fn merge(&mut self, node: NodeId) -> Task {
        self.with(node, |assemble, links| assemble.merge(links, node))
    }

    /// Takes a node out while it is put together.
    fn with<R>(&mut self, node: NodeId, work: impl FnOnce(&mut dyn super::Assemble, &mut Self) -> R) -> R {
        let mut assemble = std::mem::replace(&mut self.plan.nodes[node].assemble, Box::new(Nobody));
        let made = work(&mut *assemble, self);
        self.plan.nodes[node].assemble = assemble;
        made
    }

    pub(crate) fn head(&self, node: NodeId, seat: Seat) -> Head {
        Head {
            meter: Arc::clone(&self.engine.nodes[node].meter),
            brake: self.engine.brake.clone(),
            seat,
            name: Arc::clone(&self.engine.nodes[node].name),
            engine: Arc::clone(self.engine),
        }
    }

    /// That of a task that is nobody's replica.
    pub(crate) fn head_alone(&self, node: NodeId) -> Head {
        let crew = Arc::new(Crew::default());
        let seat = crew.lock().join(&crew);
        self.head(node, seat)
    }

    pub(crate) fn own(&self, node: NodeId, replica: usize) -> Own {
        let (spec, mode) = (&self.plan.nodes[node], self.plan.mode);
        Own {
            context: NodeContext {
                flow: Arc::clone(&self.engine.name),
                node: Arc::clone(&spec.name),
                replica,
            },
            meter: Arc::clone(&self.engine.nodes[node].meter),
            failure: spec.failure.clone().unwrap_or_else(|| mode.failure()),
            counts: Default::default(),
        }
    }

    /// The end where items come out of an input's edge, for one replica.
    pub(crate) fn input<T: Item>(&self, node: NodeId, nth: usize, seat: &Seat, replica: usize) -> Receiver<T> {
        Receiver::new(&self.edge(node, nth), replica, seat.retirement())
    }

    /// What takes the items of a replica: the window if order is to be kept, else all that lies behind the node.
    pub(crate) fn replica_output<T: Item>(&mut self, node: NodeId, replica: usize) -> Box<dyn Push<T>> {
        match &self.engine.nodes[node].window {
            Some(_) => Box::new(Inserter::new(&self.window(node), replica)),
            None => self.output(Source { node, port: 0 }),
        }
    }

    /// The window of a node that has one.
    pub(crate) fn window<T: Item>(&self, node: NodeId) -> Arc<Window<T>> {
        let window = self.engine.nodes[node].window.as_ref();
        let window = Arc::clone(window.expect("invariant: asked for an ordered node only"));
        window
            .into_any()
            .downcast()
            .expect("invariant: a node makes its own window")
    }

    /// What takes the items of a task's head.
    pub(crate) fn replica_chain<T: Item>(&mut self, node: NodeId, replica: usize) -> Chain<T> {
        let branches = self.replica_branches(node);
        Chain::new(self.replica_output(node, replica), branches)
    }

    /// What takes the items of a replica's ports beside the main one: the window if order is to be kept.
    pub(crate) fn replica_branches(&mut self, node: NodeId) -> Branches {
        match &self.engine.nodes[node].window {
            Some(_) => Branches::ordered(self.plan.nodes[node].ports.iter().map(|port| (port.name, port.of))),
            None => self.branches(node),
        }
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
        if self.plan.fused_to(node).is_none() {
            return Box::new(Outbox::new(
                Sender::new(&self.edge(node, nth)),
                Arc::clone(&self.engine.nodes[node].name),
            ));
        }
        let fused = self.with(node, |assemble, links| assemble.fused(links, node));
        *fused.downcast().expect("invariant: wiring compares the types")
    }

    /// What takes the items of all ports beside the main one.
    pub(crate) fn branches(&mut self, node: NodeId) -> Branches {
        let ports = std::mem::take(&mut self.plan.nodes[node].ports);
        let mut branches = Branches::default();
        for (at, port) in ports.iter().enumerate() {
            let source = Source { node, port: at + 1 };
            branches.add(port.name, (port.branch)(self, source));
        }
        self.plan.nodes[node].ports = ports;
        branches
    }

    /// Makes what takes the items of one of them.
    pub(crate) fn branch<T: Item>(&mut self, source: Source) -> Typed<T> {
        Typed(self.output(source))
    }

    fn edge<T: Item>(&self, node: NodeId, nth: usize) -> Arc<Edge<T>> {
        let edge = Arc::clone(&self.engine.nodes[node].inputs[nth]);
        edge.into_any()
            .downcast()
            .expect("invariant: wiring compares the types")
    }
}
