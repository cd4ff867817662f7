//! The interrupts of one task that have not been raised yet.

use std::collections::VecDeque;
use std::task::Waker;

use slab::Slab;

use crate::error::Error;
use crate::green::interrupt_timer::PendingInterrupt;
use crate::request::detached::is_own_waker;
use crate::runtime::net::guarded;
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::{Arc, Mutex, Weak};

#[derive(Default)]
pub(crate) struct Interrupts {
    /// How many are queued: the one load that an await costs without any.
    length: AtomicUsize,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    errors: VecDeque<Error>,
    /// How many were taken out so far: the first of `errors` is the one of this number.
    taken: u64,
    /// Of interruptible awaits that are pending within something that polls only what has been woken. The task itself is woken
    /// by whoever interrupts it: a waker of its own here would keep it alive in a circle.
    wakers: Slab<Waker>,
    /// Those that are still to come, and perhaps some that are over.
    pending: Vec<Weak<PendingInterrupt>>,
    /// The task has ended: nothing is raised any more.
    is_over: bool,
}

impl Interrupts {
    /// Queues one behind the others and wakes what might raise it; `false` if the task has ended. The caller is to wake the task
    /// itself afterwards.
    #[must_use]
    pub(crate) fn push(&self, error: Error) -> bool {
        let wakers: Vec<Waker> = {
            let mut queue = self.queue.lock();
            if queue.is_over {
                return false;
            }
            queue.errors.push_back(error);
            self.length.store(queue.errors.len(), Ordering::SeqCst);
            queue.wakers.iter().map(|(_, waker)| waker.clone()).collect()
        };
        for waker in wakers {
            drop(guarded(|| waker.wake()));
        }
        true
    }

    /// The oldest, if there is one; otherwise `waker` is called when one comes. Look and registration are one step, so none
    /// is missed. `key` is where the await stands.
    pub(crate) fn poll(&self, key: &mut Option<usize>, waker: &Waker) -> Option<Error> {
        if is_own_waker(waker) {
            return self.pop();
        }
        let new = waker.clone();
        let (error, old) = {
            let mut queue = self.queue.lock();
            match queue.errors.pop_front() {
                Some(error) => {
                    queue.taken += 1;
                    self.length.store(queue.errors.len(), Ordering::SeqCst);
                    (Some(error), Some(new))
                }
                None => match key.and_then(|key| queue.wakers.get_mut(key)) {
                    Some(known) => (None, Some(std::mem::replace(known, new))),
                    None => {
                        *key = Some(queue.wakers.insert(new));
                        (None, None)
                    }
                },
            }
        };
        drop(guarded(|| drop(old)));
        error
    }

    /// The oldest, if there is one.
    fn pop(&self) -> Option<Error> {
        self.pop_before(u64::MAX)
    }

    /// The number of the next one that will be queued; 0 if nothing is queued now.
    pub(crate) fn mark(&self) -> u64 {
        if self.length.load(Ordering::SeqCst) == 0 {
            return 0;
        }
        let queue = self.queue.lock();
        queue.taken + queue.errors.len() as u64
    }

    /// The oldest, if it was queued when [`mark`](Self::mark) gave this number.
    pub(crate) fn pop_before(&self, mark: u64) -> Option<Error> {
        if self.length.load(Ordering::SeqCst) == 0 {
            return None;
        }
        let mut queue = self.queue.lock();
        if queue.taken >= mark {
            return None;
        }
        let error = queue.errors.pop_front()?;
        queue.taken += 1;
        self.length.store(queue.errors.len(), Ordering::SeqCst);
        Some(error)
    }

    /// The await at `key` is over.
    pub(crate) fn leave(&self, key: usize) {
        let waker = self.queue.lock().wakers.try_remove(key);
        drop(guarded(|| drop(waker)));
    }

    /// Has one that is still to come called off when the task ends: its timer is not to wait on for nothing. `false` if the task
    /// has ended.
    pub(crate) fn await_end(&self, pending: &Arc<PendingInterrupt>) -> bool {
        let mut queue = self.queue.lock();
        if queue.is_over {
            return false;
        }
        if queue.pending.len() == queue.pending.capacity() {
            queue.pending.retain(|pending| pending.strong_count() > 0);
        }
        queue.pending.push(Arc::downgrade(pending));
        true
    }

    /// The task has ended. Returns what was never raised.
    pub(crate) fn end(&self) -> usize {
        let (errors, wakers, pending) = {
            let mut queue = self.queue.lock();
            queue.is_over = true;
            let queue = &mut *queue;
            (
                std::mem::take(&mut queue.errors),
                std::mem::take(&mut queue.wakers),
                std::mem::take(&mut queue.pending),
            )
        };
        drop(guarded(|| drop(wakers)));
        for pending in pending.iter().filter_map(Weak::upgrade) {
            let called_off = pending.lock().take();
            // The errors are the user's.
            drop(guarded(|| drop(called_off)));
        }
        errors.len()
    }
}
