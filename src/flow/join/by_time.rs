//! Joins of items that happened at the same time.
//!
//! A group *waits* until each gating input has given something for it, or a quorum of them has and the others can give nothing
//! more. Then it is *held*, in the order in which the groups became complete, until the collect inputs are past its window; it takes the
//! samples in there, and is ready.

use std::collections::VecDeque;
use std::time::Duration;

use super::assembler::Assembler;
use super::cause::{Cause, stuck};
use super::entry::Entry;
use super::group::{Group, Partial};
use super::inputs::Inputs;
use super::missing::Missing;
use super::policy::{Policy, Timing, WhenFull};
use super::samples::Samples;
use super::set::InputSet;
use super::tally::Tally;
use super::waiting::{Timed, Waiting};
use super::watermarks::Watermarks;
use crate::error::Error;

/// For how many time-outs a sample is kept: its group may begin one later, wait for one, and then be held for one behind others.
const OUTLAST: u32 = 3;

/// Groups by event time.
pub(crate) struct ByTime<T> {
    inputs: Inputs,
    policy: Policy,
    tolerance: Duration,
    quorum: usize,
    marks: Watermarks,
    waiting: Waiting<T>,
    held: VecDeque<Held<T>>,
    /// One for each collect input.
    samples: Vec<Samples<T>>,
    ready: VecDeque<Group<T>>,
    /// Without what is pending.
    tally: Tally,
    now: Duration,
}

/// A group that will get no more entries, but perhaps samples.
struct Held<T> {
    partial: Partial<T>,
    time: Duration,
}

impl<T> ByTime<T> {
    pub(crate) fn new(inputs: Inputs, policy: Policy, timing: Timing) -> Self {
        Self {
            waiting: Waiting::new(&inputs, &policy),
            marks: Watermarks::new(timing.lateness),
            tolerance: timing.tolerance,
            quorum: timing.quorum,
            held: VecDeque::new(),
            samples: timing.windows.into_iter().map(Samples::new).collect(),
            ready: VecDeque::new(),
            tally: Tally::default(),
            now: Duration::ZERO,
            inputs,
            policy,
        }
    }

    fn gates(&self) -> usize {
        self.inputs.gates().len()
    }

    /// Takes an entry of a gating input.
    fn match_up(&mut self, input: usize, entry: Entry<T>) -> Result<(), Error> {
        let time = entry.moment();
        let is_late = time < self.marks.of(input);
        // First what it passes over, which is earlier: it could not join that.
        if let Some((before, mark)) = self.marks.note(input, time) {
            self.pass(input, before, mark)?;
        }
        let partner = self.waiting.nearest(input, time, self.tolerance);
        let group = match partner {
            Some(group) => {
                self.waiting.fill(group, input, entry);
                group
            }
            None => self.waiting.begin(input, self.gates(), entry),
        };
        self.judge(group, is_late && partner.is_none())?;
        if self.waiting.load.is_over(input) {
            self.evict(input);
        }
        Ok(())
    }

    /// Looks at the groups that lack `input` and begin where it can give nothing more since its mark has moved.
    fn pass(&mut self, input: usize, before: Duration, mark: Duration) -> Result<(), Error> {
        let (from, to) = (
            before.saturating_sub(self.tolerance),
            mark.saturating_sub(self.tolerance),
        );
        let passed = self.waiting.lacking(input, from, to);
        passed.into_iter().try_for_each(|group| self.judge(group, false))
    }

    /// Takes a sample of a collect input.
    fn collect(&mut self, input: usize, entry: Entry<T>) {
        self.marks.note(input, entry.moment());
        let samples = &mut self.samples[input - self.inputs.gates().len()];
        samples.add(entry);
        if self.policy.when_full == WhenFull::Evict {
            self.tally.evicted += samples.shrink(self.policy.most_samples());
        }
    }

