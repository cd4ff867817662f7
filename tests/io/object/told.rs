//! Somebody who does not want it any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use headwater::{Checkpoint, Error, Interrupt};

/// Stops work when it is told to.
#[derive(Clone, Default)]
pub(crate) struct Told(Arc<AtomicBool>);

impl Told {
    pub(crate) fn checkpoint(&self) -> Checkpoint {
        Checkpoint::new(Arc::new(self.clone()))
    }

    /// From now on nobody wants it.
    pub(crate) fn stop(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

impl Interrupt for Told {
    fn interrupted(&self) -> Option<Error> {
        self.is_stopped().then(|| Error::msg("nobody wants it any more"))
    }
}
