//! The checkpoint of whoever works at the moment.

use crate::checkpoint::{Checkpoint, Interrupt};
use crate::error::Error;
use crate::sync::{Arc, Mutex};

/// Holds a checkpoint for as long as somebody works, for what is kept longer: a stream from one read to the next, or a file that
/// somebody has opened. Beyond that time nobody is stopped by it, and nobody keeps alive what it belongs to, which may hold the very
/// thing that was opened.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading(Arc<Slot>);

#[derive(Debug, Default)]
struct Slot(Mutex<Checkpoint>);

impl Reading {
    /// For somebody who works alone.
    pub(crate) fn of(checkpoint: &Checkpoint) -> Self {
        let reading = Self::default();
        reading.set(checkpoint);
        reading
    }

    /// From now on somebody else works.
    pub(crate) fn set(&self, checkpoint: &Checkpoint) {
        *self.0.0.lock() = checkpoint.clone();
    }

    /// From now on nobody does.
    pub(crate) fn end(&self) {
        self.set(&Checkpoint::never());
    }

    /// One that asks that of whoever works when it is looked at.
    pub(crate) fn checkpoint(&self) -> Checkpoint {
        Checkpoint::new(Arc::<Slot>::clone(&self.0) as Arc<dyn Interrupt>)
    }
}

impl Interrupt for Slot {
    fn interrupted(&self) -> Option<Error> {
        let now = self.0.lock().clone();
        now.check().err()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::probe::stops_after;

    #[test]
    fn it_stops_whoever_works_and_nobody_after_that() {
        let reading = Reading::of(&stops_after(0));
        let kept = reading.checkpoint();
        assert!(kept.is_interrupted());
        reading.end();
        assert!(!kept.is_interrupted());
    }
}
