//! Many requests, few at a time.

use std::fmt;
use std::panic::Location;
use std::time::Duration;

use crate::error::Error;
use crate::request::current;
use crate::request::pool_core::{Order, PoolCore, Run, cancelled};
use crate::request::pool_results::RequestPoolResults;
use crate::request::request::Request;
use crate::runtime::{Runtime, enter};
use crate::sync::Arc;

/// Runs the requests that are added to it, at most so many at a time, in the order of addition.
///
/// Nothing starts before somebody [runs](Self::run) the pool, reads its [results](Self::results), or
/// [submits](Self::submit) it. Results that nobody reads are dropped one by one, so that at no time more than
/// [`max_active`](Self::max_active) of them are alive. Requests in any state may be added, also while the pool runs, and
/// an idle pool can be run again. Clones are the same pool.
///
/// # Failing and cancelling
///
/// The first member that fails or is cancelled ends the pool: what has not been launched never runs, what the pool has
/// launched is cancelled unless somebody else waits for it, and everybody who waits for the pool gets that error, now and
/// later. [`cancel`](Self::cancel) does the same from anywhere. A request that is cancelled while it waits for the pool
/// leaves; when the last waiter has left like that, the pool is cancelled.
///
/// # Dropping
///
/// Dropping the last clone, with no stream left, cancels the pool.
///
/// # Examples
///
/// A hundred blocks, four at a time, written in order:
///
/// ```
/// use futures::StreamExt;
/// use headwater::{Request, RequestPool};
///
/// let export = Request::new(async {
///     let pool = RequestPool::new().max_active(4);
///     (0..100_u32).for_each(|block| pool.add(Request::kernel(move |_| Ok(block * block))));
///     let mut blocks = pool.results_in_order();
///     let mut file = Vec::new();
///     while let Some(block) = blocks.next().await {
///         file.push(block?);
///     }
///     Ok(file)
/// });
/// assert_eq!(export.wait()?[99], 9801);
/// # Ok::<(), headwater::Error>(())
/// ```
pub struct RequestPool<T: Clone + Send + Sync + 'static> {
    handle: Arc<Handle<T>>,
}

/// What all clones share; its drop is the drop of the last one.
struct Handle<T: Clone + Send + Sync + 'static> {
    core: Arc<PoolCore<T>>,
}

impl<T: Clone + Send + Sync + 'static> Drop for Handle<T> {
    fn drop(&mut self) {
        self.core.abandon();
    }
}

impl<T: Clone + Send + Sync + 'static> RequestPool<T> {
    /// An empty pool, as wide as the current runtime has slots.
    #[track_caller]
    pub fn new() -> Self {
        let engine = current::engine().unwrap_or_else(enter::current);
        let core = Arc::new(PoolCore::new(engine, Location::caller()));
        Self {
            handle: Arc::new(Handle { core }),
        }
    }

    /// How many members may be on their way, or wait with a result for a reader; at least 1.
    #[must_use]
    pub fn max_active(self, bound: usize) -> Self {
        self.core().set_bound(bound);
        self
    }

    /// The runtime to drive the pool on, and the default for its width.
    #[must_use]
    pub fn on(self, runtime: &Runtime) -> Self {
        self.core().set_engine(runtime.engine());
        self
    }

    /// Names the pool in snapshots and errors.
    #[must_use]
    pub fn named(self, name: impl Into<Arc<str>>) -> Self {
        self.core().set_name(name.into());
        self
    }

    /// Adds a member, in any state. A pool that runs launches it in its turn; one that has failed or was cancelled drops
    /// it.
    pub fn add(&self, request: Request<T>) {
        self.core().add(request);
    }

    /// Members that have not ended, and results that have not been taken.
    pub fn len(&self) -> usize {
        self.core().len()
    }

    /// Whether nothing is left to run or to take.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Runs the pool until no member is left, their callbacks included.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the wait; the pool goes on.
    ///
    /// # Errors
    ///
    /// The first failure of a member, [`is_cancelled`](Error::is_cancelled) if a member or the pool was cancelled; and what
    /// any wait for a request may return.
    pub async fn run(&self) -> Result<(), Error> {
        match self.core().run() {
            Run::Idle => Ok(()),
            Run::Ended(error) => Err(error),
            Run::By(driver) => driver.await,
        }
    }

    /// The same, blocking the thread.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run), and [`is_would_block`](Error::is_would_block) where blocking could hang.
    pub fn wait(&self) -> Result<(), Error> {
        match self.core().run() {
            Run::Idle => Ok(()),
            Run::Ended(error) => Err(error),
            Run::By(driver) => driver.wait(),
        }
    }

    /// The same, for at most `limit`; the pool goes on when the time is over.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait), and [`is_timeout`](Error::is_timeout).
    pub fn wait_timeout(&self, limit: Duration) -> Result<(), Error> {
        match self.core().run() {
            Run::Idle => Ok(()),
            Run::Ended(error) => Err(error),
            Run::By(driver) => driver.wait_timeout(limit),
        }
    }

    /// Starts the pool without waiting for it.
    pub fn submit(&self) {
        if let Run::By(driver) = self.core().run() {
            driver.submit();
        }
    }

    /// The results in the order in which they are completed.
    pub fn results(&self) -> RequestPoolResults<T> {
        RequestPoolResults::new(self.clone(), Order::Completion)
    }

    /// The results in the order in which the members were added.
    pub fn results_in_order(&self) -> RequestPoolResults<T> {
        RequestPoolResults::new(self.clone(), Order::Insertion)
    }

    /// Ends the pool: nothing more is launched, what it has launched is cancelled unless somebody else waits for it, and
    /// everybody who waits for the pool gets [`is_cancelled`](Error::is_cancelled).
    pub fn cancel(&self) {
        self.core().end(cancelled());
    }

    pub(crate) fn core(&self) -> &Arc<PoolCore<T>> {
        &self.handle.core
    }
}

impl<T: Clone + Send + Sync + 'static> Default for RequestPool<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Clone + Send + Sync + 'static> Clone for RequestPool<T> {
    fn clone(&self) -> Self {
        Self {
            handle: Arc::clone(&self.handle),
        }
    }
}

impl<T: Clone + Send + Sync + 'static> Extend<Request<T>> for RequestPool<T> {
    fn extend<I: IntoIterator<Item = Request<T>>>(&mut self, requests: I) {
        requests.into_iter().for_each(|request| self.add(request));
    }
}

impl<T: Clone + Send + Sync + 'static> fmt::Debug for RequestPool<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestPool")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
