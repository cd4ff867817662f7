use super::*;
use crate::flow::join::by_time::ByTime;
use crate::flow::join::wishes::TimeWishes;

/// Of `gates` independent inputs, and one collect input for each window, all in order; the tolerance is 10 ms.
fn join(gates: usize, policy: Policy, wishes: TimeWishes) -> ByTime<u32> {
    let producers: Vec<_> = (0..(gates + wishes.windows.len()) as u32)
        .map(|producer| [producer])
        .collect();
    let producers: Vec<&[u32]> = producers.iter().map(|one| &one[..]).collect();
    let inputs = inputs(gates, &producers, true);
    let wishes = TimeWishes {
        tolerance: ms(10),
        ..wishes
    };
    let timing = wishes.timing(&inputs, &policy).unwrap();
    ByTime::new(inputs, policy, timing)
}

fn quorum(quorum: usize) -> TimeWishes {
    TimeWishes {
        quorum: Some(quorum),
        ..TimeWishes::default()
    }
}

fn windows<const N: usize>(windows: [u64; N]) -> TimeWishes {
    TimeWishes {
        windows: windows.map(ms).to_vec(),
        ..TimeWishes::default()
    }
}

/// Items of those times, which are also their names.
fn push<const N: usize>(join: &mut ByTime<u32>, input: usize, millis: [u64; N]) {
    for millis in millis {
        join.push(input, entry(millis as u32, 1, millis)).unwrap();
    }
}

/// The items of a group, and its samples.
type Whole = (Vec<Option<u32>>, Vec<Vec<u32>>);

fn groups(join: &mut ByTime<u32>) -> Vec<Whole> {
    let names = |samples: &Vec<Entry<u32>>| samples.iter().map(|sample| sample.item).collect();
    let all = std::iter::from_fn(|| join.pop_ready());
    all.map(|group| (items(&group), group.samples.iter().map(names).collect()))
        .collect()
}

#[test]
fn v60_entries_join_when_their_times_differ_by_at_most_the_tolerance() {
    let mut join = join(2, BATCH, TimeWishes::default());
    push(&mut join, 0, [100]);
    push(&mut join, 1, [110]);
    let group = join.pop_ready().unwrap();
    assert_eq!(
        (items(&group), group.time),
        (vec![Some(100), Some(110)], Some(ms(100))),
        "its time is the earlier one"
    );
    push(&mut join, 1, [200]);
    push(&mut join, 0, [211]);
    assert!(join.pop_ready().is_none(), "one too many");
    assert_eq!(join.tally().unmatched, 1, "`a` is past 200 by more than the tolerance");
}

#[test]
fn v60_no_two_of_a_group_are_further_apart_than_the_tolerance() {
    let wishes = TimeWishes {
        lateness: Some(ms(20)),
        ..TimeWishes::default()
    };
    let mut join = join(3, BATCH, wishes);
    push(&mut join, 0, [100]);
    push(&mut join, 1, [92]);
    push(&mut join, 2, [103]);
    assert!(join.pop_ready().is_none(), "11 ms after the first of them");
    push(&mut join, 2, [102]);
    assert_eq!(pairs(&mut join), [[100, 92, 102]]);
}

#[test]
fn v60_the_nearest_group_wins_and_the_first_one_on_a_tie() {
    let mut near = join(2, BATCH, TimeWishes::default());
    push(&mut near, 0, [100, 108]);
    push(&mut near, 1, [105]);
    assert_eq!(pairs(&mut near), [[108, 105]]);

    let mut tie = join(2, BATCH, TimeWishes::default());
    push(&mut tie, 0, [100, 108]);
    push(&mut tie, 1, [104]);
    assert_eq!(pairs(&mut tie), [[100, 104]]);
}

#[test]
fn v60_the_first_found_of_a_tie_is_the_older_group_not_the_earlier_time() {
    let wishes = TimeWishes {
        lateness: Some(ms(50)),
        ..TimeWishes::default()
    };
    let mut join = join(2, BATCH, wishes);
    push(&mut join, 0, [108, 100]);
    push(&mut join, 1, [104]);
    assert_eq!(pairs(&mut join), [[108, 104]]);
}

#[test]
fn v61_what_has_no_time_happened_when_it_came() {
    let mut join = join(2, BATCH, TimeWishes::default());
    join.push(
        0,
        Entry {
            time: None,
            ..entry(1, 1, 100)
        },
    )
    .unwrap();
    join.push(
        1,
        Entry {
            time: Some(ms(105)),
            ..entry(2, 1, 900)
        },
    )
    .unwrap();
    let group = join.pop_ready().unwrap();
    assert_eq!((items(&group), group.time), (vec![Some(1), Some(2)], Some(ms(100))));
}

