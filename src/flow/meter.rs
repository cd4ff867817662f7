//! What a node counts.

use std::time::{Duration, Instant};

use crate::flow::latency::Latency;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicUsize, Ordering, TALLY, Tally};

/// Counted by all replicas of a node, read by whoever looks.
#[derive(Debug)]
pub(crate) struct Meter {
    taken: Tally,
    emitted: Tally,
    failed: Tally,
    dropped: Tally,
    unmatched: Tally,
    retried: Tally,
    /// Attempts beyond the first, as they are taken out of the budget.
    spent: Tally,
    work: Tally,
    starved: Tally,
    blocked: Tally,
    /// How long an item takes here.
    latency: Mutex<Latency>,
    /// How old what arrives here is.
    age: Mutex<Latency>,
    /// How many replicas are at what.
    at: [AtomicUsize; Activity::ALL.len()],
    /// Those of its inputs whose items would help, as bits.
    inputs: Tally,
    /// When somebody has last got on, in nanoseconds since `start`.
    last: Tally,
    start: Instant,
}

/// What a replica waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Activity {
    /// Its producer, for an item.
    Source,
    /// The edge before it, for an item.
    Input,
    /// An edge behind it, for room.
    Room,
    /// A future or a kernel that makes something of an item.
    Result,
    /// The time for another attempt.
    BackOff,
}

impl Activity {
    pub(crate) const ALL: [Self; 5] = [Self::Source, Self::Input, Self::Room, Self::Result, Self::BackOff];
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
    /// Items of a join whose partners did not come.
    pub(crate) unmatched: u64,
    /// Attempts beyond the first.
    pub(crate) retried: u64,
}

/// All that a node has counted.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    pub(crate) counts: Counts,
    pub(crate) work: Duration,
    pub(crate) starved: Duration,
    pub(crate) blocked: Duration,
    pub(crate) latency: Latency,
    pub(crate) age: Latency,
    /// How many replicas wait for what, in the order of [`Activity::ALL`].
    pub(crate) at: [usize; Activity::ALL.len()],
    /// Since when nobody has got on.
    pub(crate) idle: Duration,
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

impl Meter {
    pub(crate) fn new(start: Instant) -> Self {
        let tally = Tally::default;
        Self {
            taken: tally(),
            emitted: tally(),
            failed: tally(),
            dropped: tally(),
            unmatched: tally(),
            retried: tally(),
            spent: tally(),
            work: tally(),
            starved: tally(),
            blocked: tally(),
            latency: Mutex::default(),
            age: Mutex::default(),
            at: Default::default(),
            inputs: Tally::new(u64::MAX),
            last: tally(),
            start,
        }
    }

    /// Adds `counts`, and sets them to nothing.
    pub(crate) fn add(&self, counts: &mut Counts) {
        let counts = std::mem::take(counts);
        for (tally, more) in [
            (&self.taken, counts.taken),
            (&self.emitted, counts.emitted),
            (&self.failed, counts.failed),
            (&self.dropped, counts.dropped),
            (&self.unmatched, counts.unmatched),
            (&self.retried, counts.retried),
        ] {
            if more > 0 {
                tally.fetch_add(more, TALLY);
            }
        }
    }

    /// Takes one more attempt out of the budget, if there is one and something is left of it.
    pub(crate) fn spend(&self, budget: Option<u64>) -> bool {
        let Some(budget) = budget else { return true };
        let spend = |spent| (spent < budget).then_some(spent + 1);
        self.spent.fetch_update(TALLY, TALLY, spend).is_ok()
    }

    /// So many items took so long together, until `now`.
    pub(crate) fn worked(&self, items: u64, time: Duration, now: Instant) {
        self.work.fetch_add(nanos(time), TALLY);
        self.last.store(nanos(now.saturating_duration_since(self.start)), TALLY);
        if items > 0 {
            self.latency
                .lock()
                .record(time / u32::try_from(items).unwrap_or(u32::MAX), items);
        }
    }

    /// Items arrived that were made then.
    pub(crate) fn arrived(&self, born: impl Iterator<Item = Instant>, now: Instant) {
        self.age.lock().record_since(born, now);
    }

    /// A replica begins to wait.
    pub(crate) fn wait(&self, what: Activity) {
        self.at[what as usize].fetch_add(1, Ordering::SeqCst);
    }

    /// Says which inputs it is that are waited for; all, if not said.
    pub(crate) fn wait_for(&self, inputs: u64) {
        self.inputs.store(inputs, TALLY);
    }

    /// Whether that input is among them.
    pub(crate) fn waits_for(&self, input: usize) -> bool {
        self.inputs.load(TALLY) & 1_u64.checked_shl(input as u32).unwrap_or(0) != 0
    }

    /// It has waited so long.
    pub(crate) fn go_on(&self, what: Activity, time: Duration) {
        self.at[what as usize].fetch_sub(1, Ordering::SeqCst);
        match what {
            Activity::Room => self.blocked.fetch_add(nanos(time), TALLY),
            // Its result is its work, though others do it.
            Activity::Result => 0,
            Activity::Source | Activity::Input | Activity::BackOff => self.starved.fetch_add(nanos(time), TALLY),
        };
    }

    /// All so far.
    pub(crate) fn read(&self) -> Reading {
        let time = |tally: &Tally| Duration::from_nanos(tally.load(TALLY));
        Reading {
            counts: Counts {
                taken: self.taken.load(TALLY),
                emitted: self.emitted.load(TALLY),
                failed: self.failed.load(TALLY),
                dropped: self.dropped.load(TALLY),
                unmatched: self.unmatched.load(TALLY),
                retried: self.retried.load(TALLY),
            },
            work: time(&self.work),
            starved: time(&self.starved),
            blocked: time(&self.blocked),
            latency: self.latency.lock().clone(),
            age: self.age.lock().clone(),
            at: std::array::from_fn(|at| self.at[at].load(Ordering::SeqCst)),
            idle: self.start.elapsed().saturating_sub(time(&self.last)),
        }
    }
}
