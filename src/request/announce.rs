//! Events that are told in the critical section that makes them true.
//!
//! As soon as the state is unlocked another thread may take the request on, and tell of that. So the stream gets its event
//! inside of the lock, where only data is moved; whoever is to be woken for it, and `tracing`, are called afterwards (I8).

use std::task::Waker;

use crate::request::cell::{Head, State};
use crate::request::guard::guarded;
use crate::runtime::events::{Event, EventKind};

/// Who is still to be called.
#[must_use]
pub(crate) struct Announcement {
    event: Event,
    wakers: Vec<Waker>,
}

impl Head {
    /// Puts the event into the stream; `None` if nobody follows.
    #[inline]
    #[must_use]
    pub(crate) fn announce(&self, state: &State, kind: EventKind) -> Option<Announcement> {
        self.is_observed().then(|| self.announce_slowly(state, kind))
    }

    #[cold]
    fn announce_slowly(&self, state: &State, kind: EventKind) -> Announcement {
        let event = Event {
            id: self.id,
            name: state.name(),
            place: self.place,
            kind,
        };
        let wakers = self.engine.events.put(&event);
        Announcement { event, wakers }
    }

    /// The rest of what [`announce`](Self::announce) began, without the lock.
    #[cold]
    pub(crate) fn spread(&self, announcement: Announcement) {
        let Announcement { event, wakers } = announcement;
        self.trace(event.name.as_deref(), event.kind);
        wakers.into_iter().for_each(|waker| drop(guarded(|| waker.wake())));
        self.engine.events.rest();
    }

    /// Tells `tracing`. A subscriber is the user's: its panic is no reason to lose a request half-way (C26).
    pub(crate) fn trace(&self, name: Option<&str>, event: EventKind) {
        let _ = guarded(|| tracing::trace!(id = %self.id, name, place = %self.place, ?event, "request"));
    }
}
