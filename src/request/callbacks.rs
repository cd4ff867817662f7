//! Being told of the end without waiting for it.

use crate::error::Error;
use crate::request::cell::{Callback, Cell, Node, Phase, Verdict};
use crate::request::current::{self, As};
use crate::request::guard::{self, guarded};
use crate::request::request::Request;
use crate::sync::Arc;

/// How a request ended.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Outcome<'a, T> {
    /// With a value.
    Succeeded(&'a T),
    /// With an error.
    Failed(&'a Error),
    /// Nobody wanted it any more.
    Cancelled,
}

/// Exactly one of [`on_finished`](Self::on_finished), [`on_failed`](Self::on_failed) and
/// [`on_cancelled`](Self::on_cancelled) is called, once for a generation; [`on_done`](Self::on_done) always. Callbacks run
/// in the order of their subscription, where the workload ended, before anybody who began to wait later gets the result.
/// Whoever subscribes after the end is called at once, with the kind that is true.
///
/// A callback may do anything, making and waiting for requests included. One that panics does not stop the others; the
/// request then counts as failed, with the panic in its chain.
impl<T: Clone + Send + Sync + 'static> Request<T> {
    /// Calls `callback` with the value if the request succeeds.
    pub fn on_finished(&self, callback: impl FnOnce(&T) + Send + 'static) {
        self.on_done(move |outcome| {
            if let Outcome::Succeeded(value) = outcome {
                callback(value);
            }
        });
    }

    /// Calls `callback` with the error if the request fails. The failure then counts as heard.
    pub fn on_failed(&self, callback: impl FnOnce(&Error) + Send + 'static) {
        self.head().lock().heard = true;
        self.on_done(move |outcome| {
            if let Outcome::Failed(error) = outcome {
                callback(error);
            }
        });
    }

    /// Calls `callback` if the request is cancelled.
    pub fn on_cancelled(&self, callback: impl FnOnce() + Send + 'static) {
        self.on_done(move |outcome| {
            if let Outcome::Cancelled = outcome {
                callback();
            }
        });
    }

    /// Calls `callback` when the request has ended, however that was.
    pub fn on_done(&self, callback: impl FnOnce(&Outcome<'_, T>) + Send + 'static) {
        subscribe(
            &self.node(),
            Box::new(move |node, verdict, failure| tell::<T>(node, verdict, failure, callback)),
        );
    }
}

fn tell<T: Send + Sync + 'static>(
    node: &dyn Node,
    verdict: Verdict,
    failure: Option<&Error>,
    callback: impl FnOnce(&Outcome<'_, T>),
) {
    let value = node
        .as_any()
        .downcast_ref::<Cell<T>>()
        .and_then(|cell| cell.value.get());
    match (verdict, value, failure) {
        (Verdict::Succeeded, Some(value), _) => callback(&Outcome::Succeeded(value)),
        (Verdict::Failed, _, Some(error)) => callback(&Outcome::Failed(error)),
        _ => callback(&Outcome::Cancelled),
    }
}

fn subscribe(node: &Arc<dyn Node>, callback: Callback) {
    let head = node.head();
    let mut state = head.lock();
    let (Phase::Ended(verdict) | Phase::Finishing(verdict)) = state.phase else {
        state.extra().callbacks.push(callback);
        return;
    };
    let (failure, effective, span) = (state.failure.clone(), state.effective, state.span());
    drop(state);
    let _entered = current::enter(Arc::clone(node), effective, As::Callback);
    let _span = span.as_ref().map(tracing::Span::enter);
    if let Err(panic) = guarded(|| callback(&**node, verdict, failure.as_ref())) {
        // The outcome was told to others already, so this panic cannot join it.
        guard::report(Some(head.id), &panic, "a callback subscribed after the end panicked");
    }
}
