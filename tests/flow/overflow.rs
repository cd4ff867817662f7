//! What happens where a node is slower than the one before it.

use std::sync::{Arc, Mutex};

use headwater::flow::{Collected, Flow, FlowBuilder, Overflow, Running};
use tokio::sync::Semaphore;

use crate::{end, numbers, run, runtime, until};

/// A flow whose only taker waits for a permit for each item, and what it has taken.
struct Gated {
    gate: Arc<Semaphore>,
    taken: Arc<Mutex<Vec<u64>>>,
    running: Running,
    _runtime: headwater::Runtime,
}

fn gated(
    flow: &FlowBuilder,
    count: u64,
    settle: impl FnOnce(headwater::flow::Node<u64, u64>) -> headwater::flow::Node<u64, u64>,
) -> Gated {
    let (gate, taken) = (Arc::new(Semaphore::new(0)), Arc::new(Mutex::new(Vec::new())));
    let (held, list) = (Arc::clone(&gate), Arc::clone(&taken));
    let node = numbers(flow, count).process_async("slow", move |n| {
        let (held, list) = (Arc::clone(&held), Arc::clone(&list));
        async move {
            held.acquire().await.unwrap().forget();
            list.lock().unwrap().push(n);
            Ok(n)
        }
    });
    settle(node).consume("end", |_| ());
    let runtime = runtime(2);
    let running = flow.build().unwrap().run(&runtime);
    let _runtime = runtime;
    Gated {
        gate,
        taken,
        running,
        _runtime,
    }
}

impl Gated {
    fn emitted(&self) -> u64 {
        self.running.figures().node("numbers").unwrap().emitted
    }

    fn open(self) -> (Vec<u64>, headwater::flow::Report) {
        self.gate.add_permits(1 << 20);
        let report = end(&self.running).unwrap();
        crate::assert_accounts(&report);
        let taken = std::mem::take(&mut *self.taken.lock().unwrap());
        (taken, report)
    }
}

#[test]
fn v22_in_a_batch_flow_a_full_edge_holds_up_those_before_it() {
    let gated = gated(&Flow::batch(), 1000, |node| node.depth(4));
    // The taker has one in hand, and nobody gets on.
    until(|| {
        let figures = gated.running.figures();
        let edge = figures.edge("numbers", "slow").unwrap();
        (edge.waiting, edge.taken) == (4, 1) && figures.node("numbers").unwrap().waiting_for_room == 1
    });
    assert_eq!(gated.running.figures().dropped(), 0);
    let (taken, report) = gated.open();
    assert_eq!(taken, (1..=1000).collect::<Vec<_>>());
    assert_eq!(report.dropped(), 0);
    assert_eq!(report.edge("numbers", "slow").unwrap().peak, 4);
}

#[test]
fn v23_in_a_realtime_flow_the_freshest_win_and_producers_never_wait() {
    let gated = gated(&Flow::realtime(), 1000, |node| node);
    // All are made while the taker holds the first one that it got.
    until(|| gated.emitted() == 1000);
    let (taken, report) = gated.open();
    assert_eq!(taken.last(), Some(&1000), "the freshest is never dropped");
    assert!(taken.len() <= 2, "{taken:?}");
    let edge = report.edge("numbers", "slow").unwrap();
    assert_eq!((edge.depth, edge.overflow), (1, Overflow::DropOldest));
    assert_eq!(edge.dropped, 1000 - taken.len() as u64);
    assert_eq!(report.node("slow").unwrap().dropped, edge.dropped);
    assert_eq!(report.node("numbers").unwrap().blocked, std::time::Duration::ZERO);
}

#[test]
fn v23_the_newest_may_be_dropped_instead() {
    let gated = gated(&Flow::realtime(), 1000, |node| {
        node.overflow(Overflow::DropNewest).depth(3)
    });
    until(|| gated.emitted() == 1000);
    let (taken, report) = gated.open();
    assert!((3..=4).contains(&taken.len()), "{taken:?}");
    assert_eq!(taken[..3], [1, 2, 3], "what waits is served");
    assert_eq!(
        report.edge("numbers", "slow").unwrap().dropped,
        1000 - taken.len() as u64
    );
}

