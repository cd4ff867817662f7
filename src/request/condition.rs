//! Waiting for something to change under a lock.
//!
//! A waiter stands in the condition's own list before it releases the lock, so a notification that follows the release
//! cannot miss it. A notification marks it and wakes it; it then asks for the lock like everybody else. Until it owns the
//! lock again the notification is not used up: dropped or cancelled on the way, it hands it on.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::error::{Error, ErrorKind};
use crate::request::block::block;
use crate::request::current;
use crate::request::deadline::Deadline;
use crate::request::guard::guarded;
use crate::request::lock_guard::RequestLockGuard;
use crate::sync::{Arc, Mutex};

/// A condition variable for [`RequestLock`](crate::RequestLock): any number of requests, tasks and threads wait for
/// something to change under the lock, others notify them.
///
/// A notification that finds nobody is lost, and a waiter may find that somebody else was faster, so wait in a loop or
/// with [`wait_while`](Self::wait_while). Notifying needs no lock, but what is waited for should be changed under it.
/// Clones are the same condition.
///
/// # Cancelling and dropping
///
/// A wait gives the lock away and returns it only with `Ok`: after an error, a panic or a drop the waiter does not own the
/// lock. A notification that its receiver could not use goes to the next waiter.
///
/// # Examples
///
/// A queue with a consumer:
///
/// ```
/// use headwater::{Request, RequestCondition, RequestLock};
///
/// let (queue, filled) = (RequestLock::new(Vec::new()), RequestCondition::new());
/// let consumer = {
///     let (queue, filled) = (queue.clone(), filled.clone());
///     Request::new(async move {
///         let mut items = filled.wait_while(queue.lock().await?, |items| items.is_empty()).await?;
///         Ok(items.pop())
///     })
/// };
/// consumer.submit();
/// queue.lock_wait()?.push("item");
/// filled.notify_one();
/// assert_eq!(consumer.wait()?, Some("item"));
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct RequestCondition {
    list: Arc<Mutex<List>>,
}

/// Who waits, in the order of arrival.
#[derive(Default)]
struct List {
    waiters: BTreeMap<u64, Waiter>,
    arrived: u64,
}

#[derive(Default)]
struct Waiter {
    waker: Option<Waker>,
    notice: Option<Notice>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Notice {
    /// For one: to be handed on if it is not used.
    One,
    All,
}

impl RequestCondition {
    /// A condition that nobody waits for.
    pub fn new() -> Self {
        Self::default()
    }

    /// Releases the lock, waits for a notification, and takes the lock again.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the lock to others; a notification that had arrived goes to the next waiter.
    ///
    /// # Errors
    ///
    /// [`is_interrupted`](Error::is_interrupted) as soon as the current request is cancelled, except in a
    /// [`shield`](crate::shield()); [`is_timeout`](Error::is_timeout) once the deadline of its context has passed. The
    /// caller then does not own the lock.
    pub async fn wait<T>(&self, guard: RequestLockGuard<T>) -> Result<RequestLockGuard<T>, Error> {
        self.wait_within(guard, Deadline::default()).await
    }

    /// The same, for at most `limit` until the notification.
    ///
    /// # Cancel safety
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait), and [`is_timeout`](Error::is_timeout). The caller then does not own the lock.
    pub async fn wait_timeout<T>(
        &self,
        guard: RequestLockGuard<T>,
        limit: Duration,
    ) -> Result<RequestLockGuard<T>, Error> {
        self.wait_within(guard, Deadline::within(limit)).await
    }

    /// Waits for as long as `pending` is true of the data, which is asked under the lock: first at once, then after every
    /// notification.
    ///
    /// # Cancel safety
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
    pub async fn wait_while<T>(
        &self,
        mut guard: RequestLockGuard<T>,
        mut pending: impl FnMut(&mut T) -> bool,
    ) -> Result<RequestLockGuard<T>, Error> {
        while pending(&mut guard) {
            guard = self.wait(guard).await?;
        }
        Ok(guard)
    }

    /// Blocks the thread as [`wait`](Self::wait) suspends a request.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait), and [`is_would_block`](Error::is_would_block) where blocking could hang.
    pub fn block<T>(&self, guard: RequestLockGuard<T>) -> Result<RequestLockGuard<T>, Error> {
        let engine = current::engine();
        block(self.wait(guard), None, engine)?.unwrap_or_else(|| Err(late()))
    }

