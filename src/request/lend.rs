//! Priority lent along the edges: what is waited for is as urgent as its most urgent waiter, through any depth (C35, P32).

use crate::request::cell::{Head, LockWait, Node, Phase, State, Waiter};
use crate::request::run::lane;
use crate::runtime::Priority;
use crate::runtime::engine::Lane;
use crate::sync::{Arc, MutexGuard};

/// Works out the effective priority of `node` anew, and of everything downstream that changes with it.
pub(crate) fn update(node: &Arc<dyn Node>) {
    let mut stale = vec![Arc::clone(node)];
    while let Some(node) = stale.pop() {
        let state = node.head().lock();
        let best = best(node.head(), &state);
        if best != state.effective && state.verdict().is_none() {
            apply(&node, state, best, &mut stale);
        }
    }
}

/// A waiter joined that lends `priority`: nobody else's loan has changed, so no search is needed. The caller has already
/// entered the edge.
pub(crate) fn raise(node: &Arc<dyn Node>, state: MutexGuard<'_, State>, priority: Priority) {
    let mut stale = Vec::new();
    apply(node, state, priority, &mut stale);
    if !stale.is_empty() {
        stale.iter().for_each(update);
    }
}

/// Sets or clears what those who wait for the lock `lock` lend to its holder.
pub(crate) fn set_loan(holder: &Arc<dyn Node>, lock: usize, loan: Option<Priority>) {
    {
        let mut state = holder.head().lock();
        let loans = &mut state.extra().loans;
        loans.retain(|(id, _)| *id != lock);
        loans.extend(loan.map(|priority| (lock, priority)));
    }
    update(holder);
}

/// The wait with `key` at `target` began while its waiter was given another priority.
pub(crate) fn catch_up(waiter: &Arc<dyn Node>, target: &Arc<dyn Node>, key: usize, round: u32) {
    pass_on(waiter, target, key, round);
    update(target);
}

/// Enters the waiter's priority at the target's end of an edge. Several changes of the waiter may be on their way to the
/// target at once, so whoever has written looks whether that is still what the waiter has: the last one to write is right.
fn pass_on(waiter: &Arc<dyn Node>, target: &Arc<dyn Node>, key: usize, round: u32) {
    let mut told = None;
    loop {
        let priority = Some(waiter.head().lock().effective);
        if told == priority {
            return;
        }
        told = priority;
        let mut state = target.head().lock();
        let is_same = state.round == round;
        // The key may have gone to another waiter since.
        let is_its = |entry: &&mut Waiter| {
            entry
                .request
                .as_ref()
                .is_some_and(|request| Arc::ptr_eq(request, waiter))
        };
        if let Some(entry) = state.waiters.get_mut(key).filter(is_its).filter(|_| is_same) {
            entry.priority = priority;
        }
    }
}

pub(crate) fn best(head: &Head, state: &State) -> Priority {
    let waiters = state.waiters.iter().filter_map(|waiter| waiter.priority);
    let loans = state
        .extra
        .iter()
        .flat_map(|extra| extra.loans.iter().map(|(_, priority)| *priority));
    waiters.chain(loans).fold(head.own, Priority::min)
}

/// Sets the effective priority, moves the request within its queue, and passes the loan on.
fn apply(node: &Arc<dyn Node>, mut state: MutexGuard<'_, State>, priority: Priority, stale: &mut Vec<Arc<dyn Node>>) {
    let head = node.head();
    state.effective = priority;
    let push = (state.phase == Phase::Queued && !state.pinned).then(|| {
        head.engine.queue(lane(&state)).outdate();
        (lane(&state), head.next_ticket())
    });
    let mut edges: Vec<(Arc<dyn Node>, usize, u32)> = Vec::new();
    edges.extend(
        state
            .waits
            .iter()
            .map(|edge| (Arc::clone(&edge.target), edge.key, edge.round)),
    );
    let locks: Vec<Arc<dyn LockWait>> = state
        .extra
        .iter()
        .flat_map(|extra| extra.lock_waits.iter().map(Arc::clone))
        .collect();
    drop(state);
    if let Some((lane, ticket)) = push {
        head.engine.push(lane, Arc::clone(node) as _, priority, ticket);
        if lane == Lane::Lobby {
            // Bytes may have come back while the entry that counts was on its way.
            head.engine.let_in();
        }
    }
    for (target, key, round) in edges {
        pass_on(node, &target, key, round);
        stale.push(target);
    }
    for lock in locks {
        lock.reprioritise(head.id);
    }
}
