//! A pool whose results are got one by one.

use std::fmt;
use std::panic::Location;
use std::task::Poll;
use std::time::Duration;

use crate::error::Error;
use crate::green::pool::close::Close;
use crate::green::pool::core::PoolCore;
use crate::green::pool::iter::PoolIter;
use crate::green::pool::results::PoolResults;
use crate::green::pool::state::Keep;
use crate::green::put_error::PutError;
use crate::runtime::Runtime;
use crate::sync::Arc;

/// Runs one function on items that are put in at one side, at most `width` at a time, and gives the results at the other.
///
/// Each item runs as a [task](crate::green::Task) on the slots of the [`Runtime`]: it appears in
/// [snapshots](Runtime::snapshot) under the pool's name and can be cancelled there; its error or panic is its result and comes
/// out at its [`get`](Self::get); the others go on. Any number of requests, tasks and threads may put and get; those who wait
/// are served in the order of their arrival. Clones are the same pool.
///
/// # Backpressure
///
/// Items and results that nobody has taken count against the [`window`](Self::window); once it is full,
/// [`put`](Self::put) waits. Who puts all items before getting the first result needs a window as large as that.
///
/// # Closing
///
/// A [closed](Self::close) pool takes no more items, delivers all results that it has or will have, and then gives `None`
/// to everybody. [`open`](Self::open) lets it take items again.
///
/// # Dropping
///
/// Dropping the last clone, with no stream of [`results`](Self::results) left, aborts the pool. A put or get that is dropped,
/// timed out or cancelled leaves nothing behind: what it was woken for goes to the next in line.
///
/// # Examples
///
/// Results in the order of the items, whatever takes longest:
///
/// ```
/// use headwater::green::{Close, Pool};
///
/// let pool = Pool::ordered(3, |n: u64| async move { Ok(n * n) });
/// for n in 1..=5 {
///     pool.put_wait(n)?;
/// }
/// pool.close(Close::Drain);
/// let squares: Vec<u64> = pool.iter_wait().collect::<Result<_, _>>()?;
/// assert_eq!(squares, [1, 4, 9, 16, 25]);
/// # Ok::<(), headwater::Error>(())
/// ```
pub struct Pool<I: Send + 'static, T: Send + 'static> {
    handle: Arc<Handle<I, T>>,
}

/// What all clones share; its drop is the drop of the last one.
struct Handle<I: Send + 'static, T: Send + 'static> {
    core: Arc<PoolCore<I, T>>,
}

impl<I: Send + 'static, T: Send + 'static> Drop for Handle<I, T> {
    fn drop(&mut self) {
        self.core.close(Close::Abort);
    }
}

impl<I: Send + 'static, T: Send + 'static> Pool<I, T> {
    /// A pool that runs `f` on at most `width` items at a time (at least 1), and gives results as they are ready.
    #[track_caller]
    pub fn new<F, W>(width: usize, f: F) -> Self
    where
        F: Fn(I) -> W + Send + Sync + 'static,
        W: Future<Output = Result<T, Error>> + Send + 'static,
    {
        Self::of(PoolCore::new(width, Keep::Any, Location::caller(), f))
    }

    /// The same, with the results in the order in which the items were put.
    #[track_caller]
    pub fn ordered<F, W>(width: usize, f: F) -> Self
    where
        F: Fn(I) -> W + Send + Sync + 'static,
        W: Future<Output = Result<T, Error>> + Send + 'static,
    {
        Self::of(PoolCore::new(width, Keep::InOrder, Location::caller(), f))
    }

    fn of(core: PoolCore<I, T>) -> Self {
        let core = Arc::new(core);
        Self {
            handle: Arc::new(Handle { core }),
        }
    }

    /// How many items may be in the pool, results that nobody has taken included: at least the width, and four times the
    /// width if not given.
    #[must_use]
    pub fn window(self, items: usize) -> Self {
        self.core().set_window(items);
        self
    }

    /// The runtime to run on, rather than the one of the request that made the pool, or the entered or the default one.
    #[must_use]
    pub fn on(self, runtime: &Runtime) -> Self {
        self.core().set_engine(runtime.engine());
        self
    }

    /// Names the tasks of the pool in snapshots and errors; `pool` if not given.
    #[must_use]
    pub fn named(self, name: impl Into<Arc<str>>) -> Self {
        self.core().set_name(name.into());
        self
    }

    /// Waits for room, and puts an item to be worked on.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before it is ready drops the item with it; it has not been put.
    ///
    /// # Errors
    ///
    /// With the item: [`is_closed`](PutError::is_closed), or what waiting in a cancelled request or beyond its deadline
    /// gives.
    pub async fn put(&self, item: I) -> Result<(), PutError<I>> {
        let put = self.core().putting(item).await;
        self.core().pump();
        put
    }

