//! What a task, its handles and its wrapper share.
//!
//! A task is a request whose workload is the user's future in a wrapper (`task_body`). The request knows the fate of the
//! work; the value stands here, since a task's value is taken once and need not be `Clone`.
//!
//! Invariant: a failure is told exactly once. It stands in [`Fate::failure`] from the end of the future until somebody takes it
//! (*caught*) or the last owner of the outcome goes away (*uncaught*); whoever takes it out tells of it.

use crate::error::Error;
use crate::green::current_task::Current;
use crate::green::error_handler::{self, ErrorHandler};
use crate::green::interrupts::Interrupts;
use crate::green::registry::Registry;
use crate::green::switch::SwitchHook;
use crate::runtime::engine::Engine;
use crate::runtime::net::guarded;
use crate::sync::{Arc, Mutex, OnceLock};

/// The part that does not depend on the type of the value.
pub(crate) struct TaskCore {
    engine: Arc<Engine>,
    fate: Mutex<Fate>,
    pub(crate) interrupts: Interrupts,
    /// What few tasks have.
    local: OnceLock<Box<Local>>,
}

#[derive(Default)]
struct Fate {
    /// The handle is gone: nobody will take the outcome.
    is_detached: bool,
    /// Told to nobody yet.
    failure: Option<Error>,
}

/// Handlers and hooks of one task.
#[derive(Default)]
pub(crate) struct Local {
    pub(crate) error_handlers: Registry<ErrorHandler>,
    pub(crate) switch_hooks: Registry<SwitchHook>,
}

impl TaskCore {
    pub(crate) fn new(engine: Arc<Engine>) -> Self {
        Self {
            engine,
            fate: Mutex::default(),
            interrupts: Interrupts::default(),
            local: OnceLock::new(),
        }
    }

    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// Handlers and hooks of this task alone.
    pub(crate) fn local(&self) -> &Local {
        self.local.get_or_init(Box::default)
    }

    /// The same if it has any.
    #[inline]
    pub(crate) fn local_if_any(&self) -> Option<&Local> {
        self.local.get().map(|local| &**local)
    }

    /// How many of its own error handlers returned.
    pub(crate) fn call_error_handlers(&self, what: &'static str, error: &Error) -> usize {
        self.local_if_any()
            .map_or(0, |local| local.error_handlers.call(what, |handler| handler(error)))
    }

    /// The future has failed.
    pub(crate) fn fail(&self, error: Error) {
        let uncaught = {
            let mut fate = self.fate.lock();
            match fate.is_detached {
                true => Some(error),
                false => {
                    fate.failure = Some(error);
                    None
                }
            }
        };
        self.tell(uncaught);
    }

    /// Somebody has been given the failure.
    pub(crate) fn caught(&self) {
        let caught = self.fate.lock().failure.take();
        drop(caught);
    }

    /// Nobody will ask for the outcome any more.
    pub(crate) fn detach(&self) {
        let uncaught = {
            let mut fate = self.fate.lock();
            fate.is_detached = true;
            fate.failure.take()
        };
        self.tell(uncaught);
    }

    fn tell(&self, uncaught: Option<Error>) {
        if let Some(error) = uncaught {
            error_handler::handle(&self.engine, Some(self), &error);
        }
    }
}

/// A task with the place of its value.
pub(crate) struct Shared<T> {
    pub(crate) core: TaskCore,
    value: Mutex<Option<T>>,
}

impl<T> Shared<T> {
    pub(crate) fn new(engine: Arc<Engine>) -> Self {
        Self {
            core: TaskCore::new(engine),
            value: Mutex::new(None),
        }
    }

    /// Keeps the value for whoever holds the handle; without one it is dropped here.
    pub(crate) fn put(&self, value: T) {
        *self.value.lock() = Some(value);
        if self.core.fate.lock().is_detached {
            self.discard();
        }
    }

    pub(crate) fn take(&self) -> Option<T> {
        self.value.lock().take()
    }

    /// Drops a value that nobody will take. Its drop is the user's.
    pub(crate) fn discard(&self) {
        let value = self.take();
        if let Err(panic) = guarded(|| drop(value)) {
            error_handler::handle(&self.core.engine, Some(&self.core), &panic);
        }
    }
}

impl<T: Send + 'static> Current for Shared<T> {
    fn core(&self) -> &TaskCore {
        &self.core
    }
}
