//! Decisions before a task is made.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::time::Duration;

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::green::blocking::{BlockingCall, BlockingPool};
use crate::green::error_handler::ErrorHandler;
use crate::green::moment::Moment;
use crate::green::recurring::Recurring;
use crate::green::switch::{Switch, SwitchHook};
use crate::green::task::Task;
use crate::green::task_body::TaskBody;
use crate::green::task_core::Shared;
use crate::green::toolkit::Toolkit;
use crate::request::detached::engine_here;
use crate::request::{RequestBuilder, RequestContext};
use crate::runtime::Runtime;
use crate::runtime::engine::Engine;
use crate::sync::Arc;

/// Names a task, ranks it, puts it on a runtime, gives it a start, handlers and hooks; then starts it.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use headwater::green::Task;
///
/// let mut task = Task::builder()
///     .name("heartbeat")
///     .start_in(Duration::from_millis(1))
///     .future(async { Ok(7) });
/// assert_eq!(task.wait()?, 7);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Default)]
#[must_use = "a builder starts nothing until it is given a future"]
pub struct TaskBuilder {
    engine: Option<Arc<Engine>>,
    request: RequestBuilder,
    pub(super) start: Option<Moment>,
    interrupt_ends: bool,
    error_handlers: Vec<Arc<ErrorHandler>>,
    switch_hooks: Vec<Arc<SwitchHook>>,
}

impl TaskBuilder {
    /// The defaults: no name, priority 0, the maker's runtime, starts at once.
    pub fn new() -> Self {
        Self::default()
    }

    /// For a task that whoever makes it has nothing to do with.
    pub(crate) fn for_pool(
        engine: Arc<Engine>,
        name: Arc<str>,
        place: &'static Location<'static>,
        context: RequestContext,
    ) -> Self {
        let request = RequestBuilder::new().name(name).made_at(place).context(context);
        Self {
            engine: Some(engine),
            request,
            ..Self::default()
        }
    }

    /// A name for errors, snapshots, events and spans.
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.request = self.request.name(name);
        self
    }

    /// Urgency, smaller first, 0 if not given; among equals the older task comes first.
    pub fn priority(mut self, priority: i32) -> Self {
        self.request = self.request.priority(priority);
        self
    }

    /// The runtime to run on, rather than the maker's or the entered or the default one.
    pub fn on(mut self, runtime: &Runtime) -> Self {
        self.engine = Some(runtime.engine());
        self
    }

    /// Starts not before `at`. Cancelled before that, the task never runs.
    pub fn start_at(mut self, at: impl Into<Moment>) -> Self {
        self.start = Some(at.into());
        self
    }

    /// Starts not before `delay` has passed.
    pub fn start_in(self, delay: Duration) -> Self {
        self.start_at(Moment::after(delay))
    }

    /// An [interrupt](crate::green::Task::interrupt) that finds the task pending, and no
    /// [interruptible](crate::green::interruptible()) await to be raised at, ends the task with that error: its future is
    /// dropped where it stands. Without this the interrupt waits for the next interruptible await.
    pub fn interrupt_ends(mut self) -> Self {
        self.interrupt_ends = true;
        self
    }

    /// Has `handler` called with the task's [uncaught](crate::green::on_error) errors, before the handlers of the runtime.
    pub fn on_error(mut self, handler: impl Fn(&Error) + Send + Sync + 'static) -> Self {
        self.error_handlers.push(Arc::new(handler));
        self
    }

    /// Has `hook` called around every poll of the task: see [`on_switch`](crate::green::on_switch).
    pub fn on_switch(mut self, hook: impl Fn(&Switch) + Send + Sync + 'static) -> Self {
        self.switch_hooks.push(Arc::new(hook));
        self
    }

    /// Starts a task that calls `call` on a thread where it may block: see [`blocking`](crate::green::blocking).
    #[track_caller]
    pub fn blocking<C, T>(self, call: C) -> Task<T>
    where
        C: FnOnce(&Checkpoint) -> Result<T, Error> + Send + 'static,
        T: Send + 'static,
    {
        let engine = self.engine.clone().unwrap_or_else(engine_here);
        let pool = Toolkit::of(&engine).blocking().clone();
        self.blocking_on(&pool, call)
    }

    /// The same on a thread of `pool`.
    #[track_caller]
    pub fn blocking_on<C, T>(self, pool: &BlockingPool, call: C) -> Task<T>
    where
        C: FnOnce(&Checkpoint) -> Result<T, Error> + Send + 'static,
        T: Send + 'static,
    {
        self.future(BlockingCall::new(Arc::clone(pool.workers()), call))
    }

    /// Goes on to decide about a task that does the same every `interval`: see
    /// [`schedule_recurring`](crate::green::schedule_recurring).
    pub fn recurring(self, interval: Duration) -> Recurring {
        Recurring::new(interval, self)
    }

    /// Starts a task that runs `future`.
    #[track_caller]
    pub fn future<F, T>(self, future: F) -> Task<T>
    where
        F: Future<Output = Result<T, Error>> + Send + 'static,
        T: Send + 'static,
    {
        let engine = self.engine.unwrap_or_else(engine_here);
        let shared = Arc::new(Shared::new(Arc::clone(&engine)));
        if !self.error_handlers.is_empty() || !self.switch_hooks.is_empty() {
            let local = shared.core.local();
            for handler in self.error_handlers {
                local.error_handlers.add(handler);
            }
            for hook in self.switch_hooks {
                local.switch_hooks.add(hook);
            }
        }
        let body = TaskBody::new(future, self.start, Arc::clone(&shared), self.interrupt_ends);
        Task::new(self.request.detached(engine, body), shared)
    }
}

impl fmt::Debug for TaskBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskBuilder")
            .field("request", &self.request)
            .field("start", &self.start)
            .finish_non_exhaustive()
    }
}
