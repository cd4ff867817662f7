//! Values of volumes that are kept until what they depend on changes.

use std::collections::HashMap;

use crate::graph::{Execute, LaneKey, List, Opaque, Output, Revision};
use crate::runtime::Charge;
use crate::sync::{Arc, Mutex};

/// What was computed for each volume, with its stamp (L1).
pub(super) struct Kept<T>(Mutex<HashMap<usize, Entry<T>>>);

struct Entry<T> {
    stamp: Revision,
    value: Opaque<T>,
    /// Given back with the entry.
    _charge: Charge,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Send + Sync + 'static> Kept<T> {
    pub(super) fn find(&self, volume: usize, stamp: Revision) -> Option<Opaque<T>> {
        let all = self.0.lock();
        let found = all.get(&volume).filter(|own| own.stamp == stamp);
        found.map(|own| own.value.clone())
    }

    /// Keeps `value`, unless one of the same stamp is there, which is returned then, or a later one (L2). `charge` is for
    /// the memory that it takes.
    pub(super) fn put(&self, volume: usize, stamp: Revision, value: Arc<T>, charge: Charge) -> Opaque<T> {
        let entry = Entry {
            stamp,
            value: Opaque::from(value),
            _charge: charge,
        };
        let value = entry.value.clone();
        let mut all = self.0.lock();
        let dropped = match all.get(&volume) {
            Some(own) if own.stamp == stamp => {
                let kept = own.value.clone();
                drop(all);
                return kept;
            }
            Some(own) if own.stamp > stamp => Some(entry),
            _ => all.insert(volume, entry),
        };
        drop(all);
        // Perhaps the last handle of something, and bytes that others wait for: not under the lock.
        drop(dropped);
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
