//! Ending a batch from anywhere.

use std::fmt;
use std::task::Waker;

use crate::request::guard::guarded;
use crate::sync::{Arc, Mutex};

/// Cancels a [`RequestBatch`](crate::RequestBatch) from anywhere. Clones cancel the same one.
#[derive(Clone, Default)]
pub struct RequestBatchCanceller {
    signal: Arc<Mutex<Signal>>,
}

impl RequestBatchCanceller {
    /// Ends the batch: its reader gets [`is_cancelled`](crate::Error::is_cancelled). After the end it does nothing.
    pub fn cancel(&self) {
        let waker = {
            let mut signal = self.signal.lock();
            signal.is_cancelled = true;
            signal.waker.take()
        };
        if let Some(waker) = waker {
            let _ = guarded(|| waker.wake());
        }
    }

    /// Whether it was called; if not, `waker` will be.
    pub(crate) fn is_cancelled(&self, waker: &Waker) -> bool {
        let waker = waker.clone();
        let mut signal = self.signal.lock();
        let old = signal.waker.replace(waker);
        let is_cancelled = signal.is_cancelled;
        drop(signal);
        drop(old);
        is_cancelled
    }
}

impl fmt::Debug for RequestBatchCanceller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBatchCanceller")
            .field("cancelled", &self.signal.lock().is_cancelled)
            .finish()
    }
}

#[derive(Default)]
struct Signal {
    is_cancelled: bool,
    waker: Option<Waker>,
}
