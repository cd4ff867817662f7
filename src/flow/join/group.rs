//! Items that belong together.

use std::time::Duration;

use smallvec::SmallVec;

use super::entry::Entry;
use super::set::InputSet;
use crate::flow::envelope::Trace;

/// A place for each gating input.
pub(crate) type Slots<T> = SmallVec<[Option<Entry<T>>; 2]>;

/// What a join makes one item of.
#[derive(Clone, Debug)]
pub(crate) struct Group<T> {
    /// What the gating inputs have given; `None` is one that a quorum does without.
    pub(crate) slots: Slots<T>,
    /// For each collect input, its samples in the window of the group, sorted by time.
    pub(crate) samples: Vec<Vec<Entry<T>>>,
    /// Its event time: the earliest of those that are known (V54, V60).
    pub(crate) time: Option<Duration>,
}

/// A group that is not complete.
#[derive(Debug)]
pub(super) struct Partial<T> {
    pub(super) slots: Slots<T>,
    pub(super) present: InputSet,
    /// When the first one came.
    pub(super) since: Duration,
}

impl<T> Group<T> {
    /// That of the first input that has given something: what was made of it goes by its trace.
    pub(crate) fn trace(&self) -> Trace {
        let first = self.slots.iter().flatten().next();
        first.expect("invariant: a group begins with an entry").trace
    }

    /// How many entries it is made of.
    pub(crate) fn len(&self) -> usize {
        let samples: usize = self.samples.iter().map(Vec::len).sum();
        self.slots.iter().flatten().count() + samples
    }
}

impl<T> Partial<T> {
    pub(super) fn new(gates: usize, input: usize, entry: Entry<T>) -> Self {
        let since = entry.arrived;
        let mut slots: Slots<T> = (0..gates).map(|_| None).collect();
        slots[input] = Some(entry);
        let present = InputSet::default().with(input);
        Self { slots, present, since }
    }

    pub(super) fn fill(&mut self, input: usize, entry: Entry<T>) {
        debug_assert!(!self.present.has(input));
        self.slots[input] = Some(entry);
        self.present = self.present.with(input);
    }

    pub(super) fn missing(&self) -> InputSet {
        InputSet::first(self.slots.len()).minus(self.present)
    }

    pub(super) fn into_group(self) -> Group<T> {
        let time = self.slots.iter().flatten().filter_map(|entry| entry.time).min();
        let (slots, samples) = (self.slots, Vec::new());
        Group { slots, samples, time }
    }
}
