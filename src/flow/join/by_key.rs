//! Joins of items that have a key in common.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;

use super::cause::Cause;
use super::entry::Entry;
use super::index::Queue;
use super::inputs::Inputs;
use super::keyed::{Keyed, OverKeyed};
use super::policy::Policy;
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

impl<K: Eq + Hash + Clone + Debug + Send, T: Send> OverKeyed for ByKey<K, T> {
    type Item = T;
    type Index = HashMap<K, Queue>;

    fn keyed(&self) -> &Keyed<Self::Index, T> {
        &self.keyed
    }

    fn keyed_mut(&mut self) -> &mut Keyed<Self::Index, T> {
        &mut self.keyed
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
}
