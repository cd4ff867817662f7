//! Waiting for a request: the future behind every `.await` and every `wait()`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use futures::task::waker_ref;

use crate::error::{Error, ErrorKind};
use crate::request::alarm::Alarm;
use crate::request::cell::{Cell, Edge, Node, Phase, State, Verdict, Waiter, flag};
use crate::request::direct::{self, Ran};
use crate::request::finish::{failure, renew};
use crate::request::guard::guarded;
use crate::request::request::Request;
use crate::request::run::{Turn, begin, drive};
use crate::request::start;
use crate::request::{cancel, current, cycle, fallen, lend};
use crate::runtime::place;
use crate::sync::{Arc, MutexGuard};

/// Waits for a request's value. Made by `.await` on a [`Request`] or a reference to one.
///
/// The first poll starts what nobody has started: a request that was never submitted runs at once, in the stack of its
/// waiter, up to its first pending await; from there on the queue has it, so a waiter that is not polled again holds
/// nobody up. A request that was submitted goes through the queue.
///
/// # Cancel safety
///
/// Dropping it ends the wait and loses nothing. If it was the last sign of interest in a request that was started only by
/// being awaited, that request is cancelled.
#[must_use = "futures do nothing unless they are awaited"]
pub struct Wait<T: Clone + Send + Sync + 'static> {
    request: Request<T>,
    registration: Option<Registration>,
    alarm: Option<Alarm>,
    /// May run what it waits for in its own stack.
    direct: bool,
}

/// The two ends of an edge.
struct Registration {
    key: usize,
    round: u32,
    waker: Option<Waker>,
    /// The waiting request, and the edge's key there.
    waiter: Option<(Arc<dyn Node>, usize)>,
}

impl<T: Clone + Send + Sync + 'static> Wait<T> {
    pub(crate) fn new(request: Request<T>) -> Self {
        Self {
            request,
            registration: None,
            alarm: None,
            direct: true,
        }
    }

    /// A wait that always leaves the work to the queue: in the waiter's own stack nothing could end it early (R17).
    pub(crate) fn queued(request: Request<T>) -> Self {
        let mut wait = Self::new(request);
        wait.direct = false;
        wait
    }

    /// Ends the wait at both ends. `gave_up` if the waiter was cancelled.
    pub(crate) fn leave(&mut self, gave_up: bool) {
        let Some(registration) = self.registration.take() else {
            return;
        };
        let mut withdrawn = false;
        if let Some((waiter, edge)) = registration.waiter {
            let edge = waiter.head().lock().waits.remove(edge);
            withdrawn = edge.as_ref().is_none_or(|edge| edge.withdrawn);
        }
        if !withdrawn && !self.request.head().has(flag::SUCCEEDED) {
            cancel::leave(&self.request.node(), registration.key, registration.round, gave_up);
        }
    }

    /// The target has ended and has taken its end of the edge out already.
    fn retire(&mut self) {
        if let Some(Registration {
            waiter: Some((waiter, edge)),
            ..
        }) = self.registration.take()
        {
            let edge = waiter.head().lock().waits.remove(edge);
            drop(edge);
        }
    }

    fn deadline_passed(&mut self, cx: &mut Context<'_>) -> bool {
        if self.alarm.is_none() {
            let Some(deadline) = current::with(|node| node.and_then(|node| node.head().values.as_ref()?.deadline))
            else {
                return false;
            };
            self.alarm = Some(Alarm::at(deadline, Arc::clone(&self.request.head().engine)));
        }
        self.alarm.as_mut().is_some_and(|alarm| alarm.poll(cx).is_ready())
    }

    /// Waits within a request or outside of any, until there is an outcome or a wake-up is certain.
    fn join(&mut self, cx: &mut Context<'_>, lease: Option<u32>) -> Poll<Result<T, Error>> {
        match enter(self.request.cell(), cx.waker(), self.direct, lease) {
            Entrance::Direct(outcome) => {
                forget_child(self.request.cell());
                Poll::Ready(outcome)
            }
            Entrance::Ended(outcome) => {
                // Not merely retired: a wait that was moved into its own target is still registered there.
                self.leave(false);
                Poll::Ready(outcome)
            }
            Entrance::Interrupted => {
                self.leave(true);
                Poll::Ready(Err(current::interrupted()))
            }
            Entrance::Waiting { key, round, waker } => {
                self.leave(false);
                let node = self.request.node();
                let Some(me) = current::node() else {
                    self.registration = Some(Registration {
                        key,
                        round,
                        waker,
                        waiter: None,
                    });
                    return Poll::Pending;
                };
                self.commit(
                    node,
                    me,
                    Registration {
                        key,
                        round,
                        waker,
                        waiter: None,
                    },
                )
            }
        }
    }

    /// The second half of an edge: at the waiter (I5).
    fn commit(
        &mut self,
        target: Arc<dyn Node>,
        me: Arc<dyn Node>,
        registration: Registration,
    ) -> Poll<Result<T, Error>> {
        let (key, round) = (registration.key, registration.round);
        let shielded = current::shields() > 0;
        let (edge, effective) = {
            let mut state = me.head().lock();
            if state.cancelled && !shielded {
                drop(state);
                cancel::leave(&target, key, round, true);
                return Poll::Ready(Err(current::interrupted()));
            }
            let edge = Edge {
                target: Arc::clone(&target),
                key,
                round,
                shielded,
                withdrawn: false,
                has_waker: registration.waker.is_some(),
            };
            (state.waits.insert(edge), state.effective)
        };
        self.registration = Some(Registration {
            waiter: Some((Arc::clone(&me), edge)),
            ..registration
        });
        if current::effective() != Some(effective) {
            lend::catch_up(&me, &target, key, round);
        }
        if me.head().has(flag::WAITED_FOR)
            && let Err(circle) = cycle::check(&me, &target)
        {
            self.leave(false);
            return Poll::Ready(Err(circle));
        }
        Poll::Pending
    }
}

