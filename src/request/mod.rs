//! Requests: shared, cancellable, prioritised futures.

mod admit;
mod alarm;
mod block;
mod builder;
mod callbacks;
mod cancel;
mod cancellable;
mod cell;
mod context;
mod current;
mod cycle;
mod deadline;
mod explain;
mod finish;
mod guard;
mod lend;
mod lock;
mod lock_core;
mod lock_guard;
mod lock_queue;
mod make;
mod pinned;
#[expect(
    clippy::module_inception,
    reason = "one public type per file, and this is the one the module is named after"
)]
mod request;
mod roster;
mod run;
mod shield;
mod stack;
mod start;
mod task;
#[cfg(test)]
pub(crate) mod tests;
mod timeout;
mod trash;
mod wait;

pub use builder::RequestBuilder;
pub use callbacks::Outcome;
pub use cancel::Cancel;
pub use cancellable::{Cancellable, cancellable};
pub use context::RequestContext;
pub use lock::RequestLock;
pub use lock_guard::RequestLockGuard;
pub use request::{Request, Retry, WeakRequest};
pub use shield::{Shield, check_cancelled, shield};
pub use timeout::Timeout;
pub use wait::Wait;
