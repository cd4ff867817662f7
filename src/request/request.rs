//! The handle.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::time::Duration;

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::request::builder::RequestBuilder;
use crate::request::cancel;
use crate::request::cell::{Cell, Head, Node, Phase, Verdict, Work, flag};
use crate::request::finish::{Ending, finish, renew};
use crate::request::guard;
use crate::request::run::begin;
use crate::request::start;
use crate::request::trash::{Trash, discard};
use crate::request::wait::{self, Wait};
use crate::request::{block, current, listing, make};
use crate::runtime::cancel::Cancel;
use crate::runtime::enter;
use crate::runtime::info::{RequestId, RequestInfo, RequestState};
use crate::sync::atomic::Ordering;
use crate::sync::{Arc, Weak};

/// A shared, cancellable, prioritised computation of a `T`.
///
/// Making one runs nothing. The first [`submit`](Self::submit), `.await` or [`wait`](Self::wait) starts it, it runs once,
/// and everybody who waits gets a clone of the one value: share what is large (`Arc`, arrays), do not copy it.
///
/// # Dropping and cancelling
///
/// A request that was submitted runs to its end even if every handle is dropped. One that was started only by being
/// awaited is cancelled when its last handle and its last waiter are gone. [`cancel`](Self::cancel) takes effect when
/// nobody waits any more, and reaches what the request itself waits for and has made.
///
/// # Panics
///
/// A panic in the workload is a failure with the panic's message ([`Error::is_panic`]); no thread is lost.
///
/// # Concurrent calls
///
/// Every method may be called from anywhere, in requests, callbacks and kernels too.
///
/// # Examples
///
/// Two requests in parallel under a parent:
///
/// ```
/// use headwater::Request;
///
/// let sum = Request::new(async {
///     let left = Request::new(async { Ok(20) });
///     let right = Request::kernel(|_checkpoint| Ok(22));
///     right.submit(); // starts now; `left` starts when it is awaited
///     Ok(left.await? + right.await?)
/// });
/// assert_eq!(sum.wait()?, 42);
/// # Ok::<(), headwater::Error>(())
/// ```
pub struct Request<T: Clone + Send + Sync + 'static> {
    /// `None` while it is being dropped, and after its only await has been given the value (see `direct`).
    cell: Option<Arc<Cell<T>>>,
}

