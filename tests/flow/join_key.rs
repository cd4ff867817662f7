//! Joins by a key of independent producers.

use headwater::flow::{Failure, Flow, FlowBuilder, Output};

use crate::{end, run, runtime};

fn from<I>(flow: &FlowBuilder, name: &str, items: I) -> Output<I::Item>
where
    I: IntoIterator<IntoIter: Send + Unpin + 'static, Item: Clone + Send + 'static>,
{
    flow.produce(name, futures::stream::iter(items))
}

#[test]
fn v8_items_of_several_producers_are_joined_by_key() {
    let flow = Flow::batch();
    let names = from(&flow, "names", (0..1_000_u32).map(|id| (id, format!("n{id}"))));
    let ages = from(&flow, "ages", (0..1_000_u32).rev().map(|id| (id, id % 90)));
    let sizes = from(&flow, "sizes", (0..1_000_u32).map(|id| (id ^ 1, id)));
    let join = flow.join("person", (&names, &ages, &sizes)).max_pending(2_000);
    let joined = join.by_key((|n: &(u32, String)| n.0, |a: &(u32, u32)| a.0, |s: &(u32, u32)| s.0));
    let people = joined.collect("people");
    run(&flow);
    let mut people = people.take();
    people.sort_unstable();
    assert_eq!(people.len(), 1_000);
    assert!(
        people
            .iter()
            .all(|(name, age, size)| name.0 == age.0 && age.0 == size.0)
    );
}

#[test]
fn keys_may_be_found_by_closures_without_types() {
    let flow = Flow::batch();
    let (a, b) = (from(&flow, "a", [1_u8, 2]), from(&flow, "b", ["x", "yy"]));
    let pairs = flow
        .join("pair", (&a, &b))
        .by_key((|a| usize::from(*a), |b| b.len()))
        .collect("pairs");
    run(&flow);
    assert_eq!(pairs.len(), 2);
}

#[test]
fn v58_fixed_a_producer_that_is_ahead_waits_and_nothing_is_evicted() {
    let flow = Flow::batch();
    let quick = from(&flow, "quick", 0..10_000_u32);
    let slow = from(&flow, "slow", 0..10_000_u32).process("work", |n| n);
    let pairs = flow
        .join("pair", (&quick, &slow))
        .max_pending(5)
        .by_key((|a: &u32| *a, |b: &u32| *b))
        .collect("pairs");
    let report = run(&flow);
    assert_eq!(pairs.take(), (0..10_000).map(|n| (n, n)).collect::<Vec<_>>());
    assert_eq!(report.node("pair").unwrap().dropped, 0);
}

#[test]
fn v58_fixed_inputs_full_of_strangers_fail_the_flow_instead_of_hanging() {
    let flow = Flow::batch();
    let (a, b) = (from(&flow, "a", 0..1_000_u32), from(&flow, "b", (0..1_000_u32).rev()));
    flow.join("pair", (&a, &b))
        .max_pending(7)
        .by_key((|a: &u32| *a, |b: &u32| *b))
        .collect("pairs");
    let runtime = runtime(2);
    let error = end(&flow.build().unwrap().run(&runtime)).unwrap_err().report();
    assert!(error.contains("node `pair`"), "{error}");
    assert!(
        error.contains("7 items of each of `a`, `b` wait for partners"),
        "{error}"
    );
    assert!(error.contains("raise `max_pending`"), "{error}");
}

#[test]
fn full_inputs_are_no_failure_before_it_is_known_that_each_has_more() {
    let flow = Flow::batch();
    let (few, fews) = futures::channel::mpsc::unbounded::<u32>();
    let (a, b) = (flow.produce("a", fews), from(&flow, "b", 0..104_u32));
    let keys = (|a: &u32| *a, |b: &u32| *b);
    let pairs = flow.join("pair", (&a, &b)).max_pending(4).by_key(keys).collect("pairs");
    let runtime = runtime(2);
    let running = flow.build().unwrap().run(&runtime);
    (100..104).for_each(|n| few.unbounded_send(n).unwrap());
    // Both are full now, of strangers. But that is all of `a`.
    crate::until(|| running.figures().node("pair").unwrap().taken == 8);
    crate::until(|| running.figures().node("pair").unwrap().waiting_for_input == 1);
    assert!(!running.has_ended());
    drop(few);
    let report = end(&running).unwrap();
    assert_eq!(pairs.take(), [(100, 100), (101, 101), (102, 102), (103, 103)]);
    assert_eq!(report.node("pair").unwrap().unmatched, 100);
}

