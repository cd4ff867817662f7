//! What a queue knows: plain data under its mutex.
//!
//! - Q1 Getters wait only while every item is granted to one of those before them; putters only while all room is.
//! - Q2 There are at least as many items as getters with a grant, and as much room as putters with one.
//! - Q3 Getters see the end when the queue is closed and empty, and not before: what was granted to one that leaves goes to
//!   the next.
//!
//! [`QueueState::settle`] restores Q1 and Q3 after every change. By Q2 a grant can always be used: nobody steals what another
//! one was woken for (H40).

use crate::green::aside::Aside;
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
    pub(crate) fn take(&mut self, place: &mut Place, aside: &mut Aside) -> Option<S::Item> {
        let may = self.getters.claim(place).is_some() || self.has_item();
        let item = may.then(|| self.items.pop()).flatten();
        self.settle(aside);
        item
    }

    /// Whether `place` may put an item now; it has to, or to leave.
    pub(crate) fn may_put(&mut self, place: &mut Place) -> bool {
        self.putters.claim(place).is_some() || self.has_room()
    }

    pub(crate) fn put(&mut self, item: S::Item, aside: &mut Aside) {
        self.items.push(item);
        self.unfinished += 1;
        self.settle(aside);
    }

    pub(crate) fn leave_getters(&mut self, place: &mut Place, aside: &mut Aside) {
        if self.getters.leave(place, aside) == Some(Grant::One) {
            self.settle(aside);
        }
    }

    pub(crate) fn leave_putters(&mut self, place: &mut Place, aside: &mut Aside) {
        if self.putters.leave(place, aside) == Some(Grant::One) {
            self.settle(aside);
        }
    }

    /// No more items: those who wait in vain are to look again.
    pub(crate) fn close(&mut self, aside: &mut Aside) {
        self.is_closed = true;
        self.putters.rouse(aside);
        self.settle(aside);
    }

    /// Whether no item will ever come.
    pub(crate) fn is_over(&self) -> bool {
        self.is_closed && self.items.len() == 0
    }

    /// One item less to do; `false` if there was none.
    #[must_use]
    pub(crate) fn done(&mut self, aside: &mut Aside) -> bool {
        let Some(left) = self.unfinished.checked_sub(1) else {
            return false;
        };
        self.unfinished = left;
        if left == 0 {
            self.joiners.grant_all(aside);
        }
        true
    }

    fn has_item(&self) -> bool {
        self.items.len() > self.getters.granted()
    }

    fn has_room(&self) -> bool {
        self.items.len() + self.putters.granted() < self.capacity
    }

    fn settle(&mut self, aside: &mut Aside) {
        while self.has_item() && self.getters.grant(aside) {}
        while self.has_room() && self.putters.grant(aside) {}
        if self.is_over() {
            self.getters.rouse(aside);
        }
    }
}