    /// Puts an item if there is room, and nobody waits for that. Never waits.
    ///
    /// # Errors
    ///
    /// With the item: [`is_full`](PutError::is_full) or [`is_closed`](PutError::is_closed).
    pub fn try_put(&self, item: I) -> Result<(), PutError<I>> {
        self.core().try_put(item)
    }

    /// Blocks the thread as [`put`](Self::put) suspends a request.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put), and a cause with [`is_would_block`](Error::is_would_block) where blocking could hang.
    pub fn put_wait(&self, item: I) -> Result<(), PutError<I>> {
        self.core().put_wait(item)
    }

    /// Waits for the next result; `None` once the pool is closed and nothing is left in it.
    ///
    /// The outer error is that of the wait, the inner one that of the item.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before it is ready takes no result.
    ///
    /// # Errors
    ///
    /// [`is_interrupted`](Error::is_interrupted) as soon as the current request is cancelled, except in a
    /// [`shield`](crate::shield()); [`is_timeout`](Error::is_timeout) once the deadline of its context has passed.
    pub async fn get(&self) -> Result<Option<Result<T, Error>>, Error> {
        self.core().getting().await
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
    pub async fn get_timeout(&self, limit: Duration) -> Result<Option<Result<T, Error>>, Error> {
        self.core().getting().within(Some(limit)).await
    }

    /// The next result if there is one that nobody has been woken for. Never waits.
    ///
    /// # Errors
    ///
    /// That of the item.
    pub fn try_get(&self) -> Option<Result<T, Error>> {
        match self.core().getting().at_once() {
            Poll::Ready(got) => got.ok().flatten(),
            Poll::Pending => None,
        }
    }

    /// Blocks the thread as [`get`](Self::get) suspends a request.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get), and [`is_would_block`](Error::is_would_block) where blocking could hang.
    pub fn get_wait(&self) -> Result<Option<Result<T, Error>>, Error> {
        self.core().getting().block(None)
    }

    /// The same for at most `limit`.
    ///
    /// # Errors
    ///
    /// As [`get_wait`](Self::get_wait), and [`is_timeout`](Error::is_timeout) when the time is over.
    pub fn get_wait_timeout(&self, limit: Duration) -> Result<Option<Result<T, Error>>, Error> {
        self.core().getting().block(Some(limit))
    }

    /// The results as a stream, which ends when the pool is closed and nothing is left in it.
    pub fn results(&self) -> PoolResults<I, T> {
        PoolResults::new(self.clone())
    }

    /// The results as an iterator that blocks the thread for each as [`get_wait`](Self::get_wait) does.
    pub fn iter_wait(&self) -> PoolIter<I, T> {
        PoolIter::new(self.clone())
    }

    /// Takes no more items; whoever waits for room gets the item back. `how` decides what becomes of those that were put. A
    /// pool that is being drained can still be aborted.
    pub fn close(&self, how: Close) {
        self.core().close(how);
    }

    /// Takes items again.
    pub fn open(&self) {
        self.core().open();
    }

    /// Whether it takes no items.
    pub fn is_closed(&self) -> bool {
        self.core().is_closed()
    }

    /// Waits until every item that was put has been worked on; at once if there is none. Results may be left to be taken.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the wait and loses nothing.
    ///
    /// # Errors
    ///
    /// [`is_interrupted`](Error::is_interrupted) as soon as the current request is cancelled, except in a
    /// [`shield`](crate::shield()); [`is_timeout`](Error::is_timeout) once the deadline of its context has passed.
    pub async fn join(&self) -> Result<(), Error> {
        self.core().joining().await
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
        self.core().joining().within(Some(limit)).await
    }

    /// Blocks the thread as [`join`](Self::join) suspends a request.
    ///
    /// # Errors
    ///
    /// As [`join`](Self::join), and [`is_would_block`](Error::is_would_block) where blocking could hang.
    pub fn join_wait(&self) -> Result<(), Error> {
        self.core().joining().block(None)
    }

    /// The same for at most `limit`.
    ///
    /// # Errors
    ///
    /// As [`join_wait`](Self::join_wait), and [`is_timeout`](Error::is_timeout) when the time is over.
    pub fn join_wait_timeout(&self, limit: Duration) -> Result<(), Error> {
        self.core().joining().block(Some(limit))
    }

    /// Items that have not been worked on, and results that have not been taken.
    pub fn len(&self) -> usize {
        self.core().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn core(&self) -> &Arc<PoolCore<I, T>> {
        &self.handle.core
    }
}

impl<I: Send + 'static, T: Send + 'static> Clone for Pool<I, T> {
    fn clone(&self) -> Self {
        Self {
            handle: Arc::clone(&self.handle),
        }
    }
}

impl<I: Send + 'static, T: Send + 'static> fmt::Debug for Pool<I, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("len", &self.len())
            .field("is_closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
