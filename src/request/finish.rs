//! The end of a generation: decide, call back, wake.

use crate::error::{Error, ErrorKind};
use crate::request::cell::{Callback, Head, Maker, Node, Phase, State, Verdict, Waiter, Work, flag};
use crate::request::current::{self, As};
use crate::request::guard::{self, guarded};
use crate::request::lend;
use crate::request::run::{lane, shut_down, wake, wake_all};
use crate::request::{admit, aftercall, cancel};
use crate::runtime::Priority;
use crate::runtime::engine::{Lane, Timer};
use crate::runtime::events::EventKind;
use crate::runtime::info::RequestState;
use crate::runtime::place;
use crate::sync::atomic::{Ordering, TALLY};
use crate::sync::{Arc, Weak};

/// How a workload ended.
pub(crate) enum Ending<'a> {
    /// With a value, which the closure moves into the cell.
    Value(&'a mut dyn FnMut(&dyn Node)),
    Failed(Error),
    /// Dropped because it was cancelled.
    Cancelled,
}

/// Whether the value, if there was one, is in the cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Finished {
    Succeeded,
    /// It counts no more, or the generation ended in another way.
    Otherwise,
}

impl From<Verdict> for Finished {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Succeeded => Self::Succeeded,
            Verdict::Failed | Verdict::Cancelled => Self::Otherwise,
        }
    }
}

/// What is left to do outside of the lock once the phase is Ended. Small, since most requests leave no more than a waiter.
#[derive(Default)]
pub(crate) struct Aftermath {
    waiter: Option<Waiter>,
    /// Bytes have been given back: others may be let in.
    room: bool,
    more: Option<Box<More>>,
}

#[derive(Default)]
struct More {
    waiters: Vec<Waiter>,
    /// The next generation stands in the queue.
    restart: Option<(Lane, Priority, u32)>,
    unheard: Option<Error>,
    made: Vec<Weak<dyn Node>>,
    children: Vec<Arc<dyn Node>>,
    // Dropped outside of the lock, since they hold what the user captured (I8).
    _maker: Option<Maker>,
    _grace: Option<Timer>,
    _values: Option<Error>,
}

impl Aftermath {
    fn more(&mut self) -> &mut More {
        self.more.get_or_insert_default()
    }
}

/// Ends the turn of `generation`. A turn that is no longer the current one changes nothing (I1, P6).
pub(crate) fn finish(node: &Arc<dyn Node>, generation: u32, ending: Ending<'_>) -> Finished {
    let head = node.head();
    let mut state = head.lock();
    if state.generation != generation || state.phase != Phase::Running {
        drop(state);
        drop(ending);
        return Finished::Otherwise;
    }
    let verdict = decide(node, &mut state, ending);
    let callbacks = match &mut state.extra {
        Some(extra) => std::mem::take(&mut extra.callbacks),
        None => Vec::new(),
    };
    if callbacks.is_empty() && !head.is_observed() {
        let aftermath = conclude(head, &mut state, verdict);
        drop(state);
        settle(node, verdict, aftermath);
        verdict.into()
    } else if !callbacks.is_empty() && place::on_rayon() {
        state.phase = Phase::Finishing(verdict);
        aftercall::defer(&mut state, callbacks);
        drop(state);
        head.emit(EventKind::Ended(verdict.into()));
        aftercall::queue(node, verdict);
        verdict.into()
    } else {
        state.phase = Phase::Finishing(verdict);
        drop(state);
        head.emit(EventKind::Ended(verdict.into()));
        complete(node, verdict, callbacks)
    }
}

/// The rest of an end that is told to callbacks or listeners.
pub(crate) fn complete(node: &Arc<dyn Node>, verdict: Verdict, callbacks: Vec<Callback>) -> Finished {
    let head = node.head();
    let verdict = call_back(node, verdict, callbacks);
    let mut state = head.lock();
    let aftermath = conclude(head, &mut state, verdict);
    drop(state);
    settle(node, verdict, aftermath);
    verdict.into()
}

