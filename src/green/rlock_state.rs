//! What a lock knows that its owner may take again: plain data under its mutex.
//!
//! A *hold* is the time from the first level taken to the last one released; it has a number, which guards remember. A hold is
//! current, *suspended* (its owner waits for a notification), or gone.
//!
//! - R1 A guard gives its level back to the hold with its number, be that current or suspended. If that hold is gone, since the
//!   wait was dropped, the guard releases nothing, so nothing of somebody else's.
//! - R2 A suspended hold that comes back while its owner has a new one, as in a `join!` of a waiter and another locker, becomes
//!   a part of that: guards with either number give their levels back to it.
//! - R3 Nobody holds the lock with no level.

use std::collections::BTreeMap;
use std::task::{Poll, Waker};

use crate::error::Error;
use crate::green::claim_wait::{Claim, Lapse};
use crate::green::deferred::Deferred;
use crate::green::line::{Grant, Line, Place};
use crate::green::owner::Owner;

#[derive(Default)]
pub(crate) struct RLockState {
    hold: Option<Hold>,
    suspended: BTreeMap<u64, Hold>,
    holds: u64,
    line: Line,
}

/// What an owner has.
#[derive(Debug)]
pub(crate) struct Hold {
    owner: Owner,
    number: u64,
    levels: usize,
    /// The numbers of earlier holds that are a part of it (R2).
    parts: Vec<u64>,
}

impl Hold {
    fn has(&self, number: u64) -> bool {
        self.number == number || self.parts.contains(&number)
    }

    fn add(&mut self, earlier: Self) {
        self.levels += earlier.levels;
        self.parts.push(earlier.number);
        self.parts.extend(earlier.parts);
    }
}

impl RLockState {
    pub(crate) fn hold(&self) -> Option<&Hold> {
        self.hold.as_ref()
    }

    pub(crate) fn waiting(&self) -> usize {
        self.line.waiting()
    }

    pub(crate) fn is_locked(&self) -> bool {
        self.hold.is_some() || self.line.granted() > 0
    }

    pub(crate) fn is_owned(&self, owner: Owner) -> bool {
        self.hold.as_ref().is_some_and(|hold| hold.owner == owner)
    }

    /// One level less for `owner`; `false` if it is not the one.
    #[must_use]
    pub(crate) fn release(&mut self, owner: Owner, deferred: &mut Deferred) -> bool {
        let Some(hold) = self.hold.as_mut().filter(|hold| hold.owner == owner) else {
            return false;
        };
        hold.levels -= 1;
        self.settle(deferred);
        true
    }

    /// One level less for a hold, unless it is gone (R1).
    pub(crate) fn release_hold(&mut self, number: u64, deferred: &mut Deferred) {
        let mut holds = self.hold.iter_mut().chain(self.suspended.values_mut());
        if let Some(hold) = holds.find(|hold| hold.has(number)) {
            // Not below: a level may have been released by hand as well.
            hold.levels = hold.levels.saturating_sub(1);
        }
        self.settle(deferred);
    }

    /// The number of the hold that `owner` had until now.
    pub(crate) fn suspend(&mut self, owner: Owner, deferred: &mut Deferred) -> Option<u64> {
        let hold = self.hold.take_if(|hold| hold.owner == owner)?;
        let number = hold.number;
        self.suspended.insert(number, hold);
        self.line.grant(deferred);
        Some(number)
    }

    /// The hold will not come back.
    pub(crate) fn forget(&mut self, number: u64) {
        self.suspended.remove(&number);
    }

    /// One level more, or those of a hold that was suspended, for `owner`, who may enter. The number is for a guard.
    fn enter(&mut self, owner: Owner, again: Option<Hold>) -> u64 {
        let hold = match (self.hold.take(), again) {
            (Some(mut hold), Some(again)) => {
                hold.add(again);
                hold
            }
            (Some(mut hold), None) => {
                hold.levels += 1;
                hold
            }
            (None, Some(again)) => again,
            (None, None) => {
                self.holds += 1;
                Hold {
                    owner,
                    number: self.holds,
                    levels: 1,
                    parts: Vec::new(),
                }
            }
        };
        self.hold.insert(hold).number
    }

    /// R3.
    fn settle(&mut self, deferred: &mut Deferred) {
        if self.hold.take_if(|hold| hold.levels == 0).is_some() {
            self.line.grant(deferred);
        }
    }
}

/// Takes the lock; ready with the number of the hold.
#[derive(Default)]
pub(crate) struct Enter {
    place: Place,
    /// The hold that comes back.
    again: Option<u64>,
}

impl Enter {
    pub(crate) fn again(number: u64) -> Self {
        Self {
            place: Place::default(),
            again: Some(number),
        }
    }
}

impl Claim for Enter {
    type State = RLockState;
    type Output = Result<u64, Error>;

    fn look(&mut self, state: &mut RLockState, waker: Option<Waker>, deferred: &mut Deferred) -> Poll<Self::Output> {
        let again = self.again.as_ref().and_then(|number| state.suspended.get(number));
        let owner = again.map_or_else(Owner::current, |again| again.owner);
        let may = state.is_owned(owner) || !state.is_locked() || state.line.claim(&mut self.place).is_some();
        if may {
            self.leave(state, deferred);
            let again = self.again.and_then(|number| state.suspended.remove(&number));
            let number = state.enter(owner, again);
            // Its guards may all have been dropped meanwhile.
            state.settle(deferred);
            return Poll::Ready(Ok(number));
        }
        if let Some(waker) = waker {
            state.line.wait(&mut self.place, waker, deferred);
        }
        Poll::Pending
    }

    fn leave(&mut self, state: &mut RLockState, deferred: &mut Deferred) {
        if state.line.leave(&mut self.place, deferred) == Some(Grant::One) {
            state.line.grant(deferred);
        }
    }

    fn lapse(&mut self, lapse: Lapse) -> Self::Output {
        Err(lapse.error("a lock"))
    }
}
