//! One account, in bytes, for all work of a runtime.

use crate::sync::Mutex;

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
    books: Mutex<Books>,
}

#[derive(Debug)]
struct Books {
    memory: Memory,
    /// How many requests have been admitted and have not ended.
    working: u64,
    /// How often bytes have come back.
    returns: u64,
}

impl Books {
    fn add(&mut self, bytes: u64) {
        self.memory.used = self.memory.used.saturating_add(bytes);
        self.memory.peak = self.memory.peak.max(self.memory.used);
    }

    fn subtract(&mut self, bytes: u64) {
        self.memory.used = self.memory.used.saturating_sub(bytes);
        self.returns += 1;
    }
}

impl Account {
    pub(crate) fn new(limit: u64) -> Self {
        let memory = Memory {
            limit,
            ..Memory::default()
        };
        Self {
            books: Mutex::new(Books {
                memory,
                working: 0,
                returns: 0,
            }),
        }
    }

    pub(crate) fn memory(&self) -> Memory {
        self.books.lock().memory
    }

    /// Admits work of `bytes` whatever the limit says.
    pub(crate) fn take(&self, bytes: u64) {
        let mut books = self.books.lock();
        books.working += 1;
        books.add(bytes);
    }

    /// Admits work of `bytes` if they fit, or if no work is admitted at all, even if buffers fill the budget: a small one
    /// means slow, never stuck (P38, P39).
    #[must_use]
    pub(crate) fn try_take(&self, bytes: u64) -> bool {
        let mut books = self.books.lock();
        let memory = books.memory;
        let fits = books.working == 0 || memory.used.saturating_add(bytes) <= memory.limit;
        if fits {
            books.working += 1;
            books.add(bytes);
        }
        fits
    }

    /// Counts `bytes` that are in memory, whatever the limit says.
    pub(crate) fn hold(&self, bytes: u64) {
        self.books.lock().add(bytes);
    }

    /// How often bytes have come back: who was refused and sees no change since has missed none.
    pub(crate) fn returns(&self) -> u64 {
        self.books.lock().returns
    }

    /// Work of `bytes` that was admitted has ended.
    pub(crate) fn give_back(&self, bytes: u64) {
        let mut books = self.books.lock();
        books.working = books.working.saturating_sub(1);
        books.subtract(bytes);
    }

    /// `bytes` that were held are free again.
    pub(crate) fn release(&self, bytes: u64) {
        self.books.lock().subtract(bytes);
    }
}
