//! What a builder decides.

use std::time::Duration;

use crate::runtime::Discipline;
use crate::runtime::machine::processors;

#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// Requests inside a poll at once; 0 is inline mode.
    pub(crate) slots: usize,
    /// Threads of the compute pool.
    pub(crate) threads: usize,
    pub(crate) discipline: Discipline,
    /// How long a ready request may stand behind better ones.
    pub(crate) ageing: Duration,
    /// How long a request outlives the last interest in it.
    pub(crate) grace: Duration,
    /// Bytes that admitted work may hold at once.
    pub(crate) memory: u64,
    /// A poll that lasts longer is counted and named.
    pub(crate) long_poll: Duration,
    /// What has not moved for this long is named; `None` switches the detector off.
    pub(crate) stall: Option<Duration>,
}

impl Default for Config {
    fn default() -> Self {
        let cores = processors();
        Self {
            slots: cores,
            threads: cores,
            discipline: Discipline::Priority,
            ageing: Duration::from_secs(1),
            grace: Duration::ZERO,
            memory: u64::MAX,
            long_poll: Duration::from_millis(10),
            stall: None,
        }
    }
}
