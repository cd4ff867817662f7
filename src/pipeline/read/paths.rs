//! What follows from how nodes hang together: circles, and nodes that nobody needs.

use std::collections::{HashMap, HashSet};

use super::Reader;
use crate::pipeline::document::NodeSpec;
use crate::pipeline::problem::{At, Problem};
use crate::pipeline::specs::{InputSpec, OutputSpec};
use crate::sync::Arc;

impl Reader<'_, '_> {
    /// Takes down a circle, if there is one.
    pub(super) fn refuse_circle(&mut self, nodes: &[NodeSpec]) {
        let feeds = Feeds::of(nodes);
        let Some(circle) = feeds.circle() else { return };
        let names = circle.iter().rev().chain(circle.last());
        let names: Vec<_> = names.map(|(nth, _)| format!("`{}`", nodes[*nth].name)).collect();
        let Some((nth, slot)) = circle.last() else { return };
        let at = At::part("node", &nodes[*nth].name).slot(slot);
        let message = format!("the nodes feed each other in a circle: {}", names.join(" → "));
        self.problems.push(Problem {
            file: Arc::clone(&self.file),
            place: self.places.get(&at).copied().unwrap_or_default(),
            at,
            message,
        });
    }

    /// Takes down what no output needs.
    pub(super) fn warn_of_unused(&mut self, inputs: &[InputSpec], nodes: &[NodeSpec], outputs: &[OutputSpec]) {
        if outputs.is_empty() {
            // Whoever builds such a graph asks its nodes.
            return;
        }
        let by_name: HashMap<&str, &NodeSpec> = nodes.iter().map(|node| (&*node.name, node)).collect();
        let mut used: HashSet<&str> = HashSet::new();
        let mut work: Vec<&str> = outputs.iter().map(|output| &*output.from.part).collect();
        while let Some(name) = work.pop() {
            if used.insert(name)
                && let Some(node) = by_name.get(name)
            {
                work.extend(node.references().map(|(_, reference)| &*reference.part));
            }
        }
        let parts = inputs.iter().map(|input| ("input", &*input.name));
        let parts = parts.chain(nodes.iter().map(|node| ("node", &*node.name)));
        for (section, name) in parts.filter(|(_, name)| !used.contains(name)) {
            let at = At::part(section, name);
            self.problems.push(Problem {
                file: Arc::clone(&self.file),
                place: self.places.get(&at).copied().unwrap_or_default(),
                at,
                message: "no output needs it".to_owned(),
            });
        }
    }
}

/// Which nodes feed which: of each its slots with the nodes that they are connected to, by number.
struct Feeds<'a>(Vec<Vec<(&'a str, usize)>>);

impl<'a> Feeds<'a> {
    fn of(nodes: &'a [NodeSpec]) -> Self {
        let numbers: HashMap<&str, usize> = nodes.iter().enumerate().map(|(nth, node)| (&*node.name, nth)).collect();
        let feeds = nodes.iter().map(|node| {
            let references = node.references();
            references
                .filter_map(|(slot, from)| Some((&**slot, *numbers.get(&*from.part)?)))
                .collect()
        });
        Self(feeds.collect())
    }

    /// A circle upstream, each node with the slot that leads to the next; the last leads to the first.
    fn circle(&self) -> Option<Vec<(usize, &'a str)>> {
        let around = self.around();
        let mut here = around.iter().position(|around| *around)?;
        // Upstream along what is around, until a node comes twice.
        let mut path: Vec<(usize, &str)> = Vec::new();
        let mut places = HashMap::new();
        while !places.contains_key(&here) {
            let (slot, feed) = self.0[here].iter().find(|(_, feed)| around[*feed])?;
            places.insert(here, path.len());
            path.push((here, slot));
            here = *feed;
        }
        Some(path.split_off(places[&here]))
    }

    /// Of each node, whether it is on a circle or behind one: what has feeds left when all without are taken away, again and
    /// again.
    fn around(&self) -> Vec<bool> {
        let mut left: Vec<usize> = self.0.iter().map(Vec::len).collect();
        let mut takers = vec![Vec::new(); self.0.len()];
        for (nth, feeds) in self.0.iter().enumerate() {
            feeds.iter().for_each(|(_, feed)| takers[*feed].push(nth));
        }
        let mut free: Vec<usize> = (0..left.len()).filter(|nth| left[*nth] == 0).collect();
        while let Some(nth) = free.pop() {
            for &taker in &takers[nth] {
                left[taker] -= 1;
                if left[taker] == 0 {
                    free.push(taker);
                }
            }
        }
        left.into_iter().map(|left| left > 0).collect()
    }
}
