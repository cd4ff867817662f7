//! The promises of requests: one file for each section of the contract, tests named after its lines.
#![allow(
    clippy::disallowed_methods,
    reason = "tests make foreign threads and jobs on purpose"
)]
#![allow(missing_docs, unreachable_pub, reason = "nobody calls a test")]

mod support;

mod start;
mod waiting;

mod engine_regressions;

use headwater::Runtime;

/// Yields until `true`, and fails after a bounded number of yields.
#[track_caller]
pub(crate) fn until(mut condition: impl FnMut() -> bool) {
    for _ in 0..2_000_000 {
        if condition() {
            return;
        }
        std::thread::yield_now();
    }
    panic!("it did not happen");
}

/// Nothing may be left over.
#[track_caller]
pub(crate) fn until_empty(runtime: &Runtime) {
    for _ in 0..2_000_000 {
        if runtime.snapshot().is_empty() {
            return;
        }
        std::thread::yield_now();
    }
    panic!("left over: {:#?}", runtime.snapshot());
}
