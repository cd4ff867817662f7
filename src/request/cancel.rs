//! Cancellation: what happens when nobody is interested any more.
//!
//! A *wave* starts where the last interest went away and spreads to what the cancelled requests waited for and to what
//! they made, each under the same rule. It is a loop over a list, never a recursion (C7).

use crate::request::cell::{Head, Node, Phase, State, Verdict, Work, flag};
use crate::request::finish::{conclude, report_unheard, settle};
use crate::request::guard::{self, guarded};
use crate::request::lend;
use crate::request::run::{Turn, begin, give_up, lane, wake_all};
use crate::request::trash::{Trash, discard};
use crate::runtime::cancel::Cancel;
use crate::runtime::events::EventKind;
use crate::sync::atomic::Ordering;
use crate::sync::{Arc, MutexGuard, Weak};

/// Says that one party no longer wants the result of `node`.
pub(crate) fn ask(node: &Arc<dyn Node>) -> Cancel {
    let mut wave = Wave::default();
    let answer = wave.ask(node);
    wave.run();
    answer
}

/// Cancels `node`, a one-shot request, whoever waits for it: they are told.
#[cfg_attr(loom, expect(dead_code, reason = "the layer that uses it has no models"))]
pub(crate) fn force(node: &Arc<dyn Node>) -> Cancel {
    let mut wave = Wave::default();
    let state = node.head().lock();
    match state.phase {
        Phase::Ended(Verdict::Cancelled) => return Cancel::Cancelled,
        Phase::Ended(_) | Phase::Finishing(_) => return Cancel::Ended,
        Phase::Made | Phase::Queued | Phase::Running | Phase::Suspended => {}
    }
    wave.cancel(node, state);
    wave.run();
    Cancel::Cancelled
}

/// Ends the wait with `key` at `target`; `gave_up` if the waiter was cancelled and so speaks against the result.
pub(crate) fn leave(target: &Arc<dyn Node>, key: usize, round: u32, gave_up: bool) {
    let mut wave = Wave::default();
    wave.leave(target, key, round, gave_up);
    wave.run();
}

/// The lease of a direct execution ends without becoming a wait.
pub(crate) fn end_lease(target: &Arc<dyn Node>, round: u32, gave_up: bool) {
    let mut wave = Wave::default();
    let mut state = target.head().lock();
    if state.round != round {
        return;
    }
    state.live = state.live.saturating_sub(1);
    wave.look_again(target, state, gave_up);
    lend::update(target);
    wave.run();
}

/// The last handle is gone (C8, C28).
pub(crate) fn last_handle_dropped(node: &Arc<dyn Node>) {
    let head = node.head();
    if head.has(flag::SUCCEEDED) {
        return;
    }
    let mut state = head.lock();
    if let Phase::Ended(verdict) = state.phase {
        let unheard = match (verdict, state.heard) {
            (Verdict::Failed, false) => state.failure.clone(),
            _ => None,
        };
        state.heard = true;
        drop(state);
        if let Some(error) = unheard {
            report_unheard(head, &error);
        }
        return;
    }
    let mut wave = Wave::default();
    wave.look_again(node, state, false);
    wave.run();
}

/// Requests that a wave pushes to the queue at once: few enough for the slots to begin while it goes on.
const BATCH: usize = 64;

#[derive(Default)]
struct Wave {
    next: Vec<Step>,
    /// Suspended requests that are to see that they are cancelled.
    roused: Vec<Arc<dyn Node>>,
}

enum Step {
    /// A cancelled request waited for it.
    Withdraw {
        target: Arc<dyn Node>,
        key: usize,
        round: u32,
    },
    /// A cancelled request made it.
    Child { child: Arc<dyn Node>, is_shielding: bool },
}

impl Wave {
    fn run(&mut self) {
        while let Some(step) = self.next.pop() {
            match step {
                Step::Withdraw { target, key, round } => self.leave(&target, key, round, true),
                // What a shield has made is the shield's; if it is left over, the end of the request will find it.
                Step::Child { child, is_shielding } if is_shielding && child.head().has(flag::SHIELDED) => drop(child),
                // Reached already by the wait of its creator; of a repeatable one this would be the next generation.
                Step::Child { child, .. } if child.head().has_only(flag::CANCELLED, flag::REPEATABLE) => drop(child),
                Step::Child { child, .. } => {
                    let _ = self.ask(&child);
                }
            }
        }
        self.push_roused();
    }

