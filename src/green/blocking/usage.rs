//! What a pool is doing.

/// The figures of a [`BlockingPool`](crate::green::BlockingPool) at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BlockingUsage {
    /// Threads that are in a call.
    pub busy: usize,
    /// Threads that wait for one.
    pub idle: usize,
    /// Calls that wait for a thread.
    pub queued: usize,
    /// The bound on threads; calls made from within a call come on top.
    pub max_threads: usize,
}
