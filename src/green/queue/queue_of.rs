//! The handle of a queue of any order.

use std::fmt;
use std::task::Poll;
use std::time::Duration;

use crate::error::Error;
use crate::green::claim_wait::ClaimWait;
use crate::green::deferred::under;
use crate::green::put_error::PutError;
use crate::green::queue::claims::{Get, Join, Put};
use crate::green::queue::queue_discipline::QueueDiscipline;
use crate::green::queue::state::QueueState;
use crate::green::queue::try_get_error::TryGetError;
use crate::sync::{Arc, Mutex};

/// Hands items from any number of putters to any number of getters, requests, tasks on any executor and threads alike, and
/// counts what is still to be done.
///
/// Its order is its [discipline](crate::green::QueueDiscipline): a [`Queue`](crate::green::Queue) is first in, first out, a
/// [`LifoQueue`](crate::green::LifoQueue) last in, first out, a [`PriorityQueue`](crate::green::PriorityQueue) gives the
/// smallest number first. Those who wait are served in the order of their arrival, and an item that somebody was woken for
/// is not taken by a third. Clones are the same queue.
///
/// # Closing and dropping
///
/// A [closed](Self::close) queue takes no more items, and gives `None` when those that it has are gone. Dropping the last
/// clone drops the items. A wait that is dropped, timed out or cancelled leaves nothing behind: what it was woken for goes
/// to the next in line.
///
/// # Examples
///
/// Two workers, and a thread that waits until all is done:
///
/// ```
/// use headwater::{Request, green::Queue};
///
/// let queue = Queue::bounded(4);
/// let workers: Vec<Request<()>> = (0..2)
///     .map(|_| {
///         let queue = queue.clone();
///         Request::new(async move {
///             while let Some(number) = queue.get().await? {
///                 assert!(number < 10);
///                 queue.task_done()?;
///             }
///             Ok(())
///         })
///     })
///     .collect();
/// workers.iter().for_each(Request::submit);
/// for number in 0..10 {
///     queue.put_wait(number)?;
/// }
/// queue.join_wait()?;
/// queue.close();
/// workers.iter().try_for_each(Request::wait)?;
/// # Ok::<(), headwater::Error>(())
/// ```
pub struct QueueOf<S> {
    state: Arc<Mutex<QueueState<S>>>,
}

impl<S: QueueDiscipline> QueueOf<S> {
    /// A queue that always has room.
    pub fn unbounded() -> Self {
        Self::with_capacity(usize::MAX)
    }

    /// A queue for at most `capacity` items; 0 means that it always has room, as in greenhouse.
    pub fn bounded(capacity: usize) -> Self {
        Self::with_capacity(if capacity == 0 { usize::MAX } else { capacity })
    }

    fn with_capacity(capacity: usize) -> Self {
        Self {
            state: Arc::new(Mutex::new(QueueState::new(capacity))),
        }
    }

    /// Waits for room, and puts the item.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before it is ready drops the item with it; it has not been put.
    ///
    /// # Errors
    ///
    /// With the item: [`is_closed`](PutError::is_closed), or what waiting in a cancelled request or beyond its deadline
    /// gives.
    pub async fn put(&self, item: S::Item) -> Result<(), PutError<S::Item>> {
        self.putting(item).await
    }

