//! Joins by trace and by key beside a list of groups that is searched from the beginning each time.

use proptest::prelude::*;

use super::*;
use crate::flow::join::by_key::ByKey;
use crate::flow::join::by_trace::ByTrace;
use crate::flow::join::tally::Tally;

#[derive(Clone, Debug)]
enum Step {
    /// A trace of producer 0 or 1, which is the key as well.
    Push(usize, u32, u64),
    End(usize),
    Expire(u64),
}

#[derive(Clone, Debug)]
struct Case {
    by_trace: bool,
    in_order: bool,
    gates: usize,
    policy: Policy,
    steps: Vec<Step>,
}

struct Naive {
    case: Case,
    groups: Vec<Naively>,
    /// Everything that has come, by input.
    came: Vec<(usize, Trace)>,
    ended: Vec<bool>,
    tally: Tally,
}

struct Naively {
    trace: Trace,
    slots: Vec<Option<u32>>,
    since: Duration,
}

impl Naively {
    fn len(&self) -> u64 {
        self.slots.iter().flatten().count() as u64
    }

    fn lacks(&self, input: usize) -> bool {
        self.slots[input].is_none()
    }
}

impl Naive {
    fn new(case: Case) -> Self {
        let ended = vec![false; case.gates];
        let (groups, came, tally) = (Vec::new(), Vec::new(), Tally::default());
        Self {
            case,
            groups,
            came,
            ended,
            tally,
        }
    }

    fn push(&mut self, input: usize, trace: Trace, item: u32, now: Duration) -> Vec<Vec<u32>> {
        self.tally.taken += 1;
        let (key, slots) = (trace, vec![None; self.case.gates]);
        let partner = self
            .groups
            .iter()
            .position(|group| group.trace == key && group.lacks(input));
        let partner = partner.unwrap_or_else(|| {
            self.groups.push(Naively {
                trace,
                slots,
                since: now,
            });
            self.groups.len() - 1
        });
        self.groups[partner].slots[input] = Some(item);
        let (complete, others) = self
            .groups
            .drain(..)
            .partition(|group| group.slots.iter().all(Option::is_some));
        self.groups = others;
        let complete: Vec<Naively> = complete;
        self.tally.emitted += complete.iter().map(Naively::len).sum::<u64>();
        let policy = self.case.policy;
        if policy.when_full == WhenFull::Evict {
            let full = self.groups.iter().filter(|group| !group.lacks(input)).count() > policy.max_pending;
            if let Some(oldest) = self.groups.iter().position(|group| full && !group.lacks(input)) {
                self.tally.evicted += self.groups.remove(oldest).len();
            }
        }
        self.came.push((input, trace));
        self.settle();
        complete
            .into_iter()
            .map(|group| group.slots.into_iter().flatten().collect())
            .collect()
    }

    fn can_come(&self, input: usize, trace: Trace) -> bool {
        let later = |(other, came): &(usize, Trace)| {
            *other == input && came.producer == trace.producer && came.number > trace.number
        };
        let is_passed = self.case.by_trace && self.case.in_order && self.came.iter().any(later);
        !self.ended[input] && !is_passed
    }

    fn settle(&mut self) {
        let groups = std::mem::take(&mut self.groups);
        let can = |group: &Naively| {
            (0..self.case.gates).all(|input| !group.lacks(input) || self.can_come(input, group.trace))
        };
        let (stay, go): (Vec<_>, Vec<_>) = groups.into_iter().partition(can);
        self.groups = stay;
        self.tally.unmatched += go.iter().map(Naively::len).sum::<u64>();
    }

    fn expire(&mut self, now: Duration) {
        let Some(limit) = self.case.policy.timeout else { return };
        let (go, stay): (Vec<_>, Vec<_>) = self.groups.drain(..).partition(|group| group.since + limit <= now);
        self.groups = stay;
        self.tally.unmatched += go.iter().map(Naively::len).sum::<u64>();
    }

    fn tally(&self) -> Tally {
        Tally {
            pending: self.groups.iter().map(Naively::len).sum(),
            ..self.tally
        }
    }
}

fn assembler(case: &Case) -> Box<dyn Assembler<u32>> {
    let producers: Vec<&[u32]> = vec![&[0, 1]; case.gates];
    let inputs = inputs(case.gates, &producers, case.in_order);
    match case.by_trace {
        true => Box::new(ByTrace::new(inputs, case.policy)),
        // An item says its trace.
        false => Box::new(ByKey::new(inputs, case.policy, |_, item| item / 1000)),
    }
}

fn compare(case: Case) -> Result<(), TestCaseError> {
    let (mut join, mut naive) = (assembler(&case), Naive::new(case.clone()));
    for (nth, step) in (0..).zip(&case.steps) {
        let now = ms(u64::from(nth) * 10);
        match *step {
            Step::Push(input, ..) | Step::End(input) if naive.ended[input] => continue,
            Step::Push(input, producer, number) => {
                let trace = Trace { producer, number };
                let item = (10 * producer + number as u32) * 1000 + nth;
                let expected = naive.push(input, trace, item, now);
                let entry = Entry {
                    item,
                    trace,
                    time: None,
                    arrived: now,
                };
                prop_assert!(join.push(input, entry).is_ok());
                prop_assert_eq!(pairs(&mut *join), expected, "step {}", nth);
            }
            Step::End(input) => {
                naive.ended[input] = true;
                naive.settle();
                prop_assert!(join.end(input).is_ok());
            }
            Step::Expire(more) => {
                naive.expire(now + ms(more));
                prop_assert!(join.expire(now + ms(more)).is_ok());
                let left = naive.groups.iter().map(|group| group.since).min();
                let deadline = left.and_then(|left| Some(left + case.policy.timeout?));
                prop_assert_eq!(join.next_deadline(), deadline);
            }
        }
        prop_assert_eq!(join.tally(), naive.tally(), "step {}", nth);
        prop_assert!(join.tally().adds_up());
    }
    (0..case.gates).for_each(|input| join.end(input).unwrap());
    prop_assert_eq!(join.tally().pending, 0);
    prop_assert!(join.tally().adds_up());
    Ok(())
}

fn step(gates: usize) -> impl Strategy<Value = Step> {
    prop_oneof![
        20 => (0..gates, 0..2_u32, 1..8_u64).prop_map(|(input, producer, number)| Step::Push(input, producer, number)),
        1 => (0..gates).prop_map(Step::End),
        2 => (0..20_u64).prop_map(Step::Expire),
    ]
}

fn case() -> impl Strategy<Value = Case> {
    let settings = (
        any::<bool>(),
        any::<bool>(),
        2..5_usize,
        any::<bool>(),
        prop::option::of(20..400_u64),
        1..6_usize,
    );
    settings.prop_flat_map(|(by_trace, in_order, gates, evicts, timeout, max_pending)| {
        let when_full = if evicts { WhenFull::Evict } else { WhenFull::Hold };
        let timeout = timeout.map(ms);
        let policy = Policy {
            missing: Missing::Drop,
            timeout,
            max_pending,
            when_full,
        };
        let steps = prop::collection::vec(step(gates), 0..120);
        steps.prop_map(move |steps| Case {
            by_trace,
            in_order,
            gates,
            policy,
            steps,
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn v54_v58_joins_do_as_a_list_of_groups_does(case in case()) {
        compare(case)?;
    }
}
