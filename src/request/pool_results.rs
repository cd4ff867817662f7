//! The results of a pool, one by one.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::stream::{FusedStream, Stream};

use crate::error::Error;
use crate::request::current;
use crate::request::pool::RequestPool;
use crate::request::pool_core::{Order, Run};
use crate::request::wait::Wait;

/// The results of a [`RequestPool`] as a stream; it runs the pool while it is polled, and waits for it like any waiter.
///
/// While there is a stream, results that have not been taken count among the active members, so the pool never runs ahead
/// of its reader. Each result goes to one stream. After a failure come the results that were there before it, then the
/// error, then the end. The stream is also at its end when nothing is left to run; requests added later bring it back.
///
/// # Cancel safety
///
/// Nothing is lost between two items. Dropping the stream ends the wait and drops what it has not taken; it keeps the
/// pool alive until then.
#[must_use = "streams do nothing unless they are polled"]
pub struct RequestPoolResults<T: Clone + Send + Sync + 'static> {
    pool: RequestPool<T>,
    wait: Option<Wait<()>>,
    order: Order,
    key: u64,
    is_done: bool,
}

impl<T: Clone + Send + Sync + 'static> RequestPoolResults<T> {
    pub(crate) fn new(pool: RequestPool<T>, order: Order) -> Self {
        let key = pool.core().open_stream();
        Self {
            pool,
            wait: None,
            order,
            key,
            is_done: false,
        }
    }

    fn fail(&mut self, error: Error) -> Poll<Option<Result<T, Error>>> {
        self.is_done = true;
        self.wait = None;
        Poll::Ready(Some(Err(error)))
    }
}

impl<T: Clone + Send + Sync + 'static> Stream for RequestPoolResults<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if this.is_done {
                return Poll::Ready(None);
            }
            if current::is_interrupted() {
                return this.fail(current::interrupted());
            }
            if let Some(value) = this.pool.core().take(this.key, this.order, cx.waker()) {
                return Poll::Ready(Some(Ok(value)));
            }
            if this.wait.is_none() {
                match this.pool.core().run() {
                    Run::Idle => return Poll::Ready(None),
                    Run::Ended(error) => return this.fail(error),
                    Run::By(driver) => this.wait = Some(driver.into_future()),
                }
            }
            let Some(wait) = &mut this.wait else { continue };
            match Pin::new(wait).poll(cx) {
                Poll::Ready(Ok(())) => this.wait = None,
                Poll::Ready(Err(error)) => {
                    this.wait = None;
                    // What was finished before the failure comes first.
                    match this.pool.core().take(this.key, Order::Completion, cx.waker()) {
                        Some(value) => return Poll::Ready(Some(Ok(value))),
                        None => return this.fail(error),
                    }
                }
                // The driver may have run in this very poll, and delivered.
                Poll::Pending => match this.pool.core().take(this.key, this.order, cx.waker()) {
                    Some(value) => return Poll::Ready(Some(Ok(value))),
                    None => return Poll::Pending,
                },
            }
        }
    }
}

impl<T: Clone + Send + Sync + 'static> FusedStream for RequestPoolResults<T> {
    fn is_terminated(&self) -> bool {
        self.is_done
    }
}

impl<T: Clone + Send + Sync + 'static> Drop for RequestPoolResults<T> {
    fn drop(&mut self) {
        self.pool.core().close_stream(self.key);
    }
}

impl<T: Clone + Send + Sync + 'static> fmt::Debug for RequestPoolResults<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestPoolResults")
            .field("order", &self.order)
            .finish_non_exhaustive()
    }
}
