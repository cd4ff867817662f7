//! Groups of entries that have something in common.
//!
//! Of several entries with one key at one input, the first is paired with the first of the others, the second with the second.
//! So the groups of a key that an input has given something for are older than those that it has not, whatever is settled in
//! between: what ends is either the oldest of all, or all that lack an input.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::assembler::Assembler;
use super::cause::{Cause, stuck};
use super::entry::Entry;
use super::group::{Group, Partial};
use super::index::Index;
use super::inputs::Inputs;
use super::load::Load;
use super::missing::Missing;
use super::policy::Policy;
use super::set::InputSet;
use super::tally::Tally;
use crate::error::Error;

/// What joins by key and by trace have in common.
pub(super) struct Keyed<I: Index, T> {
    pub(super) inputs: Inputs,
    pub(super) index: I,
    policy: Policy,
    /// By their numbers: the oldest is first.
    groups: BTreeMap<u64, (I::Key, Partial<T>)>,
    born: u64,
    load: Load,
    ready: VecDeque<Group<T>>,
    tally: Tally,
}

/// A join whose groups are [`Keyed`], which decides what becomes of an entry.
pub(super) trait OverKeyed: Send {
    type Item: Send;
    type Index: Index;

    fn keyed(&self) -> &Keyed<Self::Index, Self::Item>;

    fn keyed_mut(&mut self) -> &mut Keyed<Self::Index, Self::Item>;

    /// Takes an entry: see [`Assembler::push`].
    fn push(&mut self, input: usize, entry: Entry<Self::Item>) -> Result<(), Error>;
}

impl<A: OverKeyed> Assembler<A::Item> for A {
    fn wants(&self, input: usize) -> bool {
        self.keyed().wants(input)
    }

    fn push(&mut self, input: usize, entry: Entry<A::Item>) -> Result<(), Error> {
        OverKeyed::push(self, input, entry)
    }

    fn end(&mut self, input: usize) -> Result<(), Error> {
        self.keyed_mut().end(input)
    }

    fn expire(&mut self, now: Duration) -> Result<(), Error> {
        self.keyed_mut().expire(now)
    }

    fn next_deadline(&self) -> Option<Duration> {
        self.keyed().next_deadline()
    }

    fn pop_ready(&mut self) -> Option<Group<A::Item>> {
        self.keyed_mut().pop_ready()
    }

    fn tally(&self) -> Tally {
        self.keyed().tally()
    }

    fn stuck(&self) -> Option<Error> {
        self.keyed().stuck()
    }

    fn waits_for(&self) -> InputSet {
        self.keyed().waits_for()
    }
}

impl<I: Index, T> Keyed<I, T> {
    pub(super) fn new(inputs: Inputs, policy: Policy) -> Self {
        Self {
            index: I::default(),
            groups: BTreeMap::new(),
            born: 0,
            load: Load::new(&inputs, &policy),
            ready: VecDeque::new(),
            tally: Tally::default(),
            inputs,
            policy,
        }
    }

    /// Takes an entry. If a group begins with it, that one's number is returned.
    pub(super) fn add(&mut self, input: usize, key: I::Key, entry: Entry<T>) -> Option<u64> {
        self.tally.taken += 1;
        let born = match self.partner(input, &key) {
            Some(group) => {
                self.fill(group, input, entry);
                None
            }
            None => Some(self.begin(input, key, entry)),
        };
        if self.load.is_over(input) {
            self.evict(input);
        }
        born
    }

    /// The oldest group of `key` that lacks `input`.
    fn partner(&self, input: usize, key: &I::Key) -> Option<u64> {
        let queue = self.index.queue(key)?;
        let place = queue.partition_point(|group| self.groups[group].1.present.has(input));
        queue.get(place).copied()
    }

    fn begin(&mut self, input: usize, key: I::Key, entry: Entry<T>) -> u64 {
        let partial = Partial::new(self.inputs.gates().len(), input, entry);
        let number = self.born;
        self.born += 1;
        if partial.missing().is_empty() {
            // A join of one input waits for nobody (V68).
            self.tally.emitted += partial.present.len() as u64;
            self.ready.push_back(partial.into_group());
            return number;
        }
        self.index.enter(key.clone(), number);
        self.put(number, key, partial);
        number
    }

