//! The ready queue between slots that take turns and waiters that pick them.

use crate::request::tests::world::{World, explore, thread};
use crate::runtime::Priority;
use crate::runtime::task::Task;
use crate::runtime::task::stub::Stub;
use crate::sync::Arc;

/// A waiter picks the very entry that a slot is taking out: one of them gets it.
#[test]
fn loom_c39_claim_beside_pop() {
    explore(5, || {
        let world = World::new(1);
        let task: Arc<dyn Task> = Arc::new(Stub);
        let priority = Priority::root(5, 0);
        world.engine.ready.push(Arc::clone(&task), priority, 1);
        let slot = thread::spawn({
            let world = world.clone();
            move || world.engine.ready.pop().is_some()
        });
        let claimed = world
            .engine
            .ready
            .claim_if_next(Arc::as_ptr(&task).cast(), priority, |ticket| ticket == 1);
        let popped = slot.join().unwrap();
        // An empty queue is "next" too: then the entry in the slot's hands is void, since the claimer moves the ticket on.
        assert!(claimed);
        assert!(world.engine.ready.is_empty());
        assert!(popped || world.engine.ready.pop().is_none());
    });
}

/// Entries pushed and popped from two sides: each comes out once, and none is left.
#[test]
fn loom_q1_push_beside_pop() {
    explore(5, || {
        let world = World::new(1);
        let pusher = thread::spawn({
            let world = world.clone();
            move || {
                for (ticket, level) in [(0, 3), (1, 1)] {
                    world
                        .engine
                        .ready
                        .push(Arc::new(Stub), Priority::root(level, 0), ticket);
                }
            }
        });
        let mut tickets: Vec<u32> = (0..2)
            .filter_map(|_| world.engine.ready.pop())
            .map(|entry| entry.ticket)
            .collect();
        pusher.join().unwrap();
        tickets.extend(std::iter::from_fn(|| world.engine.ready.pop()).map(|entry| entry.ticket));
        tickets.sort_unstable();
        assert_eq!(tickets, [0, 1]);
    });
}
