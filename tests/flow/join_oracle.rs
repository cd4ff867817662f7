//! Joins of random branches beside the lists that they stand for.

use headwater::flow::{Flow, Node};
use proptest::prelude::*;

use crate::{numbers, run};

/// What happens to an item on a branch.
#[derive(Clone, Debug)]
enum Step {
    /// Lets through the multiples.
    Keep(u64),
    /// Says multiples several times.
    Repeat(u64, usize),
    /// By several replicas, in order or not.
    Pass {
        replicas: usize,
        is_ordered: bool,
        depth: usize,
    },
}

impl Step {
    fn add<I>(&self, name: String, to: &Node<I, u64>) -> Node<u64, u64> {
        match *self {
            Self::Keep(of) => to.filter(name, move |n| n.is_multiple_of(of)),
            Self::Repeat(of, times) => to.flat_map(name, move |n, output| {
                let times = if n.is_multiple_of(of) { times } else { 1 };
                (0..times).for_each(|_| output.emit(n));
            }),
            Self::Pass {
                replicas,
                is_ordered,
                depth,
            } => {
                let node = to.process(name, |n| n).replicas(replicas).depth(depth);
                if is_ordered { node.ordered_within(depth) } else { node }
            }
        }
    }

    /// How many it makes of so many of a number.
    fn count(&self, n: u64, count: usize) -> usize {
        match *self {
            Self::Keep(of) if !n.is_multiple_of(of) => 0,
            Self::Repeat(of, times) if n.is_multiple_of(of) => count * times,
            _ => count,
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1..9_u64).prop_map(Step::Keep),
        (1..9_u64, 0..4_usize).prop_map(|(of, times)| Step::Repeat(of, times)),
        (1..4_usize, any::<bool>(), 1..20_usize).prop_map(|(replicas, is_ordered, depth)| Step::Pass {
            replicas,
            is_ordered,
            depth
        }),
    ]
}

#[derive(Clone, Debug)]
struct Case {
    count: u64,
    branches: [Vec<Step>; 3],
    replicas: Option<usize>,
    max_pending: usize,
    depth: usize,
    by_key: bool,
}

fn case() -> impl Strategy<Value = Case> {
    let branches = prop::array::uniform3(prop::collection::vec(step(), 0..4));
    let settings = (
        0..600_u64,
        branches,
        prop::option::of(1..4_usize),
        1..10_usize,
        1..70_usize,
        any::<bool>(),
    );
    settings.prop_map(|(count, branches, replicas, max_pending, depth, by_key)| Case {
        count,
        branches,
        replicas,
        max_pending,
        depth,
        by_key,
    })
}

fn compare(case: &Case) -> Result<(), TestCaseError> {
    let flow = Flow::batch();
    let source = numbers(&flow, case.count);
    let ends: Vec<_> = (0..)
        .zip(&case.branches)
        .map(|(nth, steps)| branch(&source, nth, steps))
        .collect();
    let mut join = flow
        .join("join", (&ends[0], &ends[1], &ends[2]))
        .max_pending(case.max_pending)
        .depth(case.depth);
    if let Some(replicas) = case.replicas {
        join = join.replicas(replicas);
    }
    let joined = match case.by_key {
        true => join.by_key((|a: &u64| *a, |b: &u64| *b, |c: &u64| *c)),
        false => join.by_trace(),
    };
    let groups = joined.collect("groups");
    let report = run(&flow);

    let counts = (1..=case.count).map(|n| case.branches.each_ref().map(|steps| count(steps, n)));
    let counts: Vec<[usize; 3]> = counts.collect();
    let whole = (1..)
        .zip(&counts)
        .flat_map(|(n, counts)| vec![(n, n, n); *counts.iter().min().unwrap()]);
    let mut groups = groups.take();
    groups.sort_unstable();
    prop_assert_eq!(&groups, &whole.collect::<Vec<_>>());
    let all: usize = counts.iter().flatten().sum();
    let join = report.node("join").unwrap();
    prop_assert_eq!((join.taken, join.emitted), (all as u64, groups.len() as u64));
    prop_assert_eq!((join.unmatched, join.dropped), ((all - 3 * groups.len()) as u64, 0));
    Ok(())
}

fn branch(source: &Node<headwater::flow::Nothing, u64>, nth: usize, steps: &[Step]) -> Node<u64, u64> {
    let first = source.map(format!("branch {nth}"), |n| n);
    let steps = (0..).zip(steps);
    steps.fold(first, |node, (at, step): (usize, _)| {
        step.add(format!("step {nth}.{at}"), &node)
    })
}

fn count(steps: &[Step], n: u64) -> usize {
    steps.iter().fold(1, |count, step| step.count(n, count))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn v54_v58_random_branches_lose_and_double_nothing(case in case()) {
        compare(&case)?;
    }
}