    /// What becomes of a group, now that something has changed for it (V62).
    fn judge(&mut self, number: u64, is_late: bool) -> Result<(), Error> {
        let group = self.waiting.get(number);
        let missing = group.missing();
        let until = group.first.saturating_add(self.tolerance);
        let is_past = |input: &usize| !self.inputs.is_open(*input) || self.marks.is_past(*input, until);
        let never: InputSet = missing.iter().filter(is_past).collect();
        let can_come = missing.minus(never).len();
        let has = group.partial.present.len();
        if can_come == 0 && has >= self.quorum {
            self.hold(number);
        } else if has + can_come < self.quorum {
            return self.settle(number, Cause::Passed(never), is_late);
        }
        Ok(())
    }

    /// Lets go of a group that is below its quorum, or fails for it.
    fn settle(&mut self, number: u64, cause: Cause, is_late: bool) -> Result<(), Error> {
        let Timed { partial, first, .. } = self.waiting.take(number);
        let tally = if is_late {
            &mut self.tally.late
        } else {
            &mut self.tally.unmatched
        };
        *tally += partial.present.len() as u64;
        match self.policy.missing {
            Missing::Drop | Missing::Wait => Ok(()),
            Missing::Fail => Err(cause.error(&self.inputs, format_args!("the time {first:?}"))),
        }
    }

    /// Makes room where too many entries of `input` wait. A group that has its quorum is not lost for that.
    fn evict(&mut self, input: usize) {
        let Some((number, group)) = self.waiting.oldest(Some(input)) else {
            return;
        };
        match group.partial.present.len() {
            has if has >= self.quorum => self.hold(number),
            has => {
                self.waiting.take(number);
                self.tally.evicted += has as u64;
            }
        }
    }

    /// A group that goes out as it is.
    fn hold(&mut self, number: u64) {
        let Timed {
            partial, first: time, ..
        } = self.waiting.take(number);
        self.held.push_back(Held { partial, time });
    }

    /// Lets out the groups that wait for no samples any more.
    fn release(&mut self) {
        while self.held.front().is_some_and(|held| self.is_due(held)) {
            let Some(Held { partial, time }) = self.held.pop_front() else {
                break;
            };
            let samples = self.samples.iter_mut().map(|samples| samples.claim(time)).collect();
            let group = Group {
                samples,
                time: Some(time),
                ..partial.into_group()
            };
            self.tally.emitted += group.len() as u64;
            self.ready.push_back(group);
        }
    }

    fn is_due(&self, held: &Held<T>) -> bool {
        let is_crowded = self.policy.when_full == WhenFull::Evict && self.held.len() > self.policy.max_pending;
        is_crowded || self.policy.is_over(held.partial.since, self.now) || self.lagging(held.time).is_empty()
    }

    /// The collect inputs that may still have something for a group of this time.
    fn lagging(&self, time: Duration) -> InputSet {
        let collects = self.inputs.open().minus(self.inputs.gates());
        let end = |input: usize| self.samples[input - self.gates()].end_of(time);
        collects
            .iter()
            .filter(|input| !self.marks.is_past(*input, end(*input)))
            .collect()
    }

    /// Drops samples that no group will ask for, if there may be many (V64).
    fn tidy(&mut self) {
        if self.samples.iter().all(|samples| !samples.are_many())
            && !self.inputs.gates().and(self.inputs.open()).is_empty()
        {
            return;
        }
        let next = self
            .inputs
            .gates()
            .and(self.inputs.open())
            .iter()
            .map(|input| self.marks.of(input));
        let waiting = self.waiting.earliest().map(|time| time.saturating_sub(self.tolerance));
        let held = self.held.iter().map(|held| held.time);
        let earliest = next.chain(waiting).chain(held).min().unwrap_or(Duration::MAX);
        self.tally.unclaimed += self
            .samples
            .iter_mut()
            .map(|samples| samples.forget(earliest))
            .sum::<u64>();
    }
}

