//! What one at a time works with.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::sync::{Condvar, Mutex};

/// How long a waiting one does not look at its checkpoint.
const LOOK: Duration = Duration::from_millis(2);

/// A value that is handed from one to the next: no lock is held while somebody works with it, and who waits for it can be stopped.
#[derive(Debug)]
pub(crate) struct Turn<T> {
    free: Mutex<Option<T>>,
    given_back: Condvar,
}

/// The value, in the hands of one. Dropped, it goes to the next.
#[derive(Debug)]
pub(crate) struct Taken<'a, T> {
    turn: &'a Turn<T>,
    /// There until it is dropped.
    value: Option<T>,
}

impl<T> Turn<T> {
    /// `value`, for whoever comes first.
    pub(crate) fn new(value: T) -> Self {
        Self {
            free: Mutex::new(Some(value)),
            given_back: Condvar::default(),
        }
    }

    /// The value, once nobody else has it.
    ///
    /// # Errors
    ///
    /// The checkpoint's reason.
    pub(crate) fn take(&self, checkpoint: &Checkpoint) -> Result<Taken<'_, T>, Error> {
        loop {
            checkpoint.check()?;
            let mut free = self.free.lock();
            if free.is_none() {
                free = self.given_back.wait_timeout(free, LOOK);
            }
            let value = free.take();
            drop(free);
            if value.is_some() {
                return Ok(Taken { turn: self, value });
            }
        }
    }

    /// The value, which nobody can have any more.
    pub(crate) fn into_inner(mut self) -> T {
        let value = self.free.get_mut().take();
        value.expect("invariant: whoever had it borrowed this, and gave it back")
    }
}

impl<T> Deref for Taken<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.as_ref().expect("invariant: there until it is dropped")
    }
}

impl<T> DerefMut for Taken<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.value.as_mut().expect("invariant: there until it is dropped")
    }
}

impl<T> Drop for Taken<'_, T> {
    fn drop(&mut self) {
        *self.turn.free.lock() = self.value.take();
        self.turn.given_back.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::probe::stops_after;

    #[test]
    fn who_waits_looks_at_its_checkpoint() {
        let turn = Turn::new(7);
        let taken = turn.take(&Checkpoint::never()).unwrap();
        let impatient = stops_after(3);
        let error = turn.take(&impatient).unwrap_err().report();
        assert!(error.contains("enough"), "{error}");
        drop(taken);
        assert_eq!(*turn.take(&Checkpoint::never()).unwrap(), 7);
        assert_eq!(turn.into_inner(), 7);
    }

    #[test]
    fn all_get_it_one_after_another() {
        let turn = Turn::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..250).for_each(|_| *turn.take(&Checkpoint::never()).unwrap() += 1));
            }
        });
        assert_eq!(turn.into_inner(), 1000);
    }
}
