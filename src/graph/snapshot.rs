//! One revision, for as long as somebody looks at it.

use std::fmt;

use crate::array::Array;
use crate::error::Error;
use crate::graph::ask;
use crate::graph::data::SlotType;
use crate::graph::dirt::WHOLE;
use crate::graph::execute::Scope;
use crate::graph::id::Revision;
use crate::graph::meta::Meta;
use crate::graph::node::Durability;
use crate::graph::slot::{Handle, Slot};
use crate::graph::state::Readiness;
use crate::request::Request;
use crate::roi::Roi;
use crate::sync::Arc;

/// A revision of a graph that stays: what is asked of it is answered from it, whatever is edited meanwhile, and no edit
/// makes that stale. It keeps the values of its revision in memory.
#[derive(Clone)]
pub struct Snapshot {
    pub(crate) scope: Arc<Scope>,
}

impl Snapshot {
    /// The latest revision of the graph that `slot` is in.
    ///
    /// # Errors
    ///
    /// If that graph is gone.
    #[cfg(feature = "io")]
    pub(crate) fn of(slot: &impl Slot) -> Result<Self, Error> {
        let core = slot.raw().core()?;
        let scope = Scope::new(&core, &core.current());
        Ok(Self { scope })
    }

    /// What the graph runs on.
    #[cfg(feature = "io")]
    pub(crate) fn runtime(&self) -> &crate::runtime::Runtime {
        &self.scope.core.runtime
    }

    /// Which one it is.
    pub fn revision(&self) -> Revision {
        self.scope.version.revision
    }

    /// Asks for a region of a slot, see [`Output::request`](crate::graph::Output::request). A slot that this revision does
    /// not have fails the request.
    #[track_caller]
    pub fn request<S: Handle<Type = Array>>(&self, slot: &S, roi: Roi) -> Request<Array> {
        ask::pinned(&self.scope, slot.raw().id, roi)
    }

    /// Asks for the value of a slot.
    #[track_caller]
    pub fn get<T: SlotType, S: Handle<Type = T>>(&self, slot: &S) -> Request<T> {
        ask::pinned(&self.scope, slot.raw().id, WHOLE)
    }

    /// The description of an array slot.
    ///
    /// # Errors
    ///
    /// If it is not ready.
    pub fn meta<S: Handle<Type = Array>>(&self, slot: &S) -> Result<Arc<Meta>, Error> {
        self.scope.version.meta(slot.raw().id).cloned()
    }

    /// Whether a slot can be asked.
    pub fn readiness(&self, slot: &impl Slot) -> Readiness {
        self.scope
            .version
            .readiness(slot.raw().id)
            .unwrap_or_else(Readiness::Failed)
    }

    /// When anything that `roi` of a slot depends on last changed: equal stamps, equal data.
    ///
    /// # Errors
    ///
    /// If the revision does not have the slot.
    pub fn stamp<S: Handle<Type = Array>>(&self, slot: &S, roi: &Roi) -> Result<Revision, Error> {
        ask::stamp(&self.scope.version, slot.raw().id, roi)
    }

    /// The last revision in which a value of this durability was set.
    pub fn changed(&self, durability: Durability) -> Revision {
        self.scope.version.changed[durability as usize]
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "snapshot of {}", self.revision())
    }
}