impl<T: Send> Assembler<T> for ByTime<T> {
    fn wants(&self, input: usize) -> bool {
        if !self.inputs.is_open(input) || self.policy.when_full == WhenFull::Evict {
            return self.inputs.is_open(input);
        }
        let (kin, front) = (self.inputs.kin(input), self.held.front());
        if self.inputs.gates().has(input) {
            let collects = self.inputs.open().minus(self.inputs.gates());
            let has_room = self.held.len() < self.policy.max_pending || !kin.and(collects).is_empty();
            return has_room && !self.waiting.load.holds_back(input);
        }
        let has_room = self.samples[input - self.gates()].len() < self.policy.most_samples();
        has_room || !kin.is_empty() || front.is_some_and(|held| self.lagging(held.time).has(input))
    }

    fn push(&mut self, input: usize, entry: Entry<T>) -> Result<(), Error> {
        self.tally.taken += 1;
        self.now = self.now.max(entry.arrived);
        if self.inputs.gates().has(input) {
            self.match_up(input, entry)?;
        } else {
            self.collect(input, entry);
        }
        self.release();
        self.tidy();
        Ok(())
    }

    fn end(&mut self, input: usize) -> Result<(), Error> {
        self.inputs.end(input);
        self.marks.end(input);
        if self.inputs.gates().has(input) {
            let lacking = self.waiting.lacking(input, Duration::ZERO, Duration::MAX);
            lacking.into_iter().try_for_each(|group| self.judge(group, false))?;
        }
        self.release();
        self.tidy();
        Ok(())
    }

    fn expire(&mut self, now: Duration) -> Result<(), Error> {
        self.now = self.now.max(now);
        let Some(limit) = self.policy.timeout else {
            return Ok(());
        };
        while let Some((number, group)) = self.waiting.oldest(None) {
            if !self.policy.is_over(group.partial.since, self.now) {
                break;
            }
            match group.missing() {
                _ if group.partial.present.len() >= self.quorum => self.hold(number),
                missing => self.settle(number, Cause::TimedOut(missing, limit), false)?,
            }
        }
        self.release();
        if let Some(stale) = self.now.checked_sub(limit.saturating_mul(OUTLAST)) {
            self.tally.unclaimed += self
                .samples
                .iter_mut()
                .map(|samples| samples.expire(stale))
                .sum::<u64>();
        }
        Ok(())
    }

    fn next_deadline(&self) -> Option<Duration> {
        let limit = self.policy.timeout?;
        let waiting = self.waiting.oldest(None).map(|(_, group)| group.partial.since);
        let held = self.held.front().map(|held| held.partial.since);
        let outlast = limit.saturating_mul(OUTLAST - 1);
        let samples = self
            .samples
            .iter()
            .filter_map(Samples::since)
            .map(|since| since.saturating_add(outlast));
        let since = waiting.into_iter().chain(held).chain(samples).min()?;
        Some(since.saturating_add(limit))
    }

    fn pop_ready(&mut self) -> Option<Group<T>> {
        self.ready.pop_front()
    }

    fn tally(&self) -> Tally {
        let held: usize = self.held.iter().map(|held| held.partial.present.len()).sum();
        let samples: usize = self.samples.iter().map(Samples::len).sum();
        let pending = self.waiting.entries + (held + samples) as u64;
        Tally { pending, ..self.tally }
    }

    fn stuck(&self) -> Option<Error> {
        let open = self.inputs.open();
        let goes_on = !self.policy.waits_for_ever() || open.iter().any(|input| self.wants(input));
        (!goes_on && !open.is_empty()).then(|| stuck(&self.inputs, &self.policy))
    }

    fn waits_for(&self) -> InputSet {
        let waiting = self.waiting.oldest(None).map(|(_, group)| group.missing());
        let held = || self.held.front().map(|held| self.lagging(held.time));
        waiting.or_else(held).unwrap_or_else(|| self.inputs.open())
    }
}
