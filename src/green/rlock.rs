//! A lock that its owner may take again.
//!
//! A *hold* is the time from the first level taken to the last one released; it has a number. A guard remembers the number, so
//! one that outlives its hold (its owner lost the lock in a wait that was dropped) releases nothing of somebody else's.

use std::fmt;
use std::task::{Poll, Waker};
use std::time::Duration;

use crate::error::Error;
use crate::green::aside::{Aside, under};
use crate::green::line::{Grant, Line, Place};
use crate::green::owner::Owner;
use crate::green::rlock_guard::RLockGuard;
use crate::green::standing::{Claim, Lapse, Standing};
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

#[derive(Default)]
pub(crate) struct RLockState {
    hold: Option<Hold>,
    holds: u64,
    line: Line,
}

/// What its owner has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hold {
    owner: Owner,
    number: u64,
    levels: usize,
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
        self.guard(self.standing().await?)
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
        self.guard(self.standing().within(Some(limit)).await?)
    }

    /// Takes the lock if it is free or the caller's. Never waits.
    pub fn try_lock(&self) -> Option<RLockGuard> {
        match self.standing().at_once() {
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
        self.guard(self.standing().block(None)?)
    }

    /// The same for at most `limit`.
    ///
    /// # Errors
    ///
    /// As [`lock_wait`](Self::lock_wait), and [`is_timeout`](Error::is_timeout) when the time is over.
    pub fn lock_wait_timeout(&self, limit: Duration) -> Result<RLockGuard, Error> {
        self.guard(self.standing().block(Some(limit))?)
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
        self.standing().await.map(drop)
    }

    /// Releases one level.
    ///
    /// # Errors
    ///
    /// `Invalid` if the caller does not own the lock; nothing changes then.
    pub fn release(&self) -> Result<(), Error> {
        let owner = Owner::current();
        under(&self.state, |state, aside| match state.hold {
            Some(hold) if hold.owner == owner => {
                state.release(hold.number, aside);
                Ok(())
            }
            _ => Err(not_owned("releasing")),
        })
    }

    /// Whether anybody owns it.
    pub fn is_locked(&self) -> bool {
        let state = self.state.lock();
        state.hold.is_some() || state.line.granted() > 0
    }

    /// Whether the caller owns it.
    pub fn is_owned(&self) -> bool {
        let owner = Owner::current();
        self.state.lock().hold.is_some_and(|hold| hold.owner == owner)
    }

    /// Takes all levels from the caller, who must own the lock.
    pub(crate) fn suspend(&self) -> Result<Hold, Error> {
        let owner = Owner::current();
        under(&self.state, |state, aside| {
            let hold = state.hold.take_if(|hold| hold.owner == owner);
            let hold = hold.ok_or_else(|| not_owned("waiting"))?;
            state.line.grant(aside);
            Ok(hold)
        })
    }

    /// Waits for the lock and gives its owner all levels back.
    pub(crate) async fn resume(&self, hold: Hold) -> Result<(), Error> {
        let claim = Enter {
            place: Place::default(),
            again: Some(hold),
        };
        Standing::new(&self.state, claim).await.map(drop)
    }

    pub(crate) fn release_hold(&self, number: u64) {
        under(&self.state, |state, aside| state.release(number, aside));
    }

    fn standing(&self) -> Standing<Enter> {
        let claim = Enter {
            place: Place::default(),
            again: None,
        };
        Standing::new(&self.state, claim)
    }

    #[expect(clippy::unnecessary_wraps, reason = "the last step of functions that may fail")]
    fn guard(&self, number: u64) -> Result<RLockGuard, Error> {
        Ok(RLockGuard::new(self.clone(), number))
    }
}

pub(crate) fn not_owned(doing: &str) -> Error {
    Error::invalid(format!("{doing} takes the lock, which the caller does not own"))
}

impl RLockState {
    /// One level less, if that hold still lasts.
    fn release(&mut self, number: u64, aside: &mut Aside) {
        let Some(hold) = self.hold.as_mut().filter(|hold| hold.number == number) else {
            return;
        };
        hold.levels -= 1;
        if hold.levels == 0 {
            self.hold = None;
            self.line.grant(aside);
        }
    }
}

/// Takes the lock; ready with the number of the hold.
struct Enter {
    place: Place,
    /// All levels of an earlier hold.
    again: Option<Hold>,
}

impl Claim for Enter {
    type State = RLockState;
    type Output = Result<u64, Error>;

    fn look(&mut self, state: &mut RLockState, waker: Option<Waker>, aside: &mut Aside) -> Poll<Self::Output> {
        let owner = Owner::current();
        if let Some(hold) = state.hold.as_mut().filter(|hold| hold.owner == owner) {
            hold.levels += self.again.map_or(1, |again| again.levels);
            let number = hold.number;
            self.leave(state, aside);
            return Poll::Ready(Ok(number));
        }
        let is_free = state.hold.is_none() && state.line.granted() == 0;
        if is_free || state.line.claim(&mut self.place).is_some() {
            self.leave(state, aside);
            state.holds += u64::from(self.again.is_none());
            let first = Hold {
                owner,
                number: state.holds,
                levels: 1,
            };
            let hold = *state.hold.insert(self.again.unwrap_or(first));
            return Poll::Ready(Ok(hold.number));
        }
        if let Some(waker) = waker {
            state.line.wait(&mut self.place, waker, aside);
        }
        Poll::Pending
    }

    fn leave(&mut self, state: &mut RLockState, aside: &mut Aside) {
        if state.line.leave(&mut self.place, aside) == Some(Grant::One) {
            state.line.grant(aside);
        }
    }

    fn lapse(&mut self, lapse: Lapse) -> Self::Output {
        Err(lapse.error("a lock"))
    }
}

impl fmt::Debug for RLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.lock();
        f.debug_struct("RLock")
            .field("hold", &state.hold)
            .field("waiters", &state.line.waiting())
            .finish()
    }
}