    fn rouse(&mut self, node: &Arc<dyn Node>) {
        self.roused.push(Arc::clone(node));
        if self.roused.len() == BATCH {
            self.push_roused();
        }
    }

    fn push_roused(&mut self) {
        if let Some(first) = self.roused.first() {
            let engine = Arc::clone(&first.head().engine);
            wake_all(&engine, std::mem::take(&mut self.roused));
        }
    }

    fn ask(&mut self, node: &Arc<dyn Node>) -> Cancel {
        let mut state = node.head().lock();
        match state.phase {
            Phase::Ended(Verdict::Cancelled) => return Cancel::Cancelled,
            Phase::Ended(_) | Phase::Finishing(_) => return Cancel::Ended,
            Phase::Made | Phase::Queued | Phase::Running | Phase::Suspended => {}
        }
        state.cancel_asked = true;
        match state.live {
            0 => self.lose_interest(node, state),
            // A cancelled generation with waiters: they wait for the next one.
            waiters => Cancel::Pending {
                waiters: waiters as usize,
            },
        }
    }

    fn leave(&mut self, target: &Arc<dyn Node>, key: usize, round: u32, gave_up: bool) {
        let head = target.head();
        let mut state = head.lock();
        if state.round != round {
            return;
        }
        let Some(waiter) = state.waiters.remove(key) else {
            return;
        };
        state.live = state.live.saturating_sub(1);
        let lent = waiter.priority == Some(state.effective);
        self.look_again(target, state, gave_up);
        if lent {
            lend::update(target);
        }
        // Its waker is the user's.
        let _ = guarded(|| drop(waiter));
    }

    /// I6: an interest has gone.
    fn look_again(&mut self, node: &Arc<dyn Node>, mut state: MutexGuard<'_, State>, gave_up: bool) {
        let head = node.head();
        if state.verdict().is_some() {
            return;
        }
        state.cancel_asked |= gave_up && !head.has(flag::OUTLIVES_WAITERS);
        let abandoned = !state.submitted && head.handles.load(Ordering::SeqCst) == 0;
        if state.live == 0 && (state.cancel_asked || abandoned) {
            state.cancel_asked = true;
            let _ = self.lose_interest(node, state);
        }
    }

    /// Nobody is interested: cancels, now or after the time of grace.
    fn lose_interest(&mut self, node: &Arc<dyn Node>, mut state: MutexGuard<'_, State>) -> Cancel {
        let head = node.head();
        let grace = state
            .extra
            .as_ref()
            .and_then(|extra| extra.grace)
            .unwrap_or(head.engine.config.grace);
        if grace.is_zero() || state.cancelled || state.phase == Phase::Made || head.engine.backend().is_none() {
            self.cancel(node, state);
            return Cancel::Cancelled;
        }
        let (round, generation) = (state.round, state.generation);
        let extra = state.extra();
        if extra.grace_running.is_some() {
            return Cancel::Delayed;
        }
        extra.graces = extra.graces.wrapping_add(1);
        let this = extra.graces;
        extra.grace_running = Some(this);
        drop(state);
        let late = Arc::downgrade(node);
        let call = move || {
            if let Some(node) = late.upgrade() {
                grace_is_over(&node, this, round, generation);
            }
        };
        let timer = head
            .engine
            .backend()
            .map(|backend| backend.after(grace, Box::new(call)));
        let mut state = head.lock();
        // Interest may have come back, or the end, before the timer could be put here.
        let kept = match state.extra().grace_running == Some(this) {
            true => std::mem::replace(&mut state.extra().grace_timer, timer),
            false => timer,
        };
        drop(state);
        drop(kept);
        Cancel::Delayed
    }

