//! Where in which flow a node runs.

use crate::sync::Arc;

/// What a node is told when it is opened.
#[derive(Clone, Debug)]
pub struct NodeContext {
    pub(crate) flow: Arc<str>,
    pub(crate) node: Arc<str>,
    pub(crate) replica: usize,
}

impl NodeContext {
    /// The name of the flow.
    pub fn flow(&self) -> &str {
        &self.flow
    }

    /// The name of the node.
    pub fn node(&self) -> &str {
        &self.node
    }

    /// Which of the node's replicas this is, counted from 0.
    pub fn replica(&self) -> usize {
        self.replica
    }
}
