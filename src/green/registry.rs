//! Functions that somebody has registered: called in the order of their registration, one that panics is taken out.

use crate::runtime::net::guarded;
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::{Arc, Mutex};

/// Called from many threads at once, never under a lock.
pub(crate) struct Registry<F: ?Sized> {
    /// How many there are: the one load that an empty registry costs.
    length: AtomicUsize,
    list: Mutex<List<F>>,
}

struct List<F: ?Sized> {
    entries: Vec<(u64, Arc<F>)>,
    added: u64,
}

impl<F: ?Sized> Default for Registry<F> {
    fn default() -> Self {
        Self {
            length: AtomicUsize::new(0),
            list: Mutex::new(List {
                entries: Vec::new(),
                added: 0,
            }),
        }
    }
}

impl<F: ?Sized> Registry<F> {
    /// Its key, to take it out again.
    pub(crate) fn add(&self, function: Arc<F>) -> u64 {
        let mut list = self.list.lock();
        list.added += 1;
        let key = list.added;
        list.entries.push((key, function));
        self.length.store(list.entries.len(), Ordering::SeqCst);
        key
    }

    /// Whether it was still there.
    pub(crate) fn remove(&self, key: u64) -> bool {
        let removed = {
            let mut list = self.list.lock();
            let at = list.entries.iter().position(|(known, _)| *known == key);
            let removed = at.map(|at| list.entries.remove(at));
            self.length.store(list.entries.len(), Ordering::SeqCst);
            removed
        };
        let was_there = removed.is_some();
        // It may be the last reference to what the user captured.
        drop(guarded(|| drop(removed)));
        was_there
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.length.load(Ordering::Relaxed) == 0
    }

    /// Has `call` call each of those that are there now; how many returned. `what` they are, for the log.
    pub(crate) fn call(&self, what: &'static str, mut call: impl FnMut(&F)) -> usize {
        if self.is_empty() {
            return 0;
        }
        let entries = self.list.lock().entries.clone();
        let mut returned = 0;
        for (key, function) in entries {
            match guarded(|| call(&function)) {
                Ok(()) => returned += 1,
                Err(panic) => {
                    self.remove(key);
                    // The log is the user's too.
                    drop(guarded(|| tracing::error!(error = %panic.report(), "{what}")));
                }
            }
            drop(guarded(|| drop(function)));
        }
        returned
    }
}
