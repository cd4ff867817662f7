//! Joins of the branches of a diamond.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use headwater::flow::{Flow, Missing, Overflow};

use crate::{end, numbers, run, runtime};

/// Something that is counted while it is alive.
struct Token {
    number: u64,
    live: Arc<AtomicUsize>,
}

impl Token {
    fn new(number: u64, live: &Arc<AtomicUsize>) -> Self {
        live.fetch_add(1, Ordering::SeqCst);
        Self {
            number,
            live: Arc::clone(live),
        }
    }
}

impl Clone for Token {
    fn clone(&self) -> Self {
        Self::new(self.number, &self.live)
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.live.fetch_sub(1, Ordering::SeqCst);
    }
}

#[test]
fn v54_branches_of_a_diamond_come_together_by_trace_and_in_order() {
    let flow = Flow::batch();
    let source = numbers(&flow, 3_000);
    let slow = source.process("slow", |n| n * 10).replicas(3).ordered();
    let quick = source.map("quick", |n| n + 1);
    let pairs = flow.join("pair", (&slow, &quick)).by_trace().collect("pairs");
    let report = run(&flow);
    let expected: Vec<_> = (1..=3_000_u64).map(|n| (n * 10, n + 1)).collect();
    assert_eq!(pairs.take(), expected);
    let pair = report.node("pair").unwrap();
    assert_eq!(
        (pair.taken, pair.emitted, pair.unmatched, pair.dropped),
        (6_000, 3_000, 0, 0)
    );
}

#[test]
fn v54_replicas_that_overtake_each_other_lose_nothing() {
    let flow = Flow::batch();
    let source = numbers(&flow, 3_000);
    let left = source.process("left", |n| n).replicas(3);
    let right = source.process("right", |n| n).replicas(2);
    let pairs = flow
        .join("pair", (&left, &right))
        .max_pending(2)
        .by_trace()
        .collect("pairs");
    run(&flow);
    let mut pairs = pairs.take();
    pairs.sort_unstable();
    assert_eq!(pairs, (1..=3_000).map(|n| (n, n)).collect::<Vec<_>>());
}

#[test]
fn v54_six_branches_make_one_item() {
    let flow = Flow::batch();
    let n = numbers(&flow, 500);
    let [a, b, c, d, e, f] = [1, 2, 3, 4, 5, 6].map(|more| n.process(format!("add {more}"), move |n| n + more));
    let all = flow.join("all", (&a, &b, &c, &d, &e, &f)).by_trace();
    let sums = all
        .map("sum", |(a, b, c, d, e, f)| a + b + c + d + e + f)
        .collect("sums");
    run(&flow);
    assert_eq!(sums.take(), (1..=500).map(|n| 6 * n + 21).collect::<Vec<u64>>());
}

#[test]
fn a_filter_in_one_branch_neither_leaks_nor_hangs() {
    let flow = Flow::batch();
    let (live, peak) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (of, most) = (Arc::clone(&live), Arc::clone(&peak));
    let tokens = numbers(&flow, 50_000).map("token", move |n| Token::new(n, &of));
    let some = tokens
        .process("some", |token| token)
        .filter("tenth", |token: &Token| token.number.is_multiple_of(10));
    let all = tokens.inspect("all", move |token| {
        most.fetch_max(token.live.load(Ordering::SeqCst), Ordering::SeqCst);
    });
    let pairs = flow.join("pair", (&some, &all)).by_trace();
    let pairs = pairs.map("number", |(a, b)| (a.number, b.number)).collect("pairs");
    let report = run(&flow);
    assert_eq!(pairs.take(), (1..=5_000).map(|n| (10 * n, 10 * n)).collect::<Vec<_>>());
    assert_eq!(report.node("pair").unwrap().unmatched, 45_000);
    assert_eq!(live.load(Ordering::SeqCst), 0);
    // What edges and tasks hold, and no more: not the 45,000 that have no partners.
    assert!(peak.load(Ordering::SeqCst) < 3_000, "{peak:?}");
}

#[test]
fn what_a_filter_leaves_without_partners_fails_the_flow_if_that_is_asked() {
    let flow = Flow::batch();
    let source = numbers(&flow, 10);
    let odd = source.filter("odd", |n| n % 2 == 1);
    let all = source.map("all", |n| n);
    flow.join("pair", (&odd, &all))
        .missing(Missing::Fail)
        .by_trace()
        .collect("pairs");
    let runtime = runtime(2);
    let error = end(&flow.build().unwrap().run(&runtime)).unwrap_err().report();
    assert!(error.contains("node `pair`"), "{error}");
    assert!(
        error.contains("nothing for the trace 0:2 came from `odd`, which is further on already"),
        "{error}"
    );
}

