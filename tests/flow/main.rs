//! Flows. Tests bear the numbers of the statements about videoflow that they hold (V1 to V100).
#![allow(missing_docs, unreachable_pub, reason = "nobody calls a test")]
#![allow(clippy::disallowed_methods, reason = "tests make foreign threads on purpose")]

mod builtins_consume;
#[cfg(feature = "io")]
mod builtins_images;
mod builtins_process;
#[cfg(feature = "webhook")]
mod builtins_webhook;
mod ctrl_c;
mod ending;
mod failures;
mod figures;
mod hostile;
mod join_build;
mod join_key;
mod join_oracle;
mod join_shape;
mod join_time;
mod join_trace;
mod nodes;
mod order;
mod overflow;
mod random;
mod runs;
mod wiring;

use std::time::Duration;

use headwater::flow::{FlowBuilder, Output, Report, Running};
use headwater::{Error, Runtime};

/// How long anything may take that is not to hang.
pub(crate) const LONG: Duration = Duration::from_secs(60);

pub(crate) fn runtime(slots: usize) -> Runtime {
    Runtime::builder().slots(slots).compute_threads(1).build().unwrap()
}

/// Numbers from 1 on.
#[track_caller]
pub(crate) fn numbers(flow: &FlowBuilder, count: u64) -> Output<u64> {
    flow.produce("numbers", futures::stream::iter(1..=count))
}

/// Runs a flow to its end, which has to come; nothing is left over.
#[track_caller]
pub(crate) fn run(flow: &FlowBuilder) -> Report {
    let runtime = runtime(2);
    let report = end(&flow.build().unwrap().run(&runtime)).unwrap();
    until(|| runtime.snapshot().is_empty());
    assert_accounts(&report);
    report
}

#[track_caller]
pub(crate) fn end(running: &Running) -> Result<Report, Error> {
    running.wait_timeout(LONG)
}

/// Nothing is unaccounted for.
#[track_caller]
pub(crate) fn assert_accounts(report: &Report) {
    for edge in &report.edges {
        let ended = edge.taken + edge.dropped + edge.unwanted + edge.waiting;
        assert_eq!(edge.sent, ended, "{edge:?}");
    }
    for node in &report.nodes {
        assert_eq!(node.replicas, 0, "{node:?}");
    }
}

/// Yields until `true`, and fails when that takes much too long.
#[track_caller]
pub(crate) fn until(mut condition: impl FnMut() -> bool) {
    let end = std::time::Instant::now() + LONG;
    while !condition() {
        assert!(std::time::Instant::now() < end, "it did not happen");
        std::thread::yield_now();
    }
}
