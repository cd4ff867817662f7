//! The order of the nodes.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Plan;
use super::node::NodeId;

impl Plan {
    /// All nodes, each after those before it; of several that could be next, the one that was made first (V6). What is on a
    /// cycle, or behind one, is left out.
    pub(crate) fn order(&self) -> Vec<NodeId> {
        let mut behind = vec![Vec::new(); self.nodes.len()];
        let mut missing = vec![0_usize; self.nodes.len()];
        for (id, missing) in missing.iter_mut().enumerate() {
            for before in self.before(id) {
                behind[before].push(id);
                *missing += 1;
            }
        }
        let mut ready: BinaryHeap<_> = (0..self.nodes.len())
            .filter(|id| missing[*id] == 0)
            .map(Reverse)
            .collect();
        let mut order = Vec::with_capacity(self.nodes.len());
        while let Some(Reverse(next)) = ready.pop() {
            order.push(next);
            for id in &behind[next] {
                missing[*id] -= 1;
                if missing[*id] == 0 {
                    ready.push(Reverse(*id));
                }
            }
        }
        order
    }

    /// The nodes that this one takes items from.
    pub(crate) fn before(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        let inputs = self.nodes[id].inputs.iter();
        inputs.flat_map(|input| input.from.iter().map(|from| from.node))
    }

    /// Cycles: from each node that is on one and not on an earlier one, the way back to itself.
    pub(crate) fn cycles(&self) -> Vec<Vec<NodeId>> {
        let mut cycles: Vec<Vec<NodeId>> = Vec::new();
        // Whoever has a place in the order is on none.
        let mut is_placed = vec![false; self.nodes.len()];
        self.order().into_iter().for_each(|id| is_placed[id] = true);
        for start in (0..self.nodes.len()).filter(|id| !is_placed[*id]) {
            if cycles.iter().any(|cycle| cycle.contains(&start)) {
                continue;
            }
            cycles.extend(self.way_back(start));
        }
        cycles
    }

    /// The shortest way along edges from a node to itself.
    fn way_back(&self, start: NodeId) -> Option<Vec<NodeId>> {
        // Found backwards, from what is before it.
        let mut behind = vec![None; self.nodes.len()];
        let mut queue = std::collections::VecDeque::from([start]);
        while let Some(id) = queue.pop_front() {
            for before in self.before(id) {
                if before == start {
                    let way = std::iter::successors(Some(id), |id| behind[*id].filter(|_| *id != start));
                    return Some(
                        std::iter::once(start)
                            .chain(way.take_while(|id| *id != start))
                            .collect(),
                    );
                }
                if behind[before].is_none() {
                    behind[before] = Some(id);
                    queue.push_back(before);
                }
            }
        }
        None
    }
}
