//! What the calling thread is, and whether it may block.

use std::cell::Cell;
use std::panic::Location;

use crate::runtime::info::RequestId;

crate::sync::local! {
    /// Whether this thread is inside of a turn of one of our slots, and how many requests ran directly within it.
    static SLOT: (Cell<bool>, Cell<u32>) = (Cell::new(false), Cell::new(0));
}

crate::sync::local! {
    /// Whose turn began last on this thread.
    static LAST: Cell<Option<(RequestId, &'static Location<'static>)>> = Cell::new(None);
}

/// Notes whose turn begins.
pub(crate) fn note(id: RequestId, place: &'static Location<'static>) {
    LAST.with(|last| last.set(Some((id, place))));
}

/// Whose turn began last, for a message.
#[cfg(not(any(loom, shuttle)))]
pub(crate) fn noted() -> String {
    LAST.with(Cell::get)
        .map_or_else(String::new, |(id, place)| format!("{id} ({place})"))
}

/// What kind of thread asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// May block as it likes.
    Free,
    /// A worker of a multi-thread tokio runtime, which can hand its other tasks over.
    Worker,
    /// Drives an executor that cannot.
    Async,
    /// A thread of a rayon pool.
    Rayon,
}

/// Runs `f` as a turn of a slot.
pub(crate) fn as_slot<R>(f: impl FnOnce() -> R) -> R {
    struct Reset(bool, u32);
    impl Drop for Reset {
        fn drop(&mut self) {
            SLOT.with(|(on_slot, direct)| {
                on_slot.set(self.0);
                direct.set(self.1);
            });
        }
    }
    let _reset = SLOT.with(|(on_slot, direct)| Reset(on_slot.replace(true), direct.replace(0)));
    f()
}

pub(crate) fn on_slot() -> bool {
    SLOT.with(|(on_slot, _)| on_slot.get())
}

/// Counts one more direct execution within the current turn; 0 outside of slots, where nobody stands in a queue behind.
pub(crate) fn count_direct() -> u32 {
    SLOT.with(|(on_slot, direct)| {
        if !on_slot.get() {
            return 0;
        }
        direct.set(direct.get() + 1);
        direct.get()
    })
}

#[cfg(any(loom, shuttle))]
mod probe {
    use super::Place;

    pub(crate) fn here() -> Place {
        Place::Free
    }

    pub(crate) fn on_rayon() -> bool {
        false
    }

    pub(crate) fn block_in_place<R>(f: impl FnOnce() -> R) -> R {
        f()
    }
}

#[cfg(not(any(loom, shuttle)))]
mod probe {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::task::{Context, Poll, Waker};

    use tokio::runtime::{Handle, RuntimeFlavor};
    use tokio::task::coop;

    use super::Place;

    /// More than tokio's budget of operations for one poll.
    const BUDGET: usize = 256;

    /// Whether this is a thread of a rayon pool. Unlike [`here`] it costs next to nothing.
    pub(crate) fn on_rayon() -> bool {
        rayon::current_thread_index().is_some()
    }

    /// Asks tokio without provoking one of its panics (P23–P25), except in the one case that it tells in no other way.
    pub(crate) fn here() -> Place {
        if on_rayon() {
            return Place::Rayon;
        }
        let Ok(handle) = Handle::try_current() else {
            return Place::Free;
        };
        let is_polled = has_budget_limit();
        match handle.runtime_flavor() {
            RuntimeFlavor::MultiThread if can_block_in_place() => Place::Worker,
            RuntimeFlavor::MultiThread => Place::Async,
            _ if is_polled => Place::Async,
            _ if can_block_in_place() => Place::Free,
            _ => Place::Async,
        }
    }

    /// Whether tokio is polling something on this thread: then, and only then, operations are budgeted.
    fn has_budget_limit() -> bool {
        let mut cx = Context::from_waker(Waker::noop());
        let mut spent = Vec::with_capacity(BUDGET);
        // Each guard gives its unit back when it is dropped.
        (0..BUDGET).any(|_| match coop::poll_proceed(&mut cx) {
            Poll::Ready(guard) => {
                spent.push(guard);
                false
            }
            Poll::Pending => true,
        })
    }

    fn can_block_in_place() -> bool {
        catch_unwind(AssertUnwindSafe(|| tokio::task::block_in_place(|| ()))).is_ok()
    }

    pub(crate) fn block_in_place<R>(f: impl FnOnce() -> R) -> R {
        tokio::task::block_in_place(f)
    }
}

pub(crate) use probe::{block_in_place, here, on_rayon};
