use super::*;
use crate::flow::join::by_trace::ByTrace;

/// Both branches of a diamond.
fn diamond(in_order: bool, policy: Policy) -> ByTrace<u32> {
    ByTrace::new(inputs(2, &[&[0], &[0]], in_order), policy)
}

#[test]
fn v54_a_group_is_ready_when_all_inputs_have_given_something_for_its_trace() {
    let mut join = diamond(true, BATCH);
    join.push(0, entry(10, 1, 5)).unwrap();
    join.push(0, entry(20, 2, 6)).unwrap();
    assert!(join.pop_ready().is_none());
    join.push(
        1,
        Entry {
            time: Some(ms(3)),
            ..entry(11, 1, 7)
        },
    )
    .unwrap();
    let group = join.pop_ready().unwrap();
    assert_eq!(items(&group), [Some(10), Some(11)]);
    assert_eq!(
        (group.trace().number, group.time),
        (1, Some(ms(3))),
        "the earliest time"
    );
    assert!(join.pop_ready().is_none());
    assert!(join.tally().adds_up());
}

#[test]
fn v54_the_time_of_a_group_is_the_earliest_that_is_known() {
    let mut join = diamond(true, BATCH);
    join.push(
        0,
        Entry {
            time: None,
            ..entry(10, 1, 1)
        },
    )
    .unwrap();
    join.push(1, entry(11, 1, 9)).unwrap();
    assert_eq!(join.pop_ready().unwrap().time, Some(ms(9)));
    join.push(
        0,
        Entry {
            time: None,
            ..entry(10, 2, 10)
        },
    )
    .unwrap();
    join.push(
        1,
        Entry {
            time: None,
            ..entry(11, 2, 11)
        },
    )
    .unwrap();
    assert_eq!(join.pop_ready().unwrap().time, None);
}

#[test]
fn v55_the_same_numbers_of_different_producers_never_match() {
    let mut join = ByTrace::new(inputs(2, &[&[0, 1], &[0, 1]], true), BATCH);
    let other = |item, number| Entry {
        trace: Trace { producer: 1, number },
        ..entry(item, number, 0)
    };
    join.push(0, entry(1, 1, 0)).unwrap();
    join.push(1, other(2, 1)).unwrap();
    assert!(join.pop_ready().is_none());
    join.push(0, other(3, 1)).unwrap();
    join.push(1, entry(4, 1, 0)).unwrap();
    assert_eq!(
        pairs(&mut join),
        [[3, 2], [1, 4]],
        "in the order in which they became complete"
    );
}

#[test]
fn several_items_of_a_trace_are_paired_first_with_first() {
    let mut join = diamond(true, BATCH);
    [1, 2, 3]
        .into_iter()
        .for_each(|item| join.push(0, entry(item, 1, 0)).unwrap());
    [4, 5]
        .into_iter()
        .for_each(|item| join.push(1, entry(item, 1, 0)).unwrap());
    assert_eq!(pairs(&mut join), [[1, 4], [2, 5]]);
    join.push(1, entry(6, 2, 0)).unwrap();
    assert_eq!(join.tally().unmatched, 1, "the third has no partner any more");
}

#[test]
fn a_filter_in_one_branch_of_a_diamond_neither_leaks_nor_hangs() {
    let mut join = diamond(true, BATCH);
    for number in 1..=10_000 {
        assert!(join.wants(0));
        join.push(0, entry(1, number, 0)).unwrap();
        if number % 100 == 0 {
            join.push(1, entry(2, number, 0)).unwrap();
        }
        assert!(join.tally().pending < 100);
    }
    assert_eq!(pairs(&mut join).len(), 100);
    assert_eq!((join.tally().unmatched, join.tally().pending), (9_900, 0));
}

#[test]
fn what_the_other_branch_has_passed_over_already_is_settled_at_once() {
    let mut join = diamond(true, BATCH);
    join.push(1, entry(2, 5, 0)).unwrap();
    join.push(0, entry(1, 4, 0)).unwrap();
    assert_eq!((join.tally().unmatched, join.tally().pending), (1, 1));
    join.push(0, entry(1, 5, 0)).unwrap();
    assert_eq!(pairs(&mut join), [[1, 2]]);
}

