//! The workload of a task: the user's future, with everything that a task does around its polls.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project::{pin_project, pinned_drop};

use crate::error::Error;
use crate::green::current_task::{self, Current};
use crate::green::error_handler;
use crate::green::interrupted::Interrupted;
use crate::green::moment::Moment;
use crate::green::switch;
use crate::green::task_core::Shared;
use crate::request::check_cancelled;
use crate::request::detached::failure_of_current;
use crate::runtime::net::guarded;
use crate::sync::Arc;

#[pin_project(PinnedDrop)]
pub(crate) struct TaskBody<F, T: Send + 'static> {
    /// `None` once it is being dropped.
    #[pin]
    future: Option<F>,
    /// Not before.
    start: Option<Moment>,
    /// Until then. Made by the first poll, where there are timers.
    sleep: Option<Pin<Box<tokio::time::Sleep>>>,
    shared: Arc<Shared<T>>,
    /// The same without the type, between two polls.
    current: Option<Arc<dyn Current>>,
    /// An interrupt that no await of the future's raises ends it.
    interrupt_ends: bool,
}

impl<F, T: Send + 'static> TaskBody<F, T> {
    pub(crate) fn new(future: F, start: Option<Moment>, shared: Arc<Shared<T>>, interrupt_ends: bool) -> Self {
        Self {
            future: Some(future),
            start,
            sleep: None,
            current: Some(Arc::clone(&shared) as _),
            shared,
            interrupt_ends,
        }
    }
}

impl<F, T> Future for TaskBody<F, T>
where
    F: Future<Output = Result<T, Error>>,
    T: Send + 'static,
{
    type Output = Result<(), Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let queued = this.interrupt_ends.then(|| this.shared.core.interrupts.mark());
        if let Some(start) = *this.start {
            if let Err(cancelled) = check_cancelled() {
                return Poll::Ready(Err(cancelled));
            }
            let sleep = this
                .sleep
                .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(start.instant())));
            if sleep.as_mut().poll(cx).is_pending() {
                return end_if_interrupted(this.shared, queued);
            }
            (*this.start, *this.sleep) = (None, None);
        }
        let Some(future) = this.future.as_mut().as_pin_mut() else {
            return Poll::Ready(Err(Error::msg("polled after it was ready")));
        };
        let polled = {
            let task = this.current.take().unwrap_or_else(|| Arc::clone(this.shared) as _);
            let _switched = switch::enter(&task);
            let entered = current_task::enter(task);
            let polled = guarded(|| future.poll(cx));
            *this.current = entered.leave();
            polled
        };
        match polled {
            Ok(Poll::Pending) => end_if_interrupted(this.shared, queued),
            Ok(Poll::Ready(Ok(value))) => {
                this.shared.put(value);
                Poll::Ready(Ok(()))
            }
            Ok(Poll::Ready(Err(error))) | Err(error) => Poll::Ready(Err(fail(this.shared, error))),
        }
    }
}

/// After a poll that was pending: what was `queued` before it has had its chance. What has come since may be for an await that
/// was polled before it came; whoever sent it has the task polled again.
fn end_if_interrupted<T>(shared: &Shared<T>, queued: Option<u64>) -> Poll<Result<(), Error>> {
    match queued.and_then(|mark| shared.core.interrupts.pop_before(mark)) {
        Some(error) => Poll::Ready(Err(fail(shared, Interrupted::raise(error)))),
        None => Poll::Pending,
    }
}

/// Files the failure, unless it only says that the task was cancelled.
fn fail<T>(shared: &Shared<T>, error: Error) -> Error {
    if let Some(failure) = failure_of_current(&error) {
        shared.core.fail(failure);
    }
    error
}

#[pinned_drop]
impl<F, T: Send + 'static> PinnedDrop for TaskBody<F, T> {
    /// Within the request, before its end is seen: whoever saw the end is told that there is nobody to interrupt.
    fn drop(self: Pin<&mut Self>) {
        let mut this = self.project();
        let core = &this.shared.core;
        if let Err(panic) = guarded(|| this.future.set(None)) {
            error_handler::handle(
                core.engine(),
                Some(core),
                &panic.context("a task panicked when it was dropped"),
            );
        }
        let never_raised = core.interrupts.end();
        if never_raised > 0 {
            // The log is the user's too.
            drop(guarded(|| {
                tracing::debug!(never_raised, "a task ended before it could be interrupted");
            }));
        }
    }
}