#[test]
fn v58_fixed_a_slow_branch_in_a_batch_evicts_nothing() {
    let flow = Flow::batch();
    let source = numbers(&flow, 2_000);
    let slow = source.process("slow", |n| n).depth(1_000);
    let quick = source.process("quick", |n| n);
    let pairs = flow
        .join("pair", (&slow, &quick))
        .max_pending(1)
        .depth(1)
        .by_trace()
        .collect("pairs");
    let report = run(&flow);
    assert_eq!(pairs.len(), 2_000);
    assert_eq!(report.node("pair").unwrap().dropped, 0);
}

#[test]
fn a_filter_in_one_branch_does_not_block_the_other_however_little_may_wait() {
    let flow = Flow::batch();
    let source = numbers(&flow, 5_000);
    let last = source.process("pass", |n| n).filter("last", |n| *n == 5_000).depth(1);
    let all = source.process("all", |n| n).depth(1);
    let pairs = flow
        .join("pair", (&last, &all))
        .max_pending(1)
        .depth(1)
        .by_trace()
        .collect("pairs");
    run(&flow);
    assert_eq!(pairs.take(), [(5_000, 5_000)]);
}

#[test]
fn a_join_keeps_the_order_for_the_join_behind_it() {
    let flow = Flow::batch();
    let source = numbers(&flow, 1_000);
    let (a, b) = (source.map("a", |n| n), source.process("b", |n| n));
    let pairs = flow.join("inner", (&a, &b)).by_trace();
    let few = source.process("c", |n| n).filter("few", |n| n % 100 == 0);
    let all = flow
        .join("outer", (&pairs, &few))
        .missing(Missing::Fail)
        .by_trace()
        .collect("all");
    let runtime = runtime(2);
    let error = end(&flow.build().unwrap().run(&runtime)).unwrap_err().report();
    assert!(
        error.contains("nothing for the trace 0:1 came from `few`, which is further on already"),
        "{error}"
    );
    assert!(all.is_empty() || all.len() < 10);
}

#[test]
fn two_ways_from_one_producer_have_no_order() {
    let flow = Flow::batch();
    let source = numbers(&flow, 1_000);
    let twice = flow.merge(
        "twice",
        [&source.process("once", |n| n), &source.process("again", |n| n)],
    );
    let other = source.flat_map("double", |n, output| {
        output.emit(n);
        output.emit(n);
    });
    let pairs = flow.join("pair", (&twice, &other)).by_trace().collect("pairs");
    let report = run(&flow);
    assert_eq!((pairs.len(), report.node("pair").unwrap().unmatched), (2_000, 0));
}

#[test]
fn v48_replicas_of_a_join_have_the_items_of_their_traces() {
    let flow = Flow::batch();
    let source = numbers(&flow, 2_000);
    let (a, b) = (source.process("a", |n| n), source.process("b", |n| n).replicas(2));
    let pairs = flow.join("pair", (&a, &b)).replicas(3).by_trace().collect("pairs");
    run(&flow);
    let mut pairs = pairs.take();
    pairs.sort_unstable();
    assert_eq!(pairs, (1..=2_000).map(|n| (n, n)).collect::<Vec<_>>());
}

#[test]
fn behind_a_node_that_may_be_scaled_nothing_is_passed_over() {
    let flow = Flow::batch();
    let (send, items) = futures::channel::mpsc::unbounded::<u64>();
    let source = flow.produce("source", items);
    let (a, b) = (
        source.process("a", |n| n).replicas(1),
        source.process("b", |n| n).replicas(1).ordered(),
    );
    let pairs = flow.join("pair", (&a, &b)).by_trace().collect("pairs");
    let runtime = runtime(2);
    let running = flow.build().unwrap().run(&runtime);
    (1..=1_000).for_each(|n| send.unbounded_send(n).unwrap());
    running.scale("a", 3).unwrap();
    running.scale("b", 3).unwrap();
    let refused = running.scale("pair", 2).unwrap_err().to_string();
    assert!(
        refused.contains("each of its replicas has items of its own"),
        "{refused}"
    );
    (1_001..=3_000).for_each(|n| send.unbounded_send(n).unwrap());
    drop(send);
    let report = end(&running).unwrap();
    assert_eq!((pairs.len(), report.node("pair").unwrap().unmatched), (3_000, 0));
}

#[test]
fn v58_where_freshness_counts_the_oldest_are_dropped_and_counted() {
    let flow = Flow::realtime();
    let source = numbers(&flow, 1_000);
    let none = source
        .process("none", |n| n)
        .overflow(Overflow::Block)
        .filter("never", |_| false);
    let all = source.process("all", |n| n).overflow(Overflow::Block);
    let join = flow
        .join("pair", (&none, &all))
        .max_pending(10)
        .overflow(Overflow::Block);
    let pairs = join.by_trace().collect("pairs");
    let report = run(&flow);
    let pair = report.node("pair").unwrap();
    assert!(pairs.is_empty());
    assert_eq!(pair.taken, pair.dropped + pair.unmatched);
    assert_eq!(pair.taken, 1_000);
    assert!(pair.unmatched <= 1_000);
}
