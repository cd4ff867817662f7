//! One account, in bytes, for all work of a runtime.

use crate::sync::Mutex;
use crate::sync::atomic::{TALLY, Tally};

/// How many bytes are spoken for, and how many ever were at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Memory {
    /// Bytes in use now.
    pub used: u64,
    /// The largest `used` so far.
    pub peak: u64,
    /// What may be in use at once.
    pub limit: u64,
}

#[derive(Debug)]
pub(crate) struct Account {
    books: Mutex<Memory>,
    /// How often bytes have come back.
    returns: Tally,
}

impl Account {
    pub(crate) fn new(limit: u64) -> Self {
        Self {
            books: Mutex::new(Memory {
                limit,
                ..Memory::default()
            }),
            returns: Tally::new(0),
        }
    }

    pub(crate) fn memory(&self) -> Memory {
        *self.books.lock()
    }

    /// Takes `bytes` whatever the limit says, for what is already in memory.
    pub(crate) fn take(&self, bytes: u64) {
        let mut books = self.books.lock();
        books.used = books.used.saturating_add(bytes);
        books.peak = books.peak.max(books.used);
    }

    /// Takes `bytes` if they fit, or if nothing is taken at all: a small budget means slow, never stuck (P38, P39).
    #[must_use]
    pub(crate) fn try_take(&self, bytes: u64) -> bool {
        let mut books = self.books.lock();
        let fits = books.used == 0 || books.used.saturating_add(bytes) <= books.limit;
        if fits {
            books.used = books.used.saturating_add(bytes);
            books.peak = books.peak.max(books.used);
        }
        fits
    }

    pub(crate) fn returns(&self) -> u64 {
        self.returns.load(TALLY)
    }

    pub(crate) fn give_back(&self, bytes: u64) {
        let mut books = self.books.lock();
        books.used = books.used.saturating_sub(bytes);
        // Under the lock that whoever was refused took before, or takes next.
        self.returns.fetch_add(1, TALLY);
    }
}
