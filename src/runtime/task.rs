//! What the runtime knows of a request: it can be run, asked about, and told that everything ends.

use crate::runtime::cancel::Cancel;
use crate::runtime::info::RequestInfo;
use crate::sync::Arc;

/// A request as the runtime sees it, without the type of its value.
pub(crate) trait Task: Send + Sync {
    /// Takes the turn that `ticket` stands for, or does nothing if another ticket counts by now.
    fn run(self: Arc<Self>, ticket: u32);

    /// Leaves the lobby if the budget has room for it, or if `ticket` counts no more; `false` if it stays.
    fn admit(self: Arc<Self>, ticket: u32) -> bool;

    /// Whether `ticket` stands for a turn that is still to come. Called under the lock of a queue: it reads one number.
    fn counts(&self, ticket: u32) -> bool;

    /// Whether a poll or a callback of it holds a slot now.
    fn holds_slot(&self) -> bool {
        false
    }

    /// What [`Runtime::snapshot`](crate::Runtime::snapshot) shows of it; `None` once it has ended.
    fn info(&self) -> Option<RequestInfo>;

    /// The unfinished requests that it made.
    fn made(&self) -> Vec<Arc<dyn Task>>;

    /// Ends it because the runtime does. Work inside a poll or a kernel is told, and given up if `abandon`.
    fn shut_down(self: Arc<Self>, abandon: bool);

    /// Whether it has ended.
    fn has_ended(&self) -> bool;

    /// Says that one party no longer wants its result.
    fn cancel(self: Arc<Self>) -> Cancel {
        Cancel::Ended
    }

    /// Says in a sentence why it is not running, or what it is doing.
    fn explain(self: Arc<Self>) -> String {
        String::new()
    }
}

#[cfg(test)]
pub(crate) mod stub {
    use super::*;

    /// A task that only stands in queues.
    pub(crate) struct Stub;

    impl Task for Stub {
        fn run(self: Arc<Self>, _ticket: u32) {}
        fn admit(self: Arc<Self>, _ticket: u32) -> bool {
            true
        }
        fn counts(&self, _ticket: u32) -> bool {
            true
        }
        fn info(&self) -> Option<RequestInfo> {
            None
        }
        fn made(&self) -> Vec<Arc<dyn Task>> {
            Vec::new()
        }
        fn shut_down(self: Arc<Self>, _abandon: bool) {}
        fn has_ended(&self) -> bool {
            true
        }
    }
}
