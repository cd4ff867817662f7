//! An interrupt that is still to come.

use std::fmt;

use crate::error::Error;
use crate::green::moment::Moment;
use crate::green::task_handle::TaskHandle;
use crate::runtime::engine::Timer;
use crate::sync::{Arc, Mutex};

/// The timer of one delayed interrupt. Dropping it changes nothing; [`cancel`](Self::cancel) calls the interrupt off.
pub struct InterruptTimer {
    pending: Arc<PendingInterrupt>,
}

/// Taken out by whoever comes first: the timer, `cancel`, or the end of the task.
pub(crate) type PendingInterrupt = Mutex<Option<Pending>>;

pub(crate) struct Pending {
    task: TaskHandle,
    error: Error,
    /// Kept here, so that it runs on when the handle is dropped. `None` until it has been started.
    timer: Option<Timer>,
}

impl InterruptTimer {
    pub(crate) fn start(task: TaskHandle, at: Moment, error: Error) -> Self {
        let (engine, target) = (Arc::clone(task.engine()), task.clone());
        let pending = Arc::new(Mutex::new(Some(Pending {
            task,
            error,
            timer: None,
        })));
        let late = Arc::clone(&pending);
        let ring = move || {
            let pending = late.lock().take();
            if let Some(pending) = pending {
                // A task that has ended meanwhile needs no interrupt.
                let _ = pending.task.raise(pending.error);
            }
        };
        if !target.await_end(&pending) {
            let unwanted = pending.lock().take();
            drop(unwanted);
        } else if let Some(backend) = engine.backend() {
            let timer = backend.after(at.delay(), Box::new(ring));
            let left = match &mut *pending.lock() {
                Some(pending) => pending.timer.replace(timer),
                None => Some(timer),
            };
            drop(left);
        }
        Self { pending }
    }

    /// Calls the interrupt off. Returns whether it was in time.
    pub fn cancel(&self) -> bool {
        let pending = self.pending.lock().take();
        pending.is_some()
    }
}

impl fmt::Debug for InterruptTimer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InterruptTimer")
            .field("is_pending", &self.pending.lock().is_some())
            .finish()
    }
}
