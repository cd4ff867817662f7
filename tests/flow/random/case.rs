//! A random flow, as data.

use headwater::flow::Overflow;

/// What is promised of the order of a stream, from little to much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Order {
    None,
    /// Among items with the same key.
    PerKey,
    Exact,
}

/// What is known of the items of a stream, from little to much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Known {
    Nothing,
    /// Some were dropped on the way.
    Subset,
    All,
}

/// An output: by its node and its port, 0 for the main one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stream {
    pub(super) node: usize,
    pub(super) port: usize,
    pub(super) order: Order,
    pub(super) known: Known,
    /// A bit for each producer that it descends from.
    pub(super) producers: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Replicas {
    One,
    /// One, ordered all the same.
    Alone(usize),
    Compete(usize),
    Ordered(usize, usize),
    Keyed(usize),
    KeyedOrdered(usize, usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Fail,
    Drop,
    Letter,
}

/// Which items fail, and what becomes of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bad {
    pub(super) every: u64,
    pub(super) panics: bool,
    /// Whether some succeed after a few attempts.
    pub(super) heals: bool,
    pub(super) then: Then,
    pub(super) retries: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    Sync,
    Cheap,
    Async,
    Kernel,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Work {
    pub(super) how: How,
    pub(super) bad: Option<Bad>,
    /// Emits something before it may fail, too.
    pub(super) twice: bool,
    /// Has a second output.
    pub(super) splits: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Produce {
        count: u64,
        dawdles: bool,
        breaks_at: Option<u64>,
    },
    Map,
    Filter,
    FlatMap,
    Scan,
    Window {
        size: usize,
        step: usize,
    },
    Sum {
        cheap: bool,
    },
    Merge,
    Control,
    Work(Work),
}

#[derive(Clone, Debug)]
pub(super) struct Spec {
    pub(super) kind: Kind,
    /// Streams by their places.
    pub(super) inputs: Vec<usize>,
    pub(super) edge: EdgeSpec,
    pub(super) replicas: Replicas,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct EdgeSpec {
    pub(super) depth: Option<usize>,
    pub(super) bytes: Option<u64>,
    pub(super) overflow: Option<Overflow>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Take {
    Collect,
    Consume,
    Async,
    Sink,
    Replicas(usize),
}

#[derive(Clone, Debug)]
pub(super) struct End {
    pub(super) stream: usize,
    pub(super) take: Take,
    pub(super) edge: EdgeSpec,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Stop,
    Abort,
    Look,
    Scale { node: usize, replicas: usize },
}

/// Something that the code of a node does when it is called for the so manieth time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    pub(super) node: usize,
    pub(super) nth: u64,
    pub(super) act: Act,
}

#[derive(Debug)]
pub(super) struct Case {
    pub(super) is_realtime: bool,
    pub(super) slots: usize,
    pub(super) specs: Vec<Spec>,
    pub(super) streams: Vec<Stream>,
    pub(super) ends: Vec<End>,
    pub(super) events: Vec<Event>,
    /// Whether somebody looks from outside all the time.
    pub(super) is_watched: bool,
}

impl Spec {
    pub(super) fn work(&self) -> Option<Work> {
        match self.kind {
            Kind::Work(work) => Some(work),
            _ => None,
        }
    }

    pub(super) fn bad(&self) -> Option<Bad> {
        self.work()?.bad
    }

    pub(super) fn is_scalable(&self) -> bool {
        // Each replica of a node with a second input has items of its own.
        self.work().is_some() && matches!(self.replicas, Replicas::Compete(_) | Replicas::Ordered(..))
    }
}

/// Whether an edge may drop items.
pub(super) fn is_lossy_edge(is_realtime: bool, edge: &EdgeSpec) -> bool {
    match edge.overflow {
        Some(overflow) => overflow != Overflow::Block,
        None => is_realtime,
    }
}
