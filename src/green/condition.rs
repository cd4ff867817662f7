//! Waiting for a notification under a lock that may be held several times.
//!
//! A waiter stands in line before it gives the lock away, so a notification that follows cannot miss it. It has used the
//! notification up when it owns the lock again; until then, dropped or cancelled, it hands it on.

use std::fmt;
use std::task::{Poll, Waker};
use std::time::Duration;

use crate::error::{Error, ErrorKind};
use crate::green::claim_wait::{Claim, ClaimWait, Lapse};
use crate::green::deferred::{Deferred, under};
use crate::green::line::{Grant, Line, Place};
use crate::green::rlock::{RLock, not_owned};
use crate::request::block::block;
use crate::request::current;
use crate::sync::{Arc, Mutex};

/// A condition variable with an [`RLock`], for code that was written for one.
///
/// Waiting and notifying need the lock. A wait releases all its levels and takes them all again. Clones are the same
/// condition. In new code a [`RequestCondition`](crate::RequestCondition) serves better: its lock guards the data.
///
/// As in Python's threading, and unlike in greenhouse, a wait with a limit says `true` if it was notified.
///
/// # Cancelling and dropping
///
/// After an error, a panic or a drop of the wait the caller does not own the lock, and guards that it still has release
/// nothing. A notification that its receiver could not use goes to the next waiter.
///
/// # Examples
///
/// ```
/// use headwater::{Request, green::Condition};
///
/// let condition = Condition::new();
/// let waiting = {
///     let condition = condition.clone();
///     Request::new(async move {
///         let _guard = condition.rlock().lock().await?;
///         condition.wait().await
///     })
/// };
/// waiting.submit();
/// while !waiting.has_ended() {
///     let _guard = condition.rlock().lock_wait()?;
///     condition.notify(1)?;
/// }
/// waiting.wait()?;
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Condition {
    lock: RLock,
    line: Arc<Mutex<Line>>,
}

impl Condition {
    /// A condition with a lock of its own.
    pub fn new() -> Self {
        Self::default()
    }

    /// A condition for `lock`; several may share one.
    pub fn with_lock(lock: &RLock) -> Self {
        Self {
            lock: lock.clone(),
            line: Arc::default(),
        }
    }

    /// The lock.
    pub fn rlock(&self) -> &RLock {
        &self.lock
    }

    /// Releases the lock, waits for a notification, and takes the lock again, all levels that the caller had, but for those
    /// whose guards were dropped meanwhile.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the lock to others; a notification that had arrived goes to the next waiter.
    ///
    /// # Errors
    ///
    /// `Invalid` if the caller does not own the lock. [`is_interrupted`](Error::is_interrupted) as soon as the current
    /// request is cancelled, except in a [`shield`](crate::shield()); [`is_timeout`](Error::is_timeout) once the deadline of
    /// its context has passed. After these two the caller does not own the lock.
    pub async fn wait(&self) -> Result<(), Error> {
        self.wait_within(None).await.map(drop)
    }

    /// The same for at most `limit`, until the notification: whether it came. The caller owns the lock again in either case,
    /// however long that takes.
    ///
    /// # Cancel safety
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait); that the time is over is no error but `false`.
    pub async fn wait_timeout(&self, limit: Duration) -> Result<bool, Error> {
        self.wait_within(Some(limit)).await
    }

    /// Waits for as long as `pending` is true: asked first at once, then after every notification, always under the lock.
    ///
    /// # Cancel safety
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
    pub async fn wait_while(&self, mut pending: impl FnMut() -> bool) -> Result<(), Error> {
        while pending() {
            self.wait().await?;
        }
        Ok(())
    }

    /// Blocks the thread as [`wait`](Self::wait) suspends a request.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait), and [`is_would_block`](Error::is_would_block) where blocking could hang; the caller then
    /// still owns the lock.
    pub fn block(&self) -> Result<(), Error> {
        self.block_within(None).map(drop)
    }

    /// Blocks the thread as [`wait_timeout`](Self::wait_timeout) suspends a request.
    ///
    /// # Errors
    ///
    /// As [`block`](Self::block).
    pub fn block_timeout(&self, limit: Duration) -> Result<bool, Error> {
        self.block_within(Some(limit))
    }

    /// Wakes the `n` waiters that came first, or as many as there are.
    ///
    /// # Errors
    ///
    /// `Invalid` if the caller does not own the lock.
    pub fn notify(&self, n: usize) -> Result<(), Error> {
        self.check_owned()?;
        under(&self.line, |line, deferred| {
            for _ in 0..n.min(line.waiting()) {
                line.grant(deferred);
            }
        });
        Ok(())
    }

    /// Wakes everybody who waits.
    ///
    /// # Errors
    ///
    /// `Invalid` if the caller does not own the lock.
    pub fn notify_all(&self) -> Result<(), Error> {
        self.check_owned()?;
        under(&self.line, |line, deferred| line.grant_all(deferred));
        Ok(())
    }

    fn check_owned(&self) -> Result<(), Error> {
        match self.lock.is_owned() {
            true => Ok(()),
            false => Err(not_owned("notifying")),
        }
    }

    async fn wait_within(&self, limit: Option<Duration>) -> Result<bool, Error> {
        let mut claim = Notified::default();
        // In line first; taken out again by the drop if the lock is not the caller's.
        self.line.lock().enter(&mut claim.place);
        let notified = ClaimWait::new(&self.line, claim);
        let suspended = self.lock.suspend()?;
        let grant = notified.within(limit).await?;
        let unused = Unused {
            line: (grant == Some(Grant::One)).then(|| Arc::clone(&self.line)),
        };
        suspended.resume().await?;
        unused.use_up();
        Ok(grant.is_some())
    }

    fn block_within(&self, limit: Option<Duration>) -> Result<bool, Error> {
        let waited = block(self.wait_within(limit), None, current::engine())?;
        waited.unwrap_or_else(|| Err(Error::condition(ErrorKind::TimedOut, "no notification in time")))
    }
}

/// Waits at its place until it is notified; `None` when the time is over.
#[derive(Default)]
struct Notified {
    place: Place,
}

impl Claim for Notified {
    type State = Line;
    type Output = Result<Option<Grant>, Error>;

    fn look(&mut self, line: &mut Line, waker: Option<Waker>, deferred: &mut Deferred) -> Poll<Self::Output> {
        if let Some(grant) = line.claim(&mut self.place) {
            return Poll::Ready(Ok(Some(grant)));
        }
        if let Some(waker) = waker {
            line.wait(&mut self.place, waker, deferred);
        }
        Poll::Pending
    }

    fn leave(&mut self, line: &mut Line, deferred: &mut Deferred) {
        if line.leave(&mut self.place, deferred) == Some(Grant::One) {
            line.grant(deferred);
        }
    }

    fn lapse(&mut self, lapse: Lapse) -> Self::Output {
        match lapse {
            Lapse::Late(_) => Ok(None),
            Lapse::Failed(_) => Err(lapse.error("a notification")),
        }
    }
}

/// A notification for one that has not been used yet; its drop hands it on.
struct Unused {
    line: Option<Arc<Mutex<Line>>>,
}

impl Unused {
    fn use_up(mut self) {
        self.line = None;
    }
}

impl Drop for Unused {
    fn drop(&mut self) {
        if let Some(line) = &self.line {
            under(line, |line, deferred| line.grant(deferred));
        }
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condition")
            .field("lock", &self.lock)
            .field("waiters", &self.line.lock().waiting())
            .finish()
    }
}
