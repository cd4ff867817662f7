//! The promises of requests: one file for each section of the contract, tests named after its lines.
#![allow(
    clippy::disallowed_methods,
    reason = "tests make foreign threads and jobs on purpose"
)]
#![allow(missing_docs, unreachable_pub, reason = "nobody calls a test")]

mod support;

mod admission;
mod auto_traits;
mod batch;
mod callbacks;
mod cancel;
mod cancellable;
mod clauses;
mod condition;
mod embedding;
mod fail;
mod listing;
mod lock;
mod pitfalls;
mod pool;
mod priority;
mod runtime;
mod start;
mod waiting;

mod engine_regressions;

use std::time::{Duration, Instant};

use headwater::{Error, Runtime};

pub(crate) fn runtime(slots: usize) -> Result<Runtime, Error> {
    Runtime::builder().slots(slots).compute_threads(1).build()
}

/// Yields until `true`, and fails when that takes much too long.
#[track_caller]
pub(crate) fn until(mut condition: impl FnMut() -> bool) {
    assert!(happens(&mut condition), "it did not happen");
}

/// Nothing may be left over.
#[track_caller]
pub(crate) fn until_empty(runtime: &Runtime) {
    assert!(
        happens(&mut || runtime.snapshot().is_empty()),
        "left over: {:#?}",
        runtime.snapshot()
    );
}

fn happens(condition: &mut dyn FnMut() -> bool) -> bool {
    let until = Instant::now() + Duration::from_secs(20);
    while Instant::now() < until {
        if condition() {
            return true;
        }
        std::thread::yield_now();
    }
    false
}
