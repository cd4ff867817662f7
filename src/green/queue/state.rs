//! What a queue knows: plain data under its mutex.
//!
//! - Q1 Getters wait only while every item is granted to one of those before them; putters only while all room is.
//! - Q2 There are at least as many items as getters with a grant, and as much room as putters with one.
//! - Q3 Getters see the end when the queue is closed and empty, and not before: what was granted to one that leaves goes to
//!   the next.
//!
//! [`QueueState::settle`] restores Q1 and Q3 after every change. By Q2 a grant can always be used: nobody steals what another
//! one was woken for (H40).

use crate::green::deferred::Deferred;
use crate::green::line::{Grant, Line, Place};
use crate::green::queue::queue_discipline::Sealed;

pub(crate) struct QueueState<S> {
    pub(crate) items: S,
    pub(crate) capacity: usize,
    pub(crate) is_closed: bool,
    /// Items that were put and not yet reported as done.
    pub(crate) unfinished: usize,
    pub(crate) getters: Line,
    pub(crate) putters: Line,
    pub(crate) joiners: Line,
}

impl<S: Default> QueueState<S> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            items: S::default(),
            capacity,
            is_closed: false,
            unfinished: 0,
            getters: Line::default(),
            putters: Line::default(),
            joiners: Line::default(),
        }
    }
}

impl<S: Sealed> QueueState<S> {
    /// Takes an item, by a grant or because one is left over.
    pub(crate) fn take(&mut self, place: &mut Place, deferred: &mut Deferred) -> Option<S::Item> {
        let may = self.getters.claim(place).is_some() || self.has_item();
        let item = may.then(|| self.items.pop()).flatten();
        self.settle(deferred);
        item
    }

    /// Whether `place` may put an item now; it has to, or to leave.
    pub(crate) fn may_put(&mut self, place: &mut Place) -> bool {
        self.putters.claim(place).is_some() || self.has_room()
    }

    pub(crate) fn put(&mut self, item: S::Item, deferred: &mut Deferred) {
        self.items.push(item);
        self.unfinished += 1;
        self.settle(deferred);
    }

    pub(crate) fn leave_getters(&mut self, place: &mut Place, deferred: &mut Deferred) {
        if self.getters.leave(place, deferred) == Some(Grant::One) {
            self.settle(deferred);
        }
    }

    pub(crate) fn leave_putters(&mut self, place: &mut Place, deferred: &mut Deferred) {
        if self.putters.leave(place, deferred) == Some(Grant::One) {
            self.settle(deferred);
        }
    }

    /// No more items: those who wait in vain are to look again.
    pub(crate) fn close(&mut self, deferred: &mut Deferred) {
        self.is_closed = true;
        self.putters.rouse(deferred);
        self.settle(deferred);
    }

    /// Whether no item will ever come.
    pub(crate) fn is_over(&self) -> bool {
        self.is_closed && self.items.len() == 0
    }

    /// One item less to do; `false` if there was none.
    #[must_use]
    pub(crate) fn done(&mut self, deferred: &mut Deferred) -> bool {
        let Some(left) = self.unfinished.checked_sub(1) else {
            return false;
        };
        self.unfinished = left;
        if left == 0 {
            self.joiners.grant_all(deferred);
        }
        true
    }

    fn has_item(&self) -> bool {
        self.items.len() > self.getters.granted()
    }

    fn has_room(&self) -> bool {
        self.items.len() + self.putters.granted() < self.capacity
    }

    fn settle(&mut self, deferred: &mut Deferred) {
        while self.has_item() && self.getters.grant(deferred) {}
        while self.has_room() && self.putters.grant(deferred) {}
        if self.is_over() {
            self.getters.rouse(deferred);
        }
    }
}
