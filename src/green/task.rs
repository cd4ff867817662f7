//! The handle of a task.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::error::{Error, ErrorKind};
use crate::green::error_handler::{ErrorHandlerGuard, Owner};
use crate::green::interruption::Interruption;
use crate::green::moment::Moment;
use crate::green::task_builder::TaskBuilder;
use crate::green::task_core::Shared;
use crate::green::task_handle::TaskHandle;
use crate::request::detached::failure_of_current;
use crate::request::{Outcome, Request, Wait};
use crate::runtime::cancel::Cancel;
use crate::runtime::info::{RequestId, RequestInfo, RequestState};
use crate::sync::Arc;

/// Work that was started at once and runs to its end, and the one who will take its outcome.
///
/// Made by [`schedule`](crate::green::schedule), [`schedule_at`](crate::green::schedule_at),
/// [`schedule_in`](crate::green::schedule_in), [`schedule_recurring`](crate::green::schedule_recurring) and
/// [`Task::builder`]. A task is a [`Request`] on the slots of a [`Runtime`](crate::Runtime): it appears in
/// [snapshots](crate::Runtime::snapshot) and [events](crate::Runtime::events), and a wait that would close a circle is an error.
/// Unlike a request it is nobody's child: it outlives the request or task that made it, takes along the maker's
/// [context](crate::RequestContext) but for its deadline, and is not cancelled when a waiter gives up. Its value goes to one
/// owner and need not be `Clone`.
///
/// # Dropping and cancelling
///
/// Dropping the handle detaches the task, which runs on; its failure is then [uncaught](crate::green::on_error).
/// [`cancel`](Self::cancel) ends it, whoever waits: one that has not begun never runs; one that is pending is dropped there,
/// after a poll in which the awaits of this crate return [`is_interrupted`](Error::is_interrupted).
///
/// # Panics
///
/// A panic in the task is its failure ([`Error::is_panic`]). No thread, no runtime and no process is lost.
///
/// # Examples
///
/// ```
/// use headwater::green;
///
/// let mut task = green::schedule(async { Ok("done".to_owned()) });
/// assert_eq!((&mut task).wait()?, "done"); // in async code: `task.await?`
/// # Ok::<(), headwater::Error>(())
/// ```
#[must_use = "dropping the handle detaches the task; say so with `detach`"]
pub struct Task<T: Send + 'static> {
    request: Request<()>,
    shared: Arc<Shared<T>>,
    wait: Option<Wait<()>>,
}

