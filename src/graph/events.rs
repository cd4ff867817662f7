//! What edits changed, told afterwards: one batch an edit, nothing that does not differ, in a fixed order (D9, D16, D17).

use crate::graph::dirt::Dirt;
use crate::graph::id::{Revision, SlotId};
use crate::graph::node::Source;
use crate::graph::state::{Difference, Readiness, State};
use crate::graph::version::Version;
use crate::graph::wave::Told;
use crate::runtime::broadcast::Subscription;
use crate::sync::Arc;

/// What one edit changed.
///
/// Its events are sorted by kind, in the order of [`GraphEventKind`], and then by slot: whoever follows them never sees
/// dirt before the description that it refers to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Batch {
    /// The revision that the edit published.
    pub revision: Revision,
    /// What differs from the revision before.
    pub events: Vec<GraphEvent>,
}

/// A difference of one slot.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GraphEvent {
    /// Which slot.
    pub slot: SlotId,
    /// Where it is, or was.
    pub path: Arc<str>,
    /// What differs.
    pub kind: GraphEventKind,
}

/// What differs of a slot, in the order in which a batch tells.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum GraphEventKind {
    /// It was removed with its operator or lane.
    Removed,
    /// It lost its connection or value, or has another.
    Disconnected,
    /// It cannot be asked any more, or for another reason.
    Unready(Readiness),
    /// It was added.
    Added,
    /// It has a connection or value, or another.
    Connected,
    /// It has other elements.
    Lanes,
    /// It was frozen (true) or thawed (false).
    Frozen(bool),
    /// It describes its array otherwise.
    Meta,
    /// It can be asked.
    Ready,
    /// It has another value, known without computing.
    Value,
    /// This part of its data changed.
    Dirty(Dirt),
}

impl GraphEventKind {
    fn rank(&self) -> u8 {
        match self {
            Self::Removed => 0,
            Self::Disconnected => 1,
            Self::Unready(_) => 2,
            Self::Added => 3,
            Self::Connected => 4,
            Self::Lanes => 5,
            Self::Frozen(_) => 6,
            Self::Meta => 7,
            Self::Ready => 8,
            Self::Value => 9,
            Self::Dirty(_) => 10,
        }
    }
}

impl Batch {
    pub(crate) fn between(base: &Version, next: &Version, touched: &[SlotId], told: &Told) -> Self {
        let mut events = Vec::new();
        for &slot in touched {
            differences(base, next, slot, &mut |kind| {
                let version = if matches!(kind, GraphEventKind::Removed) {
                    base
                } else {
                    next
                };
                events.push(GraphEvent {
                    slot,
                    path: version.slot_name(slot),
                    kind,
                });
            });
        }
        for (slot, dirt) in merged(told) {
            let ready = next.slot(slot).is_some_and(|node| node.state.is_ready());
            if ready {
                events.push(GraphEvent {
                    slot,
                    path: next.slot_name(slot),
                    kind: GraphEventKind::Dirty(dirt),
                });
            }
        }
        events.sort_by_key(|event| (event.kind.rank(), event.slot));
        Self {
            revision: next.revision,
            events,
        }
    }
}

/// A slot that several waves came through is told of once.
fn merged(told: &Told) -> Vec<(SlotId, Dirt)> {
    let mut sorted = told.clone();
    sorted.sort_by_key(|(slot, _)| *slot);
    let mut merged: Vec<(SlotId, Dirt)> = Vec::with_capacity(sorted.len());
    for (slot, dirt) in sorted {
        match merged.last_mut() {
            Some((last, known)) if *last == slot => known.merge(&dirt),
            _ => merged.push((slot, dirt)),
        }
    }
    merged
}

fn differences(base: &Version, next: &Version, slot: SlotId, tell: &mut dyn FnMut(GraphEventKind)) {
    let (old, new) = match (base.slot(slot), next.slot(slot)) {
        (None, None) => return,
        (Some(_), None) => return tell(GraphEventKind::Removed),
        (old, Some(new)) => (old, new),
    };
    let fed = |source: &Source| matches!(source, Source::Slot(_) | Source::Value(_));
    let changed = |old: &Source| match (old, &new.source) {
        (Source::Slot(a), Source::Slot(b)) => a != b,
        (Source::Value(a), Source::Value(b)) => !a.same(b),
        (a, b) => fed(a) || fed(b),
    };
    if old.is_none() {
        tell(GraphEventKind::Added);
    }
    let moved = old.map_or(fed(&new.source), |old| changed(&old.source));
    if moved && old.is_some_and(|old| fed(&old.source)) {
        tell(GraphEventKind::Disconnected);
    }
    if moved && fed(&new.source) {
        tell(GraphEventKind::Connected);
    }
    if old.map_or(!new.lanes.is_empty(), |old| old.lanes != new.lanes) {
        tell(GraphEventKind::Lanes);
    }
    let frozen = old.is_some_and(|old| old.frozen.is_some());
    if frozen != new.frozen.is_some() {
        tell(GraphEventKind::Frozen(!frozen));
    }
    match old.map_or(Difference::Readiness, |old| old.state.difference(&new.state)) {
        Difference::None => {}
        Difference::Value => tell(GraphEventKind::Value),
        Difference::Meta => tell(GraphEventKind::Meta),
        Difference::Readiness if new.state.is_ready() => {
            if new.info.kind.by_region {
                tell(GraphEventKind::Meta);
            }
            tell(GraphEventKind::Ready);
        }
        // A slot that comes into the graph is not ready in the ordinary way of things; that it failed is news.
        Difference::Readiness if old.is_none() && !matches!(new.state, State::Failed(_)) => {}
        // A setup that failed again as before has said nothing new.
        Difference::Reason if old.is_some_and(|old| same_words(&old.state, &new.state)) => {}
        Difference::Reason | Difference::Readiness => tell(GraphEventKind::Unready(new.state.readiness())),
    }
}

fn same_words(old: &State, new: &State) -> bool {
    old.readiness().to_string() == new.readiness().to_string()
}

/// A stream of what edits change. A batch waits for its listener; none is lost, and a listener that never looks costs the
/// memory of what it missed.
#[derive(Debug)]
pub struct GraphEvents {
    pub(crate) subscription: Subscription<Arc<Batch>>,
}

impl GraphEvents {
    /// The next batch; none when the graph is gone.
    ///
    /// *Cancel safety*: dropped before it is ready, it loses nothing.
    pub async fn next(&mut self) -> Option<Arc<Batch>> {
        std::future::poll_fn(|cx| self.subscription.poll_next(cx)).await
    }

    /// The next batch, if there is one already.
    pub fn try_next(&mut self) -> Option<Arc<Batch>> {
        self.subscription.try_next()
    }
}
