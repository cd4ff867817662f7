//! Joins by event time.

use std::time::Duration;

use futures::channel::mpsc;
use headwater::Runtime;
use headwater::flow::{Flow, FlowBuilder, Missing, Node, Running};

use crate::{end, run, runtime};

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Items that are their times in milliseconds.
fn times(flow: &FlowBuilder, name: &str, times: impl IntoIterator<Item = u64>) -> Node<u64, u64> {
    let times: Vec<u64> = times.into_iter().collect();
    flow.produce(name, futures::stream::iter(times))
        .stamp(format!("{name} at"), |time| ms(*time))
}

#[test]
fn v60_items_of_two_clocks_are_joined_by_time() {
    let flow = Flow::batch();
    let left = times(&flow, "left", (0..1_000).map(|n| 100 * n));
    let right = times(&flow, "right", (0..1_000).map(|n| 100 * n + n % 7));
    let pairs = flow.join("pair", (&left, &right)).by_time(ms(10)).collect("pairs");
    let report = run(&flow);
    assert_eq!(
        pairs.take(),
        (0..1_000).map(|n| (100 * n, 100 * n + n % 7)).collect::<Vec<_>>()
    );
    assert_eq!(report.node("pair").unwrap().unmatched, 0);
}

#[test]
fn v60_clocks_of_different_rates_leave_the_surplus_unmatched() {
    let flow = Flow::batch();
    let left = times(&flow, "left", (0..1_000).map(|n| 40 * n));
    let right = times(&flow, "right", (0..4_000).map(|n| 10 * n));
    let pairs = flow
        .join("pair", (&left, &right))
        .max_pending(3)
        .by_time(ms(1))
        .collect("pairs");
    let report = run(&flow);
    assert_eq!(pairs.take(), (0..1_000).map(|n| (40 * n, 40 * n)).collect::<Vec<_>>());
    assert_eq!(report.node("pair").unwrap().unmatched, 3_000);
}

#[test]
fn v62_a_quorum_goes_out_without_what_does_not_come() {
    let flow = Flow::batch();
    let [a, b] = ["a", "b"].map(|name| times(&flow, name, (0..100).map(|n| 100 * n)));
    let some = times(&flow, "some", (0..50).map(|n| 200 * n));
    let groups = flow
        .join("group", (&a, &b, &some))
        .quorum(2)
        .by_time(ms(10))
        .collect("groups");
    run(&flow);
    let expected = (0..100_u64).map(|n| (Some(100 * n), Some(100 * n), (n % 2 == 0).then_some(100 * n)));
    assert_eq!(groups.take(), expected.collect::<Vec<_>>());
}

#[test]
fn v63_samples_are_collected_beside_the_match() {
    let flow = Flow::batch();
    let left = times(&flow, "left", (1..=100).map(|n| 100 * n));
    let right = times(&flow, "right", (1..=100).map(|n| 100 * n + 5));
    let motion = times(&flow, "motion", (0..1_100).map(|n| 10 * n));
    let marks = times(&flow, "marks", [1_000]);
    let join = flow
        .join("group", (&left, &right))
        .quorum(2)
        .collect(&motion, ms(15))
        .collect(&marks, ms(50));
    let groups = join.by_time(ms(10)).collect("groups");
    let report = run(&flow);
    let groups = groups.take();
    assert_eq!(groups.len(), 100);
    for (left, right, motion, marks) in groups {
        let time = left.unwrap();
        assert_eq!(right, Some(time + 5));
        assert_eq!(motion, [time - 10, time, time + 10]);
        assert_eq!(marks, if time == 1_000 { vec![1_000] } else { Vec::new() });
    }
    assert_eq!(
        report.node("group").unwrap().unmatched,
        1_100 - 300,
        "samples that no group has asked for"
    );
}

#[test]
fn v64_samples_far_ahead_are_held_back_and_none_is_lost() {
    let flow = Flow::batch();
    let frames = times(&flow, "frames", (1..=50).map(|n| 1_000 * n))
        .process("slow", |n| n)
        .depth(1);
    let motion = times(&flow, "motion", 0..60_000);
    let groups = flow
        .join("group", (&frames,))
        .collect(&motion, ms(1))
        .max_pending(1)
        .by_time(ms(1))
        .collect("groups");
    run(&flow);
    let expected = (1..=50_u64).map(|n| (1_000 * n, vec![1_000 * n - 1, 1_000 * n, 1_000 * n + 1]));
    assert_eq!(groups.take(), expected.collect::<Vec<_>>());
}

#[test]
fn v69_a_group_has_the_earliest_time() {
    let flow = Flow::batch();
    let (a, b) = (times(&flow, "a", [105]), times(&flow, "b", [100]));
    let pairs = flow.join("pair", (&a, &b)).by_time(ms(10));
    let other = times(&flow, "other", [98]);
    let all = flow
        .join("three", (&pairs, &other))
        .lateness(ms(1))
        .by_time(ms(2))
        .collect("all");
    run(&flow);
    assert_eq!(all.take(), [((105, 100), 98)]);
}

#[test]
fn v66_a_join_by_time_that_cannot_be_is_refused_with_its_name() {
    let flow = Flow::batch();
    let (a, b) = (times(&flow, "a", [1]), times(&flow, "b", [2]));
    flow.join("exact", (&a, &b)).by_time(Duration::ZERO).collect("1");
    flow.join("many", (&a, &b)).quorum(3).by_time(ms(1)).collect("2");
    let shuffled = b.process("shuffled", |n| n).replicas(2);
    flow.join("endless", (&a,))
        .collect(&shuffled, ms(1))
        .by_time(ms(1))
        .collect("3");
    let error = flow.build().unwrap_err().to_string();
    assert!(error.contains("processor `exact`: the tolerance is zero"), "{error}");
    assert!(
        error.contains("processor `many`: the quorum is 3, but must be between 1 and the 2 inputs"),
        "{error}"
    );
    assert!(
        error.contains("processor `endless`: it cannot know when nothing more comes from `shuffled`"),
        "{error}"
    );
}

