//! A layered layout, from left to right: Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical
//! system structures" (1981). Layers by the longest path, order in a layer by the mean of the neighbours, then heights by the
//! same with the order kept. Links that pass layers get a lane of their own through each.

use std::collections::VecDeque;

/// Between layers: room for wires to bend.
const GAP_X: f64 = 64.0;
/// Between the nodes of a layer.
const GAP_Y: f64 = 22.0;
/// Between a wire that passes a layer and what is next to it.
const GAP_WIRE: f64 = 12.0;
const SWEEPS: usize = 12;

pub(super) struct Node {
    pub(super) w: f64,
    pub(super) h: f64,
    pub(super) pin: Pin,
}

/// Whether a node has to be in a layer at the side.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pin {
    First,
    Free,
    Last,
}

/// A link between two nodes; `from_y` and `to_y` are where it meets them, from their tops.
pub(super) struct Link {
    pub(super) from: usize,
    pub(super) from_y: f64,
    pub(super) to: usize,
    pub(super) to_y: f64,
}

pub(super) struct Arranged {
    /// The left upper corner of each node.
    pub(super) places: Vec<(f64, f64)>,
    /// The points on the way of each link, without its ends.
    pub(super) bends: Vec<Vec<(f64, f64)>>,
    pub(super) w: f64,
    pub(super) h: f64,
}

pub(super) fn arrange(nodes: &[Node], links: &[Link]) -> Arranged {
    let layers = layers(nodes, links);
    let mut columns = Columns::new(nodes, links, &layers);
    columns.sort();
    columns.settle();
    columns.finish(nodes)
}

/// The layer of each node: one more than the greatest of those before it. Circles, which closed operators can seem to make,
/// are cut somewhere.
fn layers(nodes: &[Node], links: &[Link]) -> Vec<usize> {
    let has_first = nodes.iter().any(|node| node.pin == Pin::First);
    let mut layers: Vec<_> = nodes
        .iter()
        .map(|node| usize::from(has_first && node.pin != Pin::First))
        .collect();
    let mut open = vec![0; nodes.len()];
    let mut after = vec![Vec::new(); nodes.len()];
    for link in links.iter().filter(|link| link.from != link.to) {
        open[link.to] += 1;
        after[link.from].push(link.to);
    }
    let mut done = vec![false; nodes.len()];
    let mut free: VecDeque<_> = (0..nodes.len()).filter(|node| open[*node] == 0).collect();
    let mut first_left = 0;
    loop {
        let node = free.pop_front().or_else(|| {
            first_left += done[first_left..].iter().position(|done| !done)?;
            Some(first_left)
        });
        let Some(node) = node else { break };
        if std::mem::replace(&mut done[node], true) {
            continue;
        }
        for &next in &after[node] {
            if done[next] {
                continue;
            }
            layers[next] = layers[next].max(layers[node] + 1);
            open[next] -= 1;
            if open[next] == 0 {
                free.push_back(next);
            }
        }
    }
    draw_near(nodes, &after, &mut layers);
    layers
}

/// Puts what nothing leads to just before what it leads to, and the last into one layer.
fn draw_near(nodes: &[Node], after: &[Vec<usize>], layers: &mut [usize]) {
    let mut has_before = vec![false; nodes.len()];
    after.iter().flatten().for_each(|&next| has_before[next] = true);
    for node in 0..nodes.len() {
        let nearest = after[node].iter().map(|next| layers[*next]).min();
        if let (Pin::Free, false, Some(nearest)) = (nodes[node].pin, has_before[node], nearest) {
            layers[node] = layers[node].max(nearest.saturating_sub(1));
        }
    }
    let others = (0..nodes.len()).filter(|node| nodes[*node].pin != Pin::Last);
    let last = others.map(|node| layers[node] + 1).max().unwrap_or(0);
    (0..nodes.len())
        .filter(|node| nodes[*node].pin == Pin::Last)
        .for_each(|node| layers[node] = last);
}

/// A node, or the place where a link passes a layer.
struct Item {
    w: f64,
    h: f64,
    y: f64,
    is_wire: bool,
    /// The other end, where it meets this, where it meets the other.
    before: Vec<(usize, f64, f64)>,
    after: Vec<(usize, f64, f64)>,
}

struct Columns {
    items: Vec<Item>,
    columns: Vec<Vec<usize>>,
    /// The items on the way of each link.
    ways: Vec<Vec<usize>>,
}

