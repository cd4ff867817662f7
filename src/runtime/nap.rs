//! Short sleeps that end early when there is something to do.
//!
//! - N1 Who naps has counted itself before it looks for work, and who brings work looks at the count after it has queued it: one
//!   of them sees the other. Whoever nudges takes the lock, so that the nudge does not fall between the look and the nap.
//! - N2 A nap is ended by one nudge: sockets that become readable together bring work one by one, and each would call the
//!   system for a sleeper that is on its way already.
//! - N3 As many threads are inside of [`Naps::nap`] as `asleep` and `nudges` are together. Both change under the lock.

use std::time::Duration;

use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::{Condvar, Mutex};

#[derive(Default)]
pub(crate) struct Naps {
    /// Those that nap and have not been nudged (N2).
    asleep: AtomicUsize,
    /// Nudges that nobody has felt yet.
    nudges: Mutex<usize>,
    bell: Condvar,
}

impl Naps {
    /// Sleeps for `limit`, or until nudged, unless `has_work` says that there is no need. It is called under the lock (N1) and only
    /// looks.
    pub(crate) fn nap(&self, limit: Duration, has_work: impl FnOnce() -> bool) {
        let mut nudges = self.nudges.lock();
        self.asleep.fetch_add(1, Ordering::SeqCst);
        if !has_work() {
            nudges = self.bell.wait_timeout(nudges, limit);
        }
        // Whose nudge it is does not matter (N3).
        match nudges.checked_sub(1) {
            Some(left) => *nudges = left,
            None => {
                self.asleep.fetch_sub(1, Ordering::SeqCst);
            }
        }
    }

    /// Ends one nap. Whether somebody was napping.
    pub(crate) fn nudge(&self) -> bool {
        if self.asleep.load(Ordering::SeqCst) == 0 {
            return false;
        }
        let mut nudges = self.nudges.lock();
        if self.asleep.load(Ordering::SeqCst) == 0 {
            return false;
        }
        self.asleep.fetch_sub(1, Ordering::SeqCst);
        *nudges += 1;
        // Whoever wakes finds the lock free.
        drop(nudges);
        self.bell.notify_one();
        true
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn until_asleep(naps: &Naps, how_many: usize) {
        while naps.asleep.load(Ordering::SeqCst) < how_many {
            thread::yield_now();
        }
    }

    #[test]
    fn n2_each_nap_is_ended_by_one_nudge() {
        let naps = Naps::default();
        thread::scope(|scope| {
            (0..2).for_each(|_| drop(scope.spawn(|| naps.nap(LONG, || false))));
            until_asleep(&naps, 2);
            assert_eq!([(); 3].map(|()| naps.nudge()), [true, true, false]);
        });
        assert!(!naps.nudge(), "nobody naps");
        assert_eq!(*naps.nudges.lock(), 0);
    }

    #[test]
    fn n1_n3_who_sees_work_does_not_nap_and_nobody_is_left_counted() {
        let naps = Naps::default();
        thread::scope(|scope| {
            scope.spawn(|| naps.nap(LONG, || false));
            until_asleep(&naps, 1);
            naps.nap(LONG, || true);
            assert!(naps.nudge(), "the first one still naps");
            naps.nap(LONG, || true);
        });
        assert_eq!((naps.asleep.load(Ordering::SeqCst), *naps.nudges.lock()), (0, 0));
    }

    #[test]
    fn n1_work_that_comes_while_somebody_lies_down_is_seen() {
        use crate::sync::atomic::AtomicBool;
        for _ in 0..200 {
            let (naps, has_work) = (Naps::default(), AtomicBool::new(false));
            thread::scope(|scope| {
                scope.spawn(|| naps.nap(LONG, || has_work.load(Ordering::SeqCst)));
                has_work.store(true, Ordering::SeqCst);
                naps.nudge();
            });
        }
    }

    #[test]
    fn a_nap_that_nobody_ends_ends_by_itself() {
        let naps = Naps::default();
        naps.nap(Duration::from_micros(10), || false);
        assert!(!naps.nudge());
    }
}