#[test]
fn v62_after_the_timeout_a_quorum_goes_out_without_the_others() {
    let mut join = join(3, REALTIME, quorum(2));
    push(&mut join, 0, [100]);
    push(&mut join, 2, [101]);
    assert_eq!(join.next_deadline(), Some(ms(200)));
    join.expire(ms(199)).unwrap();
    assert!(join.pop_ready().is_none());
    join.expire(ms(200)).unwrap();
    assert_eq!(ready(&mut join), [[Some(100), None, Some(101)]]);
    assert!(join.tally().adds_up());
}

#[test]
fn v62_below_the_quorum_what_is_missing_decides() {
    let mut drops = join(3, REALTIME, quorum(2));
    push(&mut drops, 1, [100]);
    drops.expire(ms(200)).unwrap();
    assert_eq!((drops.tally().unmatched, drops.tally().pending), (1, 0));
    let mut fails = join(
        3,
        Policy {
            missing: Missing::Fail,
            ..REALTIME
        },
        quorum(2),
    );
    push(&mut fails, 1, [100]);
    let error = fails.expire(ms(200)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "nothing for the time 100ms came from `a`, `c` within 100ms"
    );
}

#[test]
fn v62_fixed_a_quorum_needs_no_timeout_once_the_others_are_past_it() {
    let mut join = join(3, BATCH, quorum(2));
    push(&mut join, 0, [100]);
    push(&mut join, 1, [100]);
    push(&mut join, 2, [110]);
    assert_eq!(ready(&mut join), [[Some(100), Some(100), Some(110)]]);
    push(&mut join, 0, [200]);
    push(&mut join, 1, [200]);
    push(&mut join, 2, [211]);
    assert_eq!(ready(&mut join), [[Some(200), Some(200), None]]);
    push(&mut join, 0, [300]);
    push(&mut join, 1, [300]);
    join.end(2).unwrap();
    assert_eq!(
        ready(&mut join),
        [[Some(300), Some(300), None]],
        "and once they have ended"
    );
}

#[test]
fn what_may_come_late_is_waited_for() {
    let wishes = TimeWishes {
        lateness: Some(ms(20)),
        ..TimeWishes::default()
    };
    let mut join = join(2, BATCH, wishes);
    push(&mut join, 0, [100]);
    push(&mut join, 1, [130]);
    assert_eq!(join.tally().unmatched, 0, "`b` may still have something for 110");
    push(&mut join, 1, [105]);
    assert_eq!(pairs(&mut join), [[100, 105]]);
    push(&mut join, 0, [170]);
    assert_eq!(join.tally().unmatched, 1, "130 is over, for `a`");
}

#[test]
fn what_comes_too_late_is_counted_as_late() {
    let mut join = join(2, BATCH, TimeWishes::default());
    push(&mut join, 0, [100]);
    push(&mut join, 1, [100]);
    push(&mut join, 0, [50]);
    assert_eq!((join.tally().late, join.tally().unmatched), (1, 0));
    assert!(join.tally().adds_up());
}

#[test]
fn an_input_that_is_past_leaves_the_other_without_partners_at_once() {
    let mut join = join(2, BATCH, TimeWishes::default());
    push(&mut join, 1, [500]);
    for time in [100, 200, 300] {
        assert!(join.wants(0));
        push(&mut join, 0, [time]);
    }
    assert_eq!((join.tally().unmatched, join.tally().pending), (3, 1));
}

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

#[test]
fn v58_fixed_in_a_batch_without_an_order_full_inputs_fail_instead_of_hanging() {
    let inputs = inputs(2, &[&[0], &[1]], false);
    let wishes = TimeWishes {
        tolerance: ms(10),
        ..TimeWishes::default()
    };
    let timing = wishes.timing(&inputs, &BATCH).unwrap();
    let mut join = ByTime::new(inputs, BATCH, timing);
    push(&mut join, 0, [100, 200, 300, 400]);
    assert!(!join.wants(0) && join.wants(1));
    push(&mut join, 1, [500, 600, 700, 800]);
    let error = join.stuck().unwrap();
    assert!(
        error.to_string().contains("wait for partners that are not among them"),
        "{error}"
    );
}

#[test]
fn where_freshness_counts_the_oldest_group_makes_room_with_what_it_has() {
    let mut lost = join(2, REALTIME, TimeWishes::default());
    push(&mut lost, 0, [100, 200, 300, 400, 500]);
    assert_eq!((lost.tally().evicted, lost.tally().pending), (1, 4));
    let mut enough = join(2, REALTIME, quorum(1));
    push(&mut enough, 0, [100, 200, 300, 400, 500]);
    assert_eq!(ready(&mut enough), [[Some(100), None]]);
}
