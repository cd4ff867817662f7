//! What has to hold at the end of a case.

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use headwater::Error;
use headwater::flow::{Figures, Report};

use super::build::Got;
use super::case::{Case, Kind, Known, Order, Replicas, Stream, Take, Then};
use super::model::{self, Made, Plain};
use super::stage::{Stage, name};

/// Nothing is unaccounted for, while a flow runs or afterwards.
pub(super) fn at_any_time(figures: &Figures) {
    for edge in &figures.edges {
        let ended = edge.taken + edge.dropped + edge.unwanted + edge.waiting;
        assert_eq!(edge.sent, ended, "{edge:?}");
    }
}

pub(super) fn accounts(figures: &Figures) {
    at_any_time(figures);
    for node in &figures.nodes {
        assert_eq!(node.replicas, 0, "{node:?}");
        let at = node.waiting_for_input + node.waiting_for_room + node.awaiting;
        assert_eq!(at, 0, "{node:?}");
    }
    for edge in &figures.edges {
        assert_eq!((edge.waiting, edge.bytes), (0, 0), "{edge:?}");
    }
}

/// What was opened was closed, once; and flushed before, unless the flow has failed.
pub(super) fn all_closed(case: &Case, stage: &Stage, is_ok: bool) {
    let of = |count: &std::sync::atomic::AtomicU64| count.load(Ordering::SeqCst);
    let (opened, flushed, closed) = (of(&stage.opened), of(&stage.flushed), of(&stage.closed));
    assert_eq!(opened, closed, "opened and closed");
    let was_aborted = !stage.asked.lock().unwrap().is_empty();
    if is_ok && !was_aborted {
        assert_eq!(opened, flushed, "opened and flushed");
    }
    let producers = case
        .specs
        .iter()
        .filter(|spec| matches!(spec.kind, Kind::Produce { .. }));
    if is_ok && !was_aborted {
        assert!(opened >= producers.count() as u64);
    }
}

/// The flow fails for what it was planned to fail for.
pub(super) fn may_fail(case: &Case, error: &Error) {
    let brief = error.brief();
    let is_planned = |(node, spec): (usize, &super::case::Spec)| {
        let may = match spec.kind {
            Kind::Produce { breaks_at, .. } => breaks_at.is_some(),
            _ => spec.bad().is_some_and(|bad| bad.then == Then::Fail),
        };
        may && brief.starts_with(&format!("flow `flow`: node `{}`: ", name(node)))
    };
    assert!(brief.contains("planned"), "{brief}");
    assert!(case.specs.iter().enumerate().any(is_planned), "{brief}");
}

/// A flow that has completed or was stopped delivers what follows of what its producers have made.
pub(super) fn is_as_the_model(case: &Case, report: &Report, got: &[Got]) {
    let emitted = |node: usize| report.node(&name(node)).unwrap().emitted;
    let counts: Vec<_> = (0..case.specs.len()).map(emitted).collect();
    for (spec, made) in case.specs.iter().zip(&counts) {
        if let Kind::Produce { count, breaks_at, .. } = spec.kind {
            assert!(*made <= count);
            assert!(breaks_at.is_none_or(|at| *made <= at));
            let is_whole = report.end() == headwater::flow::End::Completed;
            assert!(
                !is_whole || (*made == count && breaks_at.is_none()),
                "{made} of {count}"
            );
        }
    }
    let made = model::run(case, &counts);
    for (node, made) in made.iter().enumerate() {
        counts_are_as_the_model(case, report, node, made);
    }
    nodes_account(case, report);
    for (end, got) in case.ends.iter().zip(got) {
        let stream = case.streams[end.stream];
        let got: Vec<_> = got.lock().unwrap().iter().map(|item| item.plain()).collect();
        let expected = &made[stream.node].outputs[stream.port];
        let is_lossy = super::case::is_lossy_edge(case.is_realtime, &end.edge);
        let known = if is_lossy {
            stream.known.min(Known::Subset)
        } else {
            stream.known
        };
        let order = match end.take {
            Take::Replicas(2..) => Order::None,
            _ => stream.order,
        };
        let stream = Stream { known, order, ..stream };
        compare(&stream, expected, &got);
    }
}

