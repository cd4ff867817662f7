//! A plan that its builder and its nodes share.

use super::Plan;
use super::node::{Mode, Node, NodeId};
use crate::sync::{Arc, Mutex};

#[derive(Clone)]
pub(crate) struct Shared(Arc<Mutex<Plan>>);

impl Shared {
    pub(crate) fn new(mode: Mode) -> Self {
        Self(Arc::new(Mutex::new(Plan {
            name: "flow".into(),
            mode,
            nodes: Vec::new(),
            problems: Vec::new(),
            is_built: false,
        })))
    }

    pub(crate) fn with<R>(&self, change: impl FnOnce(&mut Plan) -> R) -> R {
        change(&mut self.0.lock())
    }

    /// Changes a node. One of a flow that has been built is left as it is.
    pub(crate) fn node(&self, id: NodeId, change: impl FnOnce(&mut Node)) {
        self.with(|plan| {
            if let Some(node) = plan.nodes.get_mut(id) {
                change(node);
            }
        });
    }

    /// Adds a node; says its number, which is nobody's if a flow has been built already.
    pub(crate) fn add(&self, node: Node) -> NodeId {
        self.with(|plan| {
            if plan.is_built {
                return NodeId::MAX;
            }
            plan.nodes.push(node);
            plan.nodes.len() - 1
        })
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
