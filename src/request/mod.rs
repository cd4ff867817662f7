//! Requests: shared, cancellable, prioritised futures.

mod admit;
mod aftercall;
pub(crate) mod alarm;
mod announce;
mod batch;
mod batch_canceller;
mod batch_progress;
pub(crate) mod block;
mod builder;
mod callbacks;
mod cancel;
mod cancellable;
mod cell;
mod children;
mod condition;
mod context;
pub(crate) mod current;
mod cycle;
pub(crate) mod deadline;
#[cfg_attr(loom, expect(dead_code, reason = "the layer that uses it has no models"))]
pub(crate) mod detached;
mod direct;
mod explain;
mod fallen;
mod finish;
pub(crate) mod guard;
mod lend;
mod listing;
mod lock;
mod lock_core;
mod lock_guard;
mod lock_queue;
mod make;
mod pinned;
mod pool;
mod pool_core;
mod pool_drive;
mod pool_results;
mod remains;
#[expect(
    clippy::module_inception,
    reason = "one public type per file, and this is the one the module is named after"
)]
mod request;
mod roster;
mod run;
mod shield;
mod stack;
pub(crate) mod start;
mod task;
#[cfg(test)]
pub(crate) mod tests;
mod timeout;
mod trash;
mod wait;

pub use batch::RequestBatch;
pub use batch_canceller::RequestBatchCanceller;
pub use batch_progress::RequestBatchProgress;
pub use builder::RequestBuilder;
pub use callbacks::Outcome;
pub use cancellable::{Cancellable, cancellable};
pub use condition::RequestCondition;
pub use context::RequestContext;
pub use lock::RequestLock;
pub use lock_guard::RequestLockGuard;
pub use pool::RequestPool;
pub use pool_results::RequestPoolResults;
pub use request::{Request, Retry, WeakRequest};
pub use shield::{Shield, check_cancelled, shield};
pub use timeout::Timeout;
pub use wait::Wait;
