//! Which task the calling thread polls.

use std::cell::RefCell;

use crate::green::task_core::TaskCore;
use crate::sync::Arc;

/// A task without the type of its value.
pub(crate) trait Current: Send + Sync {
    fn core(&self) -> &TaskCore;
}

crate::sync::local! {
    static CURRENT: RefCell<Option<Arc<dyn Current>>> = RefCell::new(None);
}

/// Restores what was current before.
pub(crate) struct Entered(Option<Arc<dyn Current>>);

/// Makes `task` current until the guard is dropped: a task may be polled in the stack of one that waits for it.
pub(crate) fn enter(task: Arc<dyn Current>) -> Entered {
    Entered(CURRENT.with(|current| current.replace(Some(task))))
}

impl Drop for Entered {
    fn drop(&mut self) {
        // Dropped outside of the borrow: it may be the last reference.
        let left = CURRENT.with(|current| current.replace(self.0.take()));
        drop(left);
    }
}

/// The task whose future is being polled.
pub(crate) fn get() -> Option<Arc<dyn Current>> {
    CURRENT.try_with(|current| current.borrow().clone()).ok().flatten()
}
