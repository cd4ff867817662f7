//! One call, as the future that waits for it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::channel::oneshot::{self, Receiver, Sender};

use crate::checkpoint::{Checkpoint, Interrupt};
use crate::error::{Error, ErrorContext, ErrorKind};
use crate::request::detached::engine_here;
use crate::runtime::engine::Engine;
use crate::runtime::enter;
use crate::runtime::net::guarded;
use crate::runtime::workers::{Place, Workers};
use crate::sync::Arc;
use crate::sync::atomic::{AtomicBool, Ordering};

/// Enters the queue of the workers when it is first polled; dropped, it withdraws a call that has not begun, and tells one
/// that has.
pub(crate) struct BlockingCall<C, T> {
    workers: Arc<Workers>,
    call: Option<C>,
    /// Made within a call of the same workers, which may be about to wait for it.
    is_nested: bool,
    running: Option<Running<T>>,
}

struct Running<T> {
    outcome: Receiver<Result<T, Error>>,
    place: Place,
    abandoned: Arc<Abandoned>,
}

/// Whether anybody still waits.
#[derive(Default)]
struct Abandoned(AtomicBool);

impl Interrupt for Abandoned {
    fn interrupted(&self) -> Option<Error> {
        let interrupted = || Error::condition(ErrorKind::Interrupted, "nobody waits for the blocking call any more");
        self.0.load(Ordering::SeqCst).then(interrupted)
    }
}

impl<C, T> BlockingCall<C, T>
where
    C: FnOnce(&Checkpoint) -> Result<T, Error> + Send + 'static,
    T: Send + 'static,
{
    pub(crate) fn new(workers: Arc<Workers>, call: C) -> Self {
        Self {
            is_nested: workers.is_here(),
            workers,
            call: Some(call),
            running: None,
        }
    }

    fn submit(&self, call: C) -> Result<Running<T>, Error> {
        let (sender, outcome) = oneshot::channel();
        let abandoned = Arc::new(Abandoned::default());
        let (engine, checkpoint) = (engine_here(), Checkpoint::new(Arc::clone(&abandoned) as _));
        let job = move || run(call, engine, &checkpoint, sender);
        let place = self
            .workers
            .submit(Box::new(job), self.is_nested)
            .context("starting a thread for a blocking call")?;
        Ok(Running {
            outcome,
            place,
            abandoned,
        })
    }
}

/// On the thread. What the call makes belongs to the runtime that the call belongs to.
fn run<C, T>(call: C, engine: Arc<Engine>, checkpoint: &Checkpoint, sender: Sender<Result<T, Error>>)
where
    C: FnOnce(&Checkpoint) -> Result<T, Error>,
{
    let _entered = enter::enter(engine);
    let outcome = checkpoint.check().and_then(|()| guarded(|| call(checkpoint)).flatten());
    // Nobody may be there any more; then the value is dropped here, and a panic of that goes to the log.
    drop(sender.send(outcome));
}

// Nothing in it is pinned.
impl<C, T> Unpin for BlockingCall<C, T> {}

impl<C, T> Future for BlockingCall<C, T>
where
    C: FnOnce(&Checkpoint) -> Result<T, Error> + Send + 'static,
    T: Send + 'static,
{
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let Some(call) = this.call.take() {
            this.running = Some(this.submit(call)?);
        }
        let Some(running) = &mut this.running else {
            return Poll::Ready(Err(Error::msg("polled after it was ready")));
        };
        let Poll::Ready(outcome) = Pin::new(&mut running.outcome).poll(cx) else {
            return Poll::Pending;
        };
        this.running = None;
        let lost = |_| Err(Error::msg("a blocking call was dropped before it could run"));
        Poll::Ready(outcome.unwrap_or_else(lost))
    }
}

impl<C, T> Drop for BlockingCall<C, T> {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.abandoned.0.store(true, Ordering::SeqCst);
            running.place.withdraw();
        }
    }
}