    fn fill(&mut self, number: u64, input: usize, entry: Entry<T>) {
        let (key, mut partial) = self.take(number);
        partial.fill(input, entry);
        if partial.missing().is_empty() {
            self.index.leave(&key, number);
            self.tally.emitted += partial.present.len() as u64;
            self.ready.push_back(partial.into_group());
        } else {
            self.put(number, key, partial);
        }
    }

    fn put(&mut self, number: u64, key: I::Key, partial: Partial<T>) {
        self.load.add(partial.present, partial.missing());
        self.tally.pending += partial.present.len() as u64;
        self.groups.insert(number, (key, partial));
    }

    /// The group without its place in the index.
    fn take(&mut self, number: u64) -> (I::Key, Partial<T>) {
        let (key, partial) = self
            .groups
            .remove(&number)
            .expect("invariant: whoever names a group has found it");
        self.load.take(partial.present, partial.missing());
        self.tally.pending -= partial.present.len() as u64;
        (key, partial)
    }

    /// Makes room where too many entries of `input` wait (V58).
    fn evict(&mut self, input: usize) {
        let mut groups = self.groups.iter();
        let oldest = groups.find(|(_, (_, partial))| partial.present.has(input));
        if let Some((&number, _)) = oldest {
            let (key, partial) = self.take(number);
            self.index.leave(&key, number);
            self.tally.evicted += partial.present.len() as u64;
        }
    }

    /// What the group lacks, if it is still there.
    pub(super) fn missing(&self, number: u64) -> InputSet {
        let group = self.groups.get(&number);
        group.map_or_else(InputSet::default, |(_, partial)| partial.missing())
    }

    /// Lets go of a group that will not become complete, or fails for it.
    pub(super) fn settle(&mut self, number: u64, cause: Cause) -> Result<(), Error> {
        let (key, partial) = self.take(number);
        self.index.leave(&key, number);
        self.tally.unmatched += partial.present.len() as u64;
        match self.policy.missing {
            Missing::Drop | Missing::Wait => Ok(()),
            Missing::Fail => Err(cause.error(&self.inputs, I::describe(&key))),
        }
    }

    pub(super) fn end(&mut self, input: usize) -> Result<(), Error> {
        self.inputs.end(input);
        let lacking = self
            .groups
            .iter()
            .filter(|(_, (_, partial))| !partial.present.has(input));
        let lacking: Vec<u64> = lacking.map(|(&number, _)| number).collect();
        for number in lacking {
            self.settle(number, Cause::Passed(InputSet::default().with(input)))?;
        }
        Ok(())
    }

    pub(super) fn expire(&mut self, now: Duration) -> Result<(), Error> {
        while let Some((&number, (_, partial))) = self.groups.first_key_value() {
            let Some(limit) = self.policy.timeout.filter(|_| self.policy.is_over(partial.since, now)) else {
                break;
            };
            let missing = partial.missing();
            self.settle(number, Cause::TimedOut(missing, limit))?;
        }
        Ok(())
    }

    pub(super) fn next_deadline(&self) -> Option<Duration> {
        let (_, (_, oldest)) = self.groups.first_key_value()?;
        Some(oldest.since.saturating_add(self.policy.timeout?))
    }

    pub(super) fn wants(&self, input: usize) -> bool {
        self.inputs.is_open(input) && !self.load.holds_back(input)
    }

    pub(super) fn stuck(&self) -> Option<Error> {
        let open = self.inputs.open();
        let goes_on = !self.policy.waits_for_ever() || open.iter().any(|input| self.wants(input));
        (!goes_on && !open.is_empty()).then(|| stuck(&self.inputs, &self.policy))
    }

    pub(super) fn pop_ready(&mut self) -> Option<Group<T>> {
        self.ready.pop_front()
    }

    pub(super) fn tally(&self) -> Tally {
        self.tally
    }

    pub(super) fn waits_for(&self) -> InputSet {
        let oldest = self.groups.first_key_value();
        oldest.map_or_else(|| self.inputs.open(), |(_, (_, partial))| partial.missing())
    }
}
