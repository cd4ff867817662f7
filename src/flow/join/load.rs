//! How much waits, of each input.

use super::inputs::Inputs;
use super::policy::{Policy, WhenFull};
use super::set::InputSet;

/// Counts, for each input, the entries that wait for inputs which do not depend on it (J4).
///
/// An entry that waits for a relative, an input with a producer in common, is not counted: to stop reading would stop the
/// producer, and with it what is waited for. There are no more of those than are under way to the relative.
#[derive(Debug)]
pub(super) struct Load {
    counts: Vec<usize>,
    kin: Vec<InputSet>,
    max: usize,
    when_full: WhenFull,
}

impl Load {
    pub(super) fn new(inputs: &Inputs, policy: &Policy) -> Self {
        Self {
            counts: vec![0; inputs.len()],
            kin: (0..inputs.len()).map(|input| inputs.kin(input)).collect(),
            max: policy.max_pending,
            when_full: policy.when_full,
        }
    }

    /// A group waits now.
    pub(super) fn add(&mut self, present: InputSet, missing: InputSet) {
        for input in present.iter() {
            self.counts[input] += usize::from(self.weighs(input, missing));
        }
    }

    /// It does not any more.
    pub(super) fn take(&mut self, present: InputSet, missing: InputSet) {
        for input in present.iter() {
            self.counts[input] -= usize::from(self.weighs(input, missing));
        }
    }

    fn weighs(&self, input: usize, missing: InputSet) -> bool {
        self.when_full == WhenFull::Evict || self.kin[input].and(missing).is_empty()
    }

    /// Whether the input is not to be read now.
    pub(super) fn holds_back(&self, input: usize) -> bool {
        self.when_full == WhenFull::Hold && self.counts[input] >= self.max
    }

    /// Whether the oldest has to go.
    pub(super) fn is_over(&self, input: usize) -> bool {
        self.when_full == WhenFull::Evict && self.counts[input] > self.max
    }
}
