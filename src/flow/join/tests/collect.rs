use super::by_time::{groups, join, push, windows};
use super::*;

#[test]
fn v63_collected_samples_come_sorted_and_never_hold_up_the_match() {
    let mut join = join(2, BATCH, windows([25]));
    push(&mut join, 2, [90, 80, 124]);
    push(&mut join, 0, [100]);
    push(&mut join, 1, [105]);
    assert!(join.pop_ready().is_none(), "held: there may be another one at 125");
    assert_eq!(join.waits_for().iter().collect::<Vec<_>>(), [2]);
    push(&mut join, 2, [125]);
    assert!(join.pop_ready().is_none());
    push(&mut join, 2, [126]);
    assert_eq!(
        groups(&mut join),
        [(vec![Some(100), Some(105)], vec![vec![80, 90, 124, 125]])]
    );
}

#[test]
fn v63_a_sample_belongs_to_one_group_only() {
    let mut join = join(1, BATCH, windows([25]));
    push(&mut join, 1, [90, 110, 130]);
    push(&mut join, 0, [100, 120]);
    join.end(1).unwrap();
    assert_eq!(
        groups(&mut join),
        [
            (vec![Some(100)], vec![vec![90, 110]]),
            (vec![Some(120)], vec![vec![130]])
        ]
    );
}

#[test]
fn v63_without_samples_the_list_is_empty() {
    let mut join = join(1, BATCH, windows([25, 5]));
    push(&mut join, 0, [100]);
    push(&mut join, 1, [200]);
    push(&mut join, 2, [98]);
    push(&mut join, 2, [106]);
    assert_eq!(groups(&mut join), [(vec![Some(100)], vec![vec![], vec![98]])]);
}

#[test]
fn a_group_is_held_for_samples_no_longer_than_the_timeout() {
    let mut join = join(1, REALTIME, windows([25]));
    push(&mut join, 0, [100]);
    push(&mut join, 1, [99]);
    assert_eq!(join.next_deadline(), Some(ms(200)));
    join.expire(ms(200)).unwrap();
    assert_eq!(groups(&mut join), [(vec![Some(100)], vec![vec![99]])]);
}

#[test]
fn v64_samples_that_nobody_claims_are_dropped_and_counted() {
    let mut batch = join(1, BATCH, windows([5]));
    for time in 0..10_000 {
        push(&mut batch, 1, [time]);
        if time % 100 == 99 {
            push(&mut batch, 0, [time - 50]);
        }
        assert!(batch.tally().pending < 400, "{:?}", batch.tally());
    }
    batch.end(0).unwrap();
    let tally = batch.tally();
    assert_eq!(
        (tally.emitted, tally.unclaimed, tally.pending),
        (100 * 12, 10_000 - 100 * 11, 0)
    );

    let mut fresh = join(1, REALTIME, windows([5]));
    push(&mut fresh, 1, [100]);
    assert_eq!(
        fresh.next_deadline(),
        Some(ms(400)),
        "a group that could claim it may wait that long"
    );
    fresh.expire(ms(400)).unwrap();
    assert_eq!((fresh.tally().unclaimed, fresh.tally().pending), (1, 0));
}

#[test]
fn v64_where_freshness_counts_the_earliest_samples_make_room() {
    let mut join = join(1, REALTIME, windows([5]));
    (0..1030).for_each(|_| push(&mut join, 1, [50]));
    assert!(join.wants(1));
    assert_eq!((join.tally().evicted, join.tally().pending), (6, 1024));
}

#[test]
fn in_a_batch_a_collect_input_that_is_ahead_is_held_back() {
    let mut narrow = join(1, BATCH, windows([5]));
    (0..1024).for_each(|nth| push(&mut narrow, 1, [50 + nth]));
    assert!(!narrow.wants(1) && narrow.wants(0));
    push(&mut narrow, 0, [1060]);
    assert_eq!(groups(&mut narrow).len(), 1);
    assert!(narrow.wants(1), "most are too early for what comes now");

    let mut wide = join(1, BATCH, windows([2000]));
    (0..1024).for_each(|nth| push(&mut wide, 1, [50 + nth]));
    assert!(!wide.wants(1));
    push(&mut wide, 0, [1000]);
    assert!(wide.wants(1), "the group needs later ones too");
}

#[test]
fn in_a_batch_gating_inputs_are_held_back_when_samples_lag() {
    let mut join = join(1, BATCH, windows([5]));
    push(&mut join, 0, [10, 20, 30, 40]);
    assert!(!join.wants(0) && join.wants(1));
    push(&mut join, 1, [16]);
    assert!(join.wants(0));
    assert_eq!(groups(&mut join).len(), 1);
}
