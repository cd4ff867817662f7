//! A pool whose results nobody wants.

use std::fmt;
use std::panic::Location;
use std::time::Duration;

use crate::error::Error;
use crate::green::pool::close::Close;
use crate::green::pool::core::PoolCore;
use crate::green::pool::state::Keep;
use crate::green::put_error::PutError;
use crate::runtime::Runtime;
use crate::sync::Arc;

/// Runs one function on the items that are put in, at most `width` at a time, for what it does and not for what it returns.
///
/// Each item runs as a [task](crate::green::Task) on the slots of the [`Runtime`]: it appears in
/// [snapshots](Runtime::snapshot) under the pool's name and can be cancelled there. An error or a panic goes to the runtime's
/// [error handlers](crate::green::on_error), or to the log if there are none; the other items go on. Clones are the same pool.
///
/// # Closing and dropping
///
/// A [closed](Self::close) pool takes no more items. Dropping the last clone closes it; what was put is still worked on.
/// [`open`](Self::open) lets it take items again. A put that is dropped, timed out or cancelled leaves nothing behind.
///
/// # Examples
///
/// ```
/// use headwater::green::{Close, Counter, OneWayPool};
///
/// let written = Counter::new(0);
/// let pool = {
///     let written = written.clone();
///     OneWayPool::new(2, move |_line: &str| {
///         written.increment();
///         async { Ok(()) }
///     })
/// };
/// for line in ["one", "two", "three"] {
///     pool.put_wait(line)?;
/// }
/// pool.close(Close::Drain);
/// pool.join_wait()?;
/// assert_eq!(written.value(), 3);
/// # Ok::<(), headwater::Error>(())
/// ```
pub struct OneWayPool<I: Send + 'static> {
    handle: Arc<Handle<I>>,
}

/// What all clones share; its drop is the drop of the last one.
struct Handle<I: Send + 'static> {
    core: Arc<PoolCore<I, ()>>,
}

impl<I: Send + 'static> Drop for Handle<I> {
    fn drop(&mut self) {
        self.core.close(Close::Drain);
    }
}

impl<I: Send + 'static> OneWayPool<I> {
    /// A pool that runs `f` on at most `width` items at a time; at least 1.
    #[track_caller]
    pub fn new<F, W>(width: usize, f: F) -> Self
    where
        F: Fn(I) -> W + Send + Sync + 'static,
        W: Future<Output = Result<(), Error>> + Send + 'static,
    {
        let core = Arc::new(PoolCore::new(width, Keep::Nothing, Location::caller(), f));
        Self {
            handle: Arc::new(Handle { core }),
        }
    }

    /// How many items may be in the pool before [`put`](Self::put) waits: at least the width, and four times the width if
    /// not given.
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

    /// Waits until every item that was put has been worked on; at once if there is none.
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

    /// Items that have not been worked on.
    pub fn len(&self) -> usize {
        self.core().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn core(&self) -> &Arc<PoolCore<I, ()>> {
        &self.handle.core
    }
}

impl<I: Send + 'static> Clone for OneWayPool<I> {
    fn clone(&self) -> Self {
        Self {
            handle: Arc::clone(&self.handle),
        }
    }
}

impl<I: Send + 'static> fmt::Debug for OneWayPool<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OneWayPool")
            .field("len", &self.len())
            .field("is_closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
