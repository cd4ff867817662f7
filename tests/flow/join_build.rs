//! Joins that cannot be, and joins that wait.

use headwater::flow::{End, Flow, Missing};

use crate::{end, numbers, runtime};

#[test]
fn v55_a_join_by_trace_of_different_producers_is_refused() {
    let flow = Flow::batch();
    let (a, b) = (
        flow.produce("a", futures::stream::iter([1])),
        flow.produce("b", futures::stream::iter([2])),
    );
    flow.join("pair", (&a, &b)).by_trace().collect("pairs");
    let error = flow.build().unwrap_err().to_string();
    assert!(
        error.contains("processor `pair`: `a`, `b` have no producer in common"),
        "{error}"
    );
}

#[test]
fn v66_a_join_that_cannot_be_is_refused_with_its_name() {
    let flow = Flow::batch();
    let source = numbers(&flow, 1);
    let (a, b) = (source.map("a", |n| n), source.map("b", |n| n));
    let second = std::time::Duration::from_secs(1);
    let pair = flow.join("pair", (&a, &b)).missing(Missing::Wait).timeout(second);
    pair.by_trace().collect("pairs");
    flow.join("late", (&a, &b))
        .lateness(second)
        .by_key((|a: &u64| *a, |b: &u64| *b))
        .collect("keys");
    let error = flow.build().unwrap_err().to_string();
    assert!(
        error.contains("processor `pair`: `Missing::Wait` waits without a limit, but a timeout of 1s is set"),
        "{error}"
    );
    assert!(
        error.contains("processor `late`: a `lateness` belongs to joins by time"),
        "{error}"
    );
}

#[test]
fn nodes_of_another_flow_are_refused() {
    let (flow, other) = (Flow::batch(), Flow::batch());
    let (here, there) = (numbers(&flow, 1), numbers(&other, 1));
    flow.join("pair", (&here, &there)).by_trace().collect("pairs");
    let error = flow.build().unwrap_err().to_string();
    assert!(error.contains("`pair` is wired to a node of another flow"), "{error}");
}

#[test]
fn a_join_that_waits_says_for_which_input() {
    let flow = Flow::batch();
    let (left, lefts) = futures::channel::mpsc::unbounded::<u64>();
    let (right, rights) = futures::channel::mpsc::unbounded::<u64>();
    let (a, b) = (flow.produce("left", lefts), flow.produce("right", rights));
    flow.join("pair", (&a, &b))
        .by_key((|a: &u64| *a, |b: &u64| *b))
        .collect("pairs");
    let runtime = runtime(2);
    let running = flow.build().unwrap().run(&runtime);
    left.unbounded_send(1).unwrap();
    crate::until(|| running.figures().node("pair").unwrap().taken == 1);
    crate::until(|| {
        running
            .explain()
            .contains("`pair` waits for an item from the edge `right` → `pair`")
    });
    assert!(!running.explain().contains("`left` → `pair`"), "{}", running.explain());
    drop((left, right));
    end(&running).unwrap();
}

#[test]
fn an_aborted_join_ends_whatever_waits_in_it() {
    let flow = Flow::batch();
    let (left, lefts) = futures::channel::mpsc::unbounded::<u64>();
    let (_right, rights) = futures::channel::mpsc::unbounded::<u64>();
    let (a, b) = (flow.produce("left", lefts), flow.produce("right", rights));
    let keys = (|a: &u64| *a, |b: &u64| *b);
    flow.join("pair", (&a, &b)).max_pending(2).by_key(keys).collect("pairs");
    let runtime = runtime(2);
    let running = flow.build().unwrap().run(&runtime);
    (0..500).for_each(|n| left.unbounded_send(n).unwrap());
    // Held back: it reads no input that could tell it of the end.
    crate::until(|| running.figures().node("pair").unwrap().taken == 2);
    running.abort();
    assert_eq!(end(&running).unwrap().end(), End::Aborted);
    crate::until(|| runtime.snapshot().is_empty());
}