#[test]
fn v80_depth_and_policy_are_those_of_the_edge() {
    let gated = gated(&Flow::realtime(), 300, |node| node.overflow(Overflow::Block).depth(2));
    until(|| gated.running.figures().node("numbers").unwrap().waiting_for_room == 1);
    let (taken, report) = gated.open();
    assert_eq!((taken.len(), report.node("slow").unwrap().dropped), (300, 0));
    assert_eq!(report.edge("numbers", "slow").unwrap().peak, 2);
}

#[test]
fn budgets_count_bytes_as_well() {
    let gated = gated(&Flow::batch(), 100, |node| node.bytes(1000, |_| 300));
    until(|| {
        let figures = gated.running.figures();
        let edge = figures.edge("numbers", "slow").unwrap();
        (edge.waiting, edge.taken) == (3, 1) && figures.node("numbers").unwrap().waiting_for_room == 1
    });
    let edge = gated.running.figures().edge("numbers", "slow").unwrap().clone();
    assert_eq!((edge.bytes, edge.byte_limit), (900, Some(1000)), "{edge:?}");
    assert_eq!(gated.open().0.len(), 100);
}

#[test]
fn an_item_larger_than_the_budget_goes_alone() {
    let flow = Flow::batch();
    let node = numbers(&flow, 100).process("large", |n| n).bytes(10, |_| 1 << 40);
    let result = node.collect("result");
    let report = run(&flow);
    assert_eq!(result.len(), 100);
    assert_eq!(report.edge("numbers", "large").unwrap().peak, 1);
}

#[test]
fn v24_the_end_is_never_dropped() {
    for depth in [1, 2, 7] {
        let flow = Flow::realtime();
        let node = numbers(&flow, 10_000)
            .process("one", |n| n)
            .depth(depth)
            .process("two", |n| n)
            .depth(depth);
        let result: Collected<u64> = node.collect("result");
        let report = run(&flow);
        assert_eq!(result.take().last(), Some(&10_000));
        let (one, two) = (report.node("one").unwrap(), report.node("two").unwrap());
        assert_eq!(one.taken + one.dropped, 10_000);
        assert_eq!(two.taken + two.dropped, one.emitted);
    }
}

#[test]
fn a_branch_that_blocks_holds_up_the_producer_and_not_the_other_branch() {
    let gate = Arc::new(Semaphore::new(0));
    let held = Arc::clone(&gate);
    let flow = Flow::batch();
    let source = numbers(&flow, 500);
    let blocks = source.consume_async("blocks", move |_| {
        let held = Arc::clone(&held);
        async move {
            held.acquire().await.unwrap().forget();
            Ok(())
        }
    });
    let _blocks = blocks.depth(2);
    let other = source.process("other", |n| n).collect("result");
    let runtime = runtime(2);
    let running = flow.build().unwrap().run(&runtime);
    until(|| running.figures().node("numbers").unwrap().waiting_for_room == 1);
    // What has been made so far is with the other branch, all of it.
    let made = running.figures().node("numbers").unwrap().emitted;
    until(|| other.len() as u64 == made);
    assert!(made < 500, "{made}");
    gate.add_permits(500);
    let report = end(&running).unwrap();
    assert_eq!((report.node("blocks").unwrap().taken, other.len()), (500, 500));
}

#[test]
fn a_large_item_gets_its_turn_beside_small_ones() {
    // The small ones alone would keep the edge filled to where the large one never fits.
    let flow = Flow::batch();
    let large = flow.produce("large", futures::stream::iter([90_u64; 20]));
    let small = flow.produce("small", futures::stream::iter([10_u64; 2000]));
    let merged = flow.merge("merged", [&large, &small]).bytes(100, |size| *size);
    let result = merged.collect("result");
    let report = run(&flow);
    let items = result.take();
    assert_eq!(items.len(), 2020);
    let last = items.iter().rposition(|size| *size == 90).unwrap();
    assert!(last < 1900, "the last large one came as number {last}");
    assert_eq!(report.dropped(), 0);
}

#[test]
fn a_producer_that_waits_moves_on_what_it_has_made() {
    let (send, receive) = futures::channel::mpsc::unbounded();
    let flow = Flow::batch();
    let result = flow
        .produce("source", receive)
        .process("pass", |n: u64| n)
        .collect("result");
    let runtime = runtime(1);
    let running = flow.build().unwrap().run(&runtime);
    for n in 1..=3 {
        send.unbounded_send(n).unwrap();
        until(|| result.len() == n as usize);
    }
    drop(send);
    end(&running).unwrap();
}
