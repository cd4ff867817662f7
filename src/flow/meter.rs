//! What a node counts.

use std::time::Duration;

use crate::sync::atomic::{TALLY, Tally};

/// Counted by all replicas of a node, read by whoever looks.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    taken: Tally,
    emitted: Tally,
    failed: Tally,
    dropped: Tally,
    retried: Tally,
    work: Tally,
    waiting: Tally,
}

/// What one replica has counted since it last [told](Meter::add) its meter.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) taken: u64,
    pub(crate) emitted: u64,
    /// Items that could not be processed.
    pub(crate) failed: u64,
    /// Of those, the ones that were let go of.
    pub(crate) dropped: u64,
    /// Attempts beyond the first.
    pub(crate) retried: u64,
    pub(crate) work: Duration,
    pub(crate) waiting: Duration,
}

impl Meter {
    /// Adds `counts`, and sets them to nothing.
    pub(crate) fn add(&self, counts: &mut Counts) {
        let Counts {
            taken,
            emitted,
            failed,
            dropped,
            retried,
            work,
            waiting,
        } = std::mem::take(counts);
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        for (tally, more) in [
            (&self.taken, taken),
            (&self.emitted, emitted),
            (&self.failed, failed),
            (&self.dropped, dropped),
            (&self.retried, retried),
            (&self.work, nanos(work)),
            (&self.waiting, nanos(waiting)),
        ] {
            if more > 0 {
                tally.fetch_add(more, TALLY);
            }
        }
    }

    /// All so far.
    pub(crate) fn read(&self) -> Counts {
        Counts {
            taken: self.taken.load(TALLY),
            emitted: self.emitted.load(TALLY),
            failed: self.failed.load(TALLY),
            dropped: self.dropped.load(TALLY),
            retried: self.retried.load(TALLY),
            work: Duration::from_nanos(self.work.load(TALLY)),
            waiting: Duration::from_nanos(self.waiting.load(TALLY)),
        }
    }
}
