//! What an edge holds, and what happens when it is full.

use std::fmt;
use std::hash::{BuildHasher as _, Hash};

use crate::sync::Arc;

/// What happens to an item for which there is no room in an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Overflow {
    /// Its node waits: nothing is lost, and the slowest node sets the pace.
    Block,
    /// It is dropped: what waits already is served.
    DropNewest,
    /// The one that has waited longest is dropped: the freshest win.
    DropOldest,
}

/// What an item takes, in bytes.
pub(crate) type Weigh<T> = Arc<dyn Fn(&T) -> u64 + Send + Sync>;

/// A number that is the same for items that belong together.
pub(crate) type Key<T> = Arc<dyn Fn(&T) -> u64 + Send + Sync>;

/// What an edge may hold, in each lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) overflow: Overflow,
    /// How many items may wait.
    pub(crate) depth: usize,
    /// How many bytes may wait; a single item always may.
    pub(crate) bytes: Option<u64>,
}

/// Who gets an item, if there are several replicas behind an edge.
#[derive(Clone, Default)]
pub(crate) enum Routing<T> {
    /// Whoever takes it first.
    #[default]
    Compete,
    /// The one that has all items with this key.
    Keyed(Key<T>),
    /// The one that has all items of this trace.
    Traced,
    /// Each of them.
    Broadcast,
}

/// How an edge is made.
pub(crate) struct Settings<T> {
    pub(crate) limits: Limits,
    pub(crate) weigh: Option<Weigh<T>>,
    pub(crate) routing: Routing<T>,
    /// Queues: one for all receivers that compete, else one for each.
    pub(crate) lanes: usize,
}

impl<T> fmt::Debug for Settings<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("limits", &self.limits)
            .field("lanes", &self.lanes)
            .finish_non_exhaustive()
    }
}

/// The number that decides about the lane of a key: the same in every run.
pub(crate) fn number_of(key: &impl Hash) -> u64 {
    foldhash::fast::FixedState::with_seed(0).hash_one(key)
}