impl Columns {
    fn new(nodes: &[Node], links: &[Link], layers: &[usize]) -> Self {
        let item = |w, h, is_wire| Item {
            w,
            h,
            y: 0.0,
            is_wire,
            before: Vec::new(),
            after: Vec::new(),
        };
        let mut items: Vec<_> = nodes.iter().map(|node| item(node.w, node.h, false)).collect();
        let mut columns = vec![Vec::new(); layers.iter().max().map_or(0, |last| last + 1)];
        layers
            .iter()
            .enumerate()
            .for_each(|(node, layer)| columns[*layer].push(node));
        let mut ways = Vec::with_capacity(links.len());
        for link in links {
            let mut way = Vec::new();
            let (mut here, mut y) = (link.from, link.from_y);
            for column in columns.iter_mut().take(layers[link.to]).skip(layers[link.from] + 1) {
                let wire = items.len();
                items.push(item(0.0, 0.0, true));
                column.push(wire);
                way.push(wire);
                items[here].after.push((wire, y, 0.0));
                items[wire].before.push((here, 0.0, y));
                (here, y) = (wire, 0.0);
            }
            if layers[link.from] < layers[link.to] {
                items[here].after.push((link.to, y, link.to_y));
                items[link.to].before.push((here, link.to_y, y));
            }
            ways.push(way);
        }
        Self { items, columns, ways }
    }

    /// Orders each column by the means of the places of the neighbours on one side, then on the other.
    fn sort(&mut self) {
        let mut place = vec![0.0; self.items.len()];
        for column in &self.columns {
            column
                .iter()
                .enumerate()
                .for_each(|(nth, item)| place[*item] = nth as f64);
        }
        for sweep in 0..SWEEPS {
            let forward = sweep % 2 == 0;
            for nth in 0..self.columns.len() {
                let nth = if forward { nth } else { self.columns.len() - 1 - nth };
                let items = &self.items;
                let key = |item: usize| {
                    let near = if forward {
                        &items[item].before
                    } else {
                        &items[item].after
                    };
                    let at = |(other, _, y): &(usize, f64, f64)| place[*other] + y / items[*other].h.max(1.0) * 0.9;
                    mean(near.iter().map(at)).unwrap_or(place[item])
                };
                let mut keyed: Vec<_> = self.columns[nth].iter().map(|item| (key(*item), *item)).collect();
                keyed.sort_by(|(a, _), (b, _)| a.total_cmp(b));
                self.columns[nth] = keyed.into_iter().map(|(_, item)| item).collect();
                self.columns[nth]
                    .iter()
                    .enumerate()
                    .for_each(|(at, item)| place[*item] = at as f64);
            }
        }
    }

    /// Moves items up and down until links are as level as the order allows.
    fn settle(&mut self) {
        for nth in 0..self.columns.len() {
            let wanted = vec![0.0; self.columns[nth].len()];
            self.place(nth, &wanted);
        }
        for sweep in 0..=SWEEPS {
            let forward = sweep % 2 == 0;
            for nth in 0..self.columns.len() {
                let nth = if forward { nth } else { self.columns.len() - 1 - nth };
                let wanted: Vec<_> = self.columns[nth]
                    .iter()
                    .map(|&item| {
                        let own = &self.items[item];
                        let at = |(other, y, others): &(usize, f64, f64)| self.items[*other].y + others - y;
                        // At the end both sides count.
                        let before = own.before.iter().filter(|_| forward || sweep == SWEEPS);
                        let after = own.after.iter().filter(|_| !forward || sweep == SWEEPS);
                        mean(before.chain(after).map(at)).unwrap_or(own.y)
                    })
                    .collect();
                self.place(nth, &wanted);
            }
        }
    }

    /// Puts the items of a column where they want to be, or as near as those above and below them let them: the mean of
    /// giving way downwards and giving way upwards, both of which keep the distances.
    fn place(&mut self, nth: usize, wanted: &[f64]) {
        let column = &self.columns[nth];
        let step = |above: usize| {
            let (a, b) = (&self.items[column[above]], &self.items[column[above + 1]]);
            a.h + if a.is_wire || b.is_wire { GAP_WIRE } else { GAP_Y }
        };
        let mut down = wanted.to_vec();
        for at in 1..down.len() {
            down[at] = down[at].max(down[at - 1] + step(at - 1));
        }
        let mut up = wanted.to_vec();
        for at in (1..up.len()).rev() {
            up[at - 1] = up[at - 1].min(up[at] - step(at - 1));
        }
        let ys = down.iter().zip(&up).map(|(down, up)| (down + up) / 2.0);
        let ys: Vec<_> = ys.collect();
        for (&item, y) in column.iter().zip(ys) {
            self.items[item].y = y;
        }
    }

