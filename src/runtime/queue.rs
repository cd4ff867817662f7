//! The ready queue: what could run now, best first.
//!
//! Parts: a *lane* for entries that arrive in order (a fan of children does), a heap for those that do not, and a short
//! list of entries that have waited too long. A task may stand in the queue more than once, since raising its priority
//! adds an entry rather than searching for the old one; each entry carries the *ticket* of its turn, the task knows which
//! ticket counts, and an entry with an old one is skipped by whoever takes it out.
//!
//! Invariants:
//! - Q1 The lane is sorted by (priority, sequence); so its front and the heap's top are the only candidates (C34).
//! - Q2 Equal priorities go first come, first served, by sequence (C36).
//! - Q3 No entry waits longer than the ageing bound, and the turn that is under way then, while others are served: every
//!   quarter of the bound a new *epoch* begins, as many at once as quarters have passed, and entries four epochs old go
//!   before everything else (C36).
//! - Q4 No task's code runs under the lock, and none is dropped there.
//! - Q5 Entries that no longer count are at most about as many as those that do: whoever outdates an entry says so, and
//!   a push sweeps when enough have come together. So a queue that is never empty does not keep dead requests alive.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::{Duration, Instant};

use crate::runtime::Priority;
use crate::runtime::engine::Clock;
use crate::runtime::net::caught;
use crate::runtime::task::Task;
use crate::sync::atomic::{AtomicUsize, Ordering, TALLY, Tally};
use crate::sync::{Arc, Mutex};

/// The order in which ready requests are given a slot. Ageing is for priorities alone: first come, first served needs
/// none, and last come, first served asks for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Discipline {
    /// Best [`Priority`] first; equal ones first come, first served.
    #[default]
    Priority,
    /// First come, first served.
    Fifo,
    /// Last come, first served.
    Lifo,
}

/// An empty lane that could hold more entries than this gives its memory back.
const LANE: usize = 4096;

/// One turn of one task.
pub(crate) struct Entry {
    pub(crate) priority: Priority,
    pub(crate) ticket: u32,
    pub(crate) task: Arc<dyn Task>,
    sequence: u64,
    epoch: u32,
}

impl Entry {
    fn rank(&self) -> (Priority, u64) {
        (self.priority, self.sequence)
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }
}
impl Eq for Entry {}
impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}
impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

pub(crate) struct ReadyQueue {
    discipline: Discipline,
    /// A quarter of the ageing bound, in milliseconds; 0 makes everybody old at once.
    quarter: u32,
    clock: Arc<Clock>,
    entries: Mutex<Entries>,
    /// A hint for those who only want to know whether a look is worth the lock. Changed under the lock; only a push must
    /// be ordered before what follows it (E2), so the others are Release: a stale count costs a look, never an entry.
    len: AtomicUsize,
    /// Entries outdated since the last sweep; some of them may have been popped (Q5).
    outdated: Tally,
}

#[derive(Default)]
struct Entries {
    lane: VecDeque<Entry>,
    heap: BinaryHeap<Reverse<Entry>>,
    aged: VecDeque<Entry>,
    sequence: u64,
    epoch: u32,
    /// The epoch in which old entries were last looked for.
    promoted: u32,
    /// On the runtime's clock, in milliseconds.
    epoch_began: Option<u32>,
    pops: u32,
}

impl ReadyQueue {
    pub(crate) fn new(discipline: Discipline, ageing: Duration, clock: &Arc<Clock>) -> Self {
        Self {
            discipline,
            quarter: u32::try_from(ageing.as_millis().div_ceil(4)).unwrap_or(u32::MAX),
            clock: Arc::clone(clock),
            entries: Mutex::new(Entries::default()),
            len: AtomicUsize::new(0),
            outdated: Tally::new(0),
        }
    }

    /// An entry has lost its meaning: its task was cancelled, or has another one now.
    pub(crate) fn outdate(&self) {
        self.outdated.fetch_add(1, TALLY);
    }

