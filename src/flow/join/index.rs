//! Where groups are found by what they have in common.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt::Debug;
use std::hash::Hash;

use crate::flow::envelope::Trace;

/// The groups of a key, by their numbers, oldest first. A key without groups takes no room.
pub(super) type Queue = VecDeque<u64>;

/// Finds the groups of a key. Keys are compared as values.
pub(super) trait Index: Default + Send {
    type Key: Clone + Eq + Send;

    fn queue(&self, key: &Self::Key) -> Option<&Queue>;

    /// Enters a group that is younger than all others.
    fn enter(&mut self, key: Self::Key, group: u64);

    fn leave(&mut self, key: &Self::Key, group: u64);

    /// As an error names it.
    fn describe(key: &Self::Key) -> String;
}

impl<K: Clone + Debug + Eq + Hash + Send> Index for HashMap<K, Queue> {
    type Key = K;

    fn queue(&self, key: &K) -> Option<&Queue> {
        self.get(key)
    }

    fn enter(&mut self, key: K, group: u64) {
        self.entry(key).or_default().push_back(group);
    }

    fn leave(&mut self, key: &K, group: u64) {
        if self.get_mut(key).is_some_and(|queue| is_last(queue, group)) {
            self.remove(key);
        }
    }

    fn describe(key: &K) -> String {
        format!("the key {key:?}")
    }
}

/// Sorted, so that the groups of earlier items of a producer are found.
impl Index for BTreeMap<Trace, Queue> {
    type Key = Trace;

    fn queue(&self, key: &Trace) -> Option<&Queue> {
        self.get(key)
    }

    fn enter(&mut self, key: Trace, group: u64) {
        self.entry(key).or_default().push_back(group);
    }

    fn leave(&mut self, key: &Trace, group: u64) {
        if self.get_mut(key).is_some_and(|queue| is_last(queue, group)) {
            self.remove(key);
        }
    }

    fn describe(trace: &Trace) -> String {
        format!("the trace {trace}")
    }
}

/// Takes `group` out, and tells whether nothing is left.
fn is_last(queue: &mut Queue, group: u64) -> bool {
    if let Ok(place) = queue.binary_search(&group) {
        queue.remove(place);
    }
    queue.is_empty()
}