/// What a look at the target led to.
enum Entrance<T> {
    Ended(Result<T, Error>),
    /// Ran in the stack of its waiter, to its end.
    Direct(Result<T, Error>),
    Waiting {
        key: usize,
        round: u32,
        waker: Option<Waker>,
    },
    Interrupted,
}

/// Takes the outcome, or runs the target here, or registers (I2).
/// A `lease` of the target's round may be held already.
fn enter<T: Clone + Send + Sync + 'static>(
    cell: &Arc<Cell<T>>,
    waker: &Waker,
    direct: bool,
    mut lease: Option<u32>,
) -> Entrance<T> {
    let head = &cell.head;
    // A request that is polled with its own waker needs no clone of it: its wake-up is a method of the cell. Any other
    // waker is cloned before the lock is taken (P16).
    let (is_own, is_myself) = current::with(|me| {
        let is_me = |ptr: *const ()| me.is_some_and(|me| std::ptr::addr_eq(ptr, Arc::as_ptr(me)));
        (is_me(waker.data()), is_me(Arc::as_ptr(cell).cast()))
    });
    let stored = (!is_own).then(|| (waker.clone(), waker.clone()));
    loop {
        let mut state = head.lock();
        if let Some(round) = lease.take() {
            if current::is_interrupted() {
                drop(state);
                cancel::end_lease(&(Arc::clone(cell) as _), round, true);
                return Entrance::Interrupted;
            }
            if state.round == round {
                state.live = state.live.saturating_sub(1);
            }
        }
        match state.phase {
            Phase::Ended(Verdict::Cancelled) if state.is_repeatable() && !head.engine.is_closed() => {
                let old = renew(head, &mut state);
                drop(state);
                drop(old);
                continue;
            }
            Phase::Ended(verdict) => return Entrance::Ended(outcome_in(cell, state, verdict)),
            Phase::Finishing(verdict) if is_myself => {
                return Entrance::Ended(outcome_in(cell, state, verdict));
            }
            Phase::Running | Phase::Queued | Phase::Suspended if is_myself => {
                drop(state);
                return Entrance::Ended(Err(cycle::of_itself(&(Arc::clone(cell) as _))));
            }
            Phase::Made if direct && start::may_run_here(head, &state) => {}
            Phase::Queued if direct && start::may_take_from_queue(head, Arc::as_ptr(cell).cast(), &state) => {}
            _ => return register(&(Arc::clone(cell) as _), stored, state),
        }
        // What runs for a waiter is as urgent as the waiter, from the start (C35).
        // One that waits for others already is lent to when its waiter registers: the loan has to reach those too.
        if let Some(lent) = current::effective().filter(|_| state.waits.is_empty()) {
            state.effective = state.effective.min(lent);
        }
        state.live += 1;
        lease = Some(state.round);
        let turn = begin(head, &mut state);
        drop(state);
        run_here(cell, turn);
        if head.has(flag::SUCCEEDED) {
            return Entrance::Direct(value(cell));
        }
    }
}

