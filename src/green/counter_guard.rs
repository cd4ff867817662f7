//! One of those that a counter counts.

use std::fmt;

use crate::green::counter::Counter;

/// Counts as one in a [`Counter`] until it is dropped. Made by [`Counter::scope`].
#[must_use = "the counter goes down again as soon as the guard is dropped"]
pub struct CounterGuard {
    counter: Counter,
}

impl CounterGuard {
    pub(crate) fn new(counter: Counter) -> Self {
        Self { counter }
    }
}

impl Drop for CounterGuard {
    fn drop(&mut self) {
        self.counter.decrement();
    }
}

impl fmt::Debug for CounterGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CounterGuard").finish_non_exhaustive()
    }
}