fn counts_are_as_the_model(case: &Case, report: &Report, node: usize, made: &Made) {
    let (spec, figures) = (&case.specs[node], report.node(&name(node)).unwrap());
    let is_exact = case
        .streams
        .iter()
        .any(|stream| stream.node == node && stream.known == Known::All);
    let is_own = !matches!(spec.kind, Kind::Produce { .. } | Kind::Window { .. } | Kind::Control);
    if is_exact && is_own {
        let counted = (figures.taken, figures.failed, figures.retried);
        assert_eq!(counted, (made.taken, made.failed, made.retried), "{}", figures.name);
        assert!(!made.fails, "node {node} did not fail");
        let mut wanted = case
            .specs
            .iter()
            .flat_map(|spec| &spec.inputs)
            .chain(case.ends.iter().map(|end| &end.stream));
        let takes_side = wanted.any(|at| (case.streams[*at].node, case.streams[*at].port) == (node, 1));
        if takes_side || made.outputs[1].is_empty() {
            let emitted: usize = made.outputs.iter().map(Vec::len).sum();
            assert_eq!(figures.emitted, emitted as u64, "{}", figures.name);
        }
        let dropped = figures.dropped;
        let is_dropper = spec.bad().is_some_and(|bad| bad.then == Then::Drop);
        assert_eq!(dropped, if is_dropper { made.failed } else { 0 }, "{}", figures.name);
    }
}

/// What came to a node is what it took and what was dropped before it.
fn nodes_account(case: &Case, report: &Report) {
    for node in &report.nodes {
        let edges = || report.edges.iter().filter(|edge| edge.to == node.name);
        if edges().next().is_none() {
            continue;
        }
        assert_eq!(edges().map(|edge| edge.taken).sum::<u64>(), node.taken, "{node:?}");
        let is_control = |spec: &super::case::Spec| matches!(spec.kind, Kind::Control);
        let at = (0..case.specs.len()).find(|at| name(*at) == node.name);
        if at.is_none_or(|at| !is_control(&case.specs[at])) {
            let unwanted: u64 = edges().map(|edge| edge.unwanted).sum();
            assert_eq!(unwanted, 0, "{node:?}");
        }
    }
    for (node, spec) in case.specs.iter().enumerate() {
        if let Replicas::Compete(count) | Replicas::Keyed(count) = spec.replicas {
            assert!(report.node(&name(node)).unwrap().most_replicas >= count.min(1));
        }
    }
}

fn sorted(items: &[Plain]) -> Vec<Plain> {
    let mut items = items.to_vec();
    items.sort_unstable();
    items
}

fn by_key(items: &[Plain]) -> HashMap<u32, Vec<Plain>> {
    let mut keys: HashMap<_, Vec<_>> = HashMap::new();
    for item in items {
        keys.entry(item.0).or_default().push(*item);
    }
    keys
}

/// Whether `part` is what is left of `whole` if some are taken out.
fn is_part(part: &[Plain], whole: &[Plain]) -> bool {
    let mut whole = whole.iter();
    part.iter().all(|item| whole.any(|other| other == item))
}

fn compare(stream: &Stream, expected: &[Plain], got: &[Plain]) {
    match (stream.known, stream.order) {
        (Known::Nothing, _) => {}
        (Known::All, Order::Exact) => assert_eq!(got, expected, "{stream:?}"),
        (Known::All, Order::PerKey) => assert_eq!(by_key(got), by_key(expected), "{stream:?}"),
        (Known::All, Order::None) => assert_eq!(sorted(got), sorted(expected), "{stream:?}"),
        (Known::Subset, Order::Exact) => assert!(is_part(got, expected), "{stream:?}: {got:?} of {expected:?}"),
        (Known::Subset, Order::PerKey) => {
            let (got, expected) = (by_key(got), by_key(expected));
            for (key, got) in got {
                let expected = expected.get(&key).map_or(&[][..], |items| items);
                assert!(is_part(&got, expected), "{stream:?}: {got:?} of {expected:?}");
            }
        }
        (Known::Subset, Order::None) => assert!(is_part(&sorted(got), &sorted(expected)), "{stream:?}"),
    }
}
