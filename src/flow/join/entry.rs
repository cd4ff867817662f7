//! An item that waits for its partners.

use std::time::Duration;

use crate::flow::envelope::Trace;

/// What came in at one input.
#[derive(Clone, Debug)]
pub(crate) struct Entry<T> {
    pub(crate) item: T,
    pub(crate) trace: Trace,
    /// When what it shows has happened, if that has been said.
    pub(crate) time: Option<Duration>,
    /// When it came here, since the join began. It never goes back.
    pub(crate) arrived: Duration,
}

impl<T> Entry<T> {
    /// Its event time; the time of its arrival if there is none (V61).
    pub(crate) fn moment(&self) -> Duration {
        self.time.unwrap_or(self.arrived)
    }
}
