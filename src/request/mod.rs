//! Requests: shared, cancellable, prioritised futures.

mod alarm;
mod block;
mod builder;
mod callbacks;
mod cancel;
mod cell;
mod context;
mod current;
mod cycle;
mod explain;
mod finish;
mod guard;
mod lend;
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
pub use context::RequestContext;
pub use request::{Request, Retry, WeakRequest};
pub use shield::{Shield, check_cancelled, shield};
pub use timeout::Timeout;
pub use wait::Wait;