    fn finish(self, nodes: &[Node]) -> Arranged {
        let top = self.items.iter().map(|item| item.y).fold(f64::INFINITY, f64::min);
        let bottom = self.items.iter().map(|item| item.y + item.h).fold(top, f64::max);
        let mut spans = vec![(0.0, 0.0); self.items.len()];
        let mut x = 0.0;
        for column in &self.columns {
            let w = column.iter().map(|item| self.items[*item].w).fold(0.0, f64::max);
            for &item in column {
                let is_last = nodes.get(item).is_some_and(|node| node.pin == Pin::Last);
                let left = if is_last { x + w - self.items[item].w } else { x };
                spans[item] = (left, x + w);
            }
            x += w + GAP_X;
        }
        let y = |item: usize| (self.items[item].y - top).round();
        let bends = |way: &Vec<usize>| {
            let points = way
                .iter()
                .flat_map(|&item| [(spans[item].0, y(item)), (spans[item].1, y(item))]);
            points.collect()
        };
        Arranged {
            places: (0..nodes.len()).map(|node| (spans[node].0, y(node))).collect(),
            bends: self.ways.iter().map(bends).collect(),
            w: (x - GAP_X).max(0.0),
            h: if self.items.is_empty() { 0.0 } else { bottom - top },
        }
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(pin: Pin) -> Node {
        Node { w: 100.0, h: 40.0, pin }
    }

    fn link(from: usize, to: usize) -> Link {
        Link {
            from,
            from_y: 20.0,
            to,
            to_y: 20.0,
        }
    }

    fn overlaps(nodes: &[Node], places: &[(f64, f64)]) -> bool {
        let apart = |a: usize, b: usize| {
            let ((ax, ay), (bx, by)) = (places[a], places[b]);
            ax + nodes[a].w <= bx || bx + nodes[b].w <= ax || ay + nodes[a].h <= by || by + nodes[b].h <= ay
        };
        (0..nodes.len()).any(|a| (0..a).any(|b| !apart(a, b)))
    }

    #[test]
    fn links_go_to_the_right_and_nodes_do_not_overlap() {
        // A pseudo-random acyclic graph.
        let nodes: Vec<_> = (0..60).map(|_| node(Pin::Free)).collect();
        let links: Vec<_> = (0..150_usize)
            .map(|nth| (nth * 7919 % 60, nth * 104_729 % 60))
            .filter(|(a, b)| a != b)
            .map(|(a, b)| link(a.min(b), a.max(b)))
            .collect();
        let arranged = arrange(&nodes, &links);
        assert!(!overlaps(&nodes, &arranged.places));
        for link in &links {
            assert!(arranged.places[link.from].0 + 100.0 < arranged.places[link.to].0);
        }
        let inside =
            |(x, y): &(f64, f64)| *x >= 0.0 && *y >= 0.0 && x + 100.0 <= arranged.w && y + 40.0 <= arranged.h + 1.0;
        assert!(arranged.places.iter().all(inside));
    }

    #[test]
    fn a_chain_is_level() {
        let nodes: Vec<_> = (0..5).map(|_| node(Pin::Free)).collect();
        let links: Vec<_> = (0..4).map(|nth| link(nth, nth + 1)).collect();
        let arranged = arrange(&nodes, &links);
        assert!(arranged.places.iter().all(|(_, y)| *y == 0.0));
    }

    #[test]
    fn a_wire_that_passes_a_layer_passes_its_nodes() {
        // 0 → 1 → 2 and 0 → 2.
        let nodes: Vec<_> = (0..3).map(|_| node(Pin::Free)).collect();
        let arranged = arrange(&nodes, &[link(0, 1), link(1, 2), link(0, 2)]);
        let (_, top) = arranged.places[1];
        assert_eq!(arranged.bends[2].len(), 2);
        assert!(arranged.bends[2].iter().all(|(_, y)| *y < top || *y > top + 40.0));
    }

    #[test]
    fn circles_and_nothing_at_all_are_laid_out_too() {
        let nodes: Vec<_> = (0..3).map(|_| node(Pin::Free)).collect();
        let arranged = arrange(&nodes, &[link(0, 1), link(1, 2), link(2, 0), link(1, 1)]);
        assert!(!overlaps(&nodes, &arranged.places));
        let nothing = arrange(&[], &[]);
        assert_eq!((nothing.w, nothing.h), (0.0, 0.0));
    }

    #[test]
    fn pinned_nodes_are_at_the_sides() {
        let nodes = [node(Pin::Last), node(Pin::Free), node(Pin::First), node(Pin::Free)];
        let arranged = arrange(&nodes, &[link(2, 1), link(1, 0), link(3, 0)]);
        let x: Vec<_> = arranged.places.iter().map(|(x, _)| *x).collect();
        assert!(x[2] < x[1] && x[1] == x[3] && x[1] < x[0], "{x:?}");
    }
}