    /// The same for at most `limit`.
    ///
    /// # Cancel safety
    ///
    /// As [`put`](Self::put).
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put), and [`is_timeout`](PutError::is_timeout) when the time is over.
    pub async fn put_timeout(&self, item: S::Item, limit: Duration) -> Result<(), PutError<S::Item>> {
        self.putting(item).within(Some(limit)).await
    }

    /// Puts the item if there is room, and nobody waits for that. Never waits.
    ///
    /// # Errors
    ///
    /// With the item: [`is_full`](PutError::is_full) or [`is_closed`](PutError::is_closed).
    pub fn try_put(&self, item: S::Item) -> Result<(), PutError<S::Item>> {
        let mut putting = self.putting(item);
        match putting.at_once() {
            Poll::Ready(done) => done,
            Poll::Pending => putting
                .claim()
                .take_back()
                .map_or(Ok(()), |item| Err(PutError::full(item))),
        }
    }

    /// Blocks the thread as [`put`](Self::put) suspends a request.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put), and a cause with [`is_would_block`](Error::is_would_block) where blocking could hang.
    pub fn put_wait(&self, item: S::Item) -> Result<(), PutError<S::Item>> {
        self.putting(item).block(None)
    }

    /// The same for at most `limit`.
    ///
    /// # Errors
    ///
    /// As [`put_wait`](Self::put_wait), and [`is_timeout`](PutError::is_timeout) when the time is over.
    pub fn put_wait_timeout(&self, item: S::Item, limit: Duration) -> Result<(), PutError<S::Item>> {
        self.putting(item).block(Some(limit))
    }

    /// Waits for an item; `None` once the queue is closed and empty.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before it is ready takes no item.
    ///
    /// # Errors
    ///
    /// [`is_interrupted`](Error::is_interrupted) as soon as the current request is cancelled, except in a
    /// [`shield`](crate::shield()); [`is_timeout`](Error::is_timeout) once the deadline of its context has passed.
    pub async fn get(&self) -> Result<Option<S::Item>, Error> {
        self.getting().await
    }

    /// The same for at most `limit`.
    ///
    /// # Cancel safety
    ///
    /// As [`get`](Self::get).
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get), and [`is_timeout`](Error::is_timeout) when the time is over.
    pub async fn get_timeout(&self, limit: Duration) -> Result<Option<S::Item>, Error> {
        self.getting().within(Some(limit)).await
    }

    /// Takes an item if there is one that nobody has been woken for. Never waits.
    ///
    /// # Errors
    ///
    /// Whether there may be one later.
    pub fn try_get(&self) -> Result<S::Item, TryGetError> {
        match self.getting().at_once() {
            Poll::Ready(Ok(Some(item))) => Ok(item),
            Poll::Ready(_) => Err(TryGetError::Closed),
            Poll::Pending => Err(TryGetError::Empty),
        }
    }

    /// Blocks the thread as [`get`](Self::get) suspends a request.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get), and [`is_would_block`](Error::is_would_block) where blocking could hang.
    pub fn get_wait(&self) -> Result<Option<S::Item>, Error> {
        self.getting().block(None)
    }

    /// The same for at most `limit`.
    ///
    /// # Errors
    ///
    /// As [`get_wait`](Self::get_wait), and [`is_timeout`](Error::is_timeout) when the time is over.
    pub fn get_wait_timeout(&self, limit: Duration) -> Result<Option<S::Item>, Error> {
        self.getting().block(Some(limit))
    }

    /// Reports that an item, which was got before, is done.
    ///
    /// # Errors
    ///
    /// `Invalid` if it was called more often than items were put; nothing changes then.
    pub fn task_done(&self) -> Result<(), Error> {
        match under(&self.state, |state, deferred| state.done(deferred)) {
            true => Ok(()),
            false => Err(Error::invalid("`task_done` was called more often than items were put")),
        }
    }

    /// Waits until every item that was put has been reported as [done](Self::task_done); at once if there is none.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the wait and loses nothing.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub async fn join(&self) -> Result<(), Error> {
        self.joining().await
    }

    /// The same for at most `limit`.
    ///
    /// # Cancel safety
    ///
    /// As [`join`](Self::join).
    ///
    /// # Errors
    ///
    /// As [`join`](Self::join), and [`is_timeout`](Error::is_timeout) when the time is over.
    pub async fn join_timeout(&self, limit: Duration) -> Result<(), Error> {
        self.joining().within(Some(limit)).await
    }

    /// Blocks the thread as [`join`](Self::join) suspends a request.
    ///
    /// # Errors
    ///
    /// As [`join`](Self::join), and [`is_would_block`](Error::is_would_block) where blocking could hang.
    pub fn join_wait(&self) -> Result<(), Error> {
        self.joining().block(None)
    }

    /// The same for at most `limit`.
    ///
    /// # Errors
    ///
    /// As [`join_wait`](Self::join_wait), and [`is_timeout`](Error::is_timeout) when the time is over.
    pub fn join_wait_timeout(&self, limit: Duration) -> Result<(), Error> {
        self.joining().block(Some(limit))
    }

    /// Takes no more items. Whoever waits for an item that cannot come gets `None`, whoever waits for room its item back.
    pub fn close(&self) {
        under(&self.state, |state, deferred| state.close(deferred));
    }

    /// Whether it was closed.
    pub fn is_closed(&self) -> bool {
        self.state.lock().is_closed
    }

    /// Items that have not been taken.
    pub fn len(&self) -> usize {
        self.state.lock().items.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Items that were put and have not been reported as done.
    pub fn unfinished(&self) -> usize {
        self.state.lock().unfinished
    }

    fn putting(&self, item: S::Item) -> ClaimWait<Put<S>> {
        ClaimWait::new(&self.state, Put::new(item))
    }

    fn getting(&self) -> ClaimWait<Get<S>> {
        ClaimWait::new(&self.state, Get::default())
    }

    fn joining(&self) -> ClaimWait<Join<S>> {
        ClaimWait::new(&self.state, Join::default())
    }
}

impl<S> Clone for QueueOf<S> {
    fn clone(&self) -> Self {
        Self {
            state: Arc::clone(&self.state),
        }
    }
}

/// As [`unbounded`](QueueOf::unbounded).
impl<S: QueueDiscipline> Default for QueueOf<S> {
    fn default() -> Self {
        Self::unbounded()
    }
}

impl<S: QueueDiscipline> fmt::Debug for QueueOf<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.lock();
        f.debug_struct("Queue")
            .field("len", &state.items.len())
            .field("is_closed", &state.is_closed)
            .field("unfinished", &state.unfinished)
            .finish_non_exhaustive()
    }
}
