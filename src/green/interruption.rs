//! What an interrupt led to.

use crate::green::interrupt_timer::InterruptTimer;

/// What became of an [interrupt](crate::green::TaskHandle::interrupt).
#[derive(Debug)]
#[must_use = "a task that has ended is not interrupted"]
#[non_exhaustive]
pub enum Interruption {
    /// It is raised at the next interruptible await, after those that were queued before.
    Queued,
    /// It is queued when its time has come. Dropping the timer changes nothing.
    Delayed(InterruptTimer),
    /// The task had ended; nothing happens.
    Ended,
}