/// A waiter may be cancelled while it is polled, by what it runs or by another thread. Then it gets no value (C20), and no
/// news of the cancellations that followed from its own (C21).
#[inline]
fn unless_interrupted<T>(outcome: Result<T, Error>) -> Result<T, Error> {
    match current::is_interrupted() {
        true => {
            let _ = guarded(|| drop(outcome));
            Err(current::interrupted())
        }
        false => outcome,
    }
}

/// A child that has ended need not stand in the list of the one that made it, if that is who waited for it.
fn forget_child<T>(child: &Arc<Cell<T>>) {
    let listed = current::with(|me| me.and_then(|me| me.head().lock().children.pop_if(Arc::as_ptr(child).cast())));
    drop(listed);
}

/// Direct execution (C39): one turn in the stack of the waiter.
fn run_here<T: Clone + Send + Sync + 'static>(cell: &Arc<Cell<T>>, turn: Turn) {
    let mut turn = Some(turn);
    let mut run = || {
        if let Some(turn) = turn.take() {
            let generation = turn.generation;
            let drive = || drive(Arc::clone(cell) as _, turn, &waker_ref(cell), || Arc::clone(cell) as _);
            if let Err(panic) = guarded(drive) {
                fallen::end(&(Arc::clone(cell) as _), generation, panic);
            }
        }
    };
    match cell.head.engine.backend() {
        Some(backend) if !place::on_slot() => backend.within(&mut run),
        _ => run(),
    }
}

fn register<T>(node: &Arc<dyn Node>, stored: Option<(Waker, Waker)>, state: MutexGuard<'_, State>) -> Entrance<T> {
    // Declared first, so dropped last, outside of the lock.
    let _grace;
    let mut state = state;
    let head = node.head();
    let (theirs, stored) = stored.unzip();
    let me = current::node();
    let lent = current::effective();
    let is_request = me.is_some();
    let key = state.waiters.insert(Waiter {
        waker: theirs,
        request: me,
        priority: lent,
    });
    state.live += 1;
    // The time of grace begins anew when this interest has gone too.
    _grace = state.extra.as_mut().and_then(|extra| extra.end_grace());
    if is_request {
        head.raise(flag::WAITED_FOR);
    }
    let round = state.round;
    if let Some(lent) = lent.filter(|lent| *lent < state.effective) {
        match state.phase {
            Phase::Made => state.effective = lent,
            _ => {
                lend::raise(node, state, lent);
                return Entrance::Waiting {
                    key,
                    round,
                    waker: stored,
                };
            }
        }
    }
    if state.phase == Phase::Made {
        let queued = start::enter_queue(head, &mut state);
        drop(state);
        start::push(&head.engine, Arc::clone(node), queued);
    }
    Entrance::Waiting {
        key,
        round,
        waker: stored,
    }
}

/// Whether the current request's deadline has passed already: then nothing is begun for it any more (C46).
fn is_past_deadline() -> bool {
    let deadline = current::with(|node| node.and_then(|node| node.head().values.as_ref()?.deadline));
    deadline.is_some_and(|deadline| Instant::now() >= deadline)
}

fn past_deadline() -> Error {
    Error::condition(ErrorKind::TimedOut, "the deadline passed")
}

/// The value of a request that has succeeded, for one more who asks.
pub(crate) fn value<T: Clone>(cell: &Cell<T>) -> Result<T, Error> {
    let value = cell
        .value
        .get()
        .expect("invariant: the value is there before SUCCEEDED is (I3)");
    guarded(|| value.clone())
}

