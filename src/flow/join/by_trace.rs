//! Joins of items that were made of the same item.

use std::collections::BTreeMap;

use super::cause::Cause;
use super::entry::Entry;
use super::index::Queue;
use super::inputs::{Inputs, Way};
use super::keyed::{Keyed, OverKeyed};
use super::policy::Policy;
use super::set::InputSet;
use crate::error::Error;
use crate::flow::envelope::Trace;

/// Groups by trace.
///
/// Where the way from a producer to an input keeps the order, that input will give nothing more for items before the one that
/// it has given something for last (J6): a filter in one branch of a diamond holds nothing up in the other for longer than until
/// it lets something through.
pub(crate) struct ByTrace<T> {
    keyed: Keyed<BTreeMap<Trace, Queue>, T>,
    /// For each input, what has come last of each producer.
    progress: Vec<Vec<(Way, u64)>>,
}

impl<T> ByTrace<T> {
    pub(crate) fn new(inputs: Inputs, policy: Policy) -> Self {
        let progress = |input| inputs.ways(input).iter().map(|way| (*way, 0)).collect();
        let progress = (0..inputs.len()).map(progress).collect();
        let keyed = Keyed::new(inputs, policy);
        Self { keyed, progress }
    }

    /// Whether `input` can give something for `trace`.
    fn can_give(&self, input: usize, trace: Trace) -> bool {
        let way = self.progress[input]
            .iter()
            .find(|(way, _)| way.producer == trace.producer);
        let is_passed = |(way, last): &(Way, u64)| way.in_order && *last > trace.number;
        self.keyed.inputs.is_open(input) && way.is_some_and(|way| !is_passed(way))
    }

    /// Notes how far `input` is, and settles what it has passed over.
    fn advance(&mut self, input: usize, trace: Trace) -> Result<(), Error> {
        let mut ways = self.progress[input].iter_mut();
        let Some((_, last)) = ways.find(|(way, _)| way.in_order && way.producer == trace.producer) else {
            return Ok(());
        };
        let before = std::mem::replace(last, trace.number.max(*last));
        if before >= trace.number {
            return Ok(());
        }
        let from = Trace {
            number: before,
            ..trace
        };
        let passed = self.keyed.index.range(from..trace).flat_map(|(_, groups)| groups);
        let passed: Vec<u64> = passed
            .copied()
            .filter(|group| self.keyed.missing(*group).has(input))
            .collect();
        for group in passed {
            self.keyed
                .settle(group, Cause::Passed(InputSet::default().with(input)))?;
        }
        Ok(())
    }
}

impl<T: Send> OverKeyed for ByTrace<T> {
    type Item = T;
    type Index = BTreeMap<Trace, Queue>;

    fn keyed(&self) -> &Keyed<Self::Index, T> {
        &self.keyed
    }

    fn keyed_mut(&mut self) -> &mut Keyed<Self::Index, T> {
        &mut self.keyed
    }

    fn push(&mut self, input: usize, entry: Entry<T>) -> Result<(), Error> {
        let trace = entry.trace;
        if let Some(group) = self.keyed.add(input, trace, entry) {
            let missing = self.keyed.missing(group);
            let never: InputSet = missing.iter().filter(|input| !self.can_give(*input, trace)).collect();
            if !never.is_empty() {
                self.keyed.settle(group, Cause::Passed(never))?;
            }
        }
        self.advance(input, trace)
    }
}
