//! Third-party code that blocks its thread.

mod call;
mod pool;
mod pool_builder;
mod run;
mod usage;

pub(crate) use call::BlockingCall;
pub use pool::BlockingPool;
pub use pool_builder::BlockingPoolBuilder;
pub use run::blocking;
pub use usage::BlockingUsage;