impl<T: Clone + Send + Sync + 'static> Request<T> {
    /// A request for what `future` computes. It runs once: cancelled, it stays cancelled.
    #[track_caller]
    pub fn new<F>(future: F) -> Self
    where
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        Self::from_cell(make::plain(
            std::panic::Location::caller(),
            Work::Future(make::body(future)),
        ))
    }

    /// A request that can be computed again: cancelled and then wanted again, it calls `make` for a new future.
    #[track_caller]
    pub fn repeatable<M, F>(make: M) -> Self
    where
        M: Fn() -> F + Send + Sync + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        RequestBuilder::new().repeatable(make)
    }

    /// A request for a plain computation, which runs in the compute pool. It must not wait for anything, and should ask
    /// its [`Checkpoint`] at least every millisecond.
    #[track_caller]
    pub fn kernel<K>(kernel: K) -> Self
    where
        K: FnOnce(&Checkpoint) -> Result<T, Error> + Send + 'static,
    {
        Self::from_cell(make::plain(
            std::panic::Location::caller(),
            Work::Kernel(make::kernel(kernel)),
        ))
    }

    /// A request whose future is not `Send`: it is made and polled on one thread, which it never leaves.
    #[track_caller]
    pub fn pinned<M, F>(make: M) -> Self
    where
        M: FnOnce() -> F + Send + 'static,
        F: Future<Output = Result<T, Error>> + 'static,
    {
        RequestBuilder::new().pinned(make)
    }

    /// A request that already has its value. It costs no scheduling.
    #[track_caller]
    pub fn value(value: T) -> Self {
        let place = std::panic::Location::caller();
        let home = current::engine().unwrap_or_else(enter::current_or_inert);
        Self::from_cell(make::complete(home, place, value))
    }

    pub(crate) fn from_cell(cell: Arc<Cell<T>>) -> Self {
        Self { cell: Some(cell) }
    }

    /// The cell, for everybody to see (L1).
    #[inline]
    pub(crate) fn cell(&self) -> &Arc<Cell<T>> {
        let cell = self.raw();
        if cell.head.has(flag::UNLISTED) {
            list(cell);
        }
        cell
    }

    /// The cell, if nobody but this handle has seen it.
    #[inline]
    pub(crate) fn unlisted(&mut self) -> Option<&mut Arc<Cell<T>>> {
        self.cell.as_mut().filter(|cell| cell.head.has(flag::UNLISTED))
    }

    /// The cell, whether it has been listed or not.
    fn raw(&self) -> &Arc<Cell<T>> {
        self.cell
            .as_ref()
            .expect("invariant: a handle has its cell until it is dropped or awaited to its end")
    }

    /// Forgets a cell whose value has been handed out.
    pub(crate) fn take_cell(&mut self) -> Option<Arc<Cell<T>>> {
        self.cell.take()
    }

    /// Whether it has given up its cell to the only one who asked.
    pub(crate) fn is_spent(&self) -> bool {
        self.cell.is_none()
    }

    pub(crate) fn node(&self) -> Arc<dyn Node> {
        Arc::clone(self.cell()) as _
    }

    pub(crate) fn head(&self) -> &Head {
        &self.cell().head
    }

    /// Starts the request, unless it has been started. It will run to its end even if every handle is dropped.
    pub fn submit(&self) {
        let cell = self.raw();
        if !cell.head.has(flag::SUCCEEDED) {
            start::submit(&cell.head.engine, Arc::clone(cell) as _);
        }
    }

    /// Blocks the thread until the request has ended, and starts it if nobody has.
    ///
    /// Works in plain threads, in `spawn_blocking`, and on the workers of a multi-thread tokio runtime (which hand their
    /// other tasks over). A request that waits like this keeps its thread but gives its slot to another one.
    ///
    /// # Errors
    ///
    /// What the request failed with; [`is_cancelled`](Error::is_cancelled) if it was cancelled;
    /// [`is_circular`](Error::is_circular) if it waits for the caller; [`is_would_block`](Error::is_would_block) where
    /// blocking could hang: in a kernel, on a current-thread runtime, in a `LocalSet`.
    pub fn wait(&self) -> Result<T, Error> {
        block::wait(self, None)
    }

    /// The same, for at most `limit`. The request goes on when the time is over, and nothing is left of the wait.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait), and [`is_timeout`](Error::is_timeout).
    pub fn wait_timeout(&self, limit: Duration) -> Result<T, Error> {
        block::wait(self, Some(limit))
    }

    /// Waits for at most `limit`, without blocking; also inside of requests and on any executor. The request goes on when
    /// the time is over.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait), and [`is_timeout`](Error::is_timeout).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the wait and loses nothing.
    pub fn timeout(&self, limit: Duration) -> crate::request::timeout::Timeout<T> {
        crate::request::timeout::Timeout::new(self.clone(), limit)
    }

    /// The result if the request has ended; never starts it, never waits.
    pub fn try_result(&self) -> Option<Result<T, Error>> {
        wait::ended(self.cell(), |_| true)
    }

    /// Says that the caller no longer wants the result.
    ///
    /// Without waiters the request is cancelled at once; with some, as soon as the last of them leaves. Cancellation goes
    /// on to what the request waits for and to the unfinished requests it made, each under the same rule. After the end
    /// it changes nothing.
    pub fn cancel(&self) -> Cancel {
        cancel::ask(&self.node())
    }

    /// Lets a repeatable request that failed be computed again, and submits it.
    ///
    /// If what failed was a callback and not the workload, the value is there: the request succeeds with it at once, and
    /// nothing is computed again.
    ///
    /// Returns whether there was anything to retry: a repeatable request that has failed.
    #[must_use = "only a failed repeatable request can be retried"]
    pub fn retry(&self) -> Retry {
        let node = self.node();
        let head = self.head();
        let mut state = head.lock();
        match state.phase {
            Phase::Ended(Verdict::Failed) if state.is_repeatable() => {
                let old = renew(head, &mut state);
                if self.cell().value.get().is_some() {
                    let turn = begin(head, &mut state);
                    drop(state);
                    let _ = finish(&node, turn.generation, Ending::Value(&mut |_| {}));
                    drop(discard(Trash::Work(turn.work)));
                } else {
                    state.submitted = true;
                    let queued = start::enter_queue(head, &mut state);
                    drop(state);
                    start::push(&head.engine, Arc::clone(&node), queued);
                    start::run_if_inline(&head.engine);
                }
                drop(old);
                Retry::Started
            }
            Phase::Ended(Verdict::Failed) => Retry::OneShot,
            _ => Retry::NotFailed,
        }
    }

    /// Where the request stands.
    pub fn state(&self) -> RequestState {
        self.head().lock().phase.into()
    }

    /// Whether it has been told to stop, or has ended as cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.head().has(flag::CANCELLED)
    }

    /// Whether it has ended: succeeded, failed or cancelled.
    pub fn has_ended(&self) -> bool {
        self.head().has(flag::ENDED)
    }

    /// Its identity, as in events, snapshots and errors.
    pub fn id(&self) -> RequestId {
        self.head().id
    }

    /// Its line in a [snapshot](crate::Runtime::snapshot), also after its end.
    pub fn info(&self) -> RequestInfo {
        let head = self.head();
        let state = head.lock();
        crate::request::task::info(head, &state)
    }

    /// Says in a sentence why the request is not running, or what it is doing.
    pub fn explain(&self) -> String {
        crate::request::explain::explain(&self.node())
    }

    /// A handle that keeps neither the value nor the work alive.
    pub fn downgrade(&self) -> WeakRequest<T> {
        WeakRequest {
            cell: Arc::downgrade(self.cell()),
        }
    }
}

