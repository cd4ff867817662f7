//! Edges of any type.

use std::any::Any;

use super::settings::{Limits, Routing, Settings, Weigh};
use super::state::{Edge, EdgeState};
use crate::flow::envelope::Item;
use crate::flow::latency::Latency;
use crate::sync::Arc;

/// An edge whose type only its two nodes know.
pub(crate) trait AnyEdge: Send + Sync {
    /// What it holds now, and what it has seen.
    fn look(&self) -> EdgeState;

    /// How long items have waited in it.
    fn latency(&self) -> Latency;

    /// How much it may hold.
    fn limits(&self) -> Limits;

    /// Lets go of all that waits, and of all that will come; wakes everybody.
    fn halt(&self);

    /// Wakes all that wait for items, so that they look whether they are still to go on.
    fn nudge(&self);

    /// Itself, for who knows the type.
    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
}

impl<T: Item> AnyEdge for Edge<T> {
    fn look(&self) -> EdgeState {
        Edge::look(self)
    }

    fn latency(&self) -> Latency {
        Edge::latency(self)
    }

    fn limits(&self) -> Limits {
        self.settings.limits
    }

    fn halt(&self) {
        Edge::halt(self);
    }

    fn nudge(&self) {
        Edge::nudge(self);
    }

    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

/// Makes an edge, when it is known how it is to be.
pub(crate) trait MakeEdge: Send {
    fn make(&self, limits: Limits, replicas: usize) -> Arc<dyn AnyEdge>;

    /// Whether each replica has items of its own.
    fn is_partitioned(&self) -> bool;

    /// Itself, for who knows the type.
    fn as_any_mut(&mut self) -> &mut dyn Any;
}

/// What the type of its items decides about an edge.
pub(crate) struct Typed<T> {
    pub(crate) weigh: Option<Weigh<T>>,
    pub(crate) routing: Routing<T>,
}

impl<T> Default for Typed<T> {
    fn default() -> Self {
        Self {
            weigh: None,
            routing: Routing::Compete,
        }
    }
}

impl<T: Item> MakeEdge for Typed<T> {
    fn make(&self, limits: Limits, replicas: usize) -> Arc<dyn AnyEdge> {
        Edge::new(Settings {
            limits,
            weigh: self.weigh.clone(),
            routing: self.routing.clone(),
            lanes: if self.is_partitioned() { replicas } else { 1 },
        })
    }

    fn is_partitioned(&self) -> bool {
        !matches!(self.routing, Routing::Compete)
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}
