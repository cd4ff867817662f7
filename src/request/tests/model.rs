//! What interest, cancellation and outcome mean, without threads, queues or locks: the reference for `histories`.

use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    #[default]
    Made,
    Live,
    Succeeded,
    Failed,
    Cancelled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    Value(u64),
    Failed,
    Cancelled,
    Circular,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Cancelled,
    Pending(usize),
    Ended,
}

#[derive(Default)]
pub(crate) struct Node {
    pub(crate) phase: Phase,
    pub(crate) repeatable: bool,
    pub(crate) runs: u64,
    pub(crate) handle: bool,
    pub(crate) submitted: bool,
    pub(crate) asked: bool,
    creator: Option<usize>,
    /// Waits by their numbers, and the requests that wait.
    pub(crate) waiters: Vec<(usize, Option<usize>)>,
}

#[derive(Default)]
pub(crate) struct Model {
    pub(crate) nodes: Vec<Node>,
    pub(crate) heard: BTreeMap<usize, Heard>,
}

#[rustfmt::skip]
impl Model {
    pub(crate) fn make(&mut self, creator: Option<usize>, repeatable: bool) {
        self.nodes.push(Node { repeatable, creator, handle: true, ..Node::default() });
    }
    fn start(&mut self, n: usize, from: Phase) -> bool {
        let node = &mut self.nodes[n];
        let starts = node.phase == from && (node.repeatable || from == Phase::Made);
        if starts { (node.phase, node.runs) = (Phase::Live, node.runs + 1); }
        starts
    }
    pub(crate) fn submit(&mut self, n: usize) {
        let _ = self.start(n, Phase::Made) || self.start(n, Phase::Cancelled);
        self.nodes[n].submitted |= self.nodes[n].phase == Phase::Live;
    }
    pub(crate) fn retry(&mut self, n: usize) -> bool {
        let starts = self.start(n, Phase::Failed);
        self.nodes[n].submitted |= starts;
        starts
    }
    pub(crate) fn wait(&mut self, n: usize, wait: usize, by: Option<usize>) {
        let _ = self.start(n, Phase::Made) || self.start(n, Phase::Cancelled);
        match self.nodes[n].phase {
            Phase::Live if by.is_some_and(|by| self.reaches(n, by)) => {
                self.heard.insert(wait, Heard::Circular);
                self.look(n, false);
            }
            Phase::Live => self.nodes[n].waiters.push((wait, by)),
            _ => drop(self.heard.insert(wait, self.outcome(n))),
        }
    }
    fn reaches(&self, from: usize, to: usize) -> bool {
        from == to || self.targets(from).into_iter().any(|(target, _)| self.reaches(target, to))
    }
    fn targets(&self, of: usize) -> Vec<(usize, usize)> {
        let waits = |n: usize| self.nodes[n].waiters.iter().filter(move |(_, by)| *by == Some(of)).map(move |(wait, _)| (n, *wait));
        (0..self.nodes.len()).flat_map(waits).collect()
    }
    /// The wait ends; `gave_up` if its request was cancelled.
    pub(crate) fn leave(&mut self, wait: usize, gave_up: bool) {
        let Some(n) = self.nodes.iter().position(|node| node.waiters.iter().any(|(w, _)| *w == wait)) else { return };
        self.nodes[n].waiters.retain(|(w, _)| *w != wait);
        self.look(n, gave_up);
    }
    /// An interest in it has gone, or somebody has spoken against it.
    fn look(&mut self, n: usize, against: bool) {
        let node = &mut self.nodes[n];
        if !matches!(node.phase, Phase::Made | Phase::Live) { return; }
        node.asked |= against;
        let unwanted = node.asked || (!node.submitted && !node.handle);
        if node.waiters.is_empty() && unwanted { self.end(n, Phase::Cancelled); }
    }
    pub(crate) fn cancel(&mut self, n: usize) -> Answer {
        self.look(n, true);
        match self.nodes[n].phase {
            Phase::Cancelled => Answer::Cancelled,
            Phase::Succeeded | Phase::Failed => Answer::Ended,
            Phase::Made | Phase::Live => Answer::Pending(self.nodes[n].waiters.len()),
        }
    }
    pub(crate) fn drop_handle(&mut self, n: usize) {
        self.nodes[n].handle = false;
        self.look(n, false);
    }
    pub(crate) fn end(&mut self, n: usize, phase: Phase) {
        // A workload that has ended drops its waits before its outcome counts, and the last to leave may take it along.
        for (_, wait) in self.targets(n) {
            if phase != Phase::Cancelled { self.leave(wait, false); }
        }
        if self.nodes[n].phase == Phase::Cancelled {
            if phase == Phase::Failed { self.nodes[n].phase = phase; }
            return;
        }
        let node = &mut self.nodes[n];
        (node.phase, node.asked, node.submitted) = (phase, false, node.submitted && phase != Phase::Cancelled);
        for (_, wait) in self.targets(n) { self.leave(wait, true); }
        for child in 0..self.nodes.len() {
            if self.nodes[child].creator == Some(n) {
                self.nodes[child].creator = None;
                if phase != Phase::Succeeded { self.cancel(child); }
            }
        }
        // Last: a child that waited for its creator is cancelled with it before it hears of the end.
        for (wait, _) in std::mem::take(&mut self.nodes[n].waiters) { self.heard.insert(wait, self.outcome(n)); }
    }
    fn outcome(&self, n: usize) -> Heard {
        match self.nodes[n].phase {
            Phase::Succeeded => Heard::Value(1_000 * n as u64 + self.nodes[n].runs),
            Phase::Failed => Heard::Failed,
            _ => Heard::Cancelled,
        }
    }
}
