//! Who is told of an error that nobody took.

use std::fmt;

use crate::error::Error;
use crate::green::current_task;
use crate::green::task_core::TaskCore;
use crate::green::toolkit::Toolkit;
use crate::request::detached::engine_here;
use crate::runtime::engine::Engine;
use crate::runtime::net::guarded;
use crate::sync::Arc;

/// As kept in a registry.
pub(crate) type ErrorHandler = dyn Fn(&Error) + Send + Sync;

const PANICKED: &str = "an error handler panicked and is removed";

/// Has `handler` called with every uncaught error of the current runtime's tasks, until the guard is dropped.
///
/// An error or panic of a [`Task`](crate::green::Task) is *uncaught* if the task failed and its [handle](crate::green::Task)
/// was dropped without having returned that failure: from `.await`, [`wait`](crate::green::Task::wait) or
/// [`try_result`](crate::green::Task::try_result). So it is told exactly once, either to whoever took it or to the handlers:
/// where the task ended if its handle was gone by then, else where the handle is dropped. Errors of single runs of a
/// [recurring task](crate::green::schedule_recurring), and whatever is given to [`handle_error`], are uncaught as well. Being
/// cancelled, and the end of the runtime, are no errors.
///
/// The handlers of the task come first, in the order of their registration, then those of the runtime. If there are none, the
/// error goes to the log (`tracing`, at the level *error*), so nothing is lost in silence.
///
/// The runtime is the one that a request made here would run on: that of the current task, or the
/// [entered](crate::Runtime::enter) or the default one.
///
/// # Panics
///
/// A handler that panics is removed and the panic logged; the others are called all the same.
///
/// # Examples
///
/// Counting what goes wrong:
///
/// ```
/// use std::sync::mpsc;
/// use headwater::{Error, green};
///
/// let (sender, errors) = mpsc::channel();
/// let guard = green::on_error(move |error| drop(sender.send(error.brief())));
/// drop(green::schedule(async { Err::<(), _>(Error::msg("disk gone")) })); // nobody waits for it
/// assert_eq!(errors.recv()?, "disk gone");
/// assert!(guard.remove());
/// # Ok::<(), std::sync::mpsc::RecvError>(())
/// ```
pub fn on_error(handler: impl Fn(&Error) + Send + Sync + 'static) -> ErrorHandlerGuard {
    ErrorHandlerGuard::new(Owner::Runtime(engine_here()), Arc::new(handler))
}

/// Calls the error handlers with `error` by hand: those of the current task, then those of the current runtime, or the log.
///
/// # Panics
///
/// Never: see [`on_error`].
pub fn handle_error(error: &Error) {
    let task = current_task::get();
    handle(&engine_here(), task.as_ref().map(|task| task.core()), error);
}

/// The same for the tasks of `engine`, or for the one that is `core`.
pub(crate) fn handle(engine: &Engine, core: Option<&TaskCore>, error: &Error) {
    let local = core.map_or(0, |core| core.call_error_handlers(PANICKED, error));
    let global = Toolkit::of(engine)
        .error_handlers
        .call(PANICKED, |handler| handler(error));
    if local + global == 0 {
        // The log is the user's too.
        let _ = guarded(|| tracing::error!(error = %error.report(), "a task failed and nobody was listening"));
    }
}

/// Keeps an error handler registered. Made by [`on_error`] and [`Task::on_error`](crate::green::Task::on_error).
///
/// Dropping it takes the handler out; a call that is under way ends as usual.
#[must_use = "the handler is taken out as soon as the guard is dropped"]
pub struct ErrorHandlerGuard {
    owner: Option<Owner>,
    key: u64,
}

/// Whose errors it hears.
pub(crate) enum Owner {
    Runtime(Arc<Engine>),
    Task(Arc<dyn current_task::Current>),
}

impl ErrorHandlerGuard {
    pub(crate) fn new(owner: Owner, handler: Arc<ErrorHandler>) -> Self {
        let key = match &owner {
            Owner::Runtime(engine) => Toolkit::of(engine).error_handlers.add(handler),
            Owner::Task(task) => task.core().local().error_handlers.add(handler),
        };
        Self {
            owner: Some(owner),
            key,
        }
    }

    /// Takes the handler out. Returns whether it was still registered: one that has panicked is not.
    pub fn remove(mut self) -> bool {
        self.take_out()
    }

    /// Keeps the handler for as long as its runtime, or its task, lasts.
    pub fn keep(mut self) {
        self.owner = None;
    }

    fn take_out(&mut self) -> bool {
        match self.owner.take() {
            Some(Owner::Runtime(engine)) => Toolkit::of(&engine).error_handlers.remove(self.key),
            Some(Owner::Task(task)) => task.core().local().error_handlers.remove(self.key),
            None => false,
        }
    }
}

impl Drop for ErrorHandlerGuard {
    fn drop(&mut self) {
        self.take_out();
    }
}

impl fmt::Debug for ErrorHandlerGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorHandlerGuard").finish_non_exhaustive()
    }
}
