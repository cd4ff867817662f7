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
        let numbers: HashMap<&str, usize> = nodes.iter().enumerate().map(|(nth, node)| (&*node.name, nth)).collect();
        let feeds = |nth: usize| {
            let references = nodes[nth].references();
            references.filter_map(|(slot, from)| Some((&**slot, *numbers.get(&*from.part)?)))
        };
        // Whatever has only feeds that are no part of a circle is none; what is left at the end leads around.
        let mut left: Vec<usize> = (0..nodes.len()).map(|nth| feeds(nth).count()).collect();
        let mut takers = vec![Vec::new(); nodes.len()];
        for nth in 0..nodes.len() {
            feeds(nth).for_each(|(_, feed)| takers[feed].push(nth));
        }
        let mut free: Vec<usize> = (0..nodes.len()).filter(|nth| left[*nth] == 0).collect();
        while let Some(nth) = free.pop() {
            for &taker in &takers[nth] {
                left[taker] -= 1;
                if left[taker] == 0 {
                    free.push(taker);
                }
            }
        }
        let Some(first) = (0..nodes.len()).find(|nth| left[*nth] > 0) else {
            return;
        };
        // Upstream along what is left, until a node comes twice.
        let mut path: Vec<(usize, &str)> = Vec::new();
        let mut here = first;
        while path.iter().all(|(nth, _)| *nth != here) {
            let Some((slot, feed)) = feeds(here).find(|(_, feed)| left[*feed] > 0) else {
                return;
            };
            path.push((here, slot));
            here = feed;
        }
        let start = path.iter().position(|(nth, _)| *nth == here).unwrap_or(0);
        let circle = &path[start..];
        let names = circle.iter().rev().chain(circle.last());
        let names: Vec<_> = names.map(|(nth, _)| format!("`{}`", nodes[*nth].name)).collect();
        let (nth, slot) = circle[circle.len() - 1];
        let at = At::part("node", &nodes[nth].name).slot(slot);
        let message = format!("the nodes feed each other in a circle: {}", names.join(" → "));
        let place = self.places.get(&at).copied().unwrap_or_default();
        let file = Arc::clone(&self.file);
        self.problems.push(Problem {
            file,
            place,
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
