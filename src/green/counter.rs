//! A number to wait for.

use std::collections::BTreeMap;
use std::fmt;
use std::task::{Poll, Waker};
use std::time::Duration;

use crate::error::Error;
use crate::green::claim_wait::{Claim, ClaimWait, Lapse};
use crate::green::counter_guard::CounterGuard;
use crate::green::deferred::{Deferred, under};
use crate::green::until::Until;
use crate::sync::{Arc, Mutex};

/// A number that goes up and down, and that requests, tasks on any executor and threads wait for.
///
/// Every value that the counter takes is shown to everybody who waits for an [`Until`]: whoever waits for exactly 3 is released
/// even if the counter has gone on to 4 before it gets to run. Greenhouse lost such a value. Clones are the same counter.
///
/// # Dropping
///
/// A wait that is dropped, timed out or cancelled leaves nothing behind.
///
/// # Examples
///
/// Waiting until no worker is left:
///
/// ```
/// use headwater::{Request, green::{Counter, Until}};
///
/// let busy = Counter::new(0);
/// let workers: Vec<_> = (0..3)
///     .map(|_| {
///         let scope = busy.scope(); // one more, until it is dropped
///         Request::new(async move { drop(scope); Ok(()) })
///     })
///     .collect();
/// assert_eq!(busy.value(), 3);
/// workers.iter().for_each(Request::submit);
/// assert_eq!(busy.block(Until::Exactly(0))?, 0);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Counter {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    value: i64,
    /// How often it has changed.
    changes: u64,
    waiters: BTreeMap<u64, Waiter>,
    arrived: u64,
}

struct Waiter {
    goal: Goal,
    /// The value that met the goal.
    met: Option<i64>,
    waker: Option<Waker>,
}

#[derive(Clone, Copy)]
enum Goal {
    Until(Until),
    /// Any change after so many.
    Change(u64),
}

impl Goal {
    fn is_met_by(self, value: i64, changes: u64) -> bool {
        match self {
            Self::Until(until) => until.is_met_by(value),
            Self::Change(since) => changes > since,
        }
    }
}

impl Counter {
    /// A counter that begins at `value`.
    pub fn new(value: i64) -> Self {
        let state = State {
            value,
            ..State::default()
        };
        Self {
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// The value now.
    pub fn value(&self) -> i64 {
        self.state.lock().value
    }

    /// One more; the new value.
    pub fn increment(&self) -> i64 {
        self.add(1)
    }

    /// One less; the new value.
    pub fn decrement(&self) -> i64 {
        self.add(-1)
    }

    /// Adds `by` in one step, which may be negative; the new value. It stops at the ends of `i64`.
    pub fn add(&self, by: i64) -> i64 {
        under(&self.state, |state, deferred| {
            state.value = state.value.saturating_add(by);
            state.changes += 1;
            state.tell(deferred);
            state.value
        })
    }

    /// One more, until the guard is dropped.
    pub fn scope(&self) -> CounterGuard {
        self.increment();
        CounterGuard::new(self.clone())
    }

    /// Waits until the counter has a value that meets `until`, and returns that value.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the wait and loses nothing.
    ///
    /// # Errors
    ///
    /// [`is_interrupted`](Error::is_interrupted) as soon as the current request is cancelled, except in a
    /// [`shield`](crate::shield()); [`is_timeout`](Error::is_timeout) once the deadline of its context has passed.
    pub async fn wait(&self, until: Until) -> Result<i64, Error> {
        self.waiting(Goal::Until(until)).await
    }

    /// The same for at most `limit`.
    ///
    /// # Cancel safety
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait), and [`is_timeout`](Error::is_timeout) when the time is over.
    pub async fn wait_timeout(&self, until: Until, limit: Duration) -> Result<i64, Error> {
        self.waiting(Goal::Until(until)).within(Some(limit)).await
    }

    /// Waits until `is_met` is true of the value: asked first at once, then after changes. Unlike [`wait`](Self::wait) it
    /// sees the value at the time when it runs, which may have jumped over some.
    ///
    /// # Cancel safety
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
    pub async fn wait_for(&self, mut is_met: impl FnMut(i64) -> bool) -> Result<i64, Error> {
        loop {
            let (value, changes) = {
                let state = self.state.lock();
                (state.value, state.changes)
            };
            if is_met(value) {
                return Ok(value);
            }
            self.waiting(Goal::Change(changes)).await?;
        }
    }

    /// Blocks the thread as [`wait`](Self::wait) suspends a request.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait), and [`is_would_block`](Error::is_would_block) where blocking could hang.
    pub fn block(&self, until: Until) -> Result<i64, Error> {
        self.waiting(Goal::Until(until)).block(None)
    }

    /// Blocks the thread as [`wait_timeout`](Self::wait_timeout) suspends a request.
    ///
    /// # Errors
    ///
    /// As [`block`](Self::block), and [`is_timeout`](Error::is_timeout) when the time is over.
    pub fn block_timeout(&self, until: Until, limit: Duration) -> Result<i64, Error> {
        self.waiting(Goal::Until(until)).block(Some(limit))
    }

    fn waiting(&self, goal: Goal) -> ClaimWait<Reached> {
        ClaimWait::new(&self.state, Reached { goal, key: None })
    }
}

impl State {
    /// Shows the value to everybody who waits.
    fn tell(&mut self, deferred: &mut Deferred) {
        for waiter in self.waiters.values_mut().filter(|waiter| waiter.met.is_none()) {
            if waiter.goal.is_met_by(self.value, self.changes) {
                waiter.met = Some(self.value);
                deferred.wake(waiter.waker.take());
            }
        }
    }
}

struct Reached {
    goal: Goal,
    key: Option<u64>,
}

impl Claim for Reached {
    type State = State;
    type Output = Result<i64, Error>;

    fn look(&mut self, state: &mut State, waker: Option<Waker>, deferred: &mut Deferred) -> Poll<Self::Output> {
        let met = self.key.and_then(|key| state.waiters.get(&key)?.met);
        let is_met_now = self.goal.is_met_by(state.value, state.changes);
        if let Some(value) = met.or(is_met_now.then_some(state.value)) {
            self.leave(state, deferred);
            return Poll::Ready(Ok(value));
        }
        if let Some(waker) = waker {
            let key = *self.key.get_or_insert_with(|| {
                state.arrived += 1;
                state.arrived
            });
            let waiter = Waiter {
                goal: self.goal,
                met: None,
                waker: Some(waker),
            };
            let old = state.waiters.insert(key, waiter);
            deferred.discard(old.and_then(|old| old.waker));
        }
        Poll::Pending
    }

    fn leave(&mut self, state: &mut State, deferred: &mut Deferred) {
        let left = self.key.take().and_then(|key| state.waiters.remove(&key));
        deferred.discard(left.and_then(|left| left.waker));
    }

    fn lapse(&mut self, lapse: Lapse) -> Self::Output {
        Err(match self.goal {
            Goal::Until(until) => lapse.error(format_args!("a counter's value {until:?}")),
            Goal::Change(_) => lapse.error("a change of a counter"),
        })
    }
}

impl fmt::Debug for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.lock();
        f.debug_struct("Counter")
            .field("value", &state.value)
            .field("waiters", &state.waiters.len())
            .finish()
    }
}
