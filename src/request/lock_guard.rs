//! Possession of a lock.

use std::fmt;
use std::ops::{Deref, DerefMut};

use crate::request::lock::RequestLock;

/// Owns a [`RequestLock`] and gives access to its data; dropping it passes the lock on.
///
/// It borrows nothing, so it can be moved into another request, task or thread, and is released wherever it is dropped.
/// A panic while it is held releases it like any other drop; there is no poison.
#[must_use = "the lock is passed on as soon as the guard is dropped"]
pub struct RequestLockGuard<T> {
    lock: RequestLock<T>,
    /// `None` only while it is being dropped.
    value: Option<Box<T>>,
}

impl<T> RequestLockGuard<T> {
    /// The caller has just become the owner of `lock`.
    pub(crate) fn new(lock: RequestLock<T>) -> Self {
        let value = lock.take_value();
        Self { lock, value }
    }

    /// The lock that it owns.
    pub fn lock_of(guard: &Self) -> &RequestLock<T> {
        &guard.lock
    }
}

impl<T> Deref for RequestLockGuard<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.as_ref().expect("invariant: who owns the lock has the value")
    }
}

impl<T> DerefMut for RequestLockGuard<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.value.as_mut().expect("invariant: who owns the lock has the value")
    }
}

impl<T> Drop for RequestLockGuard<T> {
    fn drop(&mut self) {
        self.lock.put_back(self.value.take());
    }
}

impl<T: fmt::Debug> fmt::Debug for RequestLockGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: fmt::Display> fmt::Display for RequestLockGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}
