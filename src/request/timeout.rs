//! Waiting with a limit.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind};
use crate::request::alarm::Alarm;
use crate::request::request::Request;
use crate::request::wait::Wait;
use crate::sync::Arc;

/// Waits for a request for a limited time. Made by [`Request::timeout`].
///
/// # Cancel safety
///
/// Dropping it ends the wait and loses nothing.
#[must_use = "futures do nothing unless they are awaited"]
pub struct Timeout<T: Clone + Send + Sync + 'static> {
    wait: Wait<T>,
    alarm: Alarm,
    limit: Duration,
}

impl<T: Clone + Send + Sync + 'static> Timeout<T> {
    pub(crate) fn new(request: Request<T>, limit: Duration) -> Self {
        let engine = Arc::clone(&request.head().engine);
        let at = Instant::now()
            .checked_add(limit)
            .unwrap_or_else(|| Instant::now() + Duration::from_secs(1 << 30));
        Self {
            alarm: Alarm::at(at, engine),
            wait: Wait::queued(request),
            limit,
        }
    }
}

impl<T: Clone + Send + Sync + 'static> Future for Timeout<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Poll::Ready(outcome) = Pin::new(&mut self.wait).poll(cx) {
            return Poll::Ready(outcome);
        }
        let limit = self.limit;
        self.alarm.poll(cx).map(|()| {
            // Now, and not when this future is dropped: a time-out leaves no trace (C10).
            self.wait.leave(false);
            Err(timed_out(limit))
        })
    }
}

pub(crate) fn timed_out(limit: Duration) -> Error {
    Error::condition(ErrorKind::TimedOut, format!("no result within {limit:?}"))
}

impl<T: Clone + Send + Sync + 'static> fmt::Debug for Timeout<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timeout")
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