impl<T: Send + 'static> Task<T> {
    pub(crate) fn new(request: Request<()>, shared: Arc<Shared<T>>) -> Self {
        Self {
            request,
            shared,
            wait: None,
        }
    }

    /// Blocks the thread until the task has ended, and takes its outcome. See [`Request::wait`] for where that is possible.
    ///
    /// # Errors
    ///
    /// What the task failed with; [`is_cancelled`](Error::is_cancelled) if it was cancelled;
    /// [`is_circular`](Error::is_circular) if it waits for the caller; [`is_would_block`](Error::is_would_block) where
    /// blocking could hang; a message if the outcome has been taken before.
    pub fn wait(&mut self) -> Result<T, Error> {
        let ended = self.request.wait();
        self.outcome(ended)
    }

    /// The same, for at most `limit`. The task goes on when the time is over.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait), and [`is_timeout`](Error::is_timeout).
    pub fn wait_timeout(&mut self, limit: Duration) -> Result<T, Error> {
        let ended = self.request.wait_timeout(limit);
        self.outcome(ended)
    }

    /// Takes the outcome if the task has ended; never waits.
    pub fn try_result(&mut self) -> Option<Result<T, Error>> {
        let ended = self.request.try_result()?;
        Some(self.outcome(ended))
    }

    /// An error of the wait leaves the outcome where it is, also when the task has ended meanwhile; that of the task is handed
    /// out, and so caught.
    fn outcome(&self, ended: Result<(), Error>) -> Result<T, Error> {
        match ended {
            Ok(()) => self
                .shared
                .take()
                .ok_or_else(|| Error::msg("the outcome of the task has been taken")),
            Err(error) => {
                if self.is_its_failure(&error) {
                    self.shared.core.caught();
                }
                Err(error)
            }
        }
    }

    /// Whether `error` says how the task has ended, and not that the wait was interrupted or took too long.
    fn is_its_failure(&self, error: &Error) -> bool {
        match self.request.try_result() {
            Some(Err(failure)) => failure.is_cancelled() || failure.same_root(error),
            Some(Ok(())) | None => false,
        }
    }

    /// Calls `take` with the outcome where the task ends, or here if it has ended.
    pub(crate) fn deliver(self, take: impl FnOnce(Result<T, Error>) + Send + 'static) {
        let request = self.request.clone();
        request.on_done(move |outcome| {
            let ended = match outcome {
                Outcome::Succeeded(()) => Ok(()),
                Outcome::Failed(error) => {
                    self.shared.core.caught();
                    Err(failure_of_current(error).unwrap_or_else(|| Error::clone(error)))
                }
                Outcome::Cancelled => Err(Error::condition(ErrorKind::Cancelled, "the task was cancelled")),
            };
            take(self.outcome(ended));
        });
    }

    /// Lets the task run on its own: as dropping the handle, but said.
    pub fn detach(self) {}

    /// A handle for others, who may look at the task, cancel and interrupt it, but not take its outcome.
    pub fn handle(&self) -> TaskHandle {
        TaskHandle::new(self.request.clone(), Arc::clone(&self.shared) as _)
    }

    /// Ends the task, whoever waits for it.
    pub fn cancel(&self) -> Cancel {
        self.handle().cancel()
    }

    /// Raises `error` at the task's next [interruptible](crate::green::interruptible) await: see [`TaskHandle::interrupt`].
    pub fn interrupt(&self, error: Error) -> Interruption {
        self.handle().interrupt(error)
    }

    /// The same, not before `at`: see [`TaskHandle::interrupt_at`].
    pub fn interrupt_at(&self, at: impl Into<Moment>, error: Error) -> Interruption {
        self.handle().interrupt_at(at, error)
    }

    /// The same, not before `delay` has passed: see [`TaskHandle::interrupt_at`].
    pub fn interrupt_in(&self, delay: Duration, error: Error) -> Interruption {
        self.handle().interrupt_in(delay, error)
    }

    /// Has `handler` called with the task's [uncaught](crate::green::on_error) errors, before the handlers of the runtime, until
    /// the guard is dropped.
    pub fn on_error(&self, handler: impl Fn(&Error) + Send + Sync + 'static) -> ErrorHandlerGuard {
        ErrorHandlerGuard::new(Owner::Task(Arc::clone(&self.shared) as _), Arc::new(handler))
    }

    /// Its identity, as in events, snapshots and errors.
    pub fn id(&self) -> RequestId {
        self.request.id()
    }

    /// Where it stands.
    pub fn state(&self) -> RequestState {
        self.request.state()
    }

    /// Whether it has ended: succeeded, failed or cancelled.
    pub fn has_ended(&self) -> bool {
        self.request.has_ended()
    }

    /// Its line in a [snapshot](crate::Runtime::snapshot), also after its end.
    pub fn info(&self) -> RequestInfo {
        self.request.info()
    }
}

/// Bound to one type so that `Task::builder()` needs no annotation; the builder makes tasks of any type.
impl Task<()> {
    /// Decides more about a task before it is made: its name, priority, runtime, start, handlers and hooks.
    pub fn builder() -> TaskBuilder {
        TaskBuilder::new()
    }
}

/// Waits for the end and takes the outcome; ready once.
///
/// # Cancel safety
///
/// Awaiting `&mut task` and dropping that loses nothing.
impl<T: Send + 'static> Future for Task<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let wait = this.wait.get_or_insert_with(|| Wait::new(this.request.clone()));
        let Poll::Ready(ended) = Pin::new(wait).poll(cx) else {
            return Poll::Pending;
        };
        this.wait = None;
        Poll::Ready(this.outcome(ended))
    }
}

impl<T: Send + 'static> Drop for Task<T> {
    fn drop(&mut self) {
        self.wait = None;
        self.shared.core.detach();
        self.shared.discard();
    }
}

impl<T: Send + 'static> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let info = self.info();
        f.debug_struct("Task")
            .field("id", &info.id)
            .field("name", &info.name)
            .field("state", &info.state)
            .finish_non_exhaustive()
    }
}
