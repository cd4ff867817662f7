//! From made to queued, and who may run a request without the queue.

use std::task::Context;

use crate::request::admit;
use crate::request::cell::{Head, Node, Phase, State, Verdict, Work};
use crate::request::current;
use crate::request::finish::{Ending, finish, renew};
use crate::request::guard::guarded;
use crate::request::run::{begin, lane, shut_down};
use crate::runtime::engine::{Engine, Lane};
use crate::runtime::events::EventKind;
use crate::runtime::place;
use crate::sync::{Arc, MutexGuard};

/// Why a request starts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// `submit`: it runs to its end even if nobody is left.
    Submitted,
    /// Only a wait: it lives as long as somebody is interested.
    Awaited,
}

/// Starts `node` if nobody has; a cancelled repeatable one begins its next generation.
pub(crate) fn submit(node: &Arc<dyn Node>) {
    let head = node.head();
    let mut state = head.lock();
    state.submitted = true;
    if state.phase == Phase::Ended(Verdict::Cancelled) && state.is_repeatable() {
        let old = renew(head, &mut state);
        queue(node, state, Start::Submitted);
        drop(old);
    } else if state.phase == Phase::Made {
        queue(node, state, Start::Submitted);
    } else {
        // New interest, as a waiter's would be: a cancellation that is still in its time of grace is taken back.
        let is_delayed = !state.cancelled && state.extra.as_ref().is_some_and(|extra| extra.grace_running.is_some());
        let grace = match &mut state.extra {
            Some(extra) if is_delayed => extra.end_grace(),
            _ => None,
        };
        state.cancel_asked &= !is_delayed;
        drop(state);
        drop(grace);
    }
    if head.engine.is_inline() && current::may_nest() {
        head.engine.run_inline();
    }
}

/// Puts a request that has just been made into its queue.
pub(crate) fn queue(node: &Arc<dyn Node>, mut state: MutexGuard<'_, State>, how: Start) {
    let head = node.head();
    state.submitted |= how == Start::Submitted;
    if head.engine.is_closed() {
        let turn = begin(head, &mut state);
        drop(state);
        drop(crate::request::trash::discard(crate::request::trash::Trash::Work(
            turn.work,
        )));
        let _ = finish(node, turn.generation, Ending::Failed(shut_down()));
        return;
    }
    admit::ask(head, &mut state);
    let ticket = state.enqueue(head);
    let (lane, priority, generation) = (lane(&state), state.effective, state.generation);
    let pinned = match state.work {
        Work::Pinned(_) => std::mem::replace(&mut state.work, Work::None),
        _ => Work::None,
    };
    let announcement = head.announce(&state, EventKind::Submitted);
    drop(state);
    if let Some(announcement) = announcement {
        head.spread(announcement);
    }
    match (pinned, head.engine.backend()) {
        (Work::Pinned(make), Some(backend)) => match guarded(|| make(Arc::clone(node))) {
            Ok(job) => backend.pin(job),
            Err(error) => {
                let _ = finish(node, generation, Ending::Failed(error));
            }
        },
        _ => head.engine.push(lane, Arc::clone(node) as _, priority, ticket),
    }
    if lane == Lane::Lobby {
        head.engine.let_in();
    }
}

/// Whether a request that nobody has started may run in the stack of the one who waits for it (C39).
pub(crate) fn may_run_here(head: &Head, state: &State) -> bool {
    let is_foreign = place::on_slot() && !is_of_current(&head.engine);
    let is_plain = lane(state) == Lane::Slot && !state.pinned && !state.has_estimate();
    is_plain && !is_foreign && !head.engine.is_closed() && current::may_run_direct()
}

/// Whether the current request belongs to `engine`. A slot runs requests of its own runtime alone.
fn is_of_current(engine: &Arc<Engine>) -> bool {
    current::with(|me| me.is_some_and(|me| Arc::ptr_eq(&me.head().engine, engine)))
}

/// Whether a waiter in a slot may take what it waits for out of the queue and run it: only if that overtakes nobody.
pub(crate) fn may_take_from_queue(head: &Head, node: *const (), state: &State) -> bool {
    let engine = &head.engine;
    let is_here = place::on_slot() && is_of_current(engine);
    if !is_here || lane(state) != Lane::Slot || state.pinned || !current::may_run_direct() {
        return false;
    }
    let priority = current::effective().map_or(state.effective, |lent| lent.min(state.effective));
    engine.ready.claim_if_next(node, priority, |ticket| head.is_due(ticket))
}

/// Inline mode: whoever waits outside of any request runs what is ready, and asks to be woken when more is.
pub(crate) fn pump(engine: &Engine, cx: &Context<'_>) {
    if engine.is_inline() && current::may_nest() {
        engine.on_ready(cx.waker());
        engine.run_inline();
    }
}
