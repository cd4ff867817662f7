//! How a join treats what waits in it.

use std::time::Duration;

use super::missing::Missing;

/// What holds for every join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Policy {
    pub(crate) missing: Missing,
    /// How long an entry waits for its partners.
    pub(crate) timeout: Option<Duration>,
    /// How many entries of one input may wait.
    pub(crate) max_pending: usize,
    pub(crate) when_full: WhenFull,
}

/// What happens when too many entries of an input wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WhenFull {
    /// The input is not read until some have found their partners.
    Hold,
    /// The oldest are let go of.
    Evict,
}

/// What holds for a join by time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Timing {
    /// By how much the event times of a group may differ.
    pub(crate) tolerance: Duration,
    /// How many gating inputs make a group.
    pub(crate) quorum: usize,
    /// For each input, by how much an entry may come after later ones. `None`: it can come at any time.
    pub(crate) lateness: Vec<Option<Duration>>,
    /// For each collect input, how far from the time of the group its samples may be.
    pub(crate) windows: Vec<Duration>,
}

impl Policy {
    /// Whether something that waits is waited for without end.
    pub(super) fn waits_for_ever(&self) -> bool {
        self.when_full == WhenFull::Hold && self.timeout.is_none()
    }

    pub(super) fn is_over(&self, since: Duration, now: Duration) -> bool {
        self.timeout.is_some_and(|timeout| since.saturating_add(timeout) <= now)
    }

    /// How many samples of a collect input may wait (V64).
    pub(super) fn most_samples(&self) -> usize {
        self.max_pending.saturating_mul(16).max(1024)
    }
}
