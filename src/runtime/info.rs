//! What a snapshot shows.

use std::fmt;
use std::panic::Location;
use std::time::Duration;

use crate::runtime::Priority;
use crate::sync::Arc;

/// Names one request in events, snapshots and errors; unique within the process.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub(crate) u64);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where a request stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RequestState {
    /// Made, but nobody has submitted it or waited for it yet.
    Made,
    /// Ready to run and waiting for a slot, or for a thread of the compute pool.
    Queued,
    /// Inside a poll or a kernel.
    Running,
    /// Waiting for something; it holds no slot.
    Suspended,
    /// The workload has ended and the callbacks are running.
    Finishing,
    /// Ended with a value.
    Succeeded,
    /// Ended with an error.
    Failed,
    /// Ended because nobody wanted it any more.
    Cancelled,
}

impl RequestState {
    /// Whether nothing more will happen to this generation.
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

/// One live request, as it was at the moment of the snapshot.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RequestInfo {
    /// Its identity.
    pub id: RequestId,
    /// The name given by its builder.
    pub name: Option<Arc<str>>,
    /// Where in the source it was made.
    pub place: &'static Location<'static>,
    /// Where it stands.
    pub state: RequestState,
    /// Whether it has been told that nobody wants it any more.
    pub cancelled: bool,
    /// The rank that counts: its own, or a better one lent by a waiter.
    pub priority: Priority,
    /// Time since it was made, to the length of the longest poll.
    pub age: Duration,
    /// Time since it last changed its state, to the length of the longest poll.
    pub unchanged_for: Duration,
    /// Live waits for it, of requests, tasks and threads.
    pub waiters: usize,
    /// What it waits for.
    pub waits_for: Vec<RequestId>,
    /// Locks that it waits for, by name.
    pub waits_for_locks: Vec<Arc<str>>,
    /// Its estimate of memory, in bytes.
    pub bytes: u64,
}

impl RequestInfo {
    /// The name if it has one, else its identity, and where it was made.
    pub fn title(&self) -> String {
        match &self.name {
            Some(name) => format!("`{name}` ({})", self.place),
            None => format!("{} ({})", self.id, self.place),
        }
    }
}
