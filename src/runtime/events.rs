//! The public stream of what happens to requests.

use std::panic::Location;
use std::task::Waker;

use crate::runtime::broadcast::{Broadcast, Subscription};
use crate::runtime::info::{RequestId, RequestState};
use crate::runtime::net::caught;
use crate::sync::Arc;
use crate::sync::atomic::{AtomicBool, Ordering};

/// Something happened to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// To which request.
    pub id: RequestId,
    /// Its name, if it has one.
    pub name: Option<Arc<str>>,
    /// Where it was made.
    pub place: &'static Location<'static>,
    /// What happened.
    pub kind: EventKind,
}

/// What happened to a request.
///
/// For one request and generation the order is `Made`, `Submitted` (not under direct execution), `Started`, then any
/// number of `Suspended` and `Resumed` in turn, then `Ended`; one that is cancelled before its start has no `Started`. A
/// generation that begins because somebody waits still when the last one ends has neither `Made` nor `Submitted`: it stands
/// in the queue at once, and `Started` follows the last one's `Ended`.
/// Between requests: a child is `Made` after its creator's `Started` or `Resumed`; whoever resumes because another ended
/// does so after that one's `Ended`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind {
    /// It exists; nothing runs yet.
    Made,
    /// It stands in the queue for the first time in this generation.
    Submitted,
    /// Its workload is polled for the first time, or its kernel begins.
    Started,
    /// Its workload is waiting and holds no slot.
    Suspended,
    /// Its workload is polled again.
    Resumed,
    /// `cancel` reached it, or the last interest in it went away.
    CancelAsked,
    /// Its workload has ended, with this state. Callbacks run afterwards; if one of them panics the request has failed after
    /// all, whatever this said, and no second `Ended` follows.
    Ended(RequestState),
}

/// Receives every [`Event`] of a runtime from the moment it was made. Events wait in memory until they are taken: all of them, or
/// no more than [`Runtime::events_within`](crate::Runtime::events_within) was told.
#[derive(Debug)]
pub struct EventStream {
    subscription: Subscription<Event>,
}

impl EventStream {
    /// The next event; `None` once the runtime is gone.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> Option<Event> {
        std::future::poll_fn(|cx| self.subscription.poll_next(cx)).await
    }

    /// The next event if there is one already.
    pub fn try_next(&mut self) -> Option<Event> {
        self.subscription.try_next()
    }

    /// How many events there was no room for since this was asked last.
    pub fn missed(&mut self) -> u64 {
        self.subscription.missed()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Events {
    /// The one branch that events cost while nobody listens (C47).
    watched: AtomicBool,
    listeners: Broadcast<Event>,
}

impl Events {
    pub(crate) fn subscribe(&self, capacity: usize) -> EventStream {
        let subscription = self.listeners.subscribe(capacity);
        self.watched.store(true, Ordering::SeqCst);
        EventStream { subscription }
    }

    #[inline]
    pub(crate) fn watched(&self) -> bool {
        self.watched.load(Ordering::Relaxed)
    }

    /// Hands `event` to every listener, in one order for all of them.
    #[cold]
    pub(crate) fn send(&self, event: &Event) {
        for waker in self.put(event) {
            caught(|| waker.wake());
        }
        self.rest();
    }

    /// The first half of [`send`](Self::send), which runs nobody's code: returns whom to wake.
    #[must_use]
    pub(crate) fn put(&self, event: &Event) -> Vec<Waker> {
        self.listeners.push(event)
    }

    /// The last: sees whether anybody is left who listens.
    pub(crate) fn rest(&self) {
        if self.listeners.is_empty() {
            self.watched.store(false, Ordering::SeqCst);
            // Whoever subscribed in between has been overwritten.
            if !self.listeners.is_empty() {
                self.watched.store(true, Ordering::SeqCst);
            }
        }
    }
}
