//! A lock that its owner may take again. What it knows stands in `rlock_state.rs`.

use std::fmt;
use std::task::Poll;
use std::time::Duration;

use crate::error::Error;
use crate::green::claim_wait::ClaimWait;
use crate::green::deferred::{Deferred, under};
use crate::green::owner::Owner;
use crate::green::rlock_guard::RLockGuard;
use crate::green::rlock_state::{Enter, RLockState};
use crate::sync::{Arc, Mutex};

/// A lock without data that its owner may take several times, for code that was written for one; released as often, it passes
/// to the next waiter, first come, first served, and nobody slips in between.
///
/// The owner is the request that took it; outside of requests the tokio task, or the thread. A request that another one
/// awaits is an owner of its own, so a lock taken around an await is not free inside of it.
///
/// In new code a [`RequestLock`](crate::RequestLock) serves better: it guards its data, lends priority and is named in
/// explanations. Clones are the same lock.
///
/// # Dropping and cancelling
///
/// A waiter that is dropped, timed out or cancelled leaves the line, and passes the lock on if it had just got it. An owner
/// that [acquired](Self::acquire) the lock without a guard and ends keeps it for ever.
///
/// # Examples
///
/// A function that locks calls another one that does:
///
/// ```
/// use headwater::{Error, Request, green::RLock};
///
/// async fn inner(lock: &RLock) -> Result<(), Error> {
///     let _guard = lock.lock().await?;
///     Ok(())
/// }
///
/// let lock = RLock::new();
/// Request::new(async move {
///     let _guard = lock.lock().await?;
///     inner(&lock).await
/// })
/// .wait()?;
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Default)]
pub struct RLock {
    state: Arc<Mutex<RLockState>>,
}

impl RLock {
    /// A free lock.
    pub fn new() -> Self {
        Self::default()
    }

    /// Waits for the lock, and takes it once more if the caller owns it. The guard releases one level when it is dropped.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses the place in line and nothing else.
    ///
    /// # Errors
    ///
    /// [`is_interrupted`](Error::is_interrupted) as soon as the current request is cancelled, except in a
    /// [`shield`](crate::shield()); [`is_timeout`](Error::is_timeout) once the deadline of its context has passed.
    pub async fn lock(&self) -> Result<RLockGuard, Error> {
        self.guard(self.waiting().await?)
    }

    /// The same for at most `limit`.
    ///
    /// # Cancel safety
    ///
    /// As [`lock`](Self::lock).
    ///
    /// # Errors
    ///
    /// As [`lock`](Self::lock), and [`is_timeout`](Error::is_timeout) when the time is over.
    pub async fn lock_timeout(&self, limit: Duration) -> Result<RLockGuard, Error> {
        self.guard(self.waiting().within(Some(limit)).await?)
    }

    /// Takes the lock if it is free or the caller's. Never waits.
    pub fn try_lock(&self) -> Option<RLockGuard> {
        match self.waiting().at_once() {
            Poll::Ready(taken) => taken.and_then(|number| self.guard(number)).ok(),
            Poll::Pending => None,
        }
    }

    /// Blocks the thread as [`lock`](Self::lock) suspends a request.
    ///
    /// # Errors
    ///
    /// As [`lock`](Self::lock), and [`is_would_block`](Error::is_would_block) where blocking could hang.
    pub fn lock_wait(&self) -> Result<RLockGuard, Error> {
        self.guard(self.waiting().block(None)?)
    }

    /// The same for at most `limit`.
    ///
    /// # Errors
    ///
    /// As [`lock_wait`](Self::lock_wait), and [`is_timeout`](Error::is_timeout) when the time is over.
    pub fn lock_wait_timeout(&self, limit: Duration) -> Result<RLockGuard, Error> {
        self.guard(self.waiting().block(Some(limit))?)
    }

    /// Waits for the lock as [`lock`](Self::lock) does; the caller has to [`release`](Self::release) it by hand.
    ///
    /// # Cancel safety
    ///
    /// As [`lock`](Self::lock).
    ///
    /// # Errors
    ///
    /// As [`lock`](Self::lock).
    pub async fn acquire(&self) -> Result<(), Error> {
        self.waiting().await.map(drop)
    }

    /// Releases one level.
    ///
    /// # Errors
    ///
    /// `Invalid` if the caller does not own the lock; nothing changes then.
    pub fn release(&self) -> Result<(), Error> {
        let owner = Owner::current();
        let release = |state: &mut RLockState, deferred: &mut Deferred| state.release(owner, deferred);
        match under(&self.state, release) {
            true => Ok(()),
            false => Err(not_owned("releasing")),
        }
    }

    /// Whether anybody owns it.
    pub fn is_locked(&self) -> bool {
        self.state.lock().is_locked()
    }

    /// Whether the caller owns it.
    pub fn is_owned(&self) -> bool {
        let owner = Owner::current();
        self.state.lock().is_owned(owner)
    }

    /// Takes all levels from the caller, who must own the lock, and keeps them for it.
    pub(crate) fn suspend(&self) -> Result<Suspended, Error> {
        let owner = Owner::current();
        let number = under(&self.state, |state, deferred| state.suspend(owner, deferred));
        let number = number.ok_or_else(|| not_owned("waiting"))?;
        Ok(Suspended {
            state: Arc::clone(&self.state),
            number,
        })
    }

    pub(crate) fn release_hold(&self, number: u64) {
        under(&self.state, |state, deferred| state.release_hold(number, deferred));
    }

    fn waiting(&self) -> ClaimWait<Enter> {
        ClaimWait::new(&self.state, Enter::default())
    }

    #[expect(clippy::unnecessary_wraps, reason = "the last step of functions that may fail")]
    fn guard(&self, number: u64) -> Result<RLockGuard, Error> {
        Ok(RLockGuard::new(self.clone(), number))
    }
}

pub(crate) fn not_owned(doing: &str) -> Error {
    Error::invalid(format!("{doing} takes the lock, which the caller does not own"))
}

/// All levels of an owner that waits for something else. Dropped, they are lost: guards that are left release nothing.
pub(crate) struct Suspended {
    state: Arc<Mutex<RLockState>>,
    number: u64,
}

impl Suspended {
    /// Waits for the lock and gives its owner all levels back.
    pub(crate) async fn resume(self) -> Result<(), Error> {
        ClaimWait::new(&self.state, Enter::again(self.number)).await.map(drop)
    }
}

impl Drop for Suspended {
    fn drop(&mut self) {
        self.state.lock().forget(self.number);
    }
}

impl fmt::Debug for RLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.lock();
        f.debug_struct("RLock")
            .field("hold", &state.hold())
            .field("waiters", &state.waiting())
            .finish()
    }
}
