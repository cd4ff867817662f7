//! Who waits for a lock, and who is next.
//!
//! Waiters are served in *batches*: whoever arrives while a batch is served waits for the next one, so that a request
//! that comes back again and again, however urgent, overtakes nobody twice (R86). Within a batch requests go by effective
//! priority, equal ones by arrival (R85); threads and tasks that are no requests go by arrival, and before the best
//! request exactly if they came before it (R87). Everything here is plain data under the mutex of
//! [`LockCore`](crate::request::lock_core::LockCore).
//!
//! Invariants:
//! - L1 A lock that is not held has no waiters, but for none: hand-over passes the lock on without releasing it, so nobody
//!   can slip in between.
//! - L2 A waiter stands in exactly one line, or has been granted the lock and stands in none.
//! - L3 What leaves the queue (wakers, requests) is handed to the caller, who drops it outside of the mutex (I8).

use std::collections::{BTreeMap, BTreeSet};
use std::task::Waker;

use crate::request::cell::Node;
use crate::runtime::Priority;
use crate::runtime::info::RequestId;
use crate::sync::{Arc, Weak};

#[derive(Default)]
pub(crate) struct LockQueue {
    pub(crate) held: bool,
    /// The request in whose poll the lock was taken. Weak, since the workload of that request owns the guard.
    pub(crate) holder: Option<Weak<dyn Node>>,
    pub(crate) loan: Loan,
    entries: BTreeMap<u64, Entry>,
    by_request: BTreeSet<(RequestId, u64)>,
    batch: Line,
    arrivals: Line,
    arrived: u64,
}

/// What the waiters lend to the holder, as it was last applied.
#[derive(Default)]
pub(crate) struct Loan {
    pub(crate) applied: Option<Lent>,
    /// Somebody is applying a change right now, and will look again afterwards.
    pub(crate) is_changing: bool,
}

pub(crate) type Lent = (Weak<dyn Node>, Priority);

/// A waiter.
pub(crate) struct Entry {
    waker: Option<Waker>,
    request: Option<Arc<dyn Node>>,
    priority: Option<Priority>,
    standing: Standing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Batch,
    Arrived,
    Granted,
}

/// What a waiter that looks at its place finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It owns the lock.
    Granted,
    /// It will be woken.
    Waiting,
    /// It has another waker now than the one that would be woken.
    WakerChanged,
}

/// The waiters of one batch.
#[derive(Default)]
struct Line {
    requests: BTreeSet<(Priority, u64)>,
    others: BTreeSet<u64>,
}

impl Line {
    fn insert(&mut self, key: u64, priority: Option<Priority>) {
        match priority {
            Some(priority) => self.requests.insert((priority, key)),
            None => self.others.insert(key),
        };
    }

    fn remove(&mut self, key: u64, priority: Option<Priority>) {
        match priority {
            Some(priority) => self.requests.remove(&(priority, key)),
            None => self.others.remove(&key),
        };
    }

    fn is_empty(&self) -> bool {
        self.requests.is_empty() && self.others.is_empty()
    }

    fn first(&self) -> Option<u64> {
        match (self.requests.first(), self.others.first()) {
            (Some((_, request)), Some(other)) => Some(*request.min(other)),
            (Some((_, request)), None) => Some(*request),
            (None, other) => other.copied(),
        }
    }

    fn best(&self) -> Option<Priority> {
        self.requests.first().map(|(priority, _)| *priority)
    }
}

impl LockQueue {
    /// Takes the lock if it is free.
    #[must_use]
    pub(crate) fn take(&mut self, holder: Option<Weak<dyn Node>>) -> bool {
        let is_free = !self.held;
        if is_free {
            self.held = true;
            self.holder = holder;
        }
        is_free
    }

    /// Joins the next batch; the key of the new place.
    pub(crate) fn join(&mut self, waker: Waker, request: Option<Arc<dyn Node>>, priority: Option<Priority>) -> u64 {
        let key = self.arrived;
        self.arrived += 1;
        let priority = request.as_ref().and(priority);
        self.by_request
            .extend(request.as_ref().map(|request| (request.head().id, key)));
        self.arrivals.insert(key, priority);
        let standing = Standing::Arrived;
        self.entries.insert(
            key,
            Entry {
                waker: Some(waker),
                request,
                priority,
                standing,
            },
        );
        key
    }

    pub(crate) fn look(&self, key: u64, waker: &Waker) -> Turn {
        match self.entries.get(&key) {
            Some(entry) if entry.standing == Standing::Granted => Turn::Granted,
            Some(entry) if entry.waker.as_ref().is_some_and(|stored| stored.will_wake(waker)) => Turn::Waiting,
            _ => Turn::WakerChanged,
        }
    }

    #[must_use]
    pub(crate) fn replace_waker(&mut self, key: u64, waker: Waker) -> Option<Waker> {
        match self.entries.get_mut(&key) {
            Some(entry) => entry.waker.replace(waker),
            None => Some(waker),
        }
    }

