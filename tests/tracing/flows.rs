//! Figures of a flow as events.

use std::time::Duration;

use futures::stream;
use headwater::flow::Flow;

use crate::support::*;
use crate::tracing_log;

/// The last event of the kind that names all of these.
fn last(kind: &str, names: &[&str]) -> Option<String> {
    let is_it =
        |line: &String| line.contains(&format!("message={kind}")) && names.iter().all(|name| line.contains(name));
    tracing_log::lines().into_iter().rev().find(is_it)
}

#[test]
fn each_node_and_edge_of_a_flow_is_told_to_tracing() {
    tracing_log::install();
    let rt = Rt::new(1);
    let flow = Flow::batch();
    let numbers = flow.produce("traced numbers", stream::iter(0..7));
    let doubled = numbers.process("traced double", |n| 2 * n);
    doubled.consume("traced end", |_| ()).depth(3);
    let running = flow.build().unwrap().run(&rt);
    running.trace(Duration::from_secs(3600));
    running.wait().unwrap();
    // The last look tells of the nodes in their order, then of the edges in theirs.
    let last_edge = || last("edge", &["from=\"traced double\"", "to=\"traced end\"", " taken=7"]);
    until("the last figures are told", || last_edge().is_some());
    let edge = last_edge().unwrap();
    for field in [" depth=3", " sent=7", " waiting=0", " dropped=0", " taken_per_second="] {
        assert!(edge.contains(field), "{field} in {edge}");
    }
    assert!(edge.starts_with("INFO"), "{edge}");
    for (kind, names) in [
        ("node", ["node=\"traced numbers\"", " emitted=7"]),
        ("node", ["node=\"traced double\"", " taken=7"]),
        ("node", ["node=\"traced end\"", " taken=7"]),
        ("edge", ["to=\"traced double\"", " sent=7"]),
    ] {
        assert!(last(kind, &names).is_some(), "{names:?}");
    }
}
