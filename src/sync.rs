//! The one place that chooses between `std` and a model checker.
//!
//! Everything with interleavings worth checking (locks, atomics, conditions) comes from here; under `--cfg loom` and
//! `--cfg shuttle` the same code runs on the checker's own versions. Reference counts and write-once cells stay those of
//! `std`: they never block, and their protocols are not ours to prove.

pub(crate) use std::sync::{Arc, OnceLock, Weak};

#[cfg(loom)]
use loom::sync as imp;
#[cfg(shuttle)]
use shuttle::sync as imp;
#[cfg(not(any(loom, shuttle)))]
use std::sync as imp;

pub(crate) mod atomic {
    #[cfg(loom)]
    pub(crate) use super::strict::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
    #[cfg(shuttle)]
    pub(crate) use shuttle::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
    #[cfg(not(any(loom, shuttle)))]
    pub(crate) use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

    /// Counters that only statistics read: nothing is ordered by them, so no model needs to see them.
    pub(crate) use std::sync::atomic::AtomicU64 as Tally;
    pub(crate) use std::sync::atomic::Ordering::Relaxed as TALLY;
}

pub(crate) use imp::MutexGuard;

/// A mutex without poison: no code of the user's runs under our locks, so none can be left half-changed by a panic.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(imp::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(imp::Mutex::new(value))
    }

    #[inline]
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// What it protects, without locking: nobody else can reach it.
    #[inline]
    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.0.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The lock, if nobody holds it.
    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        use std::sync::TryLockError;
        match self.0.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

/// A condition for [`Mutex`].
#[derive(Debug, Default)]
pub(crate) struct Condvar(imp::Condvar);

impl Condvar {
    pub(crate) fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        self.0.wait(guard).unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(crate) fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        limit: std::time::Duration,
    ) -> MutexGuard<'a, T> {
        self.0
            .wait_timeout(guard, limit)
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .0
    }

    pub(crate) fn notify_one(&self) {
        self.0.notify_one();
    }

    #[cfg_attr(any(loom, shuttle), allow(dead_code, reason = "not every model needs it"))]
    pub(crate) fn notify_all(&self) {
        self.0.notify_all();
    }
}

/// A thread-local: of the checker's threads, which share one thread of the system, or of `std`, made at compile time.
macro_rules! local {
    ($(#[$meta:meta])* static $name:ident: $type:ty = $init:expr;) => {
        #[cfg(loom)]
        loom::thread_local! { $(#[$meta])* static $name: $type = $init; }
        #[cfg(shuttle)]
        shuttle::thread_local! { $(#[$meta])* static $name: $type = $init; }
        #[cfg(not(any(loom, shuttle)))]
        std::thread_local! { $(#[$meta])* static $name: $type = const { $init }; }
    };
}
pub(crate) use local;

/// Loom takes SeqCst accesses for AcqRel ones, and so sees store buffers where there are none. It does know SeqCst fences:
/// one on either side of a SeqCst access gives back the single order that the language promises.
#[cfg(loom)]
mod strict {
    pub(crate) use loom::sync::atomic::Ordering;
    use loom::sync::atomic::{self, fence};

    fn ordered<R>(order: Ordering, access: impl FnOnce() -> R) -> R {
        let strict = || {
            if order == Ordering::SeqCst {
                fence(order)
            }
        };
        strict();
        let result = access();
        strict();
        result
    }

    macro_rules! strict {
        ($name:ident of $value:ty { $($op:ident($($arg:ident),*) -> $out:ty;)* }) => {
            #[derive(Debug, Default)]
            pub(crate) struct $name(atomic::$name);

            #[allow(dead_code, reason = "the operations that the engine may come to use")]
            impl $name {
                pub(crate) fn new(value: $value) -> Self {
                    Self(atomic::$name::new(value))
                }
                $(pub(crate) fn $op(&self, $($arg: $value,)* order: Ordering) -> $out {
                    ordered(order, || self.0.$op($($arg,)* order))
                })*
            }
        };
    }

    strict!(AtomicBool of bool { load() -> bool; store(value) -> (); swap(value) -> bool; });
    strict!(AtomicU32 of u32 {
        load() -> u32; store(value) -> (); swap(value) -> u32; fetch_or(value) -> u32; fetch_and(value) -> u32;
        fetch_add(value) -> u32; fetch_sub(value) -> u32;
    });
    strict!(AtomicUsize of usize {
        load() -> usize; store(value) -> (); swap(value) -> usize; fetch_add(value) -> usize; fetch_sub(value) -> usize;
    });
}
