//! The concurrency toolkit. Tests bear the numbers of the statements about greenhouse that they hold (H1 to H67).
#![allow(
    clippy::disallowed_methods,
    reason = "tests make foreign threads and jobs on purpose"
)]
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "helpers are shared with other tests, and nobody calls a test"
)]

mod clock;
mod stage;
#[path = "../request/support.rs"]
mod support;
#[path = "../tracing/tracing_log.rs"]
mod tracing_log;

mod auto_traits;
mod blocking;
mod condition;
#[cfg(feature = "console")]
mod console;
mod counter;
mod drops;
mod event;
mod handlers;
mod hooks;
mod inline;
mod interrupts;
mod lifetime;
mod local;
mod locks;
mod pool;
mod queue;
mod rlock;
mod schedule;
mod task;
mod timer;
mod watch;
