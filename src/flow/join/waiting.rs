//! Groups of a time that are not complete.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::entry::Entry;
use super::group::Partial;
use super::inputs::Inputs;
use super::load::Load;
use super::policy::Policy;
use super::set::InputSet;

/// Those that wait for partners, to be found by time and by age.
pub(super) struct Waiting<T> {
    /// By their numbers: the oldest is first.
    groups: BTreeMap<u64, Timed<T>>,
    by_time: BTreeSet<(Duration, u64)>,
    born: u64,
    pub(super) load: Load,
    /// How many entries they have.
    pub(super) entries: u64,
}

/// A group, with the first and the last of its event times.
pub(super) struct Timed<T> {
    pub(super) partial: Partial<T>,
    pub(super) first: Duration,
    pub(super) last: Duration,
}

impl<T> Waiting<T> {
    pub(super) fn new(inputs: &Inputs, policy: &Policy) -> Self {
        Self {
            groups: BTreeMap::new(),
            by_time: BTreeSet::new(),
            born: 0,
            load: Load::new(inputs, policy),
            entries: 0,
        }
    }

    /// Among the groups that lack `input`, and of which no entry is further from `time` than `tolerance`, the nearest one; of two
    /// that are equally near, the older one (V60).
    pub(super) fn nearest(&self, input: usize, time: Duration, tolerance: Duration) -> Option<u64> {
        let (from, to) = (time.saturating_sub(tolerance), time.saturating_add(tolerance));
        let near = self.by_time.range((from, 0)..=(to, u64::MAX));
        let fit = near.filter(|(_, number)| {
            let group = &self.groups[number];
            !group.partial.present.has(input) && group.last.max(time) - group.first.min(time) <= tolerance
        });
        let nearest = fit.min_by_key(|(first, number)| (first.abs_diff(time), *number));
        nearest.map(|(_, number)| *number)
    }

    /// A group of one.
    pub(super) fn begin(&mut self, input: usize, gates: usize, entry: Entry<T>) -> u64 {
        let time = entry.moment();
        let number = self.born;
        self.born += 1;
        let partial = Partial::new(gates, input, entry);
        let (first, last) = (time, time);
        self.put(number, Timed { partial, first, last });
        number
    }

    pub(super) fn fill(&mut self, number: u64, input: usize, entry: Entry<T>) {
        let time = entry.moment();
        let Timed {
            mut partial,
            first,
            last,
        } = self.take(number);
        partial.fill(input, entry);
        let (first, last) = (first.min(time), last.max(time));
        self.put(number, Timed { partial, first, last });
    }

    fn put(&mut self, number: u64, group: Timed<T>) {
        self.load.add(group.partial.present, group.partial.missing());
        self.entries += group.partial.present.len() as u64;
        self.by_time.insert((group.first, number));
        self.groups.insert(number, group);
    }

    /// The group itself, which waits no more.
    pub(super) fn take(&mut self, number: u64) -> Timed<T> {
        let group = self
            .groups
            .remove(&number)
            .expect("invariant: whoever names a group has found it");
        self.by_time.remove(&(group.first, number));
        self.load.take(group.partial.present, group.partial.missing());
        self.entries -= group.partial.present.len() as u64;
        group
    }

    pub(super) fn get(&self, number: u64) -> &Timed<T> {
        &self.groups[&number]
    }

    /// The groups that lack `input` and begin at `from` or later, but before `to`: earliest first.
    pub(super) fn lacking(&self, input: usize, from: Duration, to: Duration) -> Vec<u64> {
        if from >= to {
            return Vec::new();
        }
        let all = self.by_time.range((from, 0)..(to, 0)).map(|(_, number)| *number);
        all.filter(|number| !self.groups[number].partial.present.has(input))
            .collect()
    }

    /// The one that has waited longest, of those that have an entry of `input`, or of all.
    pub(super) fn oldest(&self, input: Option<usize>) -> Option<(u64, &Timed<T>)> {
        let has = |group: &Timed<T>| input.is_none_or(|input| group.partial.present.has(input));
        self.groups
            .iter()
            .find(|(_, group)| has(group))
            .map(|(number, group)| (*number, group))
    }

    /// The time of the earliest.
    pub(super) fn earliest(&self) -> Option<Duration> {
        self.by_time.first().map(|(first, _)| *first)
    }
}

impl<T> Timed<T> {
    pub(super) fn missing(&self) -> InputSet {
        self.partial.missing()
    }
}