/// The one atomic end (I3, C20): a value counts unless the cancellation came first, except that new interest in a
/// repeatable request takes it after all (C22); a failure is never downgraded to a cancellation.
fn decide(node: &Arc<dyn Node>, state: &mut State, ending: Ending<'_>) -> Verdict {
    let wanted_again = state.is_wanted_again();
    match ending {
        Ending::Value(deliver) if !state.cancelled || wanted_again => {
            deliver(&**node);
            if std::mem::take(&mut state.cancelled) {
                node.head().lower(flag::CANCELLED);
            }
            Verdict::Succeeded
        }
        Ending::Value(_) | Ending::Cancelled => Verdict::Cancelled,
        Ending::Failed(error) if state.cancelled && error.is_cancelled() => Verdict::Cancelled,
        Ending::Failed(error) => {
            state.failure = Some(error);
            Verdict::Failed
        }
    }
}

/// Runs the callbacks in the order of their subscription. One that panics does not stop the others; its panic is added to
/// the outcome (C26, C32).
fn call_back(node: &Arc<dyn Node>, verdict: Verdict, callbacks: Vec<Callback>) -> Verdict {
    let head = node.head();
    let (failure, effective, span) = {
        let state = head.lock();
        (state.failure.clone(), state.effective, state.span())
    };
    let mut panics: Vec<Error> = Vec::new();
    let mut next = callbacks;
    // A callback may subscribe another one meanwhile: that one is called at once by its subscriber, not here.
    for callback in next.drain(..) {
        let _entered = current::enter(Arc::clone(node), effective, As::Callback);
        let _span = span.as_ref().map(tracing::Span::enter);
        panics.extend(guarded(|| callback(&**node, verdict, failure.as_ref())).err());
    }
    let Some(panic) = panics
        .into_iter()
        .reduce(|first, then| first.context(format_args!("and then: {then}")))
    else {
        return verdict;
    };
    let error = match failure {
        None => panic.context("a callback panicked"),
        Some(failure) => failure.context(format_args!(
            "a callback panicked ({panic}) after the request had failed"
        )),
    };
    let previous = head.lock().failure.replace(error);
    drop(previous);
    Verdict::Failed
}

/// Moves to Ended and takes the waiters out, in one step (I2, I7).
pub(crate) fn conclude(head: &Head, state: &mut State, verdict: Verdict) -> Aftermath {
    let mut aftermath = Aftermath::default();
    state.since = head.engine.clock().recent();
    state.shields = 0;
    aftermath.room = admit::give_back(head, state);
    if head.made() > 0 {
        take_children(head, state, aftermath.more());
    }
    if let Some(extra) = &mut state.extra {
        extra.driver = None;
        if let Some(grace) = extra.end_grace() {
            aftermath.more()._grace = Some(grace);
        }
    }
    if verdict != Verdict::Succeeded && state.is_wanted_again() && !head.engine.is_closed() {
        let more = aftermath.more();
        more._values = renew(head, state);
        admit::ask(head, state);
        let ticket = state.enqueue(head);
        more.restart = Some((lane(state), state.effective, ticket));
        return aftermath;
    }
    state.phase = Phase::Ended(verdict);
    state.round = state.round.wrapping_add(1);
    state.live = 0;
    state.cancel_asked = false;
    let had_waiters = !state.waiters.is_empty();
    match state.waiters.len() {
        0 => {}
        1 => aftermath.waiter = state.waiters.drain().next(),
        _ => aftermath.more().waiters = state.waiters.drain().collect(),
    }
    match verdict {
        Verdict::Succeeded => {
            if let Some(maker) = state.extra.as_mut().and_then(|extra| extra.maker.take()) {
                aftermath.more()._maker = Some(maker);
            }
            head.raise(flag::SUCCEEDED | flag::ENDED);
        }
        Verdict::Failed => {
            let is_unheard = !had_waiters && !state.heard && head.handles.load(Ordering::SeqCst) == 0;
            if is_unheard {
                aftermath.more().unheard = state.failure.clone();
            }
            state.heard |= had_waiters || is_unheard;
            head.raise(flag::ENDED);
        }
        Verdict::Cancelled => head.raise(flag::ENDED),
    }
    aftermath
}

/// Lists the unfinished children with the roots, before this request is seen to have ended: whoever walks the tree misses
/// nobody (P9).
fn take_children(head: &Head, state: &mut State, more: &mut More) {
    head.engine.tallies.made.fetch_add(head.take_made(), TALLY);
    more.made = state.children.take();
    more.children = more.made.iter().filter_map(Weak::upgrade).collect();
    let unfinished = more.children.iter().filter(|child| !child.head().has(flag::ENDED));
    let unfinished = unfinished.filter(|child| child.head().shares_engine(head));
    head.engine.adopt(unfinished.map(|child| Arc::downgrade(child) as _));
}