    pub(crate) fn push(&self, task: Arc<dyn Task>, priority: Priority, ticket: u32) {
        self.push_all([(task, priority, ticket)]);
    }

    pub(crate) fn push_all(&self, turns: impl IntoIterator<Item = (Arc<dyn Task>, Priority, u32)>) {
        let mut entries = self.entries.lock();
        if entries.len() == 0 {
            // Nobody has waited: whatever time has passed made nobody older.
            entries.epoch_began = None;
        } else if self.discipline == Discipline::Priority {
            entries.begin_epochs(self.clock.recent(), self.quarter);
        }
        for (task, priority, ticket) in turns {
            entries.add(self.discipline, task, priority, ticket);
        }
        let swept = self.sweep(&mut entries);
        self.len.store(entries.len(), Ordering::SeqCst);
        drop(entries);
        if !swept.is_empty() {
            caught(|| drop(swept));
        }
    }

    /// Takes the outdated entries out if they are many (Q5).
    fn sweep(&self, entries: &mut Entries) -> Vec<Entry> {
        let outdated = self.outdated.load(TALLY);
        if outdated < 64 || outdated < entries.len() as u64 / 2 {
            return Vec::new();
        }
        self.outdated.store(0, TALLY);
        entries.sweep()
    }

    pub(crate) fn pop(&self) -> Option<Entry> {
        if self.is_empty() {
            return None;
        }
        let mut entries = self.entries.lock();
        entries.pops = entries.pops.wrapping_add(1);
        if self.discipline == Discipline::Priority {
            // A slot tells the clock the time often enough; whoever else pops looks at the real one now and then.
            let now = match entries.pops.is_multiple_of(16) {
                true => self.clock.advance(Instant::now()),
                false => self.clock.recent(),
            };
            entries.begin_epochs(now, self.quarter);
            entries.promote_old();
        }
        let entry = entries.take(self.discipline);
        if entries.lane.is_empty() && entries.lane.capacity() > LANE {
            // The memory of a burst is not kept for the next one.
            entries.lane = VecDeque::new();
        }
        self.len.store(entries.len(), Ordering::Release);
        entry
    }

    /// Gives back an entry that was taken out and could not be served. It keeps its place among its equals, and its age.
    pub(crate) fn put_back(&self, entry: Entry) {
        let mut entries = self.entries.lock();
        let is_old = entries.epoch.wrapping_sub(entry.epoch) >= 4;
        match self.discipline {
            Discipline::Fifo => entries.lane.push_front(entry),
            Discipline::Lifo => entries.lane.push_back(entry),
            Discipline::Priority if is_old => entries.aged.push_front(entry),
            Discipline::Priority => entries.heap.push(Reverse(entry)),
        }
        self.len.store(entries.len(), Ordering::SeqCst);
    }

    /// Whether a task that were pushed now with `priority` would be the next to be taken out, and if its own entry that
    /// counts is the very next one, takes that out. For a waiter that could run what it waits for in its own slot
    /// without overtaking anybody.
    pub(crate) fn claim_if_next(&self, task: *const (), priority: Priority, is_due: impl Fn(u32) -> bool) -> bool {
        let mut entries = self.entries.lock();
        if !entries.aged.is_empty() {
            return false;
        }
        let is_own = |entry: &Entry| std::ptr::addr_eq(Arc::as_ptr(&entry.task), task) && is_due(entry.ticket);
        let (next, own) = match self.discipline {
            Discipline::Fifo => (false, entries.lane.front().is_some_and(is_own)),
            Discipline::Lifo => (false, entries.lane.back().is_some_and(is_own)),
            Discipline::Priority => match entries.best() {
                Some(best) => (priority < best.priority, is_own(best)),
                None => (true, false),
            },
        };
        let taken = match own {
            true => entries.take(self.discipline),
            // Usually the youngest entry of all; else it stays and is outdated.
            false if next => entries.lane.pop_back_if(|entry| is_own(entry)),
            false => None,
        };
        self.len.store(entries.len(), Ordering::Release);
        drop(entries);
        if next && taken.is_none() {
            self.outdate();
        }
        drop(taken);
        own || next
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn len(&self) -> usize {
        self.len.load(Ordering::SeqCst)
    }
}

impl Entries {
    fn len(&self) -> usize {
        self.lane.len() + self.heap.len() + self.aged.len()
    }

