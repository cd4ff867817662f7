//! A flag to wait for.

use std::fmt;
use std::task::{Poll, Waker};
use std::time::Duration;

use crate::error::Error;
use crate::green::claim_wait::{Claim, ClaimWait, Lapse};
use crate::green::deferred::{Deferred, under};
use crate::green::line::{Line, Place};
use crate::sync::{Arc, Mutex};

/// A flag that requests, tasks on any executor and threads wait for, until somebody sets it.
///
/// Whoever waits at the moment of [`set`](Self::set) is released, in the order of arrival, even if the event is
/// [cleared](Self::clear) before it gets to run. Clones are the same event.
///
/// As in Python's threading, and unlike in greenhouse, a wait with a limit says `true` if the event was set.
///
/// # Dropping
///
/// A wait that is dropped, timed out or cancelled leaves nothing behind.
///
/// # Examples
///
/// A request waits until a thread has opened the gate:
///
/// ```
/// use headwater::{Request, green::Event};
///
/// let gate = Event::new();
/// let waiting = {
///     let gate = gate.clone();
///     Request::new(async move { gate.wait().await })
/// };
/// waiting.submit();
/// gate.set();
/// waiting.wait()?;
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Event {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    is_set: bool,
    line: Line,
}

impl Event {
    /// An event that is not set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the event and releases everybody who waits. Set again, it changes nothing.
    pub fn set(&self) {
        under(&self.state, |state, deferred| {
            state.is_set = true;
            state.line.grant_all(deferred);
        });
    }

    /// Lets those who come from now on wait again.
    pub fn clear(&self) {
        self.state.lock().is_set = false;
    }

    /// Whether it is set.
    pub fn is_set(&self) -> bool {
        self.state.lock().is_set
    }

    /// Waits until the event is set; at once if it is.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the wait and loses nothing.
    ///
    /// # Errors
    ///
    /// [`is_interrupted`](Error::is_interrupted) as soon as the current request is cancelled, except in a
    /// [`shield`](crate::shield()); [`is_timeout`](Error::is_timeout) once the deadline of its context has passed.
    pub async fn wait(&self) -> Result<(), Error> {
        self.waiting().await.map(drop)
    }

    /// The same for at most `limit`: whether the event was set.
    ///
    /// # Cancel safety
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait); that the time is over is no error but `false`.
    pub async fn wait_timeout(&self, limit: Duration) -> Result<bool, Error> {
        self.waiting().within(Some(limit)).await
    }

    /// Blocks the thread as [`wait`](Self::wait) suspends a request.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait), and [`is_would_block`](Error::is_would_block) where blocking could hang.
    pub fn block(&self) -> Result<(), Error> {
        self.waiting().block(None).map(drop)
    }

    /// Blocks the thread as [`wait_timeout`](Self::wait_timeout) suspends a request.
    ///
    /// # Errors
    ///
    /// As [`block`](Self::block).
    pub fn block_timeout(&self, limit: Duration) -> Result<bool, Error> {
        self.waiting().block(Some(limit))
    }

    fn waiting(&self) -> ClaimWait<UntilSet> {
        ClaimWait::new(&self.state, UntilSet::default())
    }
}

#[derive(Default)]
struct UntilSet {
    place: Place,
}

impl Claim for UntilSet {
    type State = State;
    type Output = Result<bool, Error>;

    fn look(&mut self, state: &mut State, waker: Option<Waker>, deferred: &mut Deferred) -> Poll<Self::Output> {
        if state.line.claim(&mut self.place).is_some() {
            return Poll::Ready(Ok(true));
        }
        if state.is_set {
            self.leave(state, deferred);
            return Poll::Ready(Ok(true));
        }
        if let Some(waker) = waker {
            state.line.wait(&mut self.place, waker, deferred);
        }
        Poll::Pending
    }

    fn leave(&mut self, state: &mut State, deferred: &mut Deferred) {
        state.line.leave(&mut self.place, deferred);
    }

    fn lapse(&mut self, lapse: Lapse) -> Self::Output {
        match lapse {
            Lapse::Late(_) => Ok(false),
            Lapse::Failed(_) => Err(lapse.error("an event")),
        }
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.lock();
        f.debug_struct("Event")
            .field("is_set", &state.is_set)
            .field("waiters", &state.line.waiting())
            .finish()
    }
}
