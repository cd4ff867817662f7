//! What holds a flow up.

use std::collections::HashMap;
use std::time::Duration;

use super::{EdgeFigures, Figures, NodeFigures, NodeKind};

/// By how much a node has to be slower than the one before it to count for itself.
const MARGIN: f64 = 1.05;

/// A node that cannot keep up with the producers.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Bottleneck {
    /// Its name.
    pub node: String,
    /// How many items of the producers it could process in a second, with the replicas that it has.
    pub possible_rate: f64,
    /// How many of them it has processed in a second: those that were not dropped before it.
    pub actual_rate: f64,
    /// Whether it is more than 5 % slower than everything before it, so that the flow gets faster if it does.
    pub is_effective: bool,
}

impl NodeFigures {
    /// The mean time of work for an item; for a producer, for one that it makes. None before the first one, and for a node
    /// that runs in another one's task.
    pub fn mean_work(&self) -> Option<Duration> {
        let items = match self.kind {
            NodeKind::Producer => self.emitted,
            NodeKind::Processor | NodeKind::Consumer => self.taken,
        };
        (items > 0 && self.fused_into.is_none()).then(|| self.work.div_f64(items as f64))
    }
}

impl Figures {
    /// The nodes that could process fewer items than the producers could make, in the order in which items reach them.
    ///
    /// What a node could do follows from the mean time that it works on an item, its replicas, and how many items come to it
    /// for each that the producers make: one that gets every tenth item may take ten times as long. Waiting is no work, and
    /// items that were dropped for want of room would have had to be processed.
    pub fn bottlenecks(&self) -> Vec<Bottleneck> {
        let look = Look::new(self);
        let producers = self.nodes.iter().filter(|node| node.kind == NodeKind::Producer);
        let made: u64 = producers.map(|node| node.emitted).sum();
        let nodes = self.nodes.iter().enumerate();
        let rates: Vec<_> = nodes.map(|(at, node)| look.possible(at, node, made)).collect();
        let slowest = look.slowest_before(&rates);
        let sources = self.nodes.iter().zip(&rates);
        let fastest = sources.filter(|(node, _)| node.kind == NodeKind::Producer);
        // All producers together.
        let producers: f64 = fastest.filter_map(|(_, rate)| *rate).sum();
        let slow = self.nodes.iter().enumerate().filter_map(|(at, node)| {
            let possible_rate = rates[at].filter(|rate| *rate < producers && node.kind != NodeKind::Producer)?;
            Some(Bottleneck {
                is_effective: slowest[at].is_none_or(|before| possible_rate * MARGIN < before),
                node: node.name.clone(),
                possible_rate,
                actual_rate: made as f64 * look.kept(at, node) / self.elapsed.as_secs_f64(),
            })
        });
        slow.collect()
    }
}

/// Figures with what leads where.
struct Look<'a> {
    figures: &'a Figures,
    /// Where each node stands.
    places: HashMap<&'a str, usize>,
    /// The edges before each node.
    edges: Vec<Vec<&'a EdgeFigures>>,
}

impl<'a> Look<'a> {
    fn new(figures: &'a Figures) -> Self {
        let names = figures.nodes.iter().enumerate();
        let places: HashMap<&str, usize> = names.map(|(at, node)| (&*node.name, at)).collect();
        let mut edges = vec![Vec::new(); figures.nodes.len()];
        for edge in &figures.edges {
            if let Some(to) = places.get(&*edge.to) {
                edges[*to].push(edge);
            }
        }
        Self { figures, places, edges }
    }

    /// How many items of the producers a node could process in a second.
    fn possible(&self, at: usize, node: &NodeFigures, made: u64) -> Option<f64> {
        let replicas = node.most_replicas as f64;
        if node.kind == NodeKind::Producer {
            // What it waits for itself, as a camera's next frame, is part of how fast it can be.
            let time = (node.work + node.starved).as_secs_f64();
            return (time > 0.0 && node.emitted > 0).then(|| node.emitted as f64 / time);
        }
        let work = node.mean_work()?.as_secs_f64();
        let share = (node.taken + self.overflowed(at)) as f64 / made as f64;
        (work > 0.0 && share > 0.0).then(|| replicas / (work * share))
    }

    /// Items for which there was no room before a node.
    fn overflowed(&self, at: usize) -> u64 {
        self.edges[at].iter().map(|edge| edge.dropped).sum()
    }

    /// The part of what came to a node that it has taken.
    fn kept(&self, at: usize, node: &NodeFigures) -> f64 {
        let came = node.taken + self.overflowed(at);
        node.taken as f64 / came.max(1) as f64
    }

    /// For each node the slowest of all that items pass before it, as far as it is known. Nodes stand in the order in which
    /// items reach them, so what is before one is known already.
    fn slowest_before(&self, rates: &[Option<f64>]) -> Vec<Option<f64>> {
        let mut slowest: Vec<Option<f64>> = vec![None; rates.len()];
        for at in 0..rates.len() {
            let names = self.edges[at].iter().flat_map(|edge| &edge.from);
            let heads = names.filter_map(|name| self.head(name));
            slowest[at] = heads
                .flat_map(|head| [rates[head], slowest[head]])
                .flatten()
                .reduce(f64::min);
        }
        slowest
    }