    fn add(&mut self, discipline: Discipline, task: Arc<dyn Task>, priority: Priority, ticket: u32) {
        let sequence = self.sequence;
        self.sequence += 1;
        let entry = Entry {
            priority,
            ticket,
            task,
            sequence,
            epoch: self.epoch,
        };
        let in_order = match (discipline, self.lane.back()) {
            (Discipline::Priority, Some(last)) => last.priority <= priority,
            (Discipline::Priority, None) | (Discipline::Fifo | Discipline::Lifo, _) => true,
        };
        match in_order {
            true => self.lane.push_back(entry),
            false => self.heap.push(Reverse(entry)),
        }
    }

    /// The best of lane and heap (Q1).
    fn best(&self) -> Option<&Entry> {
        match (self.lane.front(), self.heap.peek()) {
            (Some(lane), Some(Reverse(heap))) => Some(lane.min(heap)),
            (Some(lane), None) => Some(lane),
            (None, heap) => heap.map(|Reverse(entry)| entry),
        }
    }

    fn take(&mut self, discipline: Discipline) -> Option<Entry> {
        if let Some(entry) = self.aged.pop_front() {
            return Some(entry);
        }
        match discipline {
            Discipline::Fifo => self.lane.pop_front(),
            Discipline::Lifo => self.lane.pop_back(),
            Discipline::Priority => match (self.lane.front(), self.heap.peek()) {
                (Some(lane), Some(Reverse(heap))) if heap < lane => self.heap.pop().map(|Reverse(entry)| entry),
                (Some(_), _) => self.lane.pop_front(),
                (None, _) => self.heap.pop().map(|Reverse(entry)| entry),
            },
        }
    }

    /// Takes out what counts no more.
    fn sweep(&mut self) -> Vec<Entry> {
        let counts = |entry: &Entry| entry.task.counts(entry.ticket);
        let (lane, mut swept): (Vec<_>, Vec<_>) = self.lane.drain(..).partition(counts);
        let (aged, old): (Vec<_>, Vec<_>) = self.aged.drain(..).partition(counts);
        let (heap, dead): (Vec<_>, Vec<_>) = self.heap.drain().partition(|Reverse(entry)| counts(entry));
        self.lane = lane.into();
        self.aged = aged.into();
        self.heap = heap.into();
        swept.extend(old);
        swept.extend(dead.into_iter().map(|Reverse(entry)| entry));
        swept
    }

    /// Begins as many epochs as quarters of the bound have passed (Q3).
    fn begin_epochs(&mut self, now: u32, quarter: u32) {
        let began = *self.epoch_began.get_or_insert(now);
        let passed = now.saturating_sub(began);
        if passed < quarter {
            return;
        }
        let epochs = passed.checked_div(quarter).unwrap_or(1);
        self.epoch_began = Some(began + epochs * quarter);
        self.epoch += epochs;
    }

