//! Which task the calling thread polls.

use std::cell::RefCell;

use crate::green::task_core::TaskCore;
use crate::request::detached::current_place;
use crate::runtime::RequestId;
use crate::sync::Arc;

/// A task without the type of its value.
pub(crate) trait Current: Send + Sync {
    fn core(&self) -> &TaskCore;
}

/// The task, and the request that it is: a request that it made may be polled in its stack.
type Place = Option<(Option<RequestId>, Arc<dyn Current>)>;

crate::sync::local! {
    static CURRENT: RefCell<Place> = RefCell::new(None);
}

/// Restores what was current before.
pub(crate) struct Entered {
    before: Place,
    is_over: bool,
}

/// Makes `task`, which is the current request, current until the guard is dropped: a task may be polled in the stack of one
/// that waits for it.
pub(crate) fn enter(task: Arc<dyn Current>) -> Entered {
    let place = Some((current_id(), task));
    Entered {
        before: CURRENT.with(|current| current.replace(place)),
        is_over: false,
    }
}

impl Entered {
    /// Ends it and hands the task back. A task is moved in and out rather than counted once more for each poll: if another thread
    /// counted last, that would take as long as all the rest.
    pub(crate) fn leave(mut self) -> Option<Arc<dyn Current>> {
        self.end().map(|(_, task)| task)
    }

    fn end(&mut self) -> Place {
        match std::mem::replace(&mut self.is_over, true) {
            true => None,
            false => CURRENT.with(|current| current.replace(self.before.take())),
        }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        // Dropped outside of the borrow: it may be the last reference.
        let left = self.end();
        drop(left);
    }
}

/// The task whose own future is being polled.
pub(crate) fn get() -> Option<Arc<dyn Current>> {
    let (id, task) = CURRENT.try_with(|current| current.borrow().clone()).ok().flatten()?;
    (id == current_id()).then_some(task)
}

fn current_id() -> Option<RequestId> {
    current_place().map(|(id, _)| id)
}
