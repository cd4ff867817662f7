//! Joins by time beside lists that are searched from the beginning each time.

use proptest::prelude::*;

use super::*;
use crate::flow::join::by_time::ByTime;
use crate::flow::join::options::TimeOptions;

const TOLERANCE: u64 = 10;

#[derive(Clone, Debug)]
enum Step {
    Push(usize, u64),
    End(usize),
    Expire(u64),
}

#[derive(Clone, Debug)]
struct Case {
    gates: usize,
    quorum: usize,
    windows: Vec<u64>,
    lateness: u64,
    timeout: Option<u64>,
    steps: Vec<Step>,
}

/// Names of items, which are their steps, with their times.
type Slots = Vec<Option<(u64, u64)>>;
type Made = (Slots, Vec<Vec<u64>>);

struct Naive {
    case: Case,
    /// With the time at which each came.
    waiting: Vec<(Slots, u64)>,
    held: Vec<(Slots, u64)>,
    samples: Vec<Vec<(u64, u64)>>,
    latest: Vec<Option<u64>>,
    ended: Vec<bool>,
    made: Vec<Made>,
    lost: u64,
    now: u64,
}

fn time(slots: &Slots) -> u64 {
    slots.iter().flatten().map(|(time, _)| *time).min().unwrap()
}

fn len(slots: &Slots) -> u64 {
    slots.iter().flatten().count() as u64
}

impl Naive {
    fn new(case: Case) -> Self {
        let inputs = case.gates + case.windows.len();
        Self {
            waiting: Vec::new(),
            held: Vec::new(),
            samples: vec![Vec::new(); case.windows.len()],
            latest: vec![None; inputs],
            ended: vec![false; inputs],
            made: Vec::new(),
            lost: 0,
            now: 0,
            case,
        }
    }

    /// Whether something of that time may come there.
    fn may_come(&self, input: usize, time: u64) -> bool {
        let is_past = self.latest[input].is_some_and(|latest| latest.saturating_sub(self.case.lateness) > time);
        !self.ended[input] && !is_past
    }

    fn push(&mut self, input: usize, at: u64, name: u64, now: u64) {
        self.latest[input] = self.latest[input].max(Some(at));
        self.settle();
        if input < self.case.gates {
            self.match_up(input, at, name, now);
        } else {
            self.samples[input - self.case.gates].push((at, name));
        }
        self.now = self.now.max(now);
        self.release();
    }

    fn match_up(&mut self, input: usize, at: u64, name: u64, now: u64) {
        let fits = |slots: &Slots| {
            let times = slots.iter().flatten().map(|(time, _)| time.abs_diff(at));
            slots[input].is_none() && times.max().unwrap() <= TOLERANCE
        };
        let near = self.waiting.iter().enumerate().filter(|(_, (slots, _))| fits(slots));
        // The first of the nearest.
        let nearest = near
            .min_by_key(|(_, (slots, _))| time(slots).abs_diff(at))
            .map(|(nth, _)| nth);
        let group = nearest.unwrap_or_else(|| {
            self.waiting.push((vec![None; self.case.gates], now));
            self.waiting.len() - 1
        });
        self.waiting[group].0[input] = Some((at, name));
        self.settle();
    }

    /// Settles what can be, earliest first.
    fn settle(&mut self) {
        self.waiting_by_time().into_iter().for_each(|since_and_slots| {
            let missing = (0..self.case.gates).filter(|input| since_and_slots[*input].is_none());
            let missing: Vec<_> = missing.collect();
            let until = time(&since_and_slots) + TOLERANCE;
            let open = missing.iter().filter(|input| self.may_come(**input, until)).count();
            let has = self.case.gates - missing.len();
            if open == 0 && has >= self.case.quorum {
                let group = self.remove(&since_and_slots);
                self.held.push(group);
            } else if has + open < self.case.quorum {
                self.lost += len(&self.remove(&since_and_slots).0);
            }
        });
    }

    fn waiting_by_time(&self) -> Vec<Slots> {
        let mut all: Vec<Slots> = self.waiting.iter().map(|(slots, _)| slots.clone()).collect();
        all.sort_by_key(time);
        all
    }

    fn remove(&mut self, slots: &Slots) -> (Slots, u64) {
        let place = self.waiting.iter().position(|(other, _)| other == slots).unwrap();
        self.waiting.remove(place)
    }

    fn release(&mut self) {
        while let Some((slots, since)) = self.held.first().cloned() {
            let at = time(&slots);
            let windows = self.case.windows.clone();
            let lags = |(nth, window): (usize, &u64)| self.may_come(self.case.gates + nth, at + window);
            let is_over = self.case.timeout.is_some_and(|limit| since + limit <= self.now);
            if !is_over && windows.iter().enumerate().any(lags) {
                return;
            }
            self.held.remove(0);
            let samples = windows.iter().zip(&mut self.samples).map(|(window, samples)| {
                let mut mine: Vec<_> = samples
                    .extract_if(.., |(time, _)| time.abs_diff(at) <= *window)
                    .collect();
                mine.sort_by_key(|(time, _)| *time);
                mine.into_iter().map(|(_, name)| name).collect()
            });
            let samples = samples.collect();
            self.made.push((slots, samples));
        }
    }

