//! From made to queued, and who may run a request without the queue.

use std::task::Context;

use crate::request::admit;
use crate::request::announce::Announcement;
use crate::request::cell::{Head, Node, Phase, State, Verdict, Work};
use crate::request::current;
use crate::request::finish::{Ending, finish, renew};
use crate::request::guard::guarded;
use crate::request::listing;
use crate::request::run::{Turn, begin, lane, shut_down};
use crate::request::trash::{Trash, discard};
use crate::runtime::Priority;
use crate::runtime::engine::{Engine, Lane, Timer};
use crate::runtime::events::EventKind;
use crate::runtime::place;
use crate::sync::Arc;

/// Starts `node`, which runs on `engine`, if nobody has; a cancelled repeatable one begins its next generation. It runs to
/// its end even if nobody is left.
pub(crate) fn submit(engine: &Engine, node: Arc<dyn Node>) {
    let head = node.head();
    let (mut queued, mut old, mut grace) = (None, None, None);
    let creator = {
        let mut state = head.lock();
        state.submitted = true;
        if state.phase == Phase::Ended(Verdict::Cancelled) && state.is_repeatable() {
            old = renew(head, &mut state);
        }
        if state.phase == Phase::Made {
            queued = Some(enter_queue(head, &mut state));
        } else {
            grace = take_back(&mut state);
        }
        listing::begin(head, &mut state)
    };
    drop((old, grace));
    if let Some(creator) = creator {
        listing::finish(&node, &creator);
    }
    if let Some(queued) = queued {
        push(engine, node, queued);
    }
    run_if_inline(engine);
}

/// In inline mode whoever starts something runs it.
pub(crate) fn run_if_inline(engine: &Engine) {
    if engine.is_inline() && current::may_nest() {
        engine.run_inline();
    }
}

/// New interest, as a waiter's would be: a cancellation that is still in its time of grace is taken back.
fn take_back(state: &mut State) -> Option<Timer> {
    let extra = state.extra.as_mut().filter(|extra| extra.grace_running.is_some());
    let extra = extra.filter(|_| !state.cancelled)?;
    state.cancel_asked = false;
    extra.end_grace()
}

/// A request that is to be pushed to its queue.
pub(crate) struct Queued {
    lane: Lane,
    priority: Priority,
    ticket: u32,
    generation: u32,
    /// The work of a pinned request, which leaves for its thread.
    pinned: Work,
    /// The runtime is closed: there is no queue any more.
    refused: Option<Box<Turn>>,
    /// Who is to be told that it was submitted.
    announcement: Option<Box<Announcement>>,
}

/// Moves a request that has just been made to Queued; the caller is to [`push`] it when it has let go of the lock.
#[must_use]
pub(crate) fn enter_queue(head: &Head, state: &mut State) -> Queued {
    let refused = head.engine.is_closed().then(|| Box::new(begin(head, state)));
    let (mut ticket, mut announcement) = (0, None);
    if refused.is_none() {
        admit::ask(head, state);
        ticket = state.enqueue(head);
        announcement = head.announce(state, EventKind::Submitted).map(Box::new);
    }
    Queued {
        lane: lane(state),
        priority: state.effective,
        ticket,
        generation: state.generation,
        pinned: match state.work {
            Work::Pinned(_) => std::mem::replace(&mut state.work, Work::None),
            _ => Work::None,
        },
        refused,
        announcement,
    }
}

/// Puts a request into the queue of its engine.
pub(crate) fn push(engine: &Engine, node: Arc<dyn Node>, queued: Queued) {
    let head = node.head();
    if let Some(turn) = queued.refused {
        drop(discard(Trash::Work(turn.work)));
        let _ = finish(&node, turn.generation, Ending::Failed(shut_down()));
        return;
    }
    if let Some(announcement) = queued.announcement {
        head.spread(*announcement);
    }
    match (queued.pinned, engine.backend()) {
        (Work::Pinned(make), Some(backend)) => match guarded(|| make(Arc::clone(&node))) {
            Ok(job) => backend.pin(job),
            Err(error) => {
                let _ = finish(&node, queued.generation, Ending::Failed(error));
            }
        },
        _ => engine.push(queued.lane, node as _, queued.priority, queued.ticket),
    }
    if queued.lane == Lane::Lobby {
        engine.let_in();
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
