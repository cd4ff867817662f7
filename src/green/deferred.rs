//! What has to wait until a lock is released: wakers to be called, and whatever may run foreign code when it is dropped.

use std::task::Waker;

use smallvec::SmallVec;

use crate::request::guard::guarded;
use crate::sync::Mutex;

/// Wakers that were taken out under a lock.
#[derive(Default)]
pub(crate) struct Deferred {
    to_wake: SmallVec<[Waker; 2]>,
    to_drop: SmallVec<[Waker; 1]>,
}

impl Deferred {
    pub(crate) fn wake(&mut self, waker: Option<Waker>) {
        self.to_wake.extend(waker);
    }

    pub(crate) fn discard(&mut self, waker: Option<Waker>) {
        self.to_drop.extend(waker);
    }

    fn run(self) {
        for waker in self.to_wake {
            let _ = guarded(|| waker.wake());
        }
    }
}

/// Calls `f` under the lock, and afterwards the wakers that it has deferred. `f` must not run the user's code.
pub(crate) fn under<S, R>(state: &Mutex<S>, f: impl FnOnce(&mut S, &mut Deferred) -> R) -> R {
    let mut deferred = Deferred::default();
    let result = f(&mut state.lock(), &mut deferred);
    deferred.run();
    result
}
