//! Edges of any type.

use std::any::Any;

use super::settings::{Key, Limits, Settings, Weigh};
use super::state::{Edge, EdgeState};
use crate::flow::envelope::Item;
use crate::sync::Arc;

/// An edge whose type only its two nodes know.
pub(crate) trait AnyEdge: Send + Sync {
    /// What it holds now, and what it has seen.
    fn look(&self) -> EdgeState;

    /// Itself, for who knows the type.
    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
}

impl<T: Item> AnyEdge for Edge<T> {
    fn look(&self) -> EdgeState {
        Edge::look(self)
    }

    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

/// Makes an edge, when it is known how it is to be.
pub(crate) trait MakeEdge: Send {
    fn make(&self, limits: Limits, lanes: usize) -> Arc<dyn AnyEdge>;
}

/// What the type of its items decides about an edge.
pub(crate) struct Typed<T> {
    pub(crate) weigh: Option<Weigh<T>>,
    pub(crate) key: Option<Key<T>>,
}

impl<T: Item> MakeEdge for Typed<T> {
    fn make(&self, limits: Limits, lanes: usize) -> Arc<dyn AnyEdge> {
        let (weigh, key) = (self.weigh.clone(), self.key.clone());
        let lanes = if key.is_some() { lanes } else { 1 };
        Edge::new(Settings {
            limits,
            weigh,
            key,
            lanes,
        })
    }
}
