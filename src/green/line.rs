//! Who waits for one of several equal things (an item, room for one, a lock), first come, first served.
//!
//! Whoever owns the line *grants* what has become free to the first who waits; the thing is then as good as taken, and counts
//! as such until the waiter claims it or leaves. So nobody who comes later can take it in between, and a waiter that goes away
//! with its grant gives it back. Plain data: it stands under the mutex of what is waited for.
//!
//! - W1 A waiter stands in `waiting` or in `granted`, in both never.
//! - W2 Wakers leave under the lock only into a [`Deferred`].

use std::collections::BTreeMap;
use std::task::Waker;

use crate::green::deferred::Deferred;

#[derive(Default)]
pub(crate) struct Line {
    /// With the waker, unless it has been called already or there is none yet.
    waiting: BTreeMap<u64, Option<Waker>>,
    granted: BTreeMap<u64, Grant>,
    arrived: u64,
}

/// What a waiter was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    /// It has got one of several; not used, it goes to the next.
    One,
    /// So has everybody who waited; there is nothing to give back.
    All,
}

/// A waiter's place, none as long as it has not had to wait.
#[derive(Debug, Default)]
pub(crate) struct Place(Option<u64>);

impl Line {
    /// A place at the end of the line, if it has none, with nobody to wake yet.
    pub(crate) fn enter(&mut self, place: &mut Place) {
        if place.0.is_none() {
            self.arrived += 1;
            self.waiting.insert(self.arrived, None);
            place.0 = Some(self.arrived);
        }
    }

    /// Waits at its place, or at a new one; `waker` will be called.
    pub(crate) fn wait(&mut self, place: &mut Place, waker: Waker, deferred: &mut Deferred) {
        self.enter(place);
        let stored = place.0.and_then(|key| self.waiting.get_mut(&key));
        match stored {
            Some(stored) => deferred.discard(stored.replace(waker)),
            None => deferred.discard(Some(waker)),
        }
    }

    /// Uses what was granted; the place is given up.
    pub(crate) fn claim(&mut self, place: &mut Place) -> Option<Grant> {
        let grant = self.granted.remove(&place.0?);
        if grant.is_some() {
            place.0 = None;
        }
        grant
    }

    /// Gives the place up, and with it what was granted, which is returned.
    pub(crate) fn leave(&mut self, place: &mut Place, deferred: &mut Deferred) -> Option<Grant> {
        let key = place.0.take()?;
        deferred.discard(self.waiting.remove(&key).flatten());
        self.granted.remove(&key)
    }

    /// Grants one to the first who waits; whether there was anybody.
    pub(crate) fn grant(&mut self, deferred: &mut Deferred) -> bool {
        let Some((key, waker)) = self.waiting.pop_first() else {
            return false;
        };
        self.granted.insert(key, Grant::One);
        deferred.wake(waker);
        true
    }

    /// Tells everybody who waits at this moment.
    pub(crate) fn grant_all(&mut self, deferred: &mut Deferred) {
        for (key, waker) in std::mem::take(&mut self.waiting) {
            self.granted.insert(key, Grant::All);
            deferred.wake(waker);
        }
    }

    /// Wakes everybody who waits, to look again; they keep their places.
    pub(crate) fn rouse(&mut self, deferred: &mut Deferred) {
        self.waiting.values_mut().for_each(|waker| deferred.wake(waker.take()));
    }

    /// How many have been granted something and have not come for it.
    pub(crate) fn granted(&self) -> usize {
        self.granted.len()
    }

    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(line: &mut Line) -> Place {
        let mut place = Place::default();
        line.wait(&mut place, Waker::noop().clone(), &mut Deferred::default());
        place
    }

    #[test]
    fn first_come_first_served_and_a_leaver_gives_back() {
        let (mut line, mut deferred) = (Line::default(), Deferred::default());
        let (mut first, mut second) = (waits(&mut line), waits(&mut line));
        assert!(line.grant(&mut deferred));
        assert_eq!(line.claim(&mut second), None);
        assert_eq!(line.leave(&mut first, &mut deferred), Some(Grant::One));
        assert!(line.grant(&mut deferred));
        assert_eq!(line.claim(&mut second), Some(Grant::One));
        assert!(!line.grant(&mut deferred));
        assert_eq!((line.granted(), line.waiting()), (0, 0));
    }

    #[test]
    fn what_all_were_told_is_not_given_back() {
        let (mut line, mut deferred) = (Line::default(), Deferred::default());
        let mut place = waits(&mut line);
        line.grant_all(&mut deferred);
        assert_eq!(line.leave(&mut place, &mut deferred), Some(Grant::All));
    }
}
