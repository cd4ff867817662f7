//! Which producers an input descends from, and on what ways.

use std::collections::BTreeMap;

use super::inputs::{Feed, Way};
use crate::flow::plan::{Input, Node, NodeId, Plan, Source};

/// The producers whose items may come, and whether they come in their order.
type Origins = BTreeMap<NodeId, bool>;

/// How the inputs of a node are fed, in their order.
pub(super) fn feeds(plan: &Plan, node: NodeId) -> Vec<Feed> {
    let mut search = Search {
        plan,
        found: BTreeMap::new(),
    };
    let feed = |input: &Input| {
        let names: Vec<&str> = input.from.iter().map(|from| &*plan.nodes[from.node].name).collect();
        let producer = |node: NodeId| u32::try_from(node).unwrap_or(u32::MAX);
        let way = |(node, in_order): (NodeId, bool)| Way {
            producer: producer(node),
            in_order,
        };
        Feed {
            name: names.join("`, `").into(),
            ways: search.origins(&input.from).into_iter().map(way).collect(),
        }
    };
    plan.nodes[node].inputs.iter().map(feed).collect()
}

/// A search that looks at each output once, on however many ways it is reached.
struct Search<'a> {
    plan: &'a Plan,
    found: BTreeMap<(NodeId, usize), Origins>,
}

impl Search<'_> {
    /// What comes together from several outputs: of a producer with two ways there, items overtake each other.
    fn origins(&mut self, sources: &[Source]) -> Origins {
        let mut all = Origins::new();
        for source in sources {
            for (producer, in_order) in self.behind(*source) {
                all.entry(producer)
                    .and_modify(|known| *known = false)
                    .or_insert(in_order);
            }
        }
        all
    }

    /// What comes out of an output.
    fn behind(&mut self, source: Source) -> Origins {
        let key = (source.node, source.port);
        if let Some(found) = self.found.get(&key) {
            return found.clone();
        }
        let found = self.look_behind(source);
        self.found.insert(key, found.clone());
        found
    }

    fn look_behind(&mut self, source: Source) -> Origins {
        let node = &self.plan.nodes[source.node];
        if node.inputs.is_empty() {
            return Origins::from([(source.node, true)]);
        }
        let mut all = match node.assemble.joins_by_trace() {
            true => self.common(node),
            false => {
                let inputs = node.inputs.iter();
                let sources: Vec<Source> = inputs.flat_map(|input| input.from.iter().copied()).collect();
                self.origins(&sources)
            }
        };
        if !keeps_order(node) {
            all.values_mut().for_each(|in_order| *in_order = false);
        }
        all
    }

    /// What comes out of a join by trace has come in at each of its inputs; the last one decides when.
    fn common(&mut self, node: &Node) -> Origins {
        let mut inputs = node.inputs.iter();
        let mut all = inputs.next().map(|input| self.origins(&input.from)).unwrap_or_default();
        for input in inputs {
            let other = self.origins(&input.from);
            all.retain(|producer, in_order| {
                let known = other.get(producer);
                *in_order &= known.is_some_and(|known| *known);
                known.is_some()
            });
        }
        all
    }
}

/// Whether what goes in earlier comes out earlier, of each port. Where replicas were spoken of, there may be several at any time.
fn keeps_order(node: &Node) -> bool {
    let is_alone = node.replicas.is_none() && node.window.is_none();
    node.assemble.keeps_order() && (is_alone || node.window.is_some())
}