    fn expire(&mut self, now: u64) {
        self.now = self.now.max(now);
        let (Some(limit), now) = (self.case.timeout, self.now) else {
            return;
        };
        let (late, waiting): (Vec<_>, Vec<_>) = self.waiting.drain(..).partition(|(_, since)| since + limit <= now);
        self.waiting = waiting;
        for (slots, since) in late {
            match len(&slots) as usize >= self.case.quorum {
                true => self.held.push((slots, since)),
                false => self.lost += len(&slots),
            }
        }
        self.release();
    }
}

fn made(join: &mut ByTime<u32>) -> Vec<Made> {
    let name = |entry: &Entry<u32>| u64::from(entry.item);
    let slot = |slot: &Option<Entry<u32>>| {
        slot.as_ref()
            .map(|entry| (entry.moment().as_millis() as u64, name(entry)))
    };
    let all = std::iter::from_fn(|| join.pop_ready());
    all.map(|group| {
        let samples = group.samples.iter().map(|samples| samples.iter().map(name).collect());
        (group.slots.iter().map(slot).collect(), samples.collect())
    })
    .collect()
}

fn compare(case: Case) -> Result<(), TestCaseError> {
    let timeout = case.timeout.map(ms);
    let policy = Policy {
        missing: Missing::Drop,
        timeout,
        max_pending: 1000,
        when_full: WhenFull::Hold,
    };
    let options = TimeOptions {
        tolerance: ms(TOLERANCE),
        quorum: Some(case.quorum),
        lateness: Some(ms(case.lateness)),
        windows: case.windows.iter().copied().map(ms).collect(),
    };
    let count = case.gates + case.windows.len();
    let inputs = inputs(case.gates, &vec![&[0_u32][..]; count], true);
    let timing = options.timing(&inputs, &policy).unwrap();
    let (mut join, mut naive) = (ByTime::new(inputs, policy, timing), Naive::new(case.clone()));
    for (nth, step) in (0_u64..).zip(&case.steps) {
        let now = nth * 10;
        match *step {
            Step::Push(input, _) | Step::End(input) if naive.ended[input] => continue,
            Step::Push(input, back) => {
                let at = (2000 + now).saturating_sub(back);
                naive.push(input, at, nth, now);
                let (item, trace) = (nth as u32, Trace { producer: 0, number: 1 });
                let entry = Entry {
                    item,
                    trace,
                    time: Some(ms(at)),
                    arrived: ms(now),
                };
                prop_assert!(join.push(input, entry).is_ok());
            }
            Step::End(input) => {
                naive.ended[input] = true;
                naive.settle();
                naive.release();
                prop_assert!(join.end(input).is_ok());
            }
            Step::Expire(more) => {
                naive.expire(now + more);
                prop_assert!(join.expire(ms(now + more)).is_ok());
            }
        }
        let tally = join.tally();
        prop_assert!(tally.adds_up());
        prop_assert_eq!(made(&mut join), std::mem::take(&mut naive.made), "step {}", nth);
        prop_assert_eq!(tally.unmatched + tally.late, naive.lost, "step {}", nth);
    }
    (0..count).for_each(|input| join.end(input).unwrap());
    prop_assert_eq!(join.tally().pending, 0);
    prop_assert!(join.tally().adds_up());
    Ok(())
}

fn step(inputs: usize) -> impl Strategy<Value = Step> {
    prop_oneof![
        20 => (0..inputs, 0..60_u64).prop_map(|(input, back)| Step::Push(input, back)),
        1 => (0..inputs).prop_map(Step::End),
        2 => (0..10_u64).prop_map(Step::Expire),
    ]
}

fn case() -> impl Strategy<Value = Case> {
    let windows = prop::collection::vec(1..40_u64, 0..3);
    // A limit so short that it would drop samples that the lists still have is not for comparing.
    let settings = (
        1..4_usize,
        0..3_usize,
        windows,
        0..50_u64,
        prop::option::of(100..300_u64),
    );
    settings.prop_flat_map(|(gates, less, windows, lateness, timeout)| {
        let quorum = gates.saturating_sub(less).max(1);
        prop::collection::vec(step(gates + windows.len()), 0..120).prop_map(move |steps| Case {
            gates,
            quorum,
            windows: windows.clone(),
            lateness,
            timeout,
            steps,
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn v60_v64_joins_by_time_do_as_lists_do(case in case()) {
        compare(case)?;
    }
}