#[test]
fn the_end_of_an_input_leaves_the_others_without_partners_and_holds_nothing_up() {
    let flow = Flow::batch();
    let (few, many) = (from(&flow, "few", 0..3_u32), from(&flow, "many", 0..10_000_u32));
    let pairs = flow
        .join("pair", (&few, &many))
        .max_pending(2)
        .by_key((|a: &u32| *a, |b: &u32| *b))
        .collect("pairs");
    let report = run(&flow);
    assert_eq!(pairs.len(), 3);
    let pair = report.node("pair").unwrap();
    assert_eq!((pair.taken, pair.emitted, pair.unmatched), (10_003, 3, 9_997));
}

#[test]
fn v48_replicas_of_a_join_have_the_items_of_their_keys() {
    let flow = Flow::batch();
    let (a, b) = (from(&flow, "a", 0..3_000_u32), from(&flow, "b", (0..3_000_u32).rev()));
    let join = flow.join("pair", (&a, &b)).replicas(4).max_pending(1);
    let pairs = join.by_key((|a: &u32| a % 1_000, |b: &u32| b % 1_000)).collect("pairs");
    let report = run(&flow);
    let mut pairs = pairs.take();
    // First with first: `a` comes in order, `b` in reverse.
    pairs.sort_unstable();
    assert_eq!(
        pairs,
        (0..3_000)
            .map(|n| (n, 2_000 - n / 1_000 * 1_000 + n % 1_000))
            .collect::<Vec<_>>()
    );
    assert_eq!(report.node("pair").unwrap().unmatched, 0);
}

#[test]
fn a_key_that_panics_fails_a_batch() {
    let flow = Flow::batch();
    let (a, b) = (from(&flow, "a", 0..10_u32), from(&flow, "b", 0..10_u32));
    let unlucky = |n: &u32| {
        assert!(*n != 7, "unlucky");
        *n
    };
    flow.join("pair", (&a, &b))
        .by_key((unlucky, |b: &u32| *b))
        .collect("pairs");
    let runtime = runtime(2);
    let error = end(&flow.build().unwrap().run(&runtime)).unwrap_err();
    assert!(error.is_panic());
    let report = error.report();
    assert!(
        report.contains("node `pair`") && report.contains("item 0:8") && report.contains("unlucky"),
        "{report}"
    );
}

#[test]
fn a_key_that_panics_drops_its_item_where_freshness_counts() {
    let flow = Flow::realtime();
    let source = from(&flow, "source", 0..10_u32);
    let left = source.process("left", |n| n).depth(100);
    let right = source.process("right", |n| n).depth(100);
    let unlucky = |n: &u32| {
        assert!(*n != 7, "unlucky");
        *n
    };
    let join = flow.join("pair", (&left, &right)).depth(100);
    let pairs = join.by_key((unlucky, |b: &u32| *b)).collect("pairs");
    let report = run(&flow);
    let pair = report.node("pair").unwrap();
    assert_eq!((pair.failed, pair.dropped, pair.unmatched), (1, 1, 1));
    assert!(pairs.len() <= 9);
}

#[test]
fn v36_a_key_that_panics_drops_its_item_in_a_batch_if_that_is_asked() {
    let flow = Flow::batch();
    let (a, b) = (from(&flow, "a", 0..10_u32), from(&flow, "b", 0..10_u32));
    let unlucky = |n: &u32| {
        assert!(*n != 7, "unlucky");
        *n
    };
    let join = flow.join("pair", (&a, &b)).on_failure(Failure::drop());
    let pairs = join.by_key((unlucky, |b: &u32| *b)).collect("pairs");
    let report = run(&flow);
    let pair = report.node("pair").unwrap();
    assert_eq!(
        (pairs.len(), pair.taken, pair.failed, pair.dropped, pair.unmatched),
        (9, 20, 1, 1, 1)
    );
}

#[test]
fn v11_v67_a_join_by_time_has_one_replica() {
    let flow = Flow::batch();
    let (a, b) = (from(&flow, "a", [1]), from(&flow, "b", [2]));
    let join = flow.join("pair", (&a, &b)).replicas(2);
    join.by_time(std::time::Duration::from_secs(1)).collect("pairs");
    let error = flow.build().unwrap_err().to_string();
    assert!(
        error.contains("processor `pair` joins by time") && error.contains("it has one replica"),
        "{error}"
    );
}