#[cold]
fn list<T: Send + Sync + 'static>(cell: &Arc<Cell<T>>) {
    let node: Arc<dyn Node> = Arc::clone(cell) as _;
    listing::list(&node);
}

/// Bound to one type so that `Request::builder()` needs no annotation; the builder makes requests of any type.
impl Request<()> {
    /// Decides more about a request before it is made: its name, priority, runtime, time of grace, estimate of memory.
    pub fn builder() -> RequestBuilder {
        RequestBuilder::new()
    }
}

/// What [`Request::retry`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Retry {
    /// The next generation is in the queue.
    Started,
    /// The request has failed, but its workload can run only once.
    OneShot,
    /// The request has not failed.
    NotFailed,
}

impl<T: Clone + Send + Sync + 'static> Clone for Request<T> {
    fn clone(&self) -> Self {
        self.head().handles.fetch_add(1, Ordering::SeqCst);
        Self {
            cell: self.cell.clone(),
        }
    }
}

impl<T: Clone + Send + Sync + 'static> Drop for Request<T> {
    fn drop(&mut self) {
        let Some(cell) = self.cell.take() else { return };
        if cell.head.handles.fetch_sub(1, Ordering::SeqCst) == 1 {
            if cell.head.has(flag::SUCCEEDED) && !std::mem::needs_drop::<T>() {
                return;
            }
            let node: Arc<dyn Node> = cell;
            if !node.head().has(flag::UNLISTED) {
                cancel::last_handle_dropped(&node);
            }
            // Not recursively: the value, or the workload, may hold the last handle of the next request (C7).
            if let Err(panic) = discard(Trash::Node(node)) {
                guard::report(None, &panic, "a value panicked when it was dropped");
            }
        }
    }
}

impl<T: Clone + Send + Sync + 'static> IntoFuture for Request<T> {
    type Output = Result<T, Error>;
    type IntoFuture = Wait<T>;

    fn into_future(self) -> Wait<T> {
        Wait::new(self)
    }
}

impl<T: Clone + Send + Sync + 'static> IntoFuture for &Request<T> {
    type Output = Result<T, Error>;
    type IntoFuture = Wait<T>;

    fn into_future(self) -> Wait<T> {
        Wait::new(self.clone())
    }
}

impl<T: Clone + Send + Sync + 'static> fmt::Debug for Request<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let info = self.info();
        f.debug_struct("Request")
            .field("id", &info.id)
            .field("name", &info.name)
            .field("state", &info.state)
            .finish_non_exhaustive()
    }
}

/// A [`Request`] that does not keep anything alive: for caches that share work but must not prolong it.
pub struct WeakRequest<T: Clone + Send + Sync + 'static> {
    cell: Weak<Cell<T>>,
}

impl<T: Clone + Send + Sync + 'static> WeakRequest<T> {
    /// The request, if anybody still holds it or it is still on its way.
    pub fn upgrade(&self) -> Option<Request<T>> {
        let cell = self.cell.upgrade()?;
        cell.head.handles.fetch_add(1, Ordering::SeqCst);
        Some(Request::from_cell(cell))
    }

    /// Whether it could be upgraded, without making a handle that would have to be dropped.
    pub(crate) fn is_alive(&self) -> bool {
        self.cell.strong_count() > 0
    }
}

impl<T: Clone + Send + Sync + 'static> Clone for WeakRequest<T> {
    fn clone(&self) -> Self {
        Self {
            cell: Weak::clone(&self.cell),
        }
    }
}

impl<T: Clone + Send + Sync + 'static> fmt::Debug for WeakRequest<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakRequest")
            .field("alive", &(self.cell.strong_count() > 0))
            .finish()
    }
}