#[test]
fn where_items_overtake_each_other_nothing_is_passed_over() {
    let mut join = diamond(false, BATCH);
    join.push(0, entry(1, 1, 0)).unwrap();
    join.push(1, entry(2, 2, 0)).unwrap();
    join.push(1, entry(3, 1, 0)).unwrap();
    join.push(0, entry(4, 2, 0)).unwrap();
    assert_eq!(pairs(&mut join), [[1, 3], [4, 2]]);
}

#[test]
fn a_trace_that_never_comes_to_an_input_is_settled_at_once() {
    let mut join = ByTrace::new(inputs(2, &[&[0, 1], &[0]], false), BATCH);
    let other = Entry {
        trace: Trace { producer: 1, number: 1 },
        ..entry(1, 1, 0)
    };
    join.push(0, other).unwrap();
    assert_eq!((join.tally().unmatched, join.tally().pending), (1, 0));
}

#[test]
fn an_end_settles_what_it_leaves_without_partners() {
    let mut join = diamond(true, BATCH);
    [1, 2, 3]
        .into_iter()
        .for_each(|number| join.push(0, entry(1, number, 0)).unwrap());
    join.push(1, entry(2, 1, 0)).unwrap();
    join.end(1).unwrap();
    assert_eq!(pairs(&mut join), [[1, 2]]);
    assert_eq!((join.tally().unmatched, join.tally().pending), (2, 0));
    join.push(0, entry(1, 4, 0)).unwrap();
    assert_eq!((join.tally().unmatched, join.tally().pending), (3, 0), "later ones too");
    assert!(join.wants(0) && !join.wants(1));
}

#[test]
fn v56_a_join_that_fails_names_trace_and_input() {
    let fail = Policy {
        missing: Missing::Fail,
        ..BATCH
    };
    let mut join = diamond(true, fail);
    join.push(0, entry(1, 7, 0)).unwrap();
    let error = join.push(1, entry(2, 8, 0)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "nothing for the trace 0:7 came from `b`, which is further on already"
    );
    let mut join = diamond(true, fail);
    join.push(0, entry(1, 7, 0)).unwrap();
    let error = join.end(1).unwrap_err();
    assert_eq!(
        error.to_string(),
        "nothing for the trace 0:7 came from `b`: it has ended"
    );
    assert!(join.tally().adds_up());
}

#[test]
fn v56_after_the_timeout_entries_are_dropped_oldest_first_or_the_join_fails() {
    let mut join = diamond(false, REALTIME);
    assert_eq!(join.next_deadline(), None);
    join.push(0, entry(1, 1, 10)).unwrap();
    join.push(0, entry(2, 2, 20)).unwrap();
    assert_eq!(join.next_deadline(), Some(ms(110)));
    join.expire(ms(109)).unwrap();
    assert_eq!(join.tally().unmatched, 0);
    join.expire(ms(110)).unwrap();
    assert_eq!((join.tally().unmatched, join.next_deadline()), (1, Some(ms(120))));

    let mut join = diamond(
        false,
        Policy {
            missing: Missing::Fail,
            ..REALTIME
        },
    );
    join.push(1, entry(1, 1, 10)).unwrap();
    let error = join.expire(ms(110)).unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(
        error.to_string(),
        "nothing for the trace 0:1 came from `a` within 100ms"
    );
}

#[test]
fn v58_where_freshness_counts_the_oldest_goes_and_is_counted() {
    let mut join = diamond(false, REALTIME);
    for number in 1..=6 {
        assert!(join.wants(0));
        join.push(0, entry(number as u32, number, 0)).unwrap();
    }
    assert_eq!((join.tally().evicted, join.tally().pending), (2, 4));
    (1..=6).for_each(|number| join.push(1, entry(10 + number as u32, number, 0)).unwrap());
    assert_eq!(pairs(&mut join), [[3, 13], [4, 14], [5, 15], [6, 16]]);
    assert!(join.tally().adds_up());
}

#[test]
fn v58_fixed_in_a_batch_a_slow_branch_loses_nothing_and_blocks_nothing() {
    let mut join = diamond(true, BATCH);
    for number in 1..=100 {
        assert!(join.wants(0), "to hold it back would hold the slow one back");
        join.push(0, entry(number as u32, number, 0)).unwrap();
    }
    (1..=100).for_each(|number| join.push(1, entry(0, number, 0)).unwrap());
    assert_eq!(pairs(&mut join).len(), 100);
    assert_eq!(join.tally().emitted, 200);
}
