//! Nodes that do what no node should: a flow ends all the same, and says why.

mod ends;
mod inside;
mod many;
mod panics;

use headwater::Error;
use headwater::flow::{FlowBuilder, Report};

use crate::{end, runtime, until};

/// Runs a flow on two slots; it ends, whichever way, and leaves no request behind.
#[track_caller]
fn outcome(flow: &FlowBuilder) -> Result<Report, Error> {
    let runtime = runtime(2);
    let running = flow.build().unwrap().run(&runtime);
    let outcome = end(&running);
    until(|| runtime.snapshot().is_empty());
    for node in &running.figures().nodes {
        assert_eq!(node.replicas, 0, "{node:?}");
    }
    outcome
}

/// Numbers without end.
fn endless(flow: &FlowBuilder, name: &str) -> headwater::flow::Output<u64> {
    flow.produce(name, futures::stream::iter(1_u64..))
}
