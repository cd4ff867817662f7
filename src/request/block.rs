//! Waiting with a whole thread. One line over the future, and the question whether the thread may.

use std::future::{Future, IntoFuture};
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures::task::{ArcWake, waker};

use crate::error::{Error, ErrorKind};
use crate::request::cell::{Head, Phase, State, Verdict, flag};
use crate::request::current;
use crate::request::request::Request;
use crate::request::stack;
use crate::request::timeout::timed_out;
use crate::request::wait::{self, Wait};
use crate::runtime::engine::Engine;
use crate::runtime::place::{self, Place};
use crate::sync::{Arc, Condvar, Mutex};

pub(crate) fn wait<T: Clone + Send + Sync + 'static>(
    request: &Request<T>,
    limit: Option<Duration>,
) -> Result<T, Error> {
    if current::is_interrupted() {
        return Err(current::interrupted());
    }
    let is_for_good = |state: &State| state.phase != Phase::Ended(Verdict::Cancelled) || !state.is_repeatable();
    if request.head().has(flag::ENDED)
        && let Some(outcome) = wait::ended(request.cell(), is_for_good)
    {
        return outcome;
    }
    let engine = Arc::clone(&request.head().engine);
    let future = match limit {
        None => request.into_future(),
        Some(_) => Wait::queued(request.clone()),
    };
    let outcome = block(future, limit, Some(engine))?;
    outcome.unwrap_or_else(|| Err(timed_out(limit.unwrap_or_default())))
}

/// Blocks the thread until `future` is ready, if this thread may; `None` when the time is over. `engine` is the one that
/// `future` depends on, if any: in inline mode it is run here meanwhile.
pub(crate) fn block<F: Future>(
    future: F,
    limit: Option<Duration>,
    engine: Option<Arc<Engine>>,
) -> Result<Option<F::Output>, Error> {
    refuse_in_kernel()?;
    let until = limit.and_then(|limit| Instant::now().checked_add(limit));
    let block = || {
        let _below = stack::enter();
        block_on(future, until, engine.as_deref())
    };
    if place::on_slot() {
        let no_thread = "no thread is left to take over this slot: use `.await`";
        return hand_slot_over(block).ok_or_else(|| would_block(no_thread));
    }
    match place::here() {
        Place::Free => Ok(block()),
        Place::Worker => Ok(place::block_in_place(block)),
        Place::Rayon => Err(would_block(
            "a thread of a rayon pool must not wait: make it a request and await it",
        )),
        Place::Async => Err(would_block(
            "this thread runs an async executor that cannot hand its tasks over: use `.await`",
        )),
    }
}

fn refuse_in_kernel() -> Result<(), Error> {
    match current::in_kernel() {
        true => Err(would_block(
            "a kernel must not wait: compute the inputs first, in a request, and hand them in",
        )),
        false => Ok(()),
    }
}

fn would_block(cure: &'static str) -> Error {
    Error::condition(ErrorKind::WouldBlock, cure)
}

/// Another slot takes over while this one blocks its thread, so that W blocked slots of W do not stop the rest (P24).
/// `None` if there is no thread for that. The slot is one of the current request's runtime, whatever it waits for.
fn hand_slot_over<R>(block: impl FnOnce() -> R) -> Option<R> {
    let node = current::node()?;
    let head = node.head();
    let backend = head.engine.backend()?;
    let mut block = Some(block);
    let mut result = None;
    backend.hand_over(&mut || {
        let _marked = HandedOver::mark(head);
        result = block.take().map(|block| block());
    });
    result
}

/// Says of a request that it holds no slot, until it is dropped. A wait within a wait changes nothing.
struct HandedOver<'a>(Option<&'a Head>);

impl<'a> HandedOver<'a> {
    fn mark(head: &'a Head) -> Self {
        let _state = head.lock();
        let is_first = !head.has(flag::HANDED_OVER);
        head.raise(flag::HANDED_OVER);
        Self(is_first.then_some(head))
    }
}

impl Drop for HandedOver<'_> {
    fn drop(&mut self) {
        if let Some(head) = self.0 {
            let _state = head.lock();
            head.lower(flag::HANDED_OVER);
        }
    }
}

/// Polls `future` on this thread until it is ready; `None` when the time is over.
fn block_on<F: Future>(future: F, until: Option<Instant>, engine: Option<&Engine>) -> Option<F::Output> {
    let parker = Arc::new(Parker::default());
    let waker = waker(Arc::clone(&parker));
    let mut cx = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return Some(output);
        }
        if let Some(engine) = engine.filter(|engine| engine.is_inline()) {
            // In inline mode whoever waits does the work; in a request the pump outside of it is this very stack.
            engine.on_ready(&waker);
            engine.run_inline();
            if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                return Some(output);
            }
        }
        if !parker.park(until) {
            return None;
        }
    }
}

/// Lets a thread sleep until its waker is called.
#[derive(Default)]
pub(crate) struct Parker {
    woken: Mutex<bool>,
    bell: Condvar,
}

impl Parker {
    /// Sleeps until woken, or `until`; whether it was woken.
    fn park(&self, until: Option<Instant>) -> bool {
        let mut woken = self.woken.lock();
        while !std::mem::take(&mut *woken) {
            woken = match until {
                None => self.bell.wait(woken),
                Some(until) => match until.checked_duration_since(Instant::now()) {
                    None => return false,
                    Some(left) => self.bell.wait_timeout(woken, left),
                },
            };
        }
        true
    }
}

impl ArcWake for Parker {
    fn wake_by_ref(parker: &Arc<Self>) {
        *parker.woken.lock() = true;
        parker.bell.notify_one();
    }
}
