//! Requests that belong to nobody: what the concurrency toolkit builds its tasks on.

use std::panic::Location;
use std::task::Waker;

use crate::error::Error;
use crate::request::builder::RequestBuilder;
use crate::request::cancel;
use crate::request::cell::flag;
use crate::request::request::Request;
use crate::request::{current, run};
use crate::runtime::cancel::Cancel;
use crate::runtime::engine::Engine;
use crate::runtime::enter;
use crate::runtime::info::RequestId;
use crate::sync::Arc;

impl RequestBuilder {
    /// Nobody's child, even if a request makes it: it outlives its maker, and a waiter who gives up does not speak against
    /// it. Its failure is somebody else's to tell of.
    #[track_caller]
    pub(crate) fn detached<F>(self, engine: Arc<Engine>, future: F) -> Request<()>
    where
        F: Future<Output = Result<(), Error>> + Send + 'static,
    {
        let request = self.detached_on(engine).future(future);
        request.head().lock().heard = true;
        request.submit();
        request
    }
}

impl Request<()> {
    /// Cancels a detached request, whoever waits for it: they are told.
    pub(crate) fn cancel_now(&self) -> Cancel {
        cancel::force(&self.node())
    }

    /// Has the workload polled again if it is suspended.
    pub(crate) fn rouse(&self) {
        run::wake(&self.node());
    }
}

/// The current request will stand behind all others of its level if it is woken in this turn; `false` outside of requests.
pub(crate) fn give_way() -> bool {
    current::with(|node| node.map(|node| node.head().lock().gives_way = true)).is_some()
}

/// The runtime that a request made here would run on.
pub(crate) fn engine_here() -> Arc<Engine> {
    current::engine().unwrap_or_else(enter::current)
}

/// Whether `waker` wakes the current request itself, and nothing within it.
pub(crate) fn is_own_waker(waker: &Waker) -> bool {
    current::with(|node| node.is_some_and(|node| std::ptr::addr_eq(waker.data(), Arc::as_ptr(node))))
}

/// Which request the calling thread works for, and where that was made.
pub(crate) fn current_place() -> Option<(RequestId, &'static Location<'static>)> {
    current::with(|node| node.map(|node| (node.head().id, node.head().place)))
}

/// The failure of the current request as a waiter sees it; `None` if it only says that the request was cancelled.
pub(crate) fn failure_of_current(error: &Error) -> Option<Error> {
    let node = current::node()?;
    let head = node.head();
    let is_cancellation = head.has(flag::CANCELLED) && error.is_cancelled();
    (!is_cancellation).then(|| head.link(error.clone(), head.name()))
}
