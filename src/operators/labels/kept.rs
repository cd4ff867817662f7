//! Values of volumes that are kept until what they depend on changes.

use std::collections::HashMap;

use crate::graph::{Execute, LaneKey, List, Opaque, Output, Revision};
use crate::sync::{Arc, Mutex};

/// What was computed for each volume, with its stamp (L1).
pub(super) struct Kept<T>(Mutex<HashMap<usize, (Revision, Opaque<T>)>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Send + Sync + 'static> Kept<T> {
    pub(super) fn find(&self, volume: usize, stamp: Revision) -> Option<Opaque<T>> {
        let all = self.0.lock();
        let found = all.get(&volume).filter(|(own, _)| *own == stamp);
        found.map(|(_, value)| value.clone())
    }

    /// Keeps `value`, unless one of the same stamp is there, which is returned then, or a later one (L2).
    pub(super) fn put(&self, volume: usize, stamp: Revision, value: Arc<T>) -> Opaque<T> {
        let value = Opaque::from(value);
        let mut all = self.0.lock();
        let old = match all.get(&volume) {
            Some((own, kept)) if *own == stamp => return kept.clone(),
            Some((own, _)) if *own > stamp => None,
            _ => all.insert(volume, (stamp, value.clone())),
        };
        drop(all);
        // Perhaps the last handle of something; not under the lock.
        drop(old);
        value
    }
}

/// Which element of `list` is asked for.
pub(super) fn lane_of<T>(cx: &Execute, list: &List<Output<Opaque<T>>>) -> Option<usize>
where
    T: Send + Sync + 'static,
{
    let key: LaneKey = *cx.lane().first()?;
    cx.lanes(list).iter().position(|(own, _)| *own == key)
}
