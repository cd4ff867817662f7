//! Decisions before a pool is made.

use std::time::Duration;

use crate::error::Error;
use crate::green::blocking::pool::BlockingPool;
use crate::runtime::workers::Workers;
use crate::sync::Arc;

/// Names and sizes a [`BlockingPool`]. Made by [`BlockingPool::builder`].
#[derive(Clone, Debug)]
#[must_use = "a builder makes nothing until it is told to build"]
pub struct BlockingPoolBuilder {
    name: Arc<str>,
    max_threads: usize,
    idle_time: Duration,
}

impl Default for BlockingPoolBuilder {
    fn default() -> Self {
        Self {
            name: Arc::from("headwater-blocking"),
            max_threads: 64,
            idle_time: Duration::from_secs(10),
        }
    }
}

impl BlockingPoolBuilder {
    /// The name of its threads, followed by a number; `headwater-blocking` if not given.
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = name.into();
        self
    }

    /// How many threads there may be; 64 if not given.
    pub fn max_threads(mut self, threads: usize) -> Self {
        self.max_threads = threads;
        self
    }

    /// How long a thread stays when there is nothing to do; ten seconds if not given.
    pub fn idle_time(mut self, time: Duration) -> Self {
        self.idle_time = time;
        self
    }

    /// Makes the pool. It has no threads yet.
    ///
    /// # Errors
    ///
    /// `Invalid` if there may be no thread at all, or the name has a zero byte in it.
    pub fn build(self) -> Result<BlockingPool, Error> {
        if self.max_threads == 0 {
            return Err(Error::invalid(
                "a pool for blocking calls needs `max_threads` of at least 1",
            ));
        }
        if self.name.contains('\0') {
            return Err(Error::invalid(
                "the name of a pool has a zero byte in it, which no thread may have",
            ));
        }
        Ok(BlockingPool::new(Workers::new(
            self.name,
            self.max_threads,
            self.idle_time,
        )))
    }
}
