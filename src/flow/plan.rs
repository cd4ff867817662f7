//! A flow as it is being put together.

use std::any::Any;
use std::panic::Location;

use crate::error::Error;
use crate::flow::edge::{AnyEdge, MakeEdge, Overflow};
use crate::flow::failure::Failure;
use crate::flow::links::Links;
use crate::sync::{Arc, Mutex};

/// A node, by its place in the order in which nodes were made.
pub(crate) type NodeId = usize;

/// What runs, when it is known what it is connected to.
pub(crate) type Task = std::pin::Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// What a flow does where a node is not as fast as the one before it, unless an edge says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Mode {
    /// Nothing is lost; the slowest node sets the pace.
    Batch,
    /// The freshest win; producers never wait.
    Realtime,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Producer,
    Processor,
    Consumer,
}

/// What a node is made of. Only it knows its types.
pub(crate) trait Assemble: Send {
    /// A task of its own.
    fn task(&mut self, links: &mut Links<'_>, replica: usize) -> Task;

    /// A `Box<dyn Push<I>>` that the task of the node before it runs.
    fn fused(&mut self, links: &mut Links<'_>) -> Box<dyn Any + Send>;
}

pub(crate) struct Node {
    pub(crate) name: Arc<str>,
    pub(crate) role: Role,
    pub(crate) inputs: Vec<Input>,
    /// Whether each output is one that has to be taken by somebody, which none is.
    pub(crate) replicas: usize,
    pub(crate) is_keyed: bool,
    /// How many items may be ahead of one that is not ready.
    pub(crate) window: Option<usize>,
    pub(crate) failure: Option<Failure>,
    /// Whether it takes so little time that a task of its own would cost more.
    pub(crate) is_cheap: bool,
    pub(crate) assemble: Box<dyn Assemble>,
    /// Where it was made.
    pub(crate) place: &'static Location<'static>,
}

pub(crate) struct Input {
    pub(crate) from: Option<Source>,
    pub(crate) overflow: Option<Overflow>,
    pub(crate) depth: Option<usize>,
    pub(crate) bytes: Option<u64>,
    pub(crate) edge: Box<dyn MakeEdge>,
}

/// An output of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Source {
    pub(crate) node: NodeId,
    pub(crate) port: usize,
}

pub(crate) struct Plan {
    pub(crate) mode: Mode,
    pub(crate) nodes: Vec<Node>,
    /// What was wrong already when it was said.
    pub(crate) problems: Vec<String>,
}

/// Shared by a builder and its nodes.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Mutex<Plan>>);

impl Shared {
    pub(crate) fn new(mode: Mode) -> Self {
        let (nodes, problems) = (Vec::new(), Vec::new());
        Self(Arc::new(Mutex::new(Plan { mode, nodes, problems })))
    }

    pub(crate) fn with<R>(&self, change: impl FnOnce(&mut Plan) -> R) -> R {
        change(&mut self.0.lock())
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Plan {
    /// The inputs that take what comes out there, in the order in which they were wired.
    pub(crate) fn takers(&self, source: Source) -> impl Iterator<Item = (NodeId, usize)> {
        let nodes = self.nodes.iter().enumerate();
        nodes.flat_map(move |(id, node)| {
            let inputs = node.inputs.iter().enumerate();
            inputs.filter_map(move |(nth, input)| (input.from == Some(source)).then_some((id, nth)))
        })
    }
}

/// An edge, by the input that it leads to.
pub(crate) type Edges = std::collections::HashMap<(NodeId, usize), Arc<dyn AnyEdge>>;
