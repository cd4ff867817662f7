//! Joins of items that have a key in common.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::time::Duration;

use super::assembler::Assembler;
use super::complaint::Cause;
use super::entry::Entry;
use super::group::Group;
use super::index::Queue;
use super::inputs::Inputs;
use super::keyed::Keyed;
use super::policy::Policy;
use super::set::InputSet;
use super::tally::Tally;
use crate::error::Error;

/// Says what the key of an item of an input is. It is asked before anything is changed: it may panic.
type KeyOf<K, T> = Box<dyn FnMut(usize, &T) -> K + Send>;

/// Groups by a key that the user says.
pub(crate) struct ByKey<K: Eq + Hash + Clone + Debug + Send, T> {
    key_of: KeyOf<K, T>,
    keyed: Keyed<HashMap<K, Queue>, T>,
}

impl<K: Eq + Hash + Clone + Debug + Send, T> ByKey<K, T> {
    pub(crate) fn new(inputs: Inputs, policy: Policy, key_of: impl FnMut(usize, &T) -> K + Send + 'static) -> Self {
        let (key_of, keyed) = (Box::new(key_of), Keyed::new(inputs, policy));
        Self { key_of, keyed }
    }
}

impl<K: Eq + Hash + Clone + Debug + Send, T: Send> Assembler<T> for ByKey<K, T> {
    fn wants(&self, input: usize) -> bool {
        self.keyed.wants(input)
    }

    fn push(&mut self, input: usize, entry: Entry<T>) -> Result<(), Error> {
        let key = (self.key_of)(input, &entry.item);
        if let Some(group) = self.keyed.add(input, key, entry) {
            let never = self.keyed.missing(group).minus(self.keyed.inputs.open());
            if !never.is_empty() {
                self.keyed.settle(group, Cause::Passed(never))?;
            }
        }
        Ok(())
    }

    fn end(&mut self, input: usize) -> Result<(), Error> {
        self.keyed.end(input)
    }

    fn expire(&mut self, now: Duration) -> Result<(), Error> {
        self.keyed.expire(now)
    }

    fn next_deadline(&self) -> Option<Duration> {
        self.keyed.next_deadline()
    }

    fn pop_ready(&mut self) -> Option<Group<T>> {
        self.keyed.pop_ready()
    }

    fn tally(&self) -> Tally {
        self.keyed.tally()
    }

    fn stuck(&self) -> Option<Error> {
        self.keyed.stuck()
    }

    fn waits_for(&self) -> InputSet {
        self.keyed.waits_for()
    }
}