    /// Leaves the queue, or takes possession of what was granted. `true` if the lock had been granted.
    #[must_use]
    pub(crate) fn leave(&mut self, key: u64) -> (bool, Option<Entry>) {
        let Some(entry) = self.entries.remove(&key) else {
            return (false, None);
        };
        if let Some(request) = &entry.request {
            self.by_request.remove(&(request.head().id, key));
        }
        if let Some(line) = self.line(entry.standing) {
            line.remove(key, entry.priority);
        }
        (entry.standing == Standing::Granted, Some(entry))
    }

    /// Passes the lock to the next waiter, whose waker is returned, or frees it.
    #[must_use]
    pub(crate) fn hand_over(&mut self) -> Option<Waker> {
        if self.batch.is_empty() {
            self.begin_batch();
        }
        let next = self.batch.first();
        let Some((key, entry)) = next.and_then(|key| Some((key, self.entries.get_mut(&key)?))) else {
            self.held = false;
            self.holder = None;
            return None;
        };
        self.batch.remove(key, entry.priority);
        entry.standing = Standing::Granted;
        self.holder = entry.request.as_ref().map(Arc::downgrade);
        entry.waker.take()
    }

    fn begin_batch(&mut self) {
        std::mem::swap(&mut self.batch, &mut self.arrivals);
        let keys = self.batch.requests.iter().map(|(_, key)| key).chain(&self.batch.others);
        for key in keys {
            if let Some(entry) = self.entries.get_mut(key) {
                entry.standing = Standing::Batch;
            }
        }
    }

    /// Reads the priority of a waiting request anew.
    pub(crate) fn rerank(&mut self, request: RequestId) {
        let places: Vec<u64> = self
            .by_request
            .range((request, 0)..=(request, u64::MAX))
            .map(|(_, key)| *key)
            .collect();
        for key in places {
            let Some(entry) = self.entries.get_mut(&key) else {
                continue;
            };
            let new = entry.request.as_ref().map(|request| request.head().lock().effective);
            let old = std::mem::replace(&mut entry.priority, new);
            let standing = entry.standing;
            if let Some(line) = self.line(standing) {
                line.remove(key, old);
                line.insert(key, new);
            }
        }
    }

    fn line(&mut self, standing: Standing) -> Option<&mut Line> {
        match standing {
            Standing::Batch => Some(&mut self.batch),
            Standing::Arrived => Some(&mut self.arrivals),
            Standing::Granted => None,
        }
    }

    /// What the waiters lend to the holder as things stand: the best of all of them, since each waits for it.
    pub(crate) fn wanted(&self) -> Option<Lent> {
        let best = self.batch.best().into_iter().chain(self.arrivals.best()).min()?;
        Some((Weak::clone(self.holder.as_ref()?), best))
    }

    /// Whether the loan is as it should be, or somebody sees to it.
    pub(crate) fn is_settled(&self) -> bool {
        self.loan.is_changing || same_loan(self.loan.applied.as_ref(), self.wanted().as_ref())
    }
}

pub(crate) fn same_loan(one: Option<&Lent>, other: Option<&Lent>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some((one, p)), Some((other, q))) => p == q && std::ptr::addr_eq(one.as_ptr(), other.as_ptr()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn other(queue: &mut LockQueue) -> u64 {
        queue.join(Waker::noop().clone(), None, None)
    }

    fn served(queue: &mut LockQueue) -> u64 {
        let _ = queue.hand_over();
        let key = *queue
            .entries
            .iter()
            .find(|(_, entry)| entry.standing == Standing::Granted)
            .expect("somebody")
            .0;
        assert!(queue.leave(key).0);
        key
    }

    /// Stands in for a request: the queue itself only looks at the priority.
    fn ranked(queue: &mut LockQueue, level: i32) -> u64 {
        let key = other(queue);
        let priority = Some(Priority::root(level, key));
        let entry = queue.entries.get_mut(&key).expect("it was just entered");
        entry.priority = priority;
        queue.arrivals.remove(key, None);
        queue.arrivals.insert(key, priority);
        key
    }

    #[test]
    fn r85_r86_priority_within_a_batch_and_arrivals_wait_for_the_next() {
        let mut queue = LockQueue::default();
        assert!(queue.take(None));
        let low = ranked(&mut queue, 5);
        let lower = ranked(&mut queue, 9);
        assert_eq!(served(&mut queue), low);
        // However urgent: the batch of two is served first.
        let urgent = ranked(&mut queue, -100);
        assert_eq!(served(&mut queue), lower);
        assert_eq!(served(&mut queue), urgent);
        assert!(queue.hand_over().is_none() && !queue.held);
    }

    #[test]
    fn r87_others_stand_between_the_requests_by_arrival() {
        let mut queue = LockQueue::default();
        assert!(queue.take(None));
        let first = other(&mut queue);
        let low = ranked(&mut queue, 5);
        let second = other(&mut queue);
        let high = ranked(&mut queue, -5);
        let order: Vec<u64> = (0..4).map(|_| served(&mut queue)).collect();
        assert_eq!(order, [first, second, high, low]);
    }
}
