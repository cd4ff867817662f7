//! Requests that stay on one thread (C4, C6).
//!
//! The future of a pinned request is made and polled by a task of a thread-local pool; the cell keeps only that task's
//! waker (`driver`). Phases are the same as for any other request, but no turn ever goes through the ready queue.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::error::Error;
use crate::request::cell::{Node, Phase, Work};
use crate::request::current::{self, As};
use crate::request::finish::{Ending, finish};
use crate::request::guard::guarded;
use crate::request::make::put;
use crate::request::run::{Turn, begin, shut_down};
use crate::runtime::engine::PinnedJob;
use crate::runtime::events::EventKind;
use crate::sync::Arc;

/// The work of a pinned request.
pub(crate) fn work<M, F, T>(make: M) -> Work
where
    M: FnOnce() -> F + Send + 'static,
    F: Future<Output = Result<T, Error>> + 'static,
    T: Send + Sync + 'static,
{
    Work::Pinned(Box::new(move |node| {
        let job: PinnedJob = Box::new(move || {
            Box::pin(Driver {
                node,
                make: Some(make),
                future: None::<Pin<Box<F>>>,
            })
        });
        job
    }))
}

/// The task that polls a pinned request.
struct Driver<M, F> {
    node: Arc<dyn Node>,
    make: Option<M>,
    future: Option<Pin<Box<F>>>,
}

// Nothing in it is pinned but what stands in a box of its own.
impl<M, F> Unpin for Driver<M, F> {}

impl<M, F, T> Future for Driver<M, F>
where
    M: FnOnce() -> F,
    F: Future<Output = Result<T, Error>>,
    T: Send + Sync + 'static,
{
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let Some(turn) = this.begin(cx) else {
            // Cancelled before it began, or given up by a shutdown.
            let _ = guarded(|| (this.make.take(), this.future.take()));
            return Poll::Ready(());
        };
        let polled = {
            let _entered = current::enter(Arc::clone(&this.node), turn.effective, As::Workload);
            let _span = turn.span.as_ref().map(tracing::Span::enter);
            guarded(|| {
                if let Some(make) = this.make.take() {
                    this.future = Some(Box::pin(make()));
                }
                match &mut this.future {
                    Some(future) => future.as_mut().poll(cx),
                    None => Poll::Ready(Err(Error::msg("invariant: a pinned request has a future"))),
                }
            })
        };
        match polled {
            Ok(Poll::Pending) => this.suspend(&turn, cx),
            Ok(Poll::Ready(result)) => this.end(&turn, result),
            Err(panic) => this.end::<T>(&turn, Err(panic)),
        }
    }
}

impl<M, F> Driver<M, F> {
    fn begin(&mut self, cx: &Context<'_>) -> Option<Turn> {
        let head = self.node.head();
        let waker = cx.waker().clone();
        let mut state = head.lock();
        if !matches!(state.phase, Phase::Queued | Phase::Suspended) {
            return None;
        }
        let resumed = state.polled;
        let old = state.extra().driver.replace(waker);
        let turn = begin(head, &mut state);
        drop(state);
        drop(old);
        head.emit(if resumed {
            EventKind::Resumed
        } else {
            EventKind::Started
        });
        Some(turn)
    }

    fn suspend(&mut self, turn: &Turn, cx: &Context<'_>) -> Poll<()> {
        let node = Arc::clone(&self.node);
        let head = node.head();
        let mut state = head.lock();
        if state.phase != Phase::Running || state.generation != turn.generation {
            drop(state);
            let _ = guarded(|| self.future.take());
            return Poll::Ready(());
        }
        if (turn.told && state.shields == 0) || head.is_shut_down() {
            drop(state);
            let dropped = self.drop_future(turn);
            let ending = match dropped {
                Err(panic) => Ending::Failed(panic),
                Ok(()) if head.is_shut_down() => Ending::Failed(shut_down()),
                Ok(()) => Ending::Cancelled,
            };
            let _ = finish(&self.node, turn.generation, ending);
            return Poll::Ready(());
        }
        state.phase = Phase::Suspended;
        let again = state.woken || (state.cancelled && !turn.told);
        drop(state);
        head.emit(EventKind::Suspended);
        if again {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }

    fn end<T: Send + Sync + 'static>(&mut self, turn: &Turn, result: Result<T, Error>) -> Poll<()> {
        let dropped = self.drop_future(turn);
        match result.and_then(|value| dropped.map(|()| value)) {
            Ok(value) => {
                let mut value = Some(value);
                let _ = finish(
                    &self.node,
                    turn.generation,
                    Ending::Value(&mut |node| put(node, &mut value)),
                );
                let _ = guarded(|| drop(value));
            }
            Err(error) => {
                let _ = finish(&self.node, turn.generation, Ending::Failed(error));
            }
        }
        Poll::Ready(())
    }

    fn drop_future(&mut self, turn: &Turn) -> Result<(), Error> {
        let _entered = current::enter(Arc::clone(&self.node), turn.effective, As::Workload);
        guarded(|| drop(self.future.take()))
    }
}
