//! How fast it goes.

use super::{Figures, NodeFigures};

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

impl Figures {
    /// The rates of all nodes since an earlier look at the same flow; without one, since it began.
    pub fn rates(&self, earlier: Option<&Figures>) -> Vec<NodeRates> {
        let before = |node: &NodeFigures| earlier.and_then(|figures| figures.node(&node.name));
        let elapsed = self.elapsed - earlier.map_or_else(Default::default, |figures| figures.elapsed.min(self.elapsed));
        // Two looks at once have seen nothing.
        let seconds = elapsed.as_secs_f64().max(1e-9);
        let rates = self.nodes.iter().map(|node| {
            let rate = |of: fn(&NodeFigures) -> f64| (of(node) - before(node).map_or(0.0, of)) / seconds;
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
}
