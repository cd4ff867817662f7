//! The answer to whoever cancels.

/// What [`Request::cancel`](crate::Request::cancel) or [`Runtime::cancel`](crate::Runtime::cancel) did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a request that others wait for goes on"]
#[non_exhaustive]
pub enum Cancel {
    /// The request is cancelled: it has ended, or ends as soon as its workload has cleaned up.
    Cancelled,
    /// Others wait for the result; it will be cancelled when the last of them leaves.
    Pending {
        /// How many live waits there are.
        waiters: usize,
    },
    /// It will be cancelled when its time of grace is over, unless somebody asks for it again.
    Delayed,
    /// It had already ended; nothing changed.
    Ended,
}