    /// Blocks the thread as [`wait_timeout`](Self::wait_timeout) suspends a request.
    ///
    /// # Errors
    ///
    /// As [`block`](Self::block), and [`is_timeout`](Error::is_timeout).
    pub fn block_timeout<T>(&self, guard: RequestLockGuard<T>, limit: Duration) -> Result<RequestLockGuard<T>, Error> {
        let engine = current::engine();
        block(self.wait_timeout(guard, limit), None, engine)?.unwrap_or_else(|| Err(late()))
    }

    /// Blocks the thread as [`wait_while`](Self::wait_while) suspends a request.
    ///
    /// # Errors
    ///
    /// As [`block`](Self::block).
    pub fn block_while<T>(
        &self,
        guard: RequestLockGuard<T>,
        pending: impl FnMut(&mut T) -> bool,
    ) -> Result<RequestLockGuard<T>, Error> {
        let engine = current::engine();
        block(self.wait_while(guard, pending), None, engine)?.unwrap_or_else(|| Err(late()))
    }

    /// Wakes the waiter that came first, of those that have not been notified. Without one it does nothing.
    pub fn notify_one(&self) {
        let waker = self.list.lock().notify_one();
        wake(waker);
    }

    /// Wakes everybody who waits at this moment.
    pub fn notify_all(&self) {
        let wakers: Vec<Waker> = {
            let mut list = self.list.lock();
            let waiting = list.waiters.values_mut();
            waiting
                .filter_map(|waiter| {
                    waiter.notice = Some(Notice::All);
                    waiter.waker.take()
                })
                .collect()
        };
        wakers.into_iter().for_each(|waker| wake(Some(waker)));
    }

    async fn wait_within<T>(
        &self,
        guard: RequestLockGuard<T>,
        deadline: Deadline,
    ) -> Result<RequestLockGuard<T>, Error> {
        let notified = Notified::enter(&self.list, deadline);
        let lock = RequestLockGuard::lock_of(&guard).clone();
        drop(guard);
        // Kept until the lock is ours: dropped before, it hands the notification on.
        let notified = notified.await?;
        let guard = lock.lock().await?;
        notified.use_up();
        Ok(guard)
    }
}

fn late() -> Error {
    Error::condition(ErrorKind::TimedOut, "no notification in time")
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        let _ = guarded(|| waker.wake());
    }
}

impl List {
    #[must_use]
    fn notify_one(&mut self) -> Option<Waker> {
        let waiter = self.waiters.values_mut().find(|waiter| waiter.notice.is_none())?;
        waiter.notice = Some(Notice::One);
        waiter.waker.take()
    }
}

/// A place among the waiters; ready, with the place, when it has been notified.
struct Notified {
    place: Option<Place>,
    deadline: Deadline,
}

/// Ends on drop; an unused notification is handed on.
struct Place {
    list: Arc<Mutex<List>>,
    key: u64,
    is_used: bool,
}

impl Notified {
    fn enter(list: &Arc<Mutex<List>>, deadline: Deadline) -> Self {
        let key = {
            let mut list = list.lock();
            list.arrived += 1;
            let key = list.arrived;
            list.waiters.insert(key, Waiter::default());
            key
        };
        let place = Place {
            list: Arc::clone(list),
            key,
            is_used: false,
        };
        Self {
            place: Some(place),
            deadline,
        }
    }
}

impl Place {
    fn use_up(mut self) {
        self.is_used = true;
    }

    /// Whether the notification has come; if not, `waker` is called when it does.
    fn is_notified(&self, waker: &Waker) -> bool {
        let waker = waker.clone();
        let (is_notified, old) = {
            let mut list = self.list.lock();
            match list.waiters.get_mut(&self.key) {
                Some(waiter) if waiter.notice.is_none() => (false, waiter.waker.replace(waker)),
                _ => (true, Some(waker)),
            }
        };
        drop(old);
        is_notified
    }
}

impl Future for Notified {
    type Output = Result<Place, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if current::is_interrupted() {
            drop(self.place.take());
            return Poll::Ready(Err(current::interrupted()));
        }
        if let Some(place) = self.place.take_if(|place| place.is_notified(cx.waker())) {
            return Poll::Ready(Ok(place));
        }
        self.deadline.poll(cx).map(|error| {
            drop(self.place.take());
            Err(error.context("waiting for a notification"))
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let (left, next) = {
            let mut list = self.list.lock();
            let left = list.waiters.remove(&self.key);
            let hand_on = !self.is_used && left.as_ref().is_some_and(|waiter| waiter.notice == Some(Notice::One));
            let next = if hand_on { list.notify_one() } else { None };
            (left, next)
        };
        drop(left);
        wake(next);
    }
}

impl fmt::Debug for RequestCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestCondition")
            .field("waiters", &self.list.lock().waiters.len())
            .finish()
    }
}
