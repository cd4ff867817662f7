//! Turns: polling a workload, running a kernel, and what follows from how that went.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use crate::checkpoint::{Checkpoint, Interrupt};
use crate::error::{Error, ErrorKind};
use crate::request::admit::Admission;
use crate::request::cell::{Body, Head, Kernel, Node, Phase, State, Work};
use crate::request::current::{self, As};
use crate::request::finish::{Ending, Finished, finish};
use crate::request::guard::guarded;
use crate::request::trash::{Trash, discard};
use crate::runtime::Priority;
use crate::runtime::engine::{Engine, Lane};
use crate::runtime::events::EventKind;
use crate::runtime::task::Task;
use crate::sync::Arc;
use crate::sync::atomic::TALLY;

/// The right to run a request once (I1).
pub(crate) struct Turn {
    pub(crate) work: Work,
    pub(crate) generation: u32,
    /// The workload will see that it is cancelled (I4).
    pub(crate) told: bool,
    pub(crate) effective: Priority,
    pub(crate) span: Option<tracing::Span>,
    resumed: bool,
}

/// Moves a request that nobody runs to Running.
pub(crate) fn begin(head: &Head, state: &mut State) -> Turn {
    state.phase = Phase::Running;
    head.next_ticket();
    state.since = head.engine.clock().recent();
    state.woken = false;
    let resumed = std::mem::replace(&mut state.polled, true);
    Turn {
        work: std::mem::replace(&mut state.work, Work::None),
        generation: state.generation,
        told: state.cancelled && !state.calling,
        effective: state.effective,
        span: state.extra.as_ref().and_then(|extra| extra.span.clone()),
        resumed,
    }
}

/// Takes the first turn of a request that only the caller knows of, with the lease of a direct execution.
pub(crate) fn begin_unlisted(head: &mut Head, effective: Priority) -> Turn {
    let now = head.engine.clock().recent();
    let state = head.state_mut();
    state.phase = Phase::Running;
    state.since = now;
    state.polled = true;
    state.live = 1;
    state.effective = effective;
    Turn {
        work: Work::None,
        generation: 0,
        told: false,
        effective,
        span: None,
        resumed: false,
    }
}

/// Takes the turn that `ticket` stands for, if it still counts.
pub(crate) fn claim(node: &dyn Node, ticket: u32) -> Option<Turn> {
    let head = node.head();
    let mut state = head.lock();
    // One that has never run is left to the shutdown that is under way.
    let is_late = !state.polled && head.engine.is_closed();
    (state.phase == Phase::Queued && head.is_due(ticket) && !is_late).then(|| begin(head, &mut state))
}

/// Which threads the work is for.
pub(crate) fn lane(state: &State) -> Lane {
    if state
        .extra
        .as_ref()
        .is_some_and(|extra| extra.admission == Admission::Waiting)
    {
        return Lane::Lobby;
    }
    match state.work {
        Work::Kernel(_) => Lane::Compute,
        Work::None | Work::Future(_) | Work::Make(_) | Work::Pinned(_) => Lane::Slot,
    }
}

/// Uses up a turn.
pub(crate) fn drive(
    node: Arc<dyn Node>,
    mut turn: Turn,
    waker: &Waker,
    interrupt: impl FnOnce() -> Arc<dyn Interrupt>,
) {
    let kind = if turn.resumed {
        EventKind::Resumed
    } else {
        EventKind::Started
    };
    node.head().emit(kind);
    match std::mem::replace(&mut turn.work, Work::None) {
        Work::Future(body) => poll(node, &turn, body, waker),
        Work::Make(maker) => {
            let entered = current::enter(node, turn.effective, As::Workload);
            let made = guarded(|| maker());
            let node = entered.leave();
            match made {
                Ok(body) => poll(node, &turn, body, waker),
                Err(error) => {
                    let _ = finish(&node, turn.generation, Ending::Failed(error));
                }
            }
        }
        Work::Kernel(kernel) => compute(&node, &turn, kernel, Checkpoint::new(interrupt())),
        Work::None | Work::Pinned(_) => {
            let error = Error::condition(ErrorKind::Failed, "invariant: a queued request has work");
            let _ = finish(&node, turn.generation, Ending::Failed(error));
        }
    }
}

fn poll(node: Arc<dyn Node>, turn: &Turn, mut body: Pin<Box<dyn Body>>, waker: &Waker) {
    let entered = current::enter(node, turn.effective, As::Workload);
    let polled = {
        let _span = turn.span.as_ref().map(tracing::Span::enter);
        guarded(|| body.as_mut().poll(&mut Context::from_waker(waker)))
    };
    let node = entered.leave();
    conclude_poll(&node, turn, body, polled);
}

/// What follows from a poll.
pub(crate) fn conclude_poll(
    node: &Arc<dyn Node>,
    turn: &Turn,
    mut body: Pin<Box<dyn Body>>,
    polled: Result<Poll<Result<(), Error>>, Error>,
) {
    match polled {
        Ok(Poll::Pending) => suspend(node, turn, body),
        Ok(Poll::Ready(Ok(()))) => {
            let delivered = finish(
                node,
                turn.generation,
                Ending::Value(&mut |node| body.as_mut().deliver(node)),
            );
            // What is left of a body that has delivered its value is an empty shell.
            match delivered {
                Finished::Succeeded => drop(body),
                Finished::Otherwise => drop(discard(Trash::Work(Work::Future(body)))),
            }
        }
        Ok(Poll::Ready(Err(error))) | Err(error) => end(node, turn, Work::Future(body), error),
    }
}

