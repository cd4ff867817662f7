//! Whether the threads of a compute pool are all taken, as its kernels see it.
//!
//! A kernel that splits itself while every thread has a kernel of its own gains nothing: the half that it gives away is taken by
//! itself, and where another thread does take it, both wait for each other at the join while whole kernels are queued. Over
//! blocks of 64³ that cost a third of the time. So kernels ask before each split; the last ones of a run, and those that are
//! alone, have the threads for themselves.

use std::cell::RefCell;

use crate::sync::Arc;
use crate::sync::atomic::{AtomicUsize, Ordering};

/// The kernels that run in a pool.
#[derive(Debug)]
pub(crate) struct Occupancy {
    threads: usize,
    kernels: AtomicUsize,
    /// How many have ended.
    ended: AtomicUsize,
}

std::thread_local! {
    /// That of the pool whose kernels this thread runs.
    static HERE: RefCell<Option<Arc<Occupancy>>> = const { RefCell::new(None) };
}

/// This thread runs kernels of its pool until it is dropped.
#[must_use]
pub(crate) struct OccupancyGuard(());

impl Occupancy {
    /// Of a pool of `threads`.
    pub(crate) fn new(threads: usize) -> Self {
        Self {
            threads,
            kernels: AtomicUsize::new(0),
            ended: AtomicUsize::new(0),
        }
    }

    /// From now on this thread runs kernels of this pool.
    pub(crate) fn join(self: &Arc<Self>) -> OccupancyGuard {
        HERE.set(Some(Arc::clone(self)));
        OccupancyGuard(())
    }

    /// Runs one kernel.
    pub(crate) fn run<R>(&self, kernel: impl FnOnce() -> R) -> R {
        struct Leave<'a>(&'a Occupancy);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                self.0.ended.fetch_add(1, Ordering::Relaxed);
                self.0.kernels.fetch_sub(1, Ordering::Relaxed);
            }
        }
        self.kernels.fetch_add(1, Ordering::Relaxed);
        let _leave = Leave(self);
        kernel()
    }

    /// Whether every thread has a kernel.
    fn is_full(&self) -> bool {
        self.kernels.load(Ordering::Relaxed) >= self.threads
    }

    /// If a kernel is running: how many have ended before. The same answer twice hints that it has been running in between.
    pub(crate) fn at_work(&self) -> Option<usize> {
        (self.kernels.load(Ordering::Relaxed) > 0).then(|| self.ended.load(Ordering::Relaxed))
    }
}

impl Drop for OccupancyGuard {
    fn drop(&mut self) {
        HERE.set(None);
    }
}

/// Whether every thread of the pool that we are in has a kernel of its own. A hint: nothing but speed depends on it.
#[cfg_attr(any(loom, shuttle), expect(dead_code, reason = "kernels are not modelled"))]
pub(crate) fn is_saturated() -> bool {
    HERE.with_borrow(|here| here.as_ref().is_some_and(|occupancy| occupancy.is_full()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_is_saturated_while_each_thread_has_a_kernel() {
        let occupancy = Arc::new(Occupancy::new(2));
        assert!(!is_saturated(), "no pool at all");
        let guard = occupancy.join();
        occupancy.run(|| {
            assert!(!is_saturated(), "one of two");
            occupancy.run(|| assert!(is_saturated()));
            assert!(!is_saturated(), "one has ended");
        });
        drop(guard);
        occupancy.run(|| occupancy.run(|| assert!(!is_saturated(), "another thread's")));
    }

    #[test]
    fn the_same_kernels_are_told_from_others() {
        let occupancy = Occupancy::new(2);
        assert_eq!(occupancy.at_work(), None);
        let first = occupancy.run(|| occupancy.at_work());
        let second = occupancy.run(|| {
            assert_eq!(occupancy.at_work(), occupancy.at_work());
            occupancy.at_work()
        });
        assert!(first.is_some() && second.is_some() && first != second);
    }

    #[test]
    fn a_kernel_that_panics_leaves_too() {
        let occupancy = Arc::new(Occupancy::new(1));
        let _guard = occupancy.join();
        let run = std::panic::AssertUnwindSafe(|| occupancy.run(|| panic!("as it must")));
        let panicked = std::panic::catch_unwind(run);
        assert!(panicked.is_err() && !is_saturated());
    }
}
