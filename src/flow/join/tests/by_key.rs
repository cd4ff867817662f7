use super::*;
use crate::flow::join::by_key::ByKey;
use crate::flow::join::set::InputSet;

/// Inputs of independent producers; the key is the item without its last digit.
fn tens(gates: usize, policy: Policy) -> ByKey<u32, u32> {
    let producers: Vec<_> = (0..gates as u32).map(|producer| [producer]).collect();
    let producers: Vec<&[u32]> = producers.iter().map(|one| &one[..]).collect();
    ByKey::new(inputs(gates, &producers, true), policy, |_, item| item / 10)
}

fn push<const N: usize>(join: &mut ByKey<u32, u32>, input: usize, items: [u32; N]) {
    for item in items {
        join.push(input, entry(item, 1, 0)).unwrap();
    }
}

#[test]
fn items_with_one_key_belong_together_whatever_their_traces() {
    let mut join = tens(3, BATCH);
    push(&mut join, 2, [12]);
    push(&mut join, 0, [20]);
    push(&mut join, 0, [10]);
    push(&mut join, 1, [21]);
    push(&mut join, 2, [22]);
    push(&mut join, 1, [11]);
    assert_eq!(pairs(&mut join), [[20, 21, 22], [10, 11, 12]]);
}

#[test]
fn several_items_of_a_key_are_paired_first_with_first() {
    let mut join = tens(2, BATCH);
    push(&mut join, 0, [10, 11, 12]);
    push(&mut join, 1, [15, 16, 17]);
    assert_eq!(pairs(&mut join), [[10, 15], [11, 16], [12, 17]]);
}

#[test]
fn keys_with_one_hash_are_different_keys() {
    #[derive(Clone, Debug, PartialEq, Eq)]
    struct Same(u32);
    impl std::hash::Hash for Same {
        fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
            state.write_u8(0);
        }
    }
    let mut join = ByKey::new(inputs(2, &[&[0], &[1]], true), BATCH, |_, item: &u32| Same(item / 10));
    join.push(0, entry(10, 1, 0)).unwrap();
    join.push(1, entry(20, 1, 0)).unwrap();
    assert!(join.pop_ready().is_none());
    join.push(1, entry(11, 2, 0)).unwrap();
    assert_eq!(pairs(&mut join), [[10, 11]]);
}

#[test]
fn v58_fixed_in_a_batch_a_full_input_is_held_back_until_some_find_their_partners() {
    let mut join = tens(2, BATCH);
    push(&mut join, 0, [10, 20, 30, 40]);
    assert!(!join.wants(0) && join.wants(1));
    assert_eq!(join.waits_for().iter().collect::<Vec<_>>(), [1]);
    push(&mut join, 1, [31]);
    assert!(join.wants(0));
    assert_eq!(join.tally().evicted, 0);
}

#[test]
fn when_every_input_is_full_the_join_fails_instead_of_hanging() {
    let mut join = tens(2, BATCH);
    push(&mut join, 0, [10, 20, 30, 40]);
    push(&mut join, 1, [50, 60, 70]);
    assert!(join.stuck().is_none());
    push(&mut join, 1, [80]);
    let error = join.stuck().unwrap().to_string();
    assert!(
        error.starts_with("4 items of each of `a`, `b` wait for partners that are not among them"),
        "{error}"
    );
    assert!(error.contains("raise `max_pending`"), "{error}");
    assert!(join.tally().adds_up());
}

#[test]
fn full_inputs_are_no_failure_as_long_as_something_can_time_out() {
    let mut join = tens(
        2,
        Policy {
            missing: Missing::Drop,
            timeout: Some(ms(100)),
            ..BATCH
        },
    );
    push(&mut join, 0, [10, 20, 30, 40]);
    push(&mut join, 1, [50, 60, 70, 80]);
    assert!(!join.wants(0) && !join.wants(1) && join.stuck().is_none());
    join.expire(ms(100)).unwrap();
    assert!(join.wants(0) && join.wants(1));
}

#[test]
fn the_end_of_an_input_frees_those_that_waited_for_it() {
    let mut join = tens(3, BATCH);
    push(&mut join, 0, [10, 20, 30, 40]);
    push(&mut join, 1, [11, 21, 31, 41]);
    assert!(!join.wants(0) && !join.wants(1) && join.wants(2));
    join.end(2).unwrap();
    assert_eq!(join.tally().unmatched, 8, "they lack what has ended");
    assert!(join.wants(0) && join.wants(1));
}

#[test]
fn an_input_is_read_on_only_while_it_waits_for_a_relative() {
    // `a` and `b` have a producer in common, `c` has not.
    let mut join = ByKey::new(inputs(3, &[&[0], &[0], &[1]], true), BATCH, |_, item| item / 10);
    (1..=9).for_each(|ten| push(&mut join, 0, [10 * ten]));
    assert!(join.wants(0), "they wait for `b`");
    (1..=3).for_each(|ten| push(&mut join, 1, [10 * ten]));
    assert!(join.wants(0) && join.wants(1));
    push(&mut join, 1, [40]);
    assert!(!join.wants(0) && !join.wants(1), "four wait for `c` alone");
    push(&mut join, 2, [20]);
    assert!(join.wants(0) && join.wants(1));
}

#[test]
fn a_join_that_fails_names_the_key() {
    let mut join = tens(
        3,
        Policy {
            missing: Missing::Fail,
            ..BATCH
        },
    );
    push(&mut join, 0, [70]);
    let error = join.end(1).unwrap_err();
    assert_eq!(error.to_string(), "nothing for the key 7 came from `b`: it has ended");
}

#[test]
fn a_key_that_panics_leaves_the_join_as_it_was() {
    let mut join = ByKey::new(inputs(2, &[&[0], &[1]], true), BATCH, |_, item: &u32| {
        assert!(*item != 13, "unlucky");
        item / 10
    });
    join.push(0, entry(10, 1, 0)).unwrap();
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| join.push(1, entry(13, 1, 0))));
    assert!(caught.is_err());
    assert_eq!((join.tally().taken, join.tally().pending), (1, 1));
    join.push(1, entry(11, 2, 0)).unwrap();
    assert_eq!(pairs(&mut join), [[10, 11]]);
}

#[test]
fn a_set_of_inputs_is_what_was_put_in() {
    let set: InputSet = [0, 3, 63].into_iter().collect();
    assert_eq!(set.iter().collect::<Vec<_>>(), [0, 3, 63]);
    assert_eq!(
        (set.len(), set.without(3).len(), set.has(3), set.without(3).has(3)),
        (3, 2, true, false)
    );
    assert_eq!(
        InputSet::first(2)
            .with(5)
            .minus(InputSet::first(1))
            .iter()
            .collect::<Vec<_>>(),
        [1, 5]
    );
    assert!(InputSet::first(0).is_empty());
}
