//! One level of a lock.

use std::fmt;

use crate::green::rlock::RLock;

/// Holds one level of an [`RLock`], which it releases when it is dropped, wherever that is.
///
/// If its owner has lost the lock since, in a wait of a [`Condition`](crate::green::Condition) that failed or was dropped, it
/// releases nothing.
#[must_use = "the level is released as soon as the guard is dropped"]
pub struct RLockGuard {
    lock: RLock,
    hold: u64,
}

impl RLockGuard {
    pub(crate) fn new(lock: RLock, hold: u64) -> Self {
        Self { lock, hold }
    }
}

impl Drop for RLockGuard {
    fn drop(&mut self) {
        self.lock.release_hold(self.hold);
    }
}

impl fmt::Debug for RLockGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RLockGuard").finish_non_exhaustive()
    }
}