    /// Marks it cancelled and collects what follows.
    fn cancel(&mut self, node: &Arc<dyn Node>, mut state: MutexGuard<'_, State>) {
        state.cancel_asked = false;
        state.submitted = false;
        if state.cancelled {
            return;
        }
        let head = node.head();
        state.cancelled = true;
        head.raise(flag::CANCELLED);
        let wakers = self.spread(&mut state);
        state.calling = !wakers.is_empty();
        let is_suspended = state.phase == Phase::Suspended;
        if matches!(state.phase, Phase::Made | Phase::Queued) && !state.polled {
            if state.phase == Phase::Queued {
                head.engine.queue(lane(&state)).outdate();
            }
            let turn = begin(head, &mut state);
            return self.end_unpolled(node, state, turn);
        }
        drop(state);
        head.emit(EventKind::CancelAsked);
        // Before the request gets its turn: a combinator polls only what has been woken, and this may be the last turn.
        if !wakers.is_empty() {
            wakers.iter().for_each(|edge| call_waker(node, edge));
            head.lock().calling = false;
        }
        if is_suspended {
            self.rouse(node);
        }
    }

    /// Goes on to what the request waits for and to what it made; a shield keeps its own waits.
    /// Returns the edges with wakers of their own.
    #[must_use]
    fn spread(&mut self, state: &mut State) -> Vec<(Arc<dyn Node>, usize, u32)> {
        // In the end the steps are taken from the back: waits first, then the children from the oldest on. So they come to
        // the queue in the order of their ranks, which is the cheap one.
        let children = state.children.list().iter().rev().filter_map(Weak::upgrade);
        let is_shielding = state.shields > 0;
        self.next
            .extend(children.map(|child| Step::Child { child, is_shielding }));
        let mut wakers = Vec::new();
        for edge in state.waits.iter_mut().filter(|edge| !edge.shielded && !edge.withdrawn) {
            edge.withdrawn = true;
            if edge.has_waker {
                wakers.push((Arc::clone(&edge.target), edge.key, edge.round));
            }
            self.next.push(Step::Withdraw {
                target: Arc::clone(&edge.target),
                key: edge.key,
                round: edge.round,
            });
        }
        wakers
    }

    /// Ends a request that has never been polled here and now, without a slot (C18, C57); in one step if nobody is to be
    /// told.
    fn end_unpolled(&mut self, node: &Arc<dyn Node>, mut state: MutexGuard<'_, State>, mut turn: Turn) {
        let head = node.head();
        let has_callbacks = state.extra.as_ref().is_some_and(|extra| !extra.callbacks.is_empty());
        if has_callbacks || state.pinned || head.is_shut_down() || head.is_observed() {
            drop(state);
            self.push_roused();
            head.emit(EventKind::CancelAsked);
            let work = std::mem::replace(&mut turn.work, Work::None);
            return give_up(node, &turn, work);
        }
        let aftermath = conclude(head, &mut state, Verdict::Cancelled);
        drop(state);
        // What follows is the user's code, and may wait for those.
        self.push_roused();
        if let Err(panic) = discard(Trash::Work(turn.work)) {
            guard::report(
                Some(head.id),
                &panic,
                "a workload that had not begun panicked when it was dropped",
            );
        }
        settle(node, Verdict::Cancelled, aftermath);
    }
}

/// Uses up the waker of an edge that has been withdrawn. The key may have gone to another wait of `waiter`, in a shield,
/// since: that one finds its waker missing when it is polled, and registers again.
fn call_waker(waiter: &Arc<dyn Node>, (target, key, round): &(Arc<dyn Node>, usize, u32)) {
    let waker = {
        let mut state = target.head().lock();
        let is_same = state.round == *round;
        let entry = state.waiters.get_mut(*key).filter(|_| is_same);
        entry
            .filter(|entry| {
                entry
                    .request
                    .as_ref()
                    .is_some_and(|request| Arc::ptr_eq(request, waiter))
            })
            .and_then(|entry| entry.waker.take())
    };
    if let Some(waker) = waker {
        let _ = guarded(|| waker.wake());
    }
}

/// The time of grace has passed: still nobody?
fn grace_is_over(node: &Arc<dyn Node>, which: u32, round: u32, generation: u32) {
    let mut wave = Wave::default();
    let mut state = node.head().lock();
    if state.extra().grace_running != Some(which) {
        return;
    }
    let timer = state.extra().end_grace();
    let is_same = state.round == round && state.generation == generation && state.verdict().is_none();
    if is_same && state.live == 0 && state.cancel_asked {
        wave.cancel(node, state);
    } else {
        drop(state);
    }
    wave.run();
    drop(timer);
}

impl Head {
    pub(crate) fn is_shut_down(&self) -> bool {
        self.has(flag::SHUT_DOWN)
    }
}