/// Begins the next generation of a repeatable request: as if it had just been made. Returns what is to be dropped.
#[must_use]
pub(crate) fn renew(head: &Head, state: &mut State) -> Option<Error> {
    let maker = state.extra.as_ref().and_then(|extra| extra.maker.clone());
    state.work = maker.map_or(Work::None, Work::Make);
    state.generation = state.generation.wrapping_add(1);
    state.phase = Phase::Made;
    state.cancelled = false;
    state.polled = false;
    state.heard = false;
    state.woken = false;
    state.effective = lend::best(head, state);
    // Waiters of a generation that is begun anew for them are in the same round still.
    let round = if state.waiters.is_empty() { flag::WAITED_FOR } else { 0 };
    head.lower(flag::CANCELLED | flag::ENDED | round);
    state.failure.take()
}

/// Tells everybody.
pub(crate) fn settle(node: &Arc<dyn Node>, verdict: Verdict, aftermath: Aftermath) {
    let head = node.head();
    if let Some(waiter) = aftermath.waiter {
        tell(waiter, |request| drop(guarded(move || wake(&request))));
    }
    let mut room = aftermath.room;
    if let Some(more) = aftermath.more {
        room |= settle_more(node, verdict, more);
    }
    if room {
        head.engine.let_in();
    }
}

/// The rest, if there is more to do than to wake one waiter; whether others may be let in.
fn settle_more(node: &Arc<dyn Node>, verdict: Verdict, mut more: Box<More>) -> bool {
    let head = node.head();
    let mut room = false;
    if let Some((lane, priority, ticket)) = more.restart {
        head.engine.push(lane, Arc::clone(node) as _, priority, ticket);
        room = lane == Lane::Lobby;
    }
    if !more.waiters.is_empty() {
        let mut requests = Vec::with_capacity(more.waiters.len());
        for waiter in std::mem::take(&mut more.waiters) {
            tell(waiter, |request| requests.push(request));
        }
        wake_all(&head.engine, requests);
    }
    if let Some(error) = more.unheard.take() {
        report_unheard(head, &error);
    }
    if !more.made.is_empty() {
        leave_children(head, verdict, &more.children);
    }
    // These may be the last references to what the user captured, or to a child and its value.
    if let Err(panic) = guarded(|| drop(more)) {
        guard::report(
            Some(head.id),
            &panic,
            "what a request left behind panicked when it was dropped",
        );
    }
    room
}

/// Wakes a waiter by its waker, or leaves the request to `wake`.
fn tell(waiter: Waiter, wake: impl FnOnce(Arc<dyn Node>)) {
    match (waiter.waker, waiter.request) {
        // The waiter goes with it: this may be the last that is left of it.
        (Some(waker), request) => drop(guarded(|| {
            let _request = request;
            waker.wake();
        })),
        (None, Some(request)) => wake(request),
        (None, None) => {}
    }
}

/// A failure or cancellation ends what the request had begun (C14, C27).
fn leave_children(head: &Head, verdict: Verdict, children: &[Arc<dyn Node>]) {
    if verdict != Verdict::Succeeded {
        let unfinished = children.iter().filter(|child| !child.head().has(flag::ENDED));
        // In a cancelled tree most children have been told by the wave.
        for child in unfinished.filter(|child| !child.head().has_only(flag::CANCELLED, flag::REPEATABLE)) {
            let _ = cancel::ask(child);
        }
    }
    head.engine.sweep_if_due();
}

/// C28.
pub(crate) fn report_unheard(head: &Head, error: &Error) {
    let error = head.link(error.clone(), head.name());
    guard::report(Some(head.id), &error, "a request failed and nobody was listening");
}

/// What a waiter gets for a generation that has ended without a value.
pub(crate) fn failure(head: &Head, state: &mut State, verdict: Verdict) -> Error {
    state.heard = true;
    match (verdict, &state.failure) {
        (Verdict::Failed, Some(error)) => head.link(error.clone(), state.name()),
        // Nobody's cancellation: there would be another generation if the runtime were not closed.
        _ if head.is_shut_down() || (state.is_repeatable() && head.engine.is_closed()) => shut_down(),
        _ => head.link(Error::condition(ErrorKind::Cancelled, "it was cancelled"), state.name()),
    }
}

impl From<Verdict> for RequestState {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Succeeded => Self::Succeeded,
            Verdict::Failed => Self::Failed,
            Verdict::Cancelled => Self::Cancelled,
        }
    }
}
