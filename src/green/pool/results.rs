//! The results of a pool as a stream.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::stream::{FusedStream, Stream};

use crate::error::Error;
use crate::green::claim_wait::ClaimWait;
use crate::green::pool::claims::Get;
use crate::green::pool::pool::Pool;

/// The results of a [`Pool`]. Made by [`Pool::results`].
///
/// It ends when the pool is closed and nothing is left in it, and after an error of its own if the request that reads it is
/// cancelled, or the deadline of its context passes. It does not go on if the pool is opened again: that takes a new stream.
/// Several streams share the results: each goes to one of them.
///
/// # Cancel safety
///
/// Nothing is lost between two items. Dropping the stream takes nothing; it keeps the pool alive until then.
#[must_use = "streams do nothing unless they are polled"]
pub struct PoolResults<I: Send + 'static, T: Send + 'static> {
    pool: Pool<I, T>,
    getting: Option<ClaimWait<Get<I, T>>>,
    is_done: bool,
}

impl<I: Send + 'static, T: Send + 'static> PoolResults<I, T> {
    pub(crate) fn new(pool: Pool<I, T>) -> Self {
        Self {
            pool,
            getting: None,
            is_done: false,
        }
    }
}

impl<I: Send + 'static, T: Send + 'static> Stream for PoolResults<I, T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.is_done {
            return Poll::Ready(None);
        }
        let getting = this.getting.get_or_insert_with(|| this.pool.core().getting());
        Pin::new(getting).poll(cx).map(|got| {
            this.getting = None;
            this.is_done = !matches!(got, Ok(Some(_)));
            got.unwrap_or_else(|error| Some(Err(error)))
        })
    }
}

impl<I: Send + 'static, T: Send + 'static> FusedStream for PoolResults<I, T> {
    fn is_terminated(&self) -> bool {
        self.is_done
    }
}

impl<I: Send + 'static, T: Send + 'static> fmt::Debug for PoolResults<I, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PoolResults")
            .field("is_done", &self.is_done)
            .finish_non_exhaustive()
    }
}
