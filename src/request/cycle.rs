//! Circular waits: found before they can hang anybody, with the whole path (C11, P34, P35).
//!
//! A wait closes a circle only if its target already waits for something and its waiter is already waited for; nearly no
//! wait gets past these two questions. The search then walks from both ends in turn and stops when either side is
//! exhausted, so it costs no more than twice the smaller side.

use std::collections::HashMap;

use crate::error::{Error, ErrorKind};
use crate::request::cell::{Node, State};
use crate::runtime::info::RequestId;
use crate::sync::Arc;

/// Whether the edge from `waiter` to `target`, which has just been entered, closes a circle.
pub(crate) fn check(waiter: &Arc<dyn Node>, target: &Arc<dyn Node>) -> Result<(), Error> {
    loop {
        let Some(path) = search(waiter, target) else {
            return Ok(());
        };
        // The path was read node by node while the world went on. It is a circle only if all of it stands at one moment:
        // no false alarm, ever.
        if stands(&path) {
            return Err(circular(&path));
        }
    }
}

/// The error of a request that waits for itself.
pub(crate) fn of_itself(node: &Arc<dyn Node>) -> Error {
    circular(&[Arc::clone(node)])
}

type Seen = HashMap<RequestId, (Arc<dyn Node>, Option<RequestId>)>;

/// The nodes of a circle through `waiter` → `target`, in the order of waiting, beginning with `waiter`.
fn search(waiter: &Arc<dyn Node>, target: &Arc<dyn Node>) -> Option<Vec<Arc<dyn Node>>> {
    let mut down = Side::new(target, targets);
    let mut up = Side::new(waiter, waiters);
    loop {
        match down.step(waiter.head().id) {
            Step::Found => {
                let mut path = down.path_to(waiter.head().id);
                path.rotate_right(1);
                return Some(path);
            }
            Step::Exhausted => return None,
            Step::On => {}
        }
        match up.step(target.head().id) {
            Step::Found => {
                let mut path = up.path_to(target.head().id);
                path.reverse();
                path.rotate_right(1);
                return Some(path);
            }
            Step::Exhausted => return None,
            Step::On => {}
        }
    }
}

fn targets(node: &Arc<dyn Node>) -> Vec<Arc<dyn Node>> {
    let state = node.head().lock();
    waits(&state).map(Arc::clone).collect()
}

/// An edge that stands at its target only is on its way in or out. One on its way in is none yet: whoever enters it looks
/// for circles afterwards (I5), so nobody needs to wait until it has come.
fn waiters(node: &Arc<dyn Node>) -> Vec<Arc<dyn Node>> {
    let entries = |state: &State| {
        state
            .waiters
            .iter()
            .filter_map(|waiter| waiter.request.clone())
            .collect()
    };
    let mut waiters: Vec<Arc<dyn Node>> = entries(&node.head().lock());
    waiters.retain(|waiter| waits(&waiter.head().lock()).any(|target| Arc::ptr_eq(target, node)));
    waiters
}

/// What a request waits for now. Callbacks wait too, so only the end puts an end to it.
fn waits(state: &State) -> impl Iterator<Item = &Arc<dyn Node>> {
    let edges = (!state.has_ended()).then(|| state.waits.iter());
    let edges = edges.into_iter().flatten();
    edges.filter(|edge| !edge.withdrawn).map(|edge| &edge.target)
}

/// The next nodes in one direction.
type Neighbours = fn(&Arc<dyn Node>) -> Vec<Arc<dyn Node>>;

/// One end of the search.
struct Side {
    seen: Seen,
    frontier: Vec<Arc<dyn Node>>,
    neighbours: Neighbours,
}

enum Step {
    Found,
    Exhausted,
    On,
}

impl Side {
    fn new(start: &Arc<dyn Node>, neighbours: Neighbours) -> Self {
        Self {
            seen: HashMap::from([(start.head().id, (Arc::clone(start), None))]),
            frontier: vec![Arc::clone(start)],
            neighbours,
        }
    }

    fn step(&mut self, goal: RequestId) -> Step {
        let Some(node) = self.frontier.pop() else {
            return Step::Exhausted;
        };
        let from = node.head().id;
        for next in (self.neighbours)(&node) {
            let id = next.head().id;
            if self.seen.contains_key(&id) {
                continue;
            }
            self.seen.insert(id, (Arc::clone(&next), Some(from)));
            if id == goal {
                return Step::Found;
            }
            self.frontier.push(next);
        }
        Step::On
    }

    /// From the start to `goal`.
    fn path_to(&self, goal: RequestId) -> Vec<Arc<dyn Node>> {
        let mut path = Vec::new();
        let mut at = Some(goal);
        while let Some((node, from)) = at.and_then(|id| self.seen.get(&id)) {
            path.push(Arc::clone(node));
            at = *from;
        }
        path.reverse();
        path
    }
}

/// Locks the whole path, in the order of ids, and looks whether every edge of it is there.
fn stands(path: &[Arc<dyn Node>]) -> bool {
    let mut order: Vec<usize> = (0..path.len()).collect();
    order.sort_by_key(|&at| path[at].head().id);
    let mut states: Vec<_> = order.iter().map(|&at| (at, path[at].head().lock())).collect();
    states.sort_by_key(|(at, _)| *at);
    states.iter().all(|(at, state)| {
        let next = &path[(at + 1) % path.len()];
        waits(state).any(|target| Arc::ptr_eq(target, next))
    })
}

/// The path from its oldest member on, so that every member tells it in the same words.
fn circular(path: &[Arc<dyn Node>]) -> Error {
    let oldest = (0..path.len()).min_by_key(|&at| path[at].head().id).unwrap_or(0);
    let mut message = String::from("circular wait: ");
    for step in 0..=path.len() {
        let head = path[(oldest + step) % path.len()].head();
        if step > 0 {
            message.push_str(" → ");
        }
        match head.name() {
            Some(name) => message.push_str(&format!("`{name}` ({})", head.place)),
            None => message.push_str(&format!("{} ({})", head.id, head.place)),
        }
    }
    Error::condition(ErrorKind::Circular, message)
}
