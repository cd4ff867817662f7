//! A lock without its data: taking it, waiting for it, passing it on, and lending priority to its holder.
//!
//! The *loan*: the holder is as urgent as the best waiter (C35). What is to be lent follows from the queue; it is applied
//! outside of the queue's mutex by one party at a time, which looks again when it is done, so the last word is always the
//! newest. A loan that makes a request more urgent which itself waits for a lock changes that lock's loan too; those are
//! put on a list rather than called, so a chain of locks needs no stack.

use std::cell::RefCell;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::error::Error;
use crate::request::cell::{LockWait, Node};
use crate::request::deadline::Deadline;
use crate::request::guard::guarded;
use crate::request::lock_queue::{LockQueue, Turn, same_loan};
use crate::request::{current, lend, start};
use crate::runtime::engine::Engine;
use crate::runtime::info::RequestId;
use crate::sync::{Arc, Mutex, OnceLock, Weak};

pub(crate) struct LockCore {
    pub(crate) name: OnceLock<Arc<str>>,
    place: &'static Location<'static>,
    queue: Mutex<LockQueue>,
}

impl LockCore {
    pub(crate) fn new(place: &'static Location<'static>) -> Self {
        Self {
            name: OnceLock::new(),
            place,
            queue: Mutex::new(LockQueue::default()),
        }
    }

    pub(crate) fn is_held(&self) -> bool {
        self.queue.lock().held
    }

    /// Takes the lock if it is free.
    #[must_use]
    pub(crate) fn try_acquire(&self) -> bool {
        let holder = current::with(|node| node.map(Arc::downgrade));
        self.queue.lock().take(holder)
    }

    /// Passes the lock on. The caller owns it.
    pub(crate) fn release(self: &Arc<Self>) {
        let waker = self.queue.lock().hand_over();
        self.settle();
        wake(waker);
    }

    /// Takes the lock, or a place in the queue.
    fn join(self: &Arc<Self>, waker: &Waker, me: Option<&Arc<dyn Node>>) -> Option<Place> {
        let priority = current::effective();
        let mut waker = Some(waker.clone());
        let key = {
            let mut queue = self.queue.lock();
            match queue.take(me.map(Arc::downgrade)) {
                true => None,
                false => waker
                    .take()
                    .map(|waker| queue.join(waker, me.map(Arc::clone), priority)),
            }
        };
        drop(waker);
        let key = key?;
        if let Some(me) = me {
            let effective = {
                let mut state = me.head().lock();
                state.extra().lock_waits.push(Arc::clone(self) as _);
                state.effective
            };
            if priority != Some(effective) {
                self.queue.lock().rerank(me.head().id);
            }
        }
        self.settle();
        Some(Place {
            key,
            waiter: me.map(Arc::clone),
        })
    }

    /// Whether the place has come to its turn; if not, `waker` will be called when it does.
    fn has_turn(&self, key: u64, waker: &Waker) -> bool {
        match self.queue.lock().look(key, waker) {
            Turn::Granted => return true,
            Turn::Waiting => return false,
            Turn::WakerChanged => {}
        }
        let waker = waker.clone();
        let (is_granted, old) = {
            let mut queue = self.queue.lock();
            match queue.look(key, &waker) {
                Turn::Granted => (true, Some(waker)),
                Turn::Waiting | Turn::WakerChanged => (false, queue.replace_waker(key, waker)),
            }
        };
        drop(old);
        is_granted
    }

    /// Gives a place up; a lock that was granted to it goes to the next one (R89).
    fn leave(self: &Arc<Self>, key: u64) {
        let (waker, left) = {
            let mut queue = self.queue.lock();
            let (was_granted, left) = queue.leave(key);
            let waker = if was_granted { queue.hand_over() } else { None };
            (waker, left)
        };
        self.settle();
        wake(waker);
        drop(left);
    }

    /// Turns a granted place into possession.
    fn arrive(&self, key: u64) {
        let left = self.queue.lock().leave(key);
        drop(left);
    }

    /// Brings the loan in line with the queue, and whatever follows from that.
    #[allow(clippy::missing_const_for_thread_local, reason = "loom's macro takes no const block")]
    fn settle(self: &Arc<Self>) {
        crate::sync::local! {
            static UNSETTLED: RefCell<Option<Vec<Arc<LockCore>>>> = RefCell::new(None);
        }
        if self.queue.lock().is_settled() {
            return;
        }
        let is_nested = UNSETTLED.try_with(|list| match &mut *list.borrow_mut() {
            Some(list) => {
                list.push(Arc::clone(self));
                true
            }
            none => {
                *none = Some(Vec::new());
                false
            }
        });
        match is_nested {
            Ok(true) => return,
            Ok(false) => self.change_loan(),
            // The thread is ending and its list is gone.
            Err(_) => return self.change_loan(),
        }
        let pop = |list: &RefCell<Option<Vec<Arc<LockCore>>>>| {
            let mut list = list.borrow_mut();
            let next = list.as_mut().and_then(Vec::pop);
            if next.is_none() {
                *list = None;
            }
            next
        };
        while let Some(next) = UNSETTLED.with(pop) {
            next.change_loan();
        }
    }