/// Runs a flow where time passes only when nothing else happens.
fn in_no_time<T>(flow: &FlowBuilder, test: impl AsyncFnOnce(Running) -> T) -> T {
    let host = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let runtime = Runtime::builder()
        .slots(1)
        .compute_threads(1)
        .embedded(host.handle().clone())
        .build()
        .unwrap();
    let flow = flow.build().unwrap();
    host.block_on(async { test(flow.run(&runtime)).await })
}

fn live(flow: &FlowBuilder, name: &str) -> (mpsc::UnboundedSender<u64>, Node<u64, u64>) {
    let (send, items) = mpsc::unbounded();
    (
        send,
        flow.produce(name, items).stamp(format!("{name} at"), |time| ms(*time)),
    )
}

/// Waits for as long as something happens.
async fn settle(running: &Running) {
    let taken = |running: &Running| {
        running
            .figures()
            .nodes
            .iter()
            .map(|node| node.taken + node.emitted)
            .sum::<u64>()
    };
    loop {
        let before = taken(running);
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        if before == taken(running) {
            return;
        }
    }
}

#[test]
fn v57_in_realtime_what_has_waited_for_ten_seconds_is_dropped() {
    let flow = Flow::realtime();
    let ((left, a), (right, b)) = (live(&flow, "left"), live(&flow, "right"));
    let pairs = flow.join("pair", (&a, &b)).by_time(ms(10)).collect("pairs");
    in_no_time(&flow, async |running| {
        let unmatched = |running: &Running| running.figures().node("pair").unwrap().unmatched;
        left.unbounded_send(1_000).unwrap();
        settle(&running).await;
        tokio::time::sleep(Duration::from_millis(9_990)).await;
        settle(&running).await;
        assert_eq!(unmatched(&running), 0);
        tokio::time::sleep(Duration::from_millis(20)).await;
        settle(&running).await;
        assert_eq!(unmatched(&running), 1);
        left.unbounded_send(2_000).unwrap();
        right.unbounded_send(2_005).unwrap();
        settle(&running).await;
        assert_eq!(pairs.take(), [(2_000, 2_005)]);
        running.stop();
        running.await.unwrap();
    });
}

#[test]
fn v62_in_realtime_a_quorum_goes_out_after_the_timeout() {
    let flow = Flow::realtime();
    let ((left, a), (_right, b)) = (live(&flow, "left"), live(&flow, "right"));
    let groups = flow
        .join("group", (&a, &b))
        .timeout(ms(500))
        .quorum(1)
        .by_time(ms(10))
        .collect("groups");
    in_no_time(&flow, async |running| {
        left.unbounded_send(1_000).unwrap();
        settle(&running).await;
        assert!(groups.is_empty());
        tokio::time::sleep(ms(510)).await;
        settle(&running).await;
        assert_eq!(groups.take(), [(Some(1_000), None)]);
        running.abort();
        running.await.unwrap();
    });
}

#[test]
fn v56_a_timeout_fails_the_flow_if_that_is_asked_also_in_a_batch() {
    let flow = Flow::batch();
    let ((left, a), (_right, b)) = (live(&flow, "left"), live(&flow, "right"));
    flow.join("pair", (&a, &b))
        .timeout(ms(500))
        .missing(Missing::Fail)
        .by_time(ms(10))
        .collect("pairs");
    in_no_time(&flow, async |running| {
        left.unbounded_send(1_000).unwrap();
        let error = running.await.unwrap_err();
        assert!(error.is_timeout());
        let report = error.report();
        assert!(
            report.contains("nothing for the time 1s came from `right at` within 500ms"),
            "{report}"
        );
    });
}

#[test]
fn v61_items_without_times_happen_when_they_come() {
    let flow = Flow::batch();
    let (left, lefts) = mpsc::unbounded::<u64>();
    let (right, rights) = mpsc::unbounded::<u64>();
    let (a, b) = (flow.produce("left", lefts), flow.produce("right", rights));
    let pairs = flow.join("pair", (&a, &b)).by_time(ms(100)).collect("pairs");
    in_no_time(&flow, async |running| {
        for n in [1, 2] {
            left.unbounded_send(n).unwrap();
            settle(&running).await;
            tokio::time::sleep(ms(50 * n)).await;
            right.unbounded_send(n).unwrap();
            settle(&running).await;
            tokio::time::sleep(ms(1_000)).await;
        }
        left.unbounded_send(3).unwrap();
        settle(&running).await;
        tokio::time::sleep(ms(200)).await;
        right.unbounded_send(3).unwrap();
        settle(&running).await;
        assert_eq!(pairs.take(), [(1, 1), (2, 2)]);
        drop((left, right));
        running.await.unwrap();
    });
}

#[test]
fn a_stopped_flow_settles_what_waits_in_its_joins() {
    let flow = Flow::batch();
    let ((left, a), (_right, b)) = (live(&flow, "left"), live(&flow, "right"));
    flow.join("pair", (&a, &b)).by_time(ms(10)).collect("pairs");
    let runtime = runtime(2);
    let running = flow.build().unwrap().run(&runtime);
    left.unbounded_send(5).unwrap();
    crate::until(|| running.figures().node("pair").unwrap().taken == 1);
    running.stop();
    assert_eq!(end(&running).unwrap().node("pair").unwrap().unmatched, 1);
}
