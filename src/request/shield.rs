//! Sections that cancellation does not interrupt.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project::{pin_project, pinned_drop};

use crate::error::Error;
use crate::request::cell::Node;
use crate::request::current;
use crate::sync::Arc;

/// Lets `future` run to its end even if the current request is cancelled meanwhile.
///
/// Inside of it awaits return what they wait for, and requests made there are not born cancelled. Afterwards the request
/// is as cancelled as before. Outside of a request it changes nothing.
///
/// # Cancel safety
///
/// Dropping the returned future drops `future`, shield or not: it protects against cancellation, not against its owner.
///
/// # Examples
///
/// A file that is either whole or absent:
///
/// ```
/// use headwater::{Error, Request, shield};
///
/// async fn write_footer_and_rename() -> Result<(), Error> {
///     Ok(())
/// }
///
/// let export = Request::new(async {
///     // … blocks are written here, and a cancellation may stop that …
///     shield(write_footer_and_rename()).await
/// });
/// export.wait()?;
/// # Ok::<(), Error>(())
/// ```
pub fn shield<F: Future>(future: F) -> Shield<F> {
    Shield { future, request: None }
}

/// The future of [`shield`].
#[pin_project(PinnedDrop)]
#[must_use = "futures do nothing unless they are awaited"]
pub struct Shield<F> {
    #[pin]
    future: F,
    /// The request that counts this shield.
    request: Option<Arc<dyn Node>>,
}

impl<F: Future> Future for Shield<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if this.request.is_none()
            && let Some(node) = current::node()
        {
            node.head().lock().shields += 1;
            *this.request = Some(node);
        }
        struct Lowered;
        impl Drop for Lowered {
            fn drop(&mut self) {
                current::shift_shields(-1);
            }
        }
        current::shift_shields(1);
        let polled = {
            let _lowered = Lowered;
            this.future.poll(cx)
        };
        if polled.is_ready() {
            lower(this.request);
        }
        polled
    }
}

fn lower(request: &mut Option<Arc<dyn Node>>) {
    if let Some(node) = request.take() {
        let mut state = node.head().lock();
        state.shields = state.shields.saturating_sub(1);
    }
}

#[pinned_drop]
impl<F> PinnedDrop for Shield<F> {
    fn drop(self: Pin<&mut Self>) {
        lower(self.project().request);
    }
}

impl<F> fmt::Debug for Shield<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shield")
            .field("in_request", &self.request.is_some())
            .finish_non_exhaustive()
    }
}

/// Returns at once: an error if the current request has been cancelled and this is no shielded section. For async code
/// between two awaits; kernels have their [`Checkpoint`](crate::Checkpoint).
///
/// # Errors
///
/// [`is_interrupted`](Error::is_interrupted): clean up and return.
pub fn check_cancelled() -> Result<(), Error> {
    match current::is_interrupted() {
        true => Err(current::interrupted()),
        false => Ok(()),
    }
}
