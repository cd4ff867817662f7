//! A mutex for requests, tasks and threads together.

use std::fmt;
use std::panic::Location;
use std::time::Duration;

use crate::error::{Error, ErrorKind};
use crate::request::block::block;
use crate::request::cell::LockWait;
use crate::request::current;
use crate::request::deadline::Deadline;
use crate::request::lock_core::{Acquire, LockCore};
use crate::request::lock_guard::RequestLockGuard;
use crate::sync::{Arc, Mutex};

/// A mutex around a `T` that requests, plain async tasks on any executor, and threads share.
///
/// It is a handle: clones are the same lock. A request that waits for it is suspended and holds no slot.
///
/// # Fairness
///
/// Waiters are served in batches: whoever arrives while a batch is served is in the next one, so nobody starves. Within a
/// batch requests go by priority; tasks and threads, which have none, go by arrival among themselves, and before the most
/// urgent request exactly if they came before it. A released lock passes straight to the next waiter, so nobody slips in.
///
/// While requests wait, the most urgent of them lends its priority to the request that took the lock.
///
/// # Cancelling, dropping, panicking
///
/// A waiter that is dropped, timed out or cancelled leaves the queue; if the lock had just been passed to it, it passes
/// it on. A panic while the lock is held releases it: there is no poison.
///
/// # Not re-entrant
///
/// A request that holds the lock and asks for it again waits for itself: [`try_lock`](Self::try_lock) is `None`, and
/// [`lock`](Self::lock) waits. That is not reported as a circular wait, since guards can be moved: the one that is held
/// may be released by somebody else, and there are no false alarms here. [`Request::explain`](crate::Request::explain) and
/// snapshots name the lock and its holder.
///
/// # Examples
///
/// Two requests count together:
///
/// ```
/// use headwater::{Request, RequestLock};
///
/// let counter = RequestLock::new(0).named("counter");
/// let count = |counter: RequestLock<u32>| Request::new(async move {
///     *counter.lock().await? += 1;
///     Ok(())
/// });
/// let (one, two) = (count(counter.clone()), count(counter.clone()));
/// one.submit();
/// two.wait()?;
/// one.wait()?;
/// assert_eq!(*counter.lock_wait()?, 2);
/// # Ok::<(), headwater::Error>(())
/// ```
pub struct RequestLock<T> {
    inner: Arc<Inner<T>>,
}

struct Inner<T> {
    core: Arc<LockCore>,
    /// The value while nobody owns the lock; its owner has it otherwise. A box, so that it moves as a pointer.
    value: Mutex<Option<Box<T>>>,
}

impl<T> RequestLock<T> {
    /// A free lock around `value`.
    #[track_caller]
    pub fn new(value: T) -> Self {
        Self {
            inner: Arc::new(Inner {
                core: Arc::new(LockCore::new(Location::caller())),
                value: Mutex::new(Some(Box::new(value))),
            }),
        }
    }

    /// Names the lock in snapshots, explanations and errors. The first name stays.
    #[must_use]
    pub fn named(self, name: impl Into<Arc<str>>) -> Self {
        let _ = self.inner.core.name.set(name.into());
        self
    }

    /// Waits for the lock.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses the place in the queue and nothing else.
    ///
    /// # Errors
    ///
    /// [`is_interrupted`](Error::is_interrupted) as soon as the current request is cancelled, except in a
    /// [`shield`](crate::shield()); [`is_timeout`](Error::is_timeout) once the deadline of its context has passed.
    pub async fn lock(&self) -> Result<RequestLockGuard<T>, Error> {
        self.acquire(Deadline::default()).await
    }

    /// Waits for the lock for at most `limit`, in requests and on any executor.
    ///
    /// # Cancel safety
    ///
    /// As [`lock`](Self::lock).
    ///
    /// # Errors
    ///
    /// As [`lock`](Self::lock), and [`is_timeout`](Error::is_timeout).
    pub async fn lock_timeout(&self, limit: Duration) -> Result<RequestLockGuard<T>, Error> {
        self.acquire(Deadline::within(limit)).await
    }

    /// Takes the lock if it is free. Never waits; also in kernels, callbacks and cancelled requests.
    pub fn try_lock(&self) -> Option<RequestLockGuard<T>> {
        self.inner
            .core
            .try_acquire()
            .then(|| RequestLockGuard::new(self.clone()))
    }

    /// Blocks the thread until it owns the lock.
    ///
    /// # Errors
    ///
    /// As [`lock`](Self::lock), and [`is_would_block`](Error::is_would_block) where blocking could hang, as in
    /// [`Request::wait`](crate::Request::wait).
    pub fn lock_wait(&self) -> Result<RequestLockGuard<T>, Error> {
        self.block(None)
    }

    /// The same, for at most `limit`.
    ///
    /// # Errors
    ///
    /// As [`lock_wait`](Self::lock_wait), and [`is_timeout`](Error::is_timeout).
    pub fn lock_wait_timeout(&self, limit: Duration) -> Result<RequestLockGuard<T>, Error> {
        self.block(Some(limit))
    }

    /// Whether somebody owns the lock at this moment.
    pub fn is_locked(&self) -> bool {
        self.inner.core.is_held()
    }

    async fn acquire(&self, deadline: Deadline) -> Result<RequestLockGuard<T>, Error> {
        Acquire::new(&self.inner.core, deadline).await?;
        Ok(RequestLockGuard::new(self.clone()))
    }

    fn block(&self, limit: Option<Duration>) -> Result<RequestLockGuard<T>, Error> {
        if !current::is_interrupted()
            && let Some(guard) = self.try_lock()
        {
            return Ok(guard);
        }
        let engine = current::engine().or_else(|| self.inner.core.inline_engine());
        let acquired = block(self.acquire(Deadline::default()), limit, engine)?;
        acquired.unwrap_or_else(|| {
            let message = format!(
                "{} was not free within {:?}",
                self.inner.core.name(),
                limit.unwrap_or_default()
            );
            Err(Error::condition(ErrorKind::TimedOut, message))
        })
    }

    pub(crate) fn take_value(&self) -> Option<Box<T>> {
        self.inner.value.lock().take()
    }

    pub(crate) fn put_back(&self, value: Option<Box<T>>) {
        *self.inner.value.lock() = value;
        self.inner.core.release();
    }
}

impl<T> Clone for RequestLock<T> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
        }
    }
}

impl<T: Default> Default for RequestLock<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> fmt::Debug for RequestLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestLock")
            .field("name", &self.inner.core.name())
            .field("locked", &self.is_locked())
            .finish_non_exhaustive()
    }
}
