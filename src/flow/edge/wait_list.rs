//! Tasks that wait for an edge, the one that has waited longest first.

use std::collections::VecDeque;
use std::task::Waker;

/// Kept under the edge's lock. A task that has been called and goes away without looking calls the next one.
#[derive(Debug, Default)]
pub(crate) struct WaitList {
    waiting: VecDeque<(u64, Waker)>,
    next: u64,
}

/// A place in a [`WaitList`].
#[derive(Debug, Default)]
pub(crate) struct Ticket(Option<u64>);

impl WaitList {
    /// Enters the task of `waker`, or lets it keep its place.
    pub(crate) fn enter(&mut self, ticket: &mut Ticket, waker: &Waker) {
        let known = ticket
            .0
            .and_then(|key| self.waiting.iter_mut().find(|(other, _)| *other == key));
        match known {
            Some((_, known)) => known.clone_from(waker),
            None => {
                ticket.0 = Some(self.next);
                self.waiting.push_back((self.next, waker.clone()));
                self.next += 1;
            }
        }
    }

    /// Takes the task out, which has what it waited for.
    pub(crate) fn leave(&mut self, ticket: &mut Ticket) {
        if let Some(key) = ticket.0.take() {
            self.waiting.retain(|(other, _)| *other != key);
        }
    }

    /// Takes the task out, which gives up. What it was called for is the next one's, if it has been called.
    #[must_use = "the next one sleeps"]
    pub(crate) fn give_up(&mut self, ticket: &mut Ticket) -> Option<Waker> {
        let key = ticket.0.take()?;
        let before = self.waiting.len();
        self.waiting.retain(|(other, _)| *other != key);
        if self.waiting.len() < before {
            return None;
        }
        self.call()
    }

    /// The task whose turn it is.
    #[must_use = "it sleeps until it is woken"]
    pub(crate) fn call(&mut self) -> Option<Waker> {
        self.waiting.pop_front().map(|(_, waker)| waker)
    }

    /// Whether nobody has waited longer than the task with this ticket.
    pub(crate) fn is_next(&self, ticket: &Ticket) -> bool {
        self.waiting.front().is_none_or(|(key, _)| ticket.0 == Some(*key))
    }

    /// The task whose turn it is, which keeps its place.
    pub(crate) fn first(&self) -> Option<Waker> {
        self.waiting.front().map(|(_, waker)| waker.clone())
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }
}
