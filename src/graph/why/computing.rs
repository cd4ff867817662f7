//! What runs for a slot, and who wants it.

use std::collections::HashSet;
use std::fmt;

use crate::graph::execute::Scope;
use crate::graph::id::SlotId;
use crate::request::Request;
use crate::roi::Roi;
use crate::runtime::{RequestInfo, RequestState};

/// The computation of a region that has not ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Computing {
    /// Which region.
    pub roi: Roi,
    /// The request that computes it.
    pub request: RequestInfo,
    /// Whether an edit has changed since what it depends on: it goes on for those who asked before, or is about to stop.
    pub is_outdated: bool,
    /// The requests that wait for it, directly or through others, the nearest first. Those that nobody waits for in turn
    /// are the questions in the end.
    pub waited_for_by: Vec<RequestInfo>,
    /// How many tasks and threads outside of requests wait for it or for one of those.
    pub others: usize,
}

/// What runs for `root` and touches `roi`.
pub(super) fn computing(scope: &Scope, root: SlotId, roi: &Roi) -> Vec<Computing> {
    let running = scope.core.shares.of_slot(root).into_iter();
    let touching = running.filter(|(key, request)| touches(&key.roi, roi) && !request.has_ended());
    let mut touching: Vec<_> = touching.collect();
    touching.sort_by_key(|(key, request)| (key.roi, request.id()));
    if touching.is_empty() {
        return Vec::new();
    }
    let alive = scope.core.runtime.snapshot();
    let one = |(key, request): (crate::graph::share::Key, Request<_>)| {
        let request = request.info();
        let waited_for_by = waiters(&alive, &request);
        let known: HashSet<_> = waited_for_by.iter().map(|info| info.id).chain([request.id]).collect();
        let targets = waited_for_by.iter().flat_map(|info| &info.waits_for);
        let edges = targets.filter(|target| known.contains(target)).count();
        let waits = request.waiters + waited_for_by.iter().map(|info| info.waiters).sum::<usize>();
        Computing {
            roi: key.roi,
            is_outdated: key.stamp != scope.version.stamp(root, &key.roi),
            others: waits.saturating_sub(edges),
            request,
            waited_for_by,
        }
    };
    touching.into_iter().map(one).collect()
}

/// Questions from outside to the slot itself that touch `roi`.
pub(super) fn questions(scope: &Scope, id: SlotId, roi: &Roi) -> Vec<Roi> {
    let mut asked = scope.core.asks.of_slot(id);
    asked.retain(|asked| touches(asked, roi));
    asked.sort();
    asked
}

/// A value has no axes, and is touched by whoever asks for it.
fn touches(one: &Roi, other: &Roi) -> bool {
    one.intersects(other) || (one.rank() == 0 && other.rank() == 0)
}

/// The requests of `alive` that wait for one, then those that wait for these, and so on.
fn waiters(alive: &[RequestInfo], target: &RequestInfo) -> Vec<RequestInfo> {
    let mut found: Vec<RequestInfo> = Vec::new();
    let mut known = HashSet::from([target.id]);
    let mut next = 0;
    let mut here = target.id;
    loop {
        let waiting = alive.iter().filter(|info| info.waits_for.contains(&here));
        for info in waiting {
            if known.insert(info.id) {
                found.push(info.clone());
            }
        }
        let Some(info) = found.get(next) else { return found };
        (here, next) = (info.id, next + 1);
    }
}

impl fmt::Display for Computing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.roi.rank() {
            0 => write!(f, "computed by ")?,
            _ => write!(f, "{} is computed by ", self.roi)?,
        }
        write!(f, "{}, {}", self.request.title(), stands(self.request.state))?;
        if self.is_outdated {
            f.write_str(", for a revision before the last change")?;
        }
        let names: Vec<_> = self.waited_for_by.iter().map(RequestInfo::title).collect();
        if !names.is_empty() {
            write!(f, "\n    for {}", names.join("\n    for "))?;
        }
        match self.others {
            0 if names.is_empty() => f.write_str("\n    for nobody"),
            0 => Ok(()),
            1 => f.write_str("\n    for a task or thread"),
            many => write!(f, "\n    for {many} tasks or threads"),
        }
    }
}

fn stands(state: RequestState) -> &'static str {
    match state {
        RequestState::Made => "not started yet",
        RequestState::Queued => "queued",
        RequestState::Running => "running",
        RequestState::Suspended => "suspended",
        RequestState::Finishing => "finishing",
        RequestState::Succeeded | RequestState::Failed | RequestState::Cancelled => "ended",
    }
}
