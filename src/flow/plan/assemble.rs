//! Putting together what runs.

use std::any::Any;

use super::Plan;
use super::links::Links;
use super::node::NodeId;
use crate::error::Error;
use crate::flow::crew::Seat;
use crate::flow::reorder::AnyWindow;
use crate::sync::Arc;

/// What runs, when it is known what it is connected to.
pub(crate) type Task = std::pin::Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// What a node is made of. Only it knows its types.
pub(crate) trait Assemble: Send {
    /// Whether there can be more than one of it.
    fn is_replicable(&self) -> bool;

    /// Why it must not have several replicas whatever it is made of, if so.
    fn needs_one(&self) -> Option<&'static str> {
        None
    }

    /// Whether what comes out has come in, with the same trace, at each of its inputs.
    fn joins_by_trace(&self) -> bool {
        false
    }

    /// Whether one replica makes things in the order of the items that they are made of.
    fn keeps_order(&self) -> bool {
        true
    }

    /// What else is wrong with it, in this plan.
    fn problem(&self, _plan: &Plan, _node: NodeId) -> Option<String> {
        None
    }

    /// Makes what so many replicas consist of, for [`task`](Self::task), which may be called under a lock.
    fn prepare(&mut self, _replicas: usize) {}

    /// A task of its own.
    fn task(&mut self, links: &mut Links<'_>, node: NodeId, seat: Seat, replica: usize) -> Task;

    /// A `Box<dyn Push<I>>` that the task of the node before it runs, if it is one that may.
    fn fused(&mut self, _links: &mut Links<'_>, _node: NodeId) -> Box<dyn Any + Send> {
        unreachable!("invariant: only cheap processors are fused")
    }

    /// Where replicas put what they make, so that its order is kept, if it can be ordered.
    fn window(&self, _width: usize) -> Arc<dyn AnyWindow> {
        unreachable!("invariant: only processors and consumers are ordered")
    }

    /// The task that takes it out there.
    fn merge(&mut self, _links: &mut Links<'_>, _node: NodeId) -> Task {
        unreachable!("invariant: only processors and consumers are ordered")
    }
}

/// Stands where a node has been taken out.
pub(crate) struct Nobody;

impl Assemble for Nobody {
    fn is_replicable(&self) -> bool {
        false
    }

    fn task(&mut self, _links: &mut Links<'_>, _node: NodeId, _seat: Seat, _replica: usize) -> Task {
        unreachable!("invariant: no node is put together within itself")
    }
}
