//! What a join knows of its inputs.

use super::set::InputSet;
use crate::sync::Arc;

/// How an input is fed.
#[derive(Clone, Debug)]
pub(crate) struct Feed {
    /// The node that it reads from.
    pub(crate) name: Arc<str>,
    /// The producers from which something may come.
    pub(crate) ways: Vec<Way>,
}

/// The way from a producer to an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    /// As in a [`Trace`](crate::flow::envelope::Trace).
    pub(crate) producer: u32,
    /// Whether what the producer made earlier comes earlier.
    pub(crate) in_order: bool,
}

/// The gating inputs come first, then those that are collected.
#[derive(Clone, Debug)]
pub(crate) struct Inputs {
    feeds: Vec<Feed>,
    gates: InputSet,
    open: InputSet,
    /// Those that have a producer in common with each input.
    kin: Vec<InputSet>,
}

impl Inputs {
    pub(crate) fn new(gates: usize, feeds: Vec<Feed>) -> Self {
        let related = |a: &Feed, b: &Feed| {
            a.ways
                .iter()
                .any(|way| b.ways.iter().any(|other| way.producer == other.producer))
        };
        let kin = |nth: usize| {
            let others = (0..feeds.len()).filter(|other| *other != nth);
            others.filter(|other| related(&feeds[nth], &feeds[*other])).collect()
        };
        let kin = (0..feeds.len()).map(kin).collect();
        let (gates, open) = (InputSet::first(gates), InputSet::first(feeds.len()));
        Self {
            feeds,
            gates,
            open,
            kin,
        }
    }

    /// The same, of which none is held back.
    ///
    /// For one of several replicas: what it does not take holds up the others, who may have what it waits for.
    pub(super) fn all_kin(self) -> Self {
        let kin = vec![InputSet::first(self.feeds.len()); self.feeds.len()];
        Self { kin, ..self }
    }

    pub(super) fn len(&self) -> usize {
        self.feeds.len()
    }

    pub(super) fn gates(&self) -> InputSet {
        self.gates
    }

    /// Those that have not ended.
    pub(super) fn open(&self) -> InputSet {
        self.open
    }

    pub(super) fn is_open(&self, input: usize) -> bool {
        self.open.has(input)
    }

    pub(super) fn kin(&self, input: usize) -> InputSet {
        self.kin[input]
    }

    pub(super) fn ways(&self, input: usize) -> &[Way] {
        &self.feeds[input].ways
    }

    /// Whether what happened earlier comes earlier.
    pub(super) fn keeps_order(&self, input: usize) -> bool {
        matches!(self.feeds[input].ways[..], [Way { in_order: true, .. }])
    }

    pub(super) fn end(&mut self, input: usize) {
        self.open = self.open.without(input);
    }

    /// Their names, as an error lists them.
    pub(super) fn names(&self, inputs: InputSet) -> String {
        let names: Vec<_> = inputs
            .iter()
            .map(|input| format!("`{}`", self.feeds[input].name))
            .collect();
        names.join(", ")
    }
}
