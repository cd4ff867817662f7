//! What the tests of pools and of what is waited for share: runtimes, counters, polls by hand.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use headwater::{Error, Request, Runtime};

use crate::clock::paused;
pub(crate) use crate::support::{LONG, until};

/// On a paused clock.
pub(crate) const SECOND: Duration = Duration::from_secs(1);

pub(crate) fn runtime(slots: usize) -> Runtime {
    Runtime::builder()
        .slots(slots)
        .compute_threads(1)
        .build()
        .expect("the system has threads")
}

/// Asserts that the runtime comes to rest with nothing left over.
#[track_caller]
pub(crate) fn until_empty(runtime: &Runtime) {
    until("no request is left", || runtime.snapshot().is_empty());
}

/// Runs `test` in a request, on a clock that stands still while anything can run and jumps when nothing can.
pub(crate) fn on_paused_clock<F>(test: impl FnOnce() -> F + Send + 'static)
where
    F: Future<Output = Result<(), Error>> + Send + 'static,
{
    let outcome = paused(|runtime| async move {
        let request = Request::builder().on(&runtime).future(async move { test().await });
        request.submit();
        request.await
    });
    outcome.expect("the test succeeds");
}

/// Polls once with a waker that does nothing.
pub(crate) fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Polls once with a waker that counts its calls.
pub(crate) fn poll_counting<F: Future>(future: Pin<&mut F>, wakes: &Count) -> Poll<F::Output> {
    let waker = Waker::from(Arc::new(wakes.clone()));
    future.poll(&mut Context::from_waker(&waker))
}

#[derive(Clone, Default)]
pub(crate) struct Count(Arc<AtomicUsize>);

impl Count {
    pub(crate) fn add(&self) -> usize {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub(crate) fn sub(&self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }

    pub(crate) fn max(&self, value: usize) {
        self.0.fetch_max(value, Ordering::SeqCst);
    }

    pub(crate) fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// Counts its drop.
    pub(crate) fn on_drop(&self) -> Dropped {
        Dropped(self.clone())
    }
}

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.add();
    }
}

pub(crate) struct Dropped(Count);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.add();
    }
}