    /// What runs in another one's task is as fast as that.
    fn head(&self, name: &str) -> Option<usize> {
        let at = self.places.get(name).copied()?;
        let head = self.figures.nodes[at].fused_into.as_deref();
        head.map_or(Some(at), |head| self.places.get(head).copied())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::flow::edge::Overflow;
    use crate::flow::figures::EdgeFigures;
    use crate::flow::latency::Latency;

    /// A node that has worked so many milliseconds on so many items.
    fn node(name: &str, kind: NodeKind, items: u64, work: u64) -> NodeFigures {
        let none = Duration::ZERO;
        NodeFigures {
            name: name.to_owned(),
            kind,
            replicas: 0,
            most_replicas: 1,
            taken: if kind == NodeKind::Producer { 0 } else { items },
            emitted: items,
            failed: 0,
            dropped: 0,
            unmatched: 0,
            retried: 0,
            fused_into: None,
            work: Duration::from_millis(work),
            starved: none,
            blocked: none,
            latency: Latency::default(),
            age: Latency::default(),
            waiting_for_input: 0,
            waiting_for_room: 0,
            awaiting: 0,
            idle: none,
        }
    }

    fn edge(from: &str, to: &str, taken: u64, dropped: u64) -> EdgeFigures {
        EdgeFigures {
            from: vec![from.to_owned()],
            to: to.to_owned(),
            overflow: Overflow::DropOldest,
            depth: 1,
            byte_limit: None,
            sent: taken + dropped,
            taken,
            dropped,
            unwanted: 0,
            waiting: 0,
            peak: 1,
            bytes: 0,
            latency: Latency::default(),
        }
    }

    /// Of a flow that ran for a second.
    fn found(nodes: Vec<NodeFigures>, edges: Vec<EdgeFigures>) -> Vec<(String, f64, f64, bool)> {
        let figures = Figures {
            at: Instant::now(),
            elapsed: Duration::from_secs(1),
            nodes,
            edges,
        };
        let rounded = |found: Bottleneck| {
            let (possible, actual) = (found.possible_rate.round(), found.actual_rate.round());
            (found.node, possible, actual, found.is_effective)
        };
        figures.bottlenecks().into_iter().map(rounded).collect()
    }

    #[test]
    fn v43_the_slowest_is_effective_and_what_is_hardly_slower_behind_it_is_not() {
        let nodes = vec![
            node("source", NodeKind::Producer, 100, 10),
            node("slow", NodeKind::Processor, 100, 800),
            node("hardly slower", NodeKind::Processor, 100, 830),
            node("slower", NodeKind::Consumer, 100, 1000),
        ];
        let edges = vec![
            edge("source", "slow", 100, 0),
            edge("slow", "hardly slower", 100, 0),
            edge("hardly slower", "slower", 100, 0),
        ];
        let expected = [
            ("slow".to_owned(), 125.0, 100.0, true),
            ("hardly slower".to_owned(), 120.0, 100.0, false),
            ("slower".to_owned(), 100.0, 100.0, true),
        ];
        assert_eq!(found(nodes, edges), expected);
    }

    #[test]
    fn v43_replicas_and_rare_items_are_counted() {
        // Each works longest on an item: one has replicas, to the other comes every tenth item.
        let wide = NodeFigures {
            most_replicas: 8,
            ..node("wide", NodeKind::Processor, 100, 1600)
        };
        let nodes = vec![
            node("source", NodeKind::Producer, 100, 10),
            node("slow", NodeKind::Processor, 100, 900),
            wide,
            node("rare", NodeKind::Consumer, 10, 800),
        ];
        let edges = vec![
            edge("source", "slow", 100, 0),
            edge("slow", "wide", 100, 0),
            edge("wide", "rare", 10, 0),
        ];
        let effective: Vec<_> = found(nodes, edges).into_iter().filter(|node| node.3).collect();
        assert_eq!(effective, [("slow".to_owned(), 111.0, 100.0, true)]);
    }

    #[test]
    fn v43_a_producer_is_as_fast_as_what_it_awaits() {
        let camera = NodeFigures {
            starved: Duration::from_millis(990),
            ..node("camera", NodeKind::Producer, 30, 10)
        };
        let nodes = vec![camera, node("quick", NodeKind::Consumer, 30, 30)];
        assert_eq!(found(nodes, vec![edge("camera", "quick", 30, 0)]), []);
    }

    #[test]
    fn v43_what_was_dropped_would_have_had_to_be_processed() {
        let nodes = vec![
            node("camera", NodeKind::Producer, 100, 100),
            node("slow", NodeKind::Consumer, 40, 1000),
        ];
        // 25 ms for each: 40 of the 100 in a second, and 40 it has processed.
        let expected = [("slow".to_owned(), 40.0, 40.0, true)];
        assert_eq!(found(nodes, vec![edge("camera", "slow", 40, 60)]), expected);
    }
}
