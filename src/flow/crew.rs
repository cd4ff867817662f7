//! The replicas of a node that are at work.

use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Arc, Mutex, MutexGuard};

/// Counts them, so that a replica is never added to a node that has ended: the edges behind it may have ended with it.
#[derive(Debug, Default)]
pub(crate) struct Crew {
    state: Mutex<CrewState>,
}

#[derive(Debug, Default)]
pub(crate) struct CrewState {
    /// Replicas that have not ended, and may send.
    live: usize,
    /// The most that there have been at a time.
    most: usize,
    /// How many there have been: the next one's place.
    made: usize,
    /// What tells those that are to go on that they are to end instead, the oldest first.
    retire: Vec<Arc<AtomicBool>>,
}

/// A place in a crew, until it is left.
#[derive(Debug)]
pub(crate) struct Seat {
    crew: Option<Arc<Crew>>,
    retire: Arc<AtomicBool>,
}

impl Crew {
    /// Whoever holds this sees no replica come or go.
    pub(crate) fn lock(&self) -> MutexGuard<'_, CrewState> {
        self.state.lock()
    }

    pub(crate) fn live(&self) -> usize {
        self.lock().live
    }

    pub(crate) fn most(&self) -> usize {
        self.lock().most
    }
}

impl CrewState {
    /// Replicas that have not ended, nor been told to.
    pub(crate) fn size(&self) -> usize {
        self.retire.len()
    }

    /// Whether all have ended that there have been.
    pub(crate) fn has_ended(&self) -> bool {
        self.live == 0
    }

    /// The place of the next one among all that there have been.
    pub(crate) fn next(&self) -> usize {
        self.made
    }

    /// Takes in one more.
    pub(crate) fn join(&mut self, crew: &Arc<Crew>) -> Seat {
        let retire = Arc::new(AtomicBool::new(false));
        self.live += 1;
        self.most = self.most.max(self.live);
        self.made += 1;
        self.retire.push(Arc::clone(&retire));
        Seat {
            crew: Some(Arc::clone(crew)),
            retire,
        }
    }

    /// Tells the youngest one to end.
    pub(crate) fn retire_one(&mut self) {
        if let Some(retire) = self.retire.pop() {
            retire.store(true, Ordering::SeqCst);
        }
    }
}

impl Seat {
    /// What says that this one is to end.
    pub(crate) fn retirement(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.retire)
    }

    /// Gives the place up. What it can send, it has sent; its edges end after that.
    pub(crate) fn leave(&mut self) {
        let Some(crew) = self.crew.take() else { return };
        let mut state = crew.lock();
        state.live -= 1;
        state.retire.retain(|other| !Arc::ptr_eq(other, &self.retire));
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.leave();
    }
}