    fn change_loan(self: &Arc<Self>) {
        let lock = Arc::as_ptr(self).addr();
        loop {
            let (old, new) = {
                let mut queue = self.queue.lock();
                if queue.is_settled() {
                    return;
                }
                queue.loan.is_changing = true;
                (queue.loan.applied.take(), queue.wanted())
            };
            let borrower = |lent: &Option<(Weak<dyn Node>, _)>| lent.as_ref().and_then(|(node, _)| node.upgrade());
            let (from, to) = (borrower(&old), borrower(&new));
            if let Some(from) = from.filter(|from| to.as_ref().is_none_or(|to| !Arc::ptr_eq(from, to))) {
                lend::set_loan(&from, lock, None);
            }
            if let (Some(to), Some((_, priority))) = (&to, &new) {
                lend::set_loan(to, lock, Some(*priority));
            }
            let mut queue = self.queue.lock();
            queue.loan.applied = new;
            queue.loan.is_changing = false;
            let is_done = same_loan(queue.loan.applied.as_ref(), queue.wanted().as_ref());
            drop(queue);
            if is_done {
                return;
            }
        }
    }

    /// The engine on which the holder depends, if somebody has to run it by hand.
    pub(crate) fn inline_engine(&self) -> Option<Arc<Engine>> {
        let holder = self.holder()?;
        let engine = &holder.head().engine;
        engine.is_inline().then(|| Arc::clone(engine))
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        let _ = guarded(|| waker.wake());
    }
}

impl LockWait for LockCore {
    fn reprioritise(self: Arc<Self>, waiter: RequestId) {
        self.queue.lock().rerank(waiter);
        self.settle();
    }

    fn name(&self) -> Arc<str> {
        match self.name.get() {
            Some(name) => Arc::clone(name),
            None => format!("lock made at {}", self.place).into(),
        }
    }

    fn holder(&self) -> Option<Arc<dyn Node>> {
        let holder = self.queue.lock().holder.clone();
        holder.and_then(|holder| holder.upgrade())
    }
}

/// Ready when its owner owns the lock. Dropped earlier, it leaves the queue or passes on what it was granted.
pub(crate) struct Acquire {
    core: Arc<LockCore>,
    place: Option<Place>,
    deadline: Deadline,
}

/// A place in the queue.
struct Place {
    key: u64,
    waiter: Option<Arc<dyn Node>>,
}

impl Acquire {
    pub(crate) fn new(core: &Arc<LockCore>, deadline: Deadline) -> Self {
        Self {
            core: Arc::clone(core),
            place: None,
            deadline,
        }
    }

    fn acquire(&mut self, waker: &Waker) -> bool {
        let me = current::node();
        if let Some(place) = &self.place {
            let is_mine = match (&me, &place.waiter) {
                (None, None) => true,
                (Some(me), Some(waiter)) => Arc::ptr_eq(me, waiter),
                _ => false,
            };
            if is_mine {
                let is_granted = self.core.has_turn(place.key, waker);
                if is_granted {
                    self.core.arrive(place.key);
                    self.forget_place();
                }
                return is_granted;
            }
            // Moved into another request: a new place, for that one.
            self.leave();
        }
        self.place = self.core.join(waker, me.as_ref());
        self.place.is_none()
    }

    fn leave(&mut self) {
        if let Some(place) = &self.place {
            self.core.leave(place.key);
            self.forget_place();
        }
    }

    /// Takes the lock off the list of what the waiter waits for.
    fn forget_place(&mut self) {
        let Some(waiter) = self.place.take().and_then(|place| place.waiter) else {
            return;
        };
        let lock: *const () = Arc::as_ptr(&self.core).cast();
        let left = {
            let mut state = waiter.head().lock();
            let waits = &mut state.extra().lock_waits;
            let nth = waits.iter().position(|wait| std::ptr::addr_eq(Arc::as_ptr(wait), lock));
            nth.map(|nth| waits.swap_remove(nth))
        };
        drop(left);
    }
}

impl Future for Acquire {
    type Output = Result<(), Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if current::is_interrupted() {
            self.leave();
            return Poll::Ready(Err(current::interrupted()));
        }
        if self.acquire(cx.waker()) {
            return Poll::Ready(Ok(()));
        }
        if let Poll::Ready(error) = self.deadline.poll(cx) {
            self.leave();
            return Poll::Ready(Err(error.context(format_args!("waiting for {}", self.core.name()))));
        }
        if let Some(engine) = self.core.inline_engine().filter(|_| current::with(|me| me.is_none())) {
            start::pump(&engine, cx);
            if self.acquire(cx.waker()) {
                return Poll::Ready(Ok(()));
            }
        }
        Poll::Pending
    }
}

impl Drop for Acquire {
    fn drop(&mut self) {
        self.leave();
    }
}
