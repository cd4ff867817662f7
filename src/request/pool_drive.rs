//! The request that runs a pool: whoever wants the pool to run waits for it.
//!
//! So everything that holds for requests holds for pools: several may wait for one, whoever is cancelled leaves, and when
//! the last has left the driver is cancelled, and with it what it waits for; priority goes from the waiters through the
//! driver to the members, and a circle through a pool is found.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};

use crate::error::Error;
use crate::request::current;
use crate::request::pool_core::{Next, PoolCore, cancelled};
use crate::request::request::Request;
use crate::runtime::info::RequestState;
use crate::sync::Arc;
use crate::sync::atomic::{AtomicBool, Ordering};

pub(crate) struct Drive<T: Clone + Send + Sync + 'static> {
    core: Arc<PoolCore<T>>,
    active: FuturesUnordered<BoxFuture<'static, (u64, Result<T, Error>)>>,
    launched: BTreeMap<u64, Launched<T>>,
    token: Token,
    is_finished: bool,
}

/// A member on its way.
struct Launched<T: Clone + Send + Sync + 'static> {
    request: Request<T>,
    /// Nobody had started it before: it is the pool's to cancel.
    is_ours: bool,
}

/// Says whether a driver is the one that the pool took.
#[derive(Clone, Default)]
pub(crate) struct Token(Arc<AtomicBool>);

impl Token {
    pub(crate) fn appoint(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    fn is_appointed(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

impl<T: Clone + Send + Sync + 'static> Drive<T> {
    pub(crate) fn new(core: Arc<PoolCore<T>>) -> Self {
        Self {
            core,
            active: FuturesUnordered::new(),
            launched: BTreeMap::new(),
            token: Token::default(),
            is_finished: false,
        }
    }

    pub(crate) fn token(&self) -> Token {
        self.token.clone()
    }

    fn launch(&mut self, key: u64, request: Request<T>) {
        let is_ours = request.state() == RequestState::Made;
        request.submit();
        let wait = IntoFuture::into_future(&request);
        self.active.push(Box::pin(async move { (key, wait.await) }));
        self.launched.insert(key, Launched { request, is_ours });
    }

    /// Leaves all that is active; what was launched here and is wanted by nobody else is cancelled.
    fn stop(&mut self) {
        self.active.clear();
        for (_, member) in std::mem::take(&mut self.launched) {
            if member.is_ours {
                let _ = member.request.cancel();
            }
        }
    }

    fn finished(&mut self, key: u64, outcome: Result<T, Error>) {
        // The handle goes before the next member is launched, so that the value is free by then (R101).
        let member = self.launched.remove(&key);
        drop(member);
        match outcome {
            Ok(value) => self.core.deliver(key, value),
            Err(error) => self.core.end(error),
        }
    }
}

impl<T: Clone + Send + Sync + 'static> Future for Drive<T> {
    type Output = Result<(), Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        loop {
            if current::is_interrupted() {
                this.core.end(cancelled());
                this.stop();
                return Poll::Ready(Err(current::interrupted()));
            }
            match this.core.next(cx.waker()) {
                Next::Launch(key, request) => {
                    this.launch(key, request);
                    continue;
                }
                Next::Ended(error) => {
                    this.stop();
                    return Poll::Ready(Err(error));
                }
                Next::Finished => {
                    this.is_finished = true;
                    return Poll::Ready(Ok(()));
                }
                Next::Wait => {}
            }
            match current::queued_only(|| this.active.poll_next_unpin(cx)) {
                Poll::Ready(Some((key, outcome))) => this.finished(key, outcome),
                // Nothing is active: the results must be taken first.
                Poll::Ready(None) | Poll::Pending => return Poll::Pending,
            }
        }
    }
}

impl<T: Clone + Send + Sync + 'static> Drop for Drive<T> {
    fn drop(&mut self) {
        if self.token.is_appointed() && !self.is_finished {
            self.core.end(cancelled());
            self.stop();
            self.core.driver_left();
        }
    }
}
