//! Foreign futures in requests that may be cancelled.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project::pin_project;

use crate::error::Error;
use crate::request::current;
use crate::request::deadline::Deadline;

/// Awaits `future`, but returns an error as soon as the current request is cancelled, so that the workload can clean up in
/// place: for tokio's semaphores, barriers and channels, and whatever else does not know of requests.
///
/// Without it a cancelled request that waits for a foreign future is dropped there. Outside of a request, and within a
/// [`shield`](crate::shield()), it changes nothing.
///
/// # Cancel safety
///
/// That of `future`: it is dropped where the error is returned, and when the returned future is dropped.
///
/// # Errors
///
/// [`is_interrupted`](Error::is_interrupted) if the request was cancelled, [`is_timeout`](Error::is_timeout) if the
/// deadline of its context has passed.
///
/// # Examples
///
/// A semaphore that limits how many requests read at once:
///
/// ```
/// use std::sync::Arc;
/// use headwater::{Error, Request, cancellable};
/// use tokio::sync::Semaphore;
///
/// let readers = Arc::new(Semaphore::new(2));
/// let read = Request::new(async move {
///     let _permit = cancellable(readers.acquire()).await?.map_err(Error::new)?;
///     Ok("bytes")
/// });
/// assert_eq!(read.wait()?, "bytes");
/// # Ok::<(), Error>(())
/// ```
pub fn cancellable<F: Future>(future: F) -> Cancellable<F> {
    Cancellable {
        future: Some(future),
        deadline: Deadline::default(),
    }
}

/// The future of [`cancellable`].
#[pin_project]
#[must_use = "futures do nothing unless they are awaited"]
pub struct Cancellable<F> {
    /// `None` once it has been given up.
    #[pin]
    future: Option<F>,
    deadline: Deadline,
}

impl<F: Future> Future for Cancellable<F> {
    type Output = Result<F::Output, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(future) = this.future.as_mut().as_pin_mut().filter(|_| !current::is_interrupted()) else {
            this.future.set(None);
            return Poll::Ready(Err(current::interrupted()));
        };
        if let Poll::Ready(output) = future.poll(cx) {
            return Poll::Ready(Ok(output));
        }
        this.deadline.poll(cx).map(|error| {
            this.future.set(None);
            Err(error)
        })
    }
}

impl<F> fmt::Debug for Cancellable<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancellable")
            .field("given_up", &self.future.is_none())
            .finish_non_exhaustive()
    }
}
