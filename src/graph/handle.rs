//! The handle of an operator in a graph.

use std::fmt;
use std::ops::Deref;

use crate::graph::core::Core;
use crate::graph::erased::Bound;
use crate::graph::id::OperatorId;
use crate::graph::operator::Operator;
use crate::sync::{Arc, Weak};

/// An operator in a graph: its slots are fields of this, as in `blur.input`.
///
/// A handle keeps the operator's object alive, not its place in the graph: that lasts until it is removed or the graph is
/// dropped.
pub struct Node<O: Operator> {
    pub(crate) id: OperatorId,
    pub(crate) bound: Arc<Bound<O>>,
    pub(crate) core: Weak<Core>,
}

impl<O: Operator> Node<O> {
    /// Its name within the graph.
    pub fn id(&self) -> OperatorId {
        self.id
    }

    /// The operator's own object.
    pub fn operator(&self) -> &O {
        &self.bound.operator
    }

    /// Where it is: `outer/inner`.
    pub fn path(&self) -> String {
        match self.core.upgrade() {
            Some(core) => core.visible().operator_name(self.id),
            None => self.id.to_string(),
        }
    }
}

impl<O: Operator> Clone for Node<O> {
    fn clone(&self) -> Self {
        Self {
            id: self.id,
            bound: Arc::clone(&self.bound),
            core: Weak::clone(&self.core),
        }
    }
}

impl<O: Operator> Deref for Node<O> {
    type Target = O::Slots;

    fn deref(&self) -> &O::Slots {
        &self.bound.slots
    }
}

impl<O: Operator> fmt::Debug for Node<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "operator `{}`", self.path())
    }
}
