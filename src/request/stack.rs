//! Requests below others in one stack.
//!
//! A request that runs in the stack of its waiter (C39), or in that of whoever pumps in inline mode, holds up everything
//! below it. While it is polled that is a matter of microseconds; once it blocks the thread, it is a wait like any other,
//! and has to be an edge for the search for circles to see it (C11). Nobody is interested through such an edge: the lease
//! says that already (I6).

use crate::request::cell::{Edge, Node, Waiter, flag};
use crate::request::{current, listing};
use crate::sync::Arc;

/// The edges from each request in this thread's stack to the one above it, until dropped.
pub(crate) struct StackEdges {
    edges: Vec<StackEdge>,
}

struct StackEdge {
    below: Arc<dyn Node>,
    edge: usize,
    above: Arc<dyn Node>,
    key: usize,
    round: u32,
}

/// To be called before a wait that blocks the thread registers, so that its own look for circles sees them (I5).
pub(crate) fn enter() -> StackEdges {
    let stack = current::stack();
    // L3.
    stack
        .iter()
        .filter(|node| node.head().has(flag::UNLISTED))
        .for_each(listing::list);
    let pairs = stack.iter().zip(stack.iter().skip(1));
    let edges = pairs
        .filter(|(below, above)| !Arc::ptr_eq(below, above))
        .map(|(below, above)| {
            let (key, round) = {
                let mut state = above.head().lock();
                above.head().raise(flag::WAITED_FOR);
                let waiter = Waiter {
                    waker: None,
                    request: Some(Arc::clone(below)),
                    priority: None,
                };
                (state.waiters.insert(waiter), state.round)
            };
            // Shielded: what runs in this stack cannot be left by a wave of cancellation.
            let edge = Edge {
                target: Arc::clone(above),
                key,
                round,
                shielded: true,
                withdrawn: false,
                has_waker: false,
            };
            let edge = below.head().lock().waits.insert(edge);
            StackEdge {
                below: Arc::clone(below),
                edge,
                above: Arc::clone(above),
                key,
                round,
            }
        });
    StackEdges { edges: edges.collect() }
}

impl Drop for StackEdges {
    fn drop(&mut self) {
        for StackEdge {
            below,
            edge,
            above,
            key,
            round,
        } in self.edges.drain(..)
        {
            let edge = below.head().lock().waits.remove(edge);
            let waiter = {
                let mut state = above.head().lock();
                if state.round == round {
                    state.waiters.remove(key)
                } else {
                    None
                }
            };
            drop((edge, waiter));
        }
    }
}
