use super::*;
use crate::flow::join::by_time::ByTime;
use crate::flow::join::options::TimeOptions;

/// Of `gates` independent inputs, and one collect input for each window, all in order; the tolerance is 10 ms.
pub(super) fn join(gates: usize, policy: Policy, options: TimeOptions) -> ByTime<u32> {
    let producers: Vec<_> = (0..(gates + options.windows.len()) as u32)
        .map(|producer| [producer])
        .collect();
    let producers: Vec<&[u32]> = producers.iter().map(|one| &one[..]).collect();
    let inputs = inputs(gates, &producers, true);
    let options = TimeOptions {
        tolerance: ms(10),
        ..options
    };
    let timing = options.timing(&inputs, &policy).unwrap();
    ByTime::new(inputs, policy, timing)
}

fn quorum(quorum: usize) -> TimeOptions {
    TimeOptions {
        quorum: Some(quorum),
        ..TimeOptions::default()
    }
}

pub(super) fn windows<const N: usize>(windows: [u64; N]) -> TimeOptions {
    TimeOptions {
        windows: windows.map(ms).to_vec(),
        ..TimeOptions::default()
    }
}

/// Items of those times, which are also their names.
pub(super) fn push<const N: usize>(join: &mut ByTime<u32>, input: usize, millis: [u64; N]) {
    for millis in millis {
        join.push(input, entry(millis as u32, 1, millis)).unwrap();
    }
}

/// The items of a group, and its samples.
pub(super) type Whole = (Vec<Option<u32>>, Vec<Vec<u32>>);

pub(super) fn groups(join: &mut ByTime<u32>) -> Vec<Whole> {
    let names = |samples: &Vec<Entry<u32>>| samples.iter().map(|sample| sample.item).collect();
    let all = std::iter::from_fn(|| join.pop_ready());
    all.map(|group| (items(&group), group.samples.iter().map(names).collect()))
        .collect()
}

#[test]
fn v60_entries_join_when_their_times_differ_by_at_most_the_tolerance() {
    let mut join = join(2, BATCH, TimeOptions::default());
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
    let options = TimeOptions {
        lateness: Some(ms(20)),
        ..TimeOptions::default()
    };
    let mut join = join(3, BATCH, options);
    push(&mut join, 0, [100]);
    push(&mut join, 1, [92]);
    push(&mut join, 2, [103]);
    assert!(join.pop_ready().is_none(), "11 ms after the first of them");
    push(&mut join, 2, [102]);
    assert_eq!(pairs(&mut join), [[100, 92, 102]]);
}

#[test]
fn v60_the_nearest_group_wins_and_the_first_one_on_a_tie() {
    let mut near = join(2, BATCH, TimeOptions::default());
    push(&mut near, 0, [100, 108]);
    push(&mut near, 1, [105]);
    assert_eq!(pairs(&mut near), [[108, 105]]);

    let mut tie = join(2, BATCH, TimeOptions::default());
    push(&mut tie, 0, [100, 108]);
    push(&mut tie, 1, [104]);
    assert_eq!(pairs(&mut tie), [[100, 104]]);
}

#[test]
fn v60_the_first_found_of_a_tie_is_the_older_group_not_the_earlier_time() {
    let options = TimeOptions {
        lateness: Some(ms(50)),
        ..TimeOptions::default()
    };
    let mut join = join(2, BATCH, options);
    push(&mut join, 0, [108, 100]);
    push(&mut join, 1, [104]);
    assert_eq!(pairs(&mut join), [[108, 104]]);
}

#[test]
fn v61_what_has_no_time_happened_when_it_came() {
    let mut join = join(2, BATCH, TimeOptions::default());
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
    let options = TimeOptions {
        lateness: Some(ms(20)),
        ..TimeOptions::default()
    };
    let mut join = join(2, BATCH, options);
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
    let mut join = join(2, BATCH, TimeOptions::default());
    push(&mut join, 0, [100]);
    push(&mut join, 1, [100]);
    push(&mut join, 0, [50]);
    assert_eq!((join.tally().late, join.tally().unmatched), (1, 0));
    assert!(join.tally().adds_up());
}

#[test]
fn an_input_that_is_past_leaves_the_other_without_partners_at_once() {
    let mut join = join(2, BATCH, TimeOptions::default());
    push(&mut join, 1, [500]);
    for time in [100, 200, 300] {
        assert!(join.wants(0));
        push(&mut join, 0, [time]);
    }
    assert_eq!((join.tally().unmatched, join.tally().pending), (3, 1));
}

#[test]
fn v58_fixed_in_a_batch_without_an_order_full_inputs_fail_instead_of_hanging() {
    let inputs = inputs(2, &[&[0], &[1]], false);
    let options = TimeOptions {
        tolerance: ms(10),
        ..TimeOptions::default()
    };
    let timing = options.timing(&inputs, &BATCH).unwrap();
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
    let mut lost = join(2, REALTIME, TimeOptions::default());
    push(&mut lost, 0, [100, 200, 300, 400, 500]);
    assert_eq!((lost.tally().evicted, lost.tally().pending), (1, 4));
    let mut enough = join(2, REALTIME, quorum(1));
    push(&mut enough, 0, [100, 200, 300, 400, 500]);
    assert_eq!(ready(&mut enough), [[Some(100), None]]);
}