    /// Moves what has grown too old to the front, once an epoch (Q3).
    fn promote_old(&mut self) {
        if std::mem::replace(&mut self.promoted, self.epoch) == self.epoch {
            return;
        }
        let Some(oldest) = self.epoch.checked_sub(4) else {
            return;
        };
        let is_old = |entry: &Entry| entry.epoch <= oldest;
        if !self.lane.iter().any(is_old) && !self.heap.iter().any(|Reverse(entry)| is_old(entry)) {
            return;
        }
        let (old, lane): (Vec<_>, Vec<_>) = self.lane.drain(..).partition(is_old);
        let (old_heap, heap): (Vec<_>, Vec<_>) = self.heap.drain().partition(|Reverse(entry)| is_old(entry));
        self.lane = lane.into();
        self.heap = heap.into();
        let mut old: Vec<Entry> = old
            .into_iter()
            .chain(old_heap.into_iter().map(|Reverse(e)| e))
            .collect();
        old.sort_by_key(|entry| entry.sequence);
        self.aged.extend(old);
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;
    use crate::runtime::task::stub::Stub;

    fn queue(discipline: Discipline) -> ReadyQueue {
        ReadyQueue::new(discipline, Duration::from_millis(100), &Arc::new(Clock::new()))
    }

    /// Lets `millis` pass, as a slot says at its next turn.
    fn pass(queue: &ReadyQueue, millis: u64) {
        queue
            .clock
            .advance(queue.clock.origin() + Duration::from_millis(millis));
    }

    fn push(queue: &ReadyQueue, level: i32, ticket: u32) {
        queue.push(Arc::new(Stub), Priority::root(level, 0), ticket);
    }

    fn tickets(queue: &ReadyQueue) -> Vec<u32> {
        std::iter::from_fn(|| queue.pop()).map(|entry| entry.ticket).collect()
    }

    #[test]
    fn c34_smaller_priority_first_whatever_the_order_of_arrival() {
        let queue = queue(Discipline::Priority);
        for (ticket, level) in [3, 1, 2, 1, 5, 0, 3, 4].into_iter().enumerate() {
            push(&queue, level, ticket as u32);
        }
        assert_eq!(tickets(&queue), [5, 1, 3, 2, 0, 6, 7, 4]);
    }

    #[test]
    fn c37_fifo_and_lifo_ignore_priority() {
        for (discipline, expected) in [(Discipline::Fifo, [0, 1, 2]), (Discipline::Lifo, [2, 1, 0])] {
            let queue = queue(discipline);
            for (ticket, level) in [3, 1, 2].into_iter().enumerate() {
                push(&queue, level, ticket as u32);
            }
            assert_eq!(tickets(&queue), expected);
        }
    }

    #[test]
    fn c36_an_old_entry_goes_before_better_ones() {
        let queue = queue(Discipline::Priority);
        push(&queue, 9, 99);
        for ticket in 1..=4 {
            push(&queue, 0, ticket);
            pass(&queue, 24 * u64::from(ticket));
            assert_eq!(queue.pop().map(|entry| entry.ticket), Some(ticket));
        }
        push(&queue, 0, 5);
        pass(&queue, 125);
        assert_eq!(tickets(&queue), [99, 5]);
    }

    #[test]
    fn c36_one_turn_longer_than_the_bound_is_enough() {
        let queue = queue(Discipline::Priority);
        push(&queue, 9, 99);
        push(&queue, 0, 1);
        assert_eq!(queue.pop().map(|entry| entry.ticket), Some(1));
        // A turn that takes five times the bound; what comes in meanwhile is young.
        pass(&queue, 500);
        push(&queue, 0, 2);
        assert_eq!(tickets(&queue), [99, 2]);
    }

    #[test]
    fn p38_what_is_put_back_keeps_its_place() {
        for discipline in [Discipline::Priority, Discipline::Fifo, Discipline::Lifo] {
            let queue = queue(discipline);
            (0..3).for_each(|ticket| push(&queue, 0, ticket));
            let first = queue.pop().unwrap();
            let ticket = first.ticket;
            queue.put_back(first);
            assert_eq!(queue.pop().map(|entry| entry.ticket), Some(ticket), "{discipline:?}");
        }
    }

    #[test]
    fn c36_time_in_which_nobody_waited_makes_nobody_older() {
        let queue = queue(Discipline::Priority);
        push(&queue, 0, 0);
        assert_eq!(tickets(&queue), [0]);
        pass(&queue, 10_000);
        push(&queue, 9, 9);
        push(&queue, 1, 1);
        assert_eq!(tickets(&queue), [1, 9]);
    }
}