fn compute(node: &Arc<dyn Node>, turn: &Turn, mut kernel: Box<dyn Kernel>, checkpoint: Checkpoint) {
    let began = Instant::now();
    let computed = {
        let _entered = current::enter(Arc::clone(node), turn.effective, As::Kernel);
        let _span = turn.span.as_ref().map(tracing::Span::enter);
        match checkpoint.check() {
            Ok(()) => guarded(|| kernel.call(&checkpoint)).flatten(),
            Err(error) => Err(error),
        }
    };
    drop(checkpoint);
    let tallies = &node.head().engine.tallies;
    tallies.kernels.fetch_add(1, TALLY);
    tallies.kernel_nanos.fetch_add(began.elapsed().as_nanos() as u64, TALLY);
    match computed {
        Ok(()) => {
            let _ = finish(node, turn.generation, Ending::Value(&mut |node| kernel.deliver(node)));
            let _ = discard(Trash::Work(Work::Kernel(kernel)));
        }
        Err(error) => end(node, turn, Work::Kernel(kernel), error),
    }
}

/// Drops what is left of the workload, then ends the request with `error`.
fn end(node: &Arc<dyn Node>, turn: &Turn, work: Work, error: Error) {
    let dropped = {
        let _entered = current::enter(Arc::clone(node), turn.effective, As::Workload);
        discard(Trash::Work(work))
    };
    let error = match dropped {
        Ok(()) => error,
        Err(panic) => error.context(format_args!("its workload panicked when it was dropped ({panic})")),
    };
    let _ = finish(node, turn.generation, Ending::Failed(error));
}

/// The workload is pending: put it back, or, if it knew that it is cancelled, drop it (C16, I4).
fn suspend(node: &Arc<dyn Node>, turn: &Turn, body: Pin<Box<dyn Body>>) {
    let head = node.head();
    let mut body = Some(body);
    let mut push = None;
    let goes_on = |state: &State| {
        let is_ours = state.generation == turn.generation && state.phase == Phase::Running;
        let is_last = (turn.told && state.shields == 0) || head.is_shut_down();
        is_ours && !is_last
    };
    if head.is_observed() && goes_on(&head.lock()) {
        // Told beforehand: as soon as the phase says so, somebody else may tell of what comes next (C47).
        head.emit(EventKind::Suspended);
    }
    {
        let mut state = head.lock();
        let gives_way = std::mem::take(&mut state.gives_way);
        if goes_on(&state) {
            state.work = body.take().map_or(Work::None, Work::Future);
            if state.woken || (state.cancelled && !turn.told) {
                let priority = match gives_way {
                    true => head.engine.behind(state.effective),
                    false => state.effective,
                };
                push = Some((state.enqueue(head), priority));
            } else {
                state.phase = Phase::Suspended;
                state.since = head.engine.clock().recent();
            }
        }
    }
    let Some(body) = body else {
        if let Some((ticket, priority)) = push {
            head.engine.push(Lane::Slot, Arc::clone(node) as _, priority, ticket);
        }
        return;
    };
    give_up(node, turn, Work::Future(body));
}

/// Drops a workload in the middle, because it is cancelled or the runtime shuts down.
pub(crate) fn give_up(node: &Arc<dyn Node>, turn: &Turn, work: Work) {
    let dropped = {
        let _entered = current::enter(Arc::clone(node), turn.effective, As::Workload);
        discard(Trash::Work(work))
    };
    let ending = match dropped {
        Err(panic) => Ending::Failed(panic),
        Ok(()) if node.head().is_shut_down() => Ending::Failed(shut_down()),
        Ok(()) => Ending::Cancelled,
    };
    let _ = finish(node, turn.generation, ending);
}

pub(crate) fn shut_down() -> Error {
    Error::condition(ErrorKind::ShutDown, "the runtime was shut down")
}

/// Makes a suspended request ready. Anything else needs no waking, or will look again at the end of its turn.
pub(crate) fn wake(node: &Arc<dyn Node>) {
    if let Some((priority, ticket)) = rouse(node) {
        node.head()
            .engine
            .push(Lane::Slot, Arc::clone(node) as _, priority, ticket);
    }
}

/// Wakes many requests and locks the queue once for those of `engine`.
pub(crate) fn wake_all(engine: &Engine, nodes: Vec<Arc<dyn Node>>) {
    let mut turns: Vec<(Arc<dyn Task>, Priority, u32)> = Vec::with_capacity(nodes.len());
    let mut others = Vec::new();
    for node in nodes {
        if !std::ptr::eq(Arc::as_ptr(&node.head().engine), engine) {
            wake(&node);
        } else if let Some((priority, ticket)) = rouse(&node) {
            turns.push((node as _, priority, ticket));
        } else {
            others.push(node);
        }
    }
    engine.push_all(turns);
    for node in others {
        // It may have ended since, and this be the last that is left of it: not before the rest has its turns.
        let _ = guarded(|| drop(node));
    }
}

/// Moves a suspended request to the queue; the caller pushes the entry. A pinned one is woken by its own waker.
fn rouse(node: &Arc<dyn Node>) -> Option<(Priority, u32)> {
    let head = node.head();
    let mut state = head.lock();
    if let Some(driver) = state.extra.as_ref().and_then(|extra| extra.driver.clone()) {
        drop(state);
        let _ = guarded(|| driver.wake());
        return None;
    }
    match state.phase {
        Phase::Suspended => {
            let ticket = state.enqueue(head);
            Some((state.effective, ticket))
        }
        Phase::Running => {
            state.woken = true;
            None
        }
        Phase::Made | Phase::Queued | Phase::Finishing(_) | Phase::Ended(_) => None,
    }
}
