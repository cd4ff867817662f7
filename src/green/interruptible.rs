//! An await at which a task can be interrupted.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project::{pin_project, pinned_drop};

use crate::error::Error;
use crate::green::current_task::{self, Current};
use crate::green::interrupted::Interrupted;
use crate::sync::Arc;

/// Awaits `future`, or returns the next interrupt of the current task: for any future, tokio's and foreign ones too.
///
/// The error comes as soon as the await is pending and an interrupt is there, also one that came before the await began; a
/// future that is ready wins, so no value is lost. It is an ordinary error, which the task may hand on with `?` or catch and
/// go on. One await raises one interrupt; others stay queued. Of several that are pending in one task, in a `join!` for
/// instance, the one that is polled first raises it.
///
/// It belongs to the task in whose poll it is first polled. In a request that the task made, and outside of tasks, it changes
/// nothing.
///
/// # Cancel safety
///
/// That of `future`: it is dropped where the error is returned, and when the returned future is dropped. An interrupt is never
/// lost with it.
///
/// # Errors
///
/// [`Interrupted`](crate::green::Interrupted) as the root, with what was given to
/// [`Task::interrupt`](crate::green::Task::interrupt) below it.
pub fn interruptible<F: IntoFuture>(future: F) -> Interruptible<F::IntoFuture> {
    Interruptible {
        future: Some(future.into_future()),
        task: None,
        key: None,
    }
}

/// The future of [`interruptible`].
#[pin_project(PinnedDrop)]
#[must_use = "futures do nothing unless they are awaited"]
pub struct Interruptible<F> {
    /// `None` once it is over.
    #[pin]
    future: Option<F>,
    task: Option<Arc<dyn Current>>,
    /// Where it stands among the awaits of its task.
    key: Option<usize>,
}

impl<F: Future> Future for Interruptible<F> {
    type Output = Result<F::Output, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(future) = this.future.as_mut().as_pin_mut() else {
            return Poll::Ready(Err(Error::msg("polled after it was ready")));
        };
        if let Poll::Ready(output) = future.poll(cx) {
            leave(this.task, this.key);
            this.future.set(None);
            return Poll::Ready(Ok(output));
        }
        if this.task.is_none() {
            *this.task = current_task::get();
        }
        let Some(task) = this.task else {
            return Poll::Pending;
        };
        let Some(error) = task.core().interrupts.poll(this.key, cx.waker()) else {
            return Poll::Pending;
        };
        leave(this.task, this.key);
        this.future.set(None);
        Poll::Ready(Err(Interrupted::raise(error)))
    }
}

fn leave(task: &mut Option<Arc<dyn Current>>, key: &mut Option<usize>) {
    if let (Some(task), Some(key)) = (task.take(), key.take()) {
        task.core().interrupts.leave(key);
    }
}

#[pinned_drop]
impl<F> PinnedDrop for Interruptible<F> {
    fn drop(self: Pin<&mut Self>) {
        let this = self.project();
        leave(this.task, this.key);
    }
}

impl<F> fmt::Debug for Interruptible<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interruptible")
            .field("is_over", &self.future.is_none())
            .finish_non_exhaustive()
    }
}
