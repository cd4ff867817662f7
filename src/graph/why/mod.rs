//! Why a region is as it is: not ready, dirty, being computed, and for whom. It looks, and changes nothing.

mod change;
mod computing;

use std::fmt;

use crate::error::Error;
use crate::graph::ask;
use crate::graph::execute::{Execute, Scope};
use crate::graph::graph::Graph;
use crate::graph::id::{Revision, SlotId};
use crate::graph::kept::Kept;
use crate::graph::node::Source;
use crate::graph::slot::Slot;
use crate::graph::state::{Description, Readiness, State};
use crate::graph::version::{Version, gone};
use crate::roi::Roi;
use crate::sync::Arc;

pub use change::{Cause, Change};
pub use computing::Computing;

/// What there is to say of a region of a slot, in one revision. Its text is for people.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Explanation {
    /// Which slot.
    pub slot: SlotId,
    /// Where it is.
    pub path: Arc<str>,
    /// The part that was asked about; of no axes for a value.
    pub roi: Roi,
    /// The revision that was looked at.
    pub revision: Revision,
    /// Whether it can be asked, and if not, because of which slot.
    pub readiness: Readiness,
    /// If it cannot be asked: the slots from this one up to the one that stands in the way.
    pub obstacles: Vec<Arc<str>>,
    /// If it stands still, or something that it is connected to does: since when.
    pub frozen: Option<Revision>,
    /// The revision in which the region last changed: what was computed for it before is outdated.
    pub changed: Revision,
    /// How that came: the slot itself first, then those that its change came from, up to what the edit did.
    pub changes: Vec<Change>,
    /// How much of the region its operator keeps, if it keeps anything.
    pub kept: Option<Kept>,
    /// What is being computed of the region, and for whom.
    pub computing: Vec<Computing>,
    /// Regions of this slot that were asked for from outside, touch this one, and have no answer yet.
    pub questions: Vec<Roi>,
}

impl Graph {
    /// Explains a region of a slot: why it cannot be asked, why what was computed for it before is outdated, what is being
    /// computed of it and for whom. Of a value or a list, the region does not matter.
    ///
    /// # Errors
    ///
    /// If the slot is gone or of another graph; if the region reaches out of it.
    ///
    /// # Examples
    ///
    /// Dirt has a reason:
    ///
    /// ```
    /// use headwater::graph::{Cause, Graph};
    /// use headwater::operators::BlockCache;
    /// use headwater::{Array, roi};
    ///
    /// let graph = Graph::new();
    /// let cache = graph.add(BlockCache::new().block([2]));
    /// graph.edit(|e| e.set(&cache.input, Array::from_vec("x", &[8], vec![0_u8; 8])?))?;
    /// cache.output.request(roi![0..8]).wait()?;
    /// graph.edit(|e| e.write(&cache.input, roi![3..4], &Array::from_vec("x", &[1], vec![7_u8])?))?;
    ///
    /// let why = graph.why(&cache.output, roi![0..8])?;
    /// assert_eq!(why.kept.map(|kept| kept.outdated), Some(1));
    /// assert!(matches!(why.changes.last().map(|change| &change.cause), Some(Cause::Set)));
    /// println!("{why}");
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn why(&self, slot: &impl Slot, roi: Roi) -> Result<Explanation, Error> {
        if !slot.raw().core.ptr_eq(&self.core.this) {
            return Err(Error::invalid(format!("`{}` belongs to another graph", slot.path())));
        }
        let version = self.core.current();
        explain(&Scope::new(&self.core, &version), slot.id(), roi)
    }
}