/// The outcome of a generation. An error is taken under the lock under which the end was seen: a moment later `retry` may
/// have begun the next generation.
fn outcome_in<T: Clone>(cell: &Cell<T>, mut state: MutexGuard<'_, State>, verdict: Verdict) -> Result<T, Error> {
    match verdict {
        Verdict::Succeeded => {
            drop(state);
            value(cell)
        }
        Verdict::Failed | Verdict::Cancelled => Err(failure(&cell.head, &mut state, verdict)),
    }
}

/// The outcome, if there is one and `is_wanted` says so.
pub(crate) fn ended<T: Clone>(cell: &Cell<T>, is_wanted: impl FnOnce(&State) -> bool) -> Option<Result<T, Error>> {
    if cell.head.has(flag::SUCCEEDED) {
        return Some(value(cell));
    }
    let state = cell.head.lock();
    match state.phase {
        Phase::Ended(verdict) if is_wanted(&state) => Some(outcome_in(cell, state, verdict)),
        _ => None,
    }
}

impl<T: Clone + Send + Sync + 'static> Wait<T> {
    /// What is waited for.
    pub(crate) fn request(&self) -> &Request<T> {
        &self.request
    }
}

impl<T: Clone + Send + Sync + 'static> Future for Wait<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_outcome(cx).map(unless_interrupted)
    }
}

impl<T: Clone + Send + Sync + 'static> Wait<T> {
    fn poll_outcome(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, Error>> {
        if self.request.is_spent() {
            return Poll::Ready(Err(direct::spent()));
        }
        if current::is_interrupted() {
            self.leave(true);
            return Poll::Ready(Err(current::interrupted()));
        }
        if self.direct && self.request.unlisted().is_some() {
            match direct::run(&mut self.request) {
                Ran::Value(value) => return Poll::Ready(Ok(value)),
                Ran::Leased(round) => return self.join(cx, Some(round)),
                Ran::Not => {}
            }
        }
        self.poll_listed(cx)
    }

    fn poll_listed(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, Error>> {
        if self.request.head().has(flag::SUCCEEDED) {
            self.retire();
            return Poll::Ready(value(self.request.cell()));
        }
        if !self.is_registered(cx.waker()) {
            if is_past_deadline() {
                self.leave(false);
                return Poll::Ready(Err(past_deadline()));
            }
            match self.join(cx, None) {
                Poll::Ready(outcome) => return Poll::Ready(outcome),
                Poll::Pending => {}
            }
        }
        if self.deadline_passed(cx) {
            self.leave(false);
            return Poll::Ready(Err(past_deadline()));
        }
        start::pump(&self.request.head().engine, cx);
        if self.request.head().has(flag::ENDED) {
            return self.join(cx, None);
        }
        Poll::Pending
    }

    /// Whether the wake-up that was asked for earlier is still to come, and comes to the right one.
    fn is_registered(&self, waker: &Waker) -> bool {
        let Some(registration) = &self.registration else {
            return false;
        };
        let same_waiter = current::with(|me| match (me, &registration.waiter) {
            (None, None) => true,
            (Some(me), Some((waiter, _))) => Arc::ptr_eq(me, waiter),
            _ => false,
        });
        let same_waker = match &registration.waker {
            Some(stored) => stored.will_wake(waker),
            None => registration
                .waiter
                .as_ref()
                .is_some_and(|(waiter, _)| std::ptr::addr_eq(waker.data(), Arc::as_ptr(waiter))),
        };
        same_waiter && same_waker && {
            let mut state = self.request.head().lock();
            let is_same = state.round == registration.round && !state.has_ended();
            // A wave of cancellation may have used the waker up.
            let entry = state.waiters.get_mut(registration.key).filter(|_| is_same);
            entry.is_some_and(|waiter| waiter.waker.is_some() == registration.waker.is_some())
        }
    }
}

impl<T: Clone + Send + Sync + 'static> Drop for Wait<T> {
    fn drop(&mut self) {
        self.leave(false);
    }
}

impl<T: Clone + Send + Sync + 'static> fmt::Debug for Wait<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Wait");
        if !self.request.is_spent() {
            debug.field("request", &self.request);
        }
        debug.finish_non_exhaustive()
    }
}
