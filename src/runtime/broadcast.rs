//! Values to every subscriber, in one order for all of them.
//!
//! A channel wakes its receiver from within `send`. Here that is left to the caller, who may hold locks under which no waker
//! of the user's may run (I8, C32); and a value can be read as soon as `push` has returned.

use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

use crate::runtime::net::caught;
use crate::sync::{Arc, Mutex};

#[derive(Debug)]
pub(crate) struct Broadcast<T> {
    subscribers: Mutex<Vec<Arc<Mailbox<T>>>>,
}

#[derive(Debug)]
struct Mailbox<T> {
    inside: Mutex<Inside<T>>,
}

#[derive(Debug)]
struct Inside<T> {
    values: VecDeque<T>,
    capacity: usize,
    /// Values that there was no room for.
    missed: u64,
    waker: Option<Waker>,
    closed: bool,
}

/// The receiving end. Values wait in it until they are taken, as many as it has room for.
#[derive(Debug)]
pub(crate) struct Subscription<T> {
    mailbox: Arc<Mailbox<T>>,
}

impl<T> Default for Broadcast<T> {
    fn default() -> Self {
        Self {
            subscribers: Mutex::new(Vec::new()),
        }
    }
}

impl<T: Clone> Broadcast<T> {
    pub(crate) fn subscribe(&self, capacity: usize) -> Subscription<T> {
        let mailbox = Arc::new(Mailbox {
            inside: Mutex::new(Inside {
                values: VecDeque::new(),
                capacity,
                missed: 0,
                waker: None,
                closed: false,
            }),
        });
        self.subscribers.lock().push(Arc::clone(&mailbox));
        Subscription { mailbox }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.subscribers.lock().is_empty()
    }

    /// Puts `value` into every mailbox. Returns whom to wake, without any lock.
    #[must_use]
    pub(crate) fn push(&self, value: &T) -> Vec<Waker> {
        let mut subscribers = self.subscribers.lock();
        // Only this list and the subscription hold a mailbox.
        subscribers.retain(|mailbox| Arc::strong_count(mailbox) > 1);
        let put = |mailbox: &Arc<Mailbox<T>>| {
            let mut inside = mailbox.inside.lock();
            if inside.values.len() < inside.capacity {
                inside.values.push_back(value.clone());
            } else {
                inside.missed += 1;
            }
            inside.waker.take()
        };
        subscribers.iter().filter_map(put).collect()
    }
}

impl<T> Drop for Broadcast<T> {
    fn drop(&mut self) {
        for mailbox in std::mem::take(&mut *self.subscribers.lock()) {
            let mut inside = mailbox.inside.lock();
            inside.closed = true;
            let waker = inside.waker.take();
            drop(inside);
            waker.into_iter().for_each(|waker| caught(|| waker.wake()));
        }
    }
}

impl<T> Drop for Subscription<T> {
    fn drop(&mut self) {
        // Not left to the next `push`, which may be inside of a lock.
        let waker = self.mailbox.inside.lock().waker.take();
        drop(waker);
    }
}

impl<T> Subscription<T> {
    pub(crate) fn try_next(&mut self) -> Option<T> {
        self.mailbox.inside.lock().values.pop_front()
    }

    /// How many values there was no room for since this was asked last.
    pub(crate) fn missed(&mut self) -> u64 {
        std::mem::take(&mut self.mailbox.inside.lock().missed)
    }

    /// The next value, or none when the sending end is gone and all have been taken.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let waker = cx.waker().clone();
        let mut inside = self.mailbox.inside.lock();
        if let Some(value) = inside.values.pop_front() {
            return Poll::Ready(Some(value));
        }
        if inside.closed {
            return Poll::Ready(None);
        }
        let old = inside.waker.replace(waker);
        drop(inside);
        drop(old);
        Poll::Pending
    }
}
