//! What nodes and edges have counted.

mod bottleneck;
mod live;
mod rates;
mod table;

pub use bottleneck::Bottleneck;
pub(crate) use live::LiveTable;
pub use rates::{EdgeRates, NodeRates};
pub use table::Table;

use std::time::{Duration, Instant};

use crate::flow::edge::Overflow;
use crate::flow::engine::{Engine, NodeState};
use crate::flow::latency::Latency;
use crate::flow::meter::Activity;
use crate::flow::plan::{NodeId, Role};

/// A look at a flow: what each node and edge has counted since it began.
///
/// Each number is exact; together they are of one moment only when the flow has ended.
#[derive(Clone, Debug)]
pub struct Figures {
    /// When they were taken; of a flow that has ended, its end.
    pub at: Instant,
    /// For how long the flow had been running then.
    pub elapsed: Duration,
    /// In the order in which items reach them.
    pub nodes: Vec<NodeFigures>,
    /// By the node that they lead to.
    pub edges: Vec<EdgeFigures>,
}

/// What a node does in its flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NodeKind {
    /// It makes items.
    Producer,
    /// It makes items of items.
    Processor,
    /// It takes items.
    Consumer,
}

/// What all replicas of a node have counted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NodeFigures {
    /// Its name.
    pub name: String,
    /// What it does.
    pub kind: NodeKind,
    /// Replicas that have not ended.
    pub replicas: usize,
    /// The most that there have been at a time.
    pub most_replicas: usize,
    /// Items that it has taken.
    pub taken: u64,
    /// Items that it has sent on, by whichever output; to several takers, an item counts once.
    pub emitted: u64,
    /// Items that it gave up.
    pub failed: u64,
    /// Items that it never got, since there was no room for them, and those that it gave up and let go of.
    pub dropped: u64,
    /// Items of a join whose partners did not come, and samples that no group has asked for.
    pub unmatched: u64,
    /// Attempts beyond the first.
    pub retried: u64,
    /// The node in whose task it runs, whose `work`, `starved`, `blocked` and `latency` hold
    /// its own.
    pub fused_into: Option<String>,
    /// The time that it spent on items, of all replicas together. For a producer, on making and sending them without a wait.
    pub work: Duration,
    /// The time that it waited for items, or for another attempt.
    pub starved: Duration,
    /// The time that it waited for room behind it.
    pub blocked: Duration,
    /// How long an item took.
    pub latency: Latency,
    /// How old items were when they arrived: how long before their producer had made them.
    pub age: Latency,
    /// Replicas that wait for an item.
    pub waiting_for_input: usize,
    /// Replicas that wait for room behind them.
    pub waiting_for_room: usize,
    /// Replicas that await something themselves: a producer its next item, a processor a future or a kernel.
    pub awaiting: usize,
    /// Since when none of them has got on.
    pub idle: Duration,
}

/// What an edge has counted. At every moment, `sent` is `taken`, `dropped`, `unwanted` and `waiting` together.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EdgeFigures {
    /// The nodes that send.
    pub from: Vec<String>,
    /// The node that takes.
    pub to: String,
    /// What happens when it is full.
    pub overflow: Overflow,
    /// How many items may wait, for each replica if each has items of its own.
    pub depth: usize,
    /// How many bytes may wait.
    pub byte_limit: Option<u64>,
    /// Items that were sent.
    pub sent: u64,
    /// Items that were taken.
    pub taken: u64,
    /// Items for which there was no room.
    pub dropped: u64,
    /// Items that came, or were left, when nobody was there any more: the node had failed, or the flow was aborted.
    pub unwanted: u64,
    /// Items that wait now.
    pub waiting: u64,
    /// The most that have waited at a time.
    pub peak: u64,
    /// What the waiting ones take, if they are weighed.
    pub bytes: u64,
    /// How long items have waited in it.
    pub latency: Latency,
}

impl Figures {
    pub(crate) fn of(engine: &Engine) -> Self {
        let at = engine.now();
        Self {
            at,
            elapsed: at.saturating_duration_since(engine.start),
            nodes: engine.order.iter().map(|id| node(engine, *id)).collect(),
            edges: engine.order.iter().flat_map(|id| edges(engine, *id)).collect(),
        }
    }

    /// The figures of a node, if there is one of this name.
    pub fn node(&self, name: &str) -> Option<&NodeFigures> {
        self.nodes.iter().find(|node| node.name == name)
    }

    /// The figures of the edge from a node to another, if there is one.
    pub fn edge(&self, from: &str, to: &str) -> Option<&EdgeFigures> {
        let mut edges = self.edges.iter();
        edges.find(|edge| edge.to == to && edge.from.iter().any(|name| name == from))
    }

    /// Items that were dropped anywhere, for want of room or since they had failed.
    pub fn dropped(&self) -> u64 {
        self.nodes.iter().map(|node| node.dropped).sum()
    }
}

fn node(engine: &Engine, id: NodeId) -> NodeFigures {
    let NodeState {
        name,
        role,
        meter,
        crew,
        fused_into,
        inputs,
        ..
    } = &engine.nodes[id];
    let reading = meter.read();
    let overflowed: u64 = inputs.iter().map(|edge| edge.look().dropped).sum();
    let at = |what: Activity| reading.at[what as usize];
    NodeFigures {
        name: name.to_string(),
        kind: match role {
            Role::Producer => NodeKind::Producer,
            Role::Processor => NodeKind::Processor,
            Role::Consumer => NodeKind::Consumer,
        },
        replicas: crew.live(),
        most_replicas: crew.most(),
        taken: reading.counts.taken,
        emitted: reading.counts.emitted,
        failed: reading.counts.failed,
        dropped: reading.counts.dropped + overflowed,
        unmatched: reading.counts.unmatched,
        retried: reading.counts.retried,
        fused_into: fused_into.map(|head| engine.nodes[head].name.to_string()),
        work: reading.work,
        starved: reading.starved,
        blocked: reading.blocked,
        waiting_for_input: at(Activity::Input),
        waiting_for_room: at(Activity::Room),
        awaiting: at(Activity::Source) + at(Activity::Result) + at(Activity::BackOff),
        latency: reading.latency,
        age: reading.age,
        idle: reading.idle,
    }
}

fn edges(engine: &Engine, id: NodeId) -> impl Iterator<Item = EdgeFigures> {
    let to = &engine.nodes[id];
    to.inputs.iter().zip(&to.before).map(move |(edge, before)| {
        let (state, limits) = (edge.look(), edge.limits());
        EdgeFigures {
            from: before.iter().map(|id| engine.nodes[*id].name.to_string()).collect(),
            to: to.name.to_string(),
            overflow: limits.overflow,
            depth: limits.depth,
            byte_limit: limits.bytes,
            sent: state.sent,
            taken: state.taken,
            dropped: state.dropped,
            unwanted: state.unwanted,
            waiting: state.waiting,
            peak: state.peak,
            bytes: state.bytes,
            latency: edge.latency(),
        }
    })
}
