//! A task as others see it.

use std::fmt;
use std::time::Duration;

use crate::error::Error;
use crate::green::current_task::Current;
use crate::green::interrupt_timer::{InterruptTimer, PendingInterrupt};
use crate::green::interruption::Interruption;
use crate::green::moment::Moment;
use crate::request::Request;
use crate::runtime::cancel::Cancel;
use crate::runtime::info::{RequestId, RequestInfo, RequestState};
use crate::sync::Arc;

/// A look at a [`Task`](crate::green::Task), and the right to cancel and interrupt it. Cheap to clone; keeps nothing running
/// and takes no outcome. Made by [`Task::handle`](crate::green::Task::handle).
#[derive(Clone)]
pub struct TaskHandle {
    request: Request<()>,
    task: Arc<dyn Current>,
}

impl TaskHandle {
    pub(crate) fn new(request: Request<()>, task: Arc<dyn Current>) -> Self {
        Self { request, task }
    }

    /// Ends the task, whoever waits for it: they get [`is_cancelled`](Error::is_cancelled).
    ///
    /// A task that has not begun never runs. One that is pending is polled once more, in which the awaits of this crate
    /// return [`is_interrupted`](Error::is_interrupted), and then dropped; a [`shield`](crate::shield()) is waited for. After
    /// the end it changes nothing.
    pub fn cancel(&self) -> Cancel {
        self.request.cancel_now()
    }

    /// Raises `error` at the task's next [`interruptible`](crate::green::interruptible()) await: one that is pending now, or
    /// else the next one that is pending.
    ///
    /// Interrupts queue up, and each is raised once. A future cannot be made to fail from outside: while the task is pending
    /// at an await that is not interruptible, the interrupt waits, unless the task was built with
    /// [`interrupt_ends`](crate::green::TaskBuilder::interrupt_ends). What has not been raised when the task ends is dropped,
    /// with a line in the log at the level *debug*.
    pub fn interrupt(&self, error: Error) -> Interruption {
        match self.raise(error) {
            true => Interruption::Queued,
            false => Interruption::Ended,
        }
    }

    /// The same, not before `at`. Each delayed interrupt has a timer of its own.
    pub fn interrupt_at(&self, at: impl Into<Moment>, error: Error) -> Interruption {
        match self.has_ended() {
            true => Interruption::Ended,
            false => Interruption::Delayed(InterruptTimer::start(self.clone(), at.into(), error)),
        }
    }

    /// The same, not before `delay` has passed.
    pub fn interrupt_in(&self, delay: Duration, error: Error) -> Interruption {
        self.interrupt_at(Moment::after(delay), error)
    }

    /// Queues an interrupt; `false` if the task has ended.
    pub(crate) fn raise(&self, error: Error) -> bool {
        let is_queued = self.task.core().interrupts.push(error);
        if is_queued {
            // After the awaits that may raise it: the task may be one that it ends.
            self.request.rouse();
        }
        is_queued
    }

    /// Has a pending interrupt called off when the task ends; `false` if it has.
    pub(crate) fn await_end(&self, pending: &Arc<PendingInterrupt>) -> bool {
        self.task.core().interrupts.await_end(pending)
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

    pub(crate) fn engine(&self) -> &Arc<crate::runtime::engine::Engine> {
        self.task.core().engine()
    }
}

impl fmt::Debug for TaskHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let info = self.info();
        f.debug_struct("TaskHandle")
            .field("id", &info.id)
            .field("name", &info.name)
            .field("state", &info.state)
            .finish_non_exhaustive()
    }
}
