//! How a change came to a slot: backwards, from the marks of one version.

use std::collections::{HashMap, VecDeque};
use std::fmt;

use crate::error::Error;
use crate::graph::ask;
use crate::graph::dirt::Dirt;
use crate::graph::id::{Revision, SlotId};
use crate::graph::node::{Edited, SlotNode, Source};
use crate::graph::version::Version;
use crate::roi::Roi;
use crate::sync::Arc;

/// The change of one slot in one revision.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Change {
    /// Which slot.
    pub slot: SlotId,
    /// Where it is.
    pub path: Arc<str>,
    /// What of it changed. Of changes long ago, the blocks that they touched.
    pub dirt: Dirt,
    /// Because of what.
    pub cause: Cause,
}

/// Why a slot changed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Cause {
    /// An edit gave it a value, or wrote into the one that it has.
    Set,
    /// An edit took its value or its connection away.
    Reset,
    /// An edit connected it.
    Connected,
    /// An edit said that its data changed behind the graph's back.
    Marked,
    /// An edit let it follow the graph again, and it makes up for what it missed.
    Thawed,
    /// It was added with its operator.
    Added,
    /// It gives what another slot gives, which changed.
    Follows(Arc<str>),
    /// Its operator looks at these slots, which changed.
    Inputs(Vec<Arc<str>>),
    /// Its operator described it anew; or an edit did it that is not on record, as a later one of the same slot is.
    Other,
}

/// The change of a region and those that it came from, each slot once, the nearest first.
pub(super) fn changes(version: &Arc<Version>, id: SlotId, roi: &Roi) -> Result<Vec<Change>, Error> {
    let revision = ask::stamp(version, id, roi)?;
    let mut changes = Vec::new();
    let mut known = HashMap::from([(id, ())]);
    let mut work = VecDeque::from([(Arc::clone(version), id)]);
    while let Some((version, id)) = work.pop_front() {
        let node = version.known(id);
        if let Some(frozen) = node.frozen.as_ref().filter(|frozen| frozen.version.slot(id).is_some()) {
            work.push_front((Arc::clone(&frozen.version), id));
            continue;
        }
        let (cause, from) = cause(&version, node, revision);
        changes.push(Change {
            slot: id,
            path: version.slot_name(id),
            dirt: dirt(&version, id, revision),
            cause,
        });
        for slot in from {
            if known.insert(slot, ()).is_none() {
                work.push_back((Arc::clone(&version), slot));
            }
        }
    }
    Ok(changes)
}

/// What of a slot changed in `revision`: what the mark at the upstream end of its connections says, or everything if the
/// slot itself was given another.
fn dirt(version: &Version, id: SlotId, revision: Revision) -> Dirt {
    let root = version.root(id);
    match edited(version, id, revision) {
        Some(_) if root != id => Dirt::everything(),
        _ => version.mark_of(root).changed_in(revision),
    }
}

fn cause(version: &Version, node: &SlotNode, revision: Revision) -> (Cause, Vec<SlotId>) {
    let (when, how) = node.edited;
    if when == revision {
        let cause = match how {
            Edited::Added => None,
            Edited::Set => Some(Cause::Set),
            Edited::Reset => Some(Cause::Reset),
            Edited::Connected => Some(Cause::Connected),
            Edited::Marked => Some(Cause::Marked),
            Edited::Thawed => Some(Cause::Thawed),
        };
        if let Some(cause) = cause {
            return (cause, Vec::new());
        }
    }
    match &node.source {
        Source::Slot(up) => {
            let up = edited(version, *up, revision).unwrap_or_else(|| version.root(*up));
            (Cause::Follows(version.slot_name(up)), vec![up])
        }
        Source::Operator => {
            let owner = version.owner(node.info.owner);
            let inputs = owner.inputs.iter().flat_map(|input| version.leaves(*input));
            let changed: Vec<_> = inputs
                .filter(|input| {
                    edited(version, *input, revision).is_some() || !dirt(version, *input, revision).is_nothing()
                })
                .collect();
            match changed.is_empty() {
                true if when == revision => (Cause::Added, Vec::new()),
                true => (Cause::Other, Vec::new()),
                false => {
                    let names = changed.iter().map(|input| version.slot_name(*input)).collect();
                    (Cause::Inputs(names), changed)
                }
            }
        }
        Source::Unset if how == Edited::Added => (Cause::Added, Vec::new()),
        // A later edit of the same slot is on record; that one changed another part.
        Source::Unset => (Cause::Reset, Vec::new()),
        Source::Value(_) => (Cause::Set, Vec::new()),
    }
}

/// The first slot, from one upwards along its connections, that an edit changed in `revision`.
fn edited(version: &Version, id: SlotId, revision: Revision) -> Option<SlotId> {
    let mut here = id;
    loop {
        let node = version.known(here);
        match (&node.source, node.edited) {
            (_, (when, how)) if when == revision && how != Edited::Added => return Some(here),
            (Source::Slot(up), _) => here = *up,
            _ => return None,
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, dirt, cause, .. } = self;
        match dirt.is_everything() {
            true => write!(f, "`{path}`: {cause}"),
            false => write!(f, "`{path}`, {dirt}: {cause}"),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set => f.write_str("it was set"),
            Self::Reset => f.write_str("it was disconnected"),
            Self::Connected => f.write_str("it was connected"),
            Self::Marked => f.write_str("it was marked dirty"),
            Self::Thawed => f.write_str("it was thawed"),
            Self::Added => f.write_str("it was added"),
            Self::Follows(up) => write!(f, "it gives what `{up}` gives, which changed"),
            Self::Inputs(inputs) => write!(f, "its operator looks at `{}`, which changed", inputs.join("` and `")),
            Self::Other => f.write_str("its operator described it anew, or an edit did that others have followed"),
        }
    }
}
