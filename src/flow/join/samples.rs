//! What a collect input has given, and no group has taken.

use std::collections::BTreeMap;
use std::time::Duration;

use super::entry::Entry;

/// Sorted by time; those of one time, in the order in which they came.
pub(super) struct Samples<T> {
    window: Duration,
    waiting: BTreeMap<(Duration, u64), Entry<T>>,
    came: u64,
    /// When it is worth looking for what nobody will ask for.
    look_at: usize,
}

/// Below that it is not worth looking.
const FEW: usize = 64;

impl<T> Samples<T> {
    pub(super) fn new(window: Duration) -> Self {
        let (waiting, came, look_at) = (BTreeMap::new(), 0, FEW);
        Self {
            window,
            waiting,
            came,
            look_at,
        }
    }

    pub(super) fn add(&mut self, entry: Entry<T>) {
        self.waiting.insert((entry.moment(), self.came), entry);
        self.came += 1;
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// The end of the window of a group of this time.
    pub(super) fn end_of(&self, time: Duration) -> Duration {
        time.saturating_add(self.window)
    }

    /// Those of a group of this time: no other one gets them (V63).
    pub(super) fn claim(&mut self, time: Duration) -> Vec<Entry<T>> {
        let (from, to) = ((time.saturating_sub(self.window), 0), (self.end_of(time), u64::MAX));
        let claimed = self.waiting.extract_if(from..=to, |_, _| true);
        claimed.map(|(_, entry)| entry).collect()
    }

    /// Whether there are so many that it is worth [dropping](Self::forget) some.
    pub(super) fn are_many(&self) -> bool {
        self.waiting.len() >= self.look_at
    }

    /// Drops those that no group from `time` on will ask for.
    pub(super) fn forget(&mut self, time: Duration) -> u64 {
        let from = time.saturating_sub(self.window);
        let dropped = self.drop_while(|(at, _), _| *at < from);
        self.look_at = FEW.max(2 * self.waiting.len());
        dropped
    }

    /// Drops the earliest ones if there are more than `most`.
    pub(super) fn shrink(&mut self, most: usize) -> u64 {
        let over = self.waiting.len().saturating_sub(most);
        (0..over).for_each(|_| drop(self.waiting.pop_first()));
        over as u64
    }

    /// When the earliest one came.
    pub(super) fn since(&self) -> Option<Duration> {
        self.waiting.first_key_value().map(|(_, entry)| entry.arrived)
    }

    /// Drops the earliest ones that came at `time` or before (V64).
    pub(super) fn expire(&mut self, time: Duration) -> u64 {
        self.drop_while(|_, entry| entry.arrived <= time)
    }

    fn drop_while(&mut self, mut is_to_go: impl FnMut(&(Duration, u64), &Entry<T>) -> bool) -> u64 {
        let mut dropped = 0;
        while let Some(earliest) = self
            .waiting
            .first_entry()
            .filter(|earliest| is_to_go(earliest.key(), earliest.get()))
        {
            earliest.remove();
            dropped += 1;
        }
        dropped
    }
}
