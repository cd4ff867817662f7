//! How fast it goes.

use std::time::Duration;

use super::{EdgeFigures, Figures, NodeFigures};

/// What a node did in a second, between two looks at its flow.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct NodeRates {
    /// Its name.
    pub node: String,
    /// Items that it took, each second.
    pub taken: f64,
    /// Items that it sent on, each second.
    pub emitted: f64,
    /// Items that were dropped, each second.
    pub dropped: f64,
    /// The part of the time that it worked, of all replicas together: up to their number.
    pub busy: f64,
}

/// What went through an edge in a second, between two looks at its flow.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct EdgeRates {
    /// The nodes that send.
    pub from: Vec<String>,
    /// The node that takes.
    pub to: String,
    /// Items that were sent, each second.
    pub sent: f64,
    /// Items that were taken, each second.
    pub taken: f64,
    /// Items that were dropped for want of room, each second.
    pub dropped: f64,
}

impl Figures {
    /// The rates of all nodes since an earlier look at the same flow; without one, since it began.
    pub fn rates(&self, earlier: Option<&Figures>) -> Vec<NodeRates> {
        let seconds = self.seconds_since(earlier);
        let rates = self.nodes.iter().enumerate().map(|(nth, node)| {
            // The nodes of a flow, and its edges, are the same at each look.
            let before = earlier.and_then(|figures| figures.nodes.get(nth));
            let rate = |of: fn(&NodeFigures) -> f64| (of(node) - before.map_or(0.0, of)) / seconds;
            NodeRates {
                node: node.name.clone(),
                taken: rate(|node| node.taken as f64),
                emitted: rate(|node| node.emitted as f64),
                dropped: rate(|node| node.dropped as f64),
                busy: rate(|node| node.work.as_secs_f64()),
            }
        });
        rates.collect()
    }

    /// The rates of all edges since an earlier look at the same flow, in the order of [`edges`](Self::edges); without one, since
    /// it began.
    pub fn edge_rates(&self, earlier: Option<&Figures>) -> Vec<EdgeRates> {
        let seconds = self.seconds_since(earlier);
        let rates = self.edges.iter().enumerate().map(|(nth, edge)| {
            let before = earlier.and_then(|figures| figures.edges.get(nth));
            let rate =
                |of: fn(&EdgeFigures) -> u64| (of(edge) as f64 - before.map_or(0.0, |edge| of(edge) as f64)) / seconds;
            EdgeRates {
                from: edge.from.clone(),
                to: edge.to.clone(),
                sent: rate(|edge| edge.sent),
                taken: rate(|edge| edge.taken),
                dropped: rate(|edge| edge.dropped),
            }
        });
        rates.collect()
    }

    /// How long after the earlier look this one was.
    fn seconds_since(&self, earlier: Option<&Figures>) -> f64 {
        let before = earlier.map_or(Duration::ZERO, |figures| figures.elapsed.min(self.elapsed));
        // Two looks at once have seen nothing.
        (self.elapsed - before).as_secs_f64().max(1e-9)
    }
}
