//! A future whose panics are values.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project::pin_project;

use crate::error::Error;
use crate::runtime::net::guarded;

/// Ready with the error of a panic. The future must not be polled after that.
#[pin_project]
pub(crate) struct GuardedFuture<F> {
    #[pin]
    future: F,
}

impl<F> GuardedFuture<F> {
    pub(crate) fn new(future: F) -> Self {
        Self { future }
    }
}

impl<F, T> Future for GuardedFuture<F>
where
    F: Future<Output = Result<T, Error>>,
{
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match guarded(|| self.project().future.poll(cx)) {
            Ok(polled) => polled,
            Err(panic) => Poll::Ready(Err(panic)),
        }
    }
}