fn explain(scope: &Arc<Scope>, id: SlotId, roi: Roi) -> Result<Explanation, Error> {
    let version = &scope.version;
    let node = version.slot(id).ok_or_else(|| gone(id))?;
    let roi = extent(version, id, roi)?;
    let seen = seen(scope, id);
    let root = seen.version.root(id);
    let is_list = node.info.level > 0;
    let (computing, questions) = if is_list {
        Default::default()
    } else {
        (
            computing::computing(&seen, root, &roi),
            computing::questions(scope, id, &roi),
        )
    };
    let readiness = version.readiness(id)?;
    Ok(Explanation {
        slot: id,
        path: version.slot_name(id),
        obstacles: if readiness.is_ready() {
            Vec::new()
        } else {
            obstacles(version, id)
        },
        readiness,
        frozen: (!Arc::ptr_eq(&seen, scope)).then_some(seen.version.revision),
        changed: ask::stamp(version, id, &roi)?,
        changes: if is_list {
            Vec::new()
        } else {
            change::changes(version, id, &roi)?
        },
        kept: if is_list { None } else { kept(&seen, root, roi) },
        computing,
        questions,
        roi,
        revision: version.revision,
    })
}

/// The region if it is one of the slot's, or that of a value.
fn extent(version: &Version, id: SlotId, roi: Roi) -> Result<Roi, Error> {
    let node = version.known(id);
    if !node.info.kind.by_region || node.info.level > 0 {
        return Ok(crate::graph::dirt::WHOLE);
    }
    match &node.state {
        State::Ready(Description::Array(meta)) if !meta.roi().contains(&roi) => Err(Error::invalid(format!(
            "{roi} reaches out of `{}`, which is {}",
            version.slot_name(id),
            meta.shape()
        ))),
        _ => Ok(roi),
    }
}

/// The version in which a slot is answered: that of the first frozen slot on its way up.
fn seen(scope: &Arc<Scope>, id: SlotId) -> Arc<Scope> {
    let mut here = id;
    loop {
        let node = scope.version.known(here);
        match (&node.frozen, &node.source) {
            (Some(frozen), _) => return seen(&Scope::new(&scope.core, &frozen.version), here),
            (None, Source::Slot(up)) => here = *up,
            _ => return Arc::clone(scope),
        }
    }
}

/// The names of the slots that are not ready, from one up to that which has to change.
fn obstacles(version: &Version, id: SlotId) -> Vec<Arc<str>> {
    let mut names = Vec::new();
    let mut here = Some(id);
    while let Some(id) = here {
        names.push(version.slot_name(id));
        let node = version.known(id);
        let is_obstacle = |id: &SlotId| {
            let node = version.known(*id);
            !node.info.optional && version.readiness(*id).is_ok_and(|readiness| !readiness.is_ready())
        };
        here = match &node.source {
            _ if node.info.level > 0 => version.leaves(id).find(|leaf| !version.known(*leaf).state.is_ready()),
            Source::Slot(up) => Some(*up),
            Source::Operator => version.owner(node.info.owner).inputs.iter().copied().find(is_obstacle),
            Source::Unset | Source::Value(_) => None,
        };
    }
    names
}

fn kept(scope: &Arc<Scope>, root: SlotId, roi: Roi) -> Option<Kept> {
    let node = scope.version.known(root);
    if !matches!(node.source, Source::Operator) || !node.state.is_ready() {
        return None;
    }
    let owner = scope.version.owner(node.info.owner);
    owner.body.kept(&Execute::outside(scope, owner.id, root), roi)
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path, roi, revision, ..
        } = self;
        match roi.rank() {
            0 => writeln!(f, "`{path}` in {revision}")?,
            _ => writeln!(f, "{roi} of `{path}` in {revision}")?,
        }
        write!(f, "  {}", self.readiness)?;
        if self.obstacles.len() > 1 {
            write!(f, "\n    on the way: `{}`", self.obstacles.join("` ← `"))?;
        }
        if let Some(frozen) = self.frozen {
            write!(f, "\n  frozen: it gives what it gave in {frozen}")?;
        }
        if !self.changes.is_empty() {
            write!(f, "\n  changed last in {}", self.changed)?;
        }
        self.changes.iter().try_for_each(|change| write!(f, "\n    {change}"))?;
        if let Some(kept) = self.kept {
            write!(f, "\n  {kept}")?;
        }
        self.computing.iter().try_for_each(|one| write!(f, "\n  {one}"))?;
        self.questions.iter().try_for_each(|asked| match asked.rank() {
            0 => write!(f, "\n  asked for, without an answer yet"),
            _ => write!(f, "\n  {asked} was asked for, without an answer yet"),
        })
    }
}
