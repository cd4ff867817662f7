//! A node of a plan.

use std::any::TypeId;
use std::panic::Location;

use smallvec::SmallVec;

use super::assemble::Assemble;
use super::links::Links;
use crate::flow::edge::{Limits, MakeEdge, Overflow};
use crate::flow::failure::Failure;
use crate::flow::task::branches::Branch;
use crate::sync::Arc;

/// A node, by its place in the order in which nodes were made.
pub(crate) type NodeId = usize;

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

pub(crate) struct Node {
    pub(crate) name: Arc<str>,
    pub(crate) role: Role,
    pub(crate) inputs: Vec<Input>,
    /// Those beside the main one, by their numbers from 1.
    pub(crate) ports: Vec<PortSpec>,
    /// How many, if that was said. Those that were not said are one.
    pub(crate) replicas: Option<usize>,
    /// How many items may be ahead of one that is not ready, if order is kept behind replicas.
    pub(crate) window: Option<usize>,
    pub(crate) failure: Option<Failure>,
    /// Whether it takes so little time that a task of its own would cost more.
    pub(crate) is_cheap: bool,
    pub(crate) assemble: Box<dyn Assemble>,
    /// The node before it and the head of that one's task, if it runs there. Found out when all nodes are known.
    pub(crate) fused: Option<(NodeId, NodeId)>,
    /// Where it was made.
    pub(crate) place: &'static Location<'static>,
}

pub(crate) struct Input {
    /// What it is wired to. Nothing yet, or one output, or several whose items it takes as they come.
    pub(crate) from: SmallVec<[Source; 1]>,
    /// What it is called beside others.
    pub(crate) name: &'static str,
    pub(crate) overflow: Option<Overflow>,
    pub(crate) depth: Option<usize>,
    pub(crate) bytes: Option<u64>,
    pub(crate) edge: Box<dyn MakeEdge>,
}

/// An output of a node: 0 is the main one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Source {
    pub(crate) node: NodeId,
    pub(crate) port: usize,
}

/// Makes what takes the items of a port.
type MakeBranch = Box<dyn Fn(&mut Links<'_>, Source) -> Box<dyn Branch> + Send>;

/// An output beside the main one.
pub(crate) struct PortSpec {
    pub(crate) name: &'static str,
    pub(crate) of: TypeId,
    pub(crate) branch: MakeBranch,
}

impl Mode {
    /// How much an edge holds by default, and what happens when it is full.
    pub(crate) fn limits(self) -> Limits {
        let (overflow, depth) = match self {
            Self::Batch => (Overflow::Block, 64),
            Self::Realtime => (Overflow::DropOldest, 1),
        };
        Limits {
            overflow,
            depth,
            bytes: None,
        }
    }

    pub(crate) fn failure(self) -> Failure {
        match self {
            Self::Batch => Failure::fail(),
            Self::Realtime => Failure::drop(),
        }
    }
}

impl Input {
    pub(crate) fn new(name: &'static str, edge: Box<dyn MakeEdge>) -> Self {
        Self {
            from: SmallVec::new(),
            name,
            overflow: None,
            depth: None,
            bytes: None,
            edge,
        }
    }

    /// Whether somebody has said how the edge is to be.
    pub(crate) fn is_set(&self) -> bool {
        self.overflow.is_some() || self.depth.is_some() || self.bytes.is_some() || self.edge.is_partitioned()
    }

    pub(crate) fn limits(&self, mode: Mode) -> Limits {
        let default = mode.limits();
        Limits {
            overflow: self.overflow.unwrap_or(default.overflow),
            depth: self.depth.unwrap_or(default.depth),
            bytes: self.bytes,
        }
    }
}

impl Node {
    /// How many there are at the beginning.
    pub(crate) fn replicas(&self) -> usize {
        self.replicas.unwrap_or(1)
    }

    /// Whether there is one of it, and stays one; or what several make is merged in one task.
    pub(crate) fn ends_in_one_task(&self) -> bool {
        self.replicas.is_none() || self.window.is_some()
    }

    /// Whether it tries again what has failed.
    pub(crate) fn retries(&self) -> bool {
        self.failure.as_ref().is_some_and(|failure| failure.retry.is_some())
    }

    /// Whether each of its replicas has items of its own.
    pub(crate) fn is_partitioned(&self) -> bool {
        self.inputs.first().is_some_and(|input| input.edge.is_partitioned())
    }
}
