//! Where one cache keeps its pieces.

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::{Execute, Output, Revision, Snapshot};
use crate::operators::cache::store::{BlockKey, CacheId, CacheStatistics, Counted, Pins, Store};
use crate::roi::Roi;
use crate::sync::{Arc, OnceLock, Weak};

/// The part of a [`Store`] that is one cache's. Dropped with the last of the cache's handles, and with it what it kept.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) id: CacheId,
    /// Known from the first execution on, which says on which runtime it is.
    store: OnceLock<Arc<Store>>,
    pub(crate) pins: Pins,
}

impl Place {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            id: CacheId::new(),
            store: OnceLock::new(),
            pins: Pins::default(),
        })
    }

    pub(crate) fn store(&self, cx: &Execute) -> &Arc<Store> {
        self.store.get_or_init(|| Store::of(cx.runtime()))
    }

    pub(crate) fn key(&self, roi: Roi) -> BlockKey {
        BlockKey { cache: self.id, roi }
    }

    pub(crate) fn statistics(&self) -> CacheStatistics {
        self.store
            .get()
            .map_or_else(CacheStatistics::default, |store| store.statistics(self.id))
    }

    /// What is kept: its region, its stamp and its size in bytes. Looking is not using.
    pub(crate) fn kept(&self) -> Vec<(Roi, Revision, u64)> {
        self.store.get().map_or(Vec::new(), |store| store.kept(self.id))
    }

    pub(crate) fn clear(&self) {
        if let Some(store) = self.store.get() {
            store.clear(self.id);
        }
    }

    pub(crate) fn pin(self: &Arc<Self>, roi: Roi) -> PinGuard {
        self.pins.add(roi);
        self.apply_pins();
        PinGuard {
            pins: vec![(Arc::downgrade(self), roi)],
        }
    }

    fn apply_pins(&self) {
        if let Some(store) = self.store.get() {
            store.set_pins(self.id, &self.pins);
        }
    }

    /// The pieces that are right for who asks `output` in `at`, in order.
    pub(crate) fn fresh(&self, at: &Snapshot, output: &Output<Array>) -> Result<Vec<Roi>, Error> {
        let mut fresh = Vec::new();
        for (roi, stamp, _) in self.kept() {
            if at.stamp(output, &roi)? == stamp {
                fresh.push(roi);
            }
        }
        fresh.sort();
        Ok(fresh)
    }

    /// One of them.
    pub(crate) fn peek(&self, at: &Snapshot, output: &Output<Array>, roi: &Roi) -> Result<Option<Array>, Error> {
        self.find(at, output, roi)?
            .map(|found| found.unpack(&Checkpoint::never()))
            .transpose()
    }

    /// The same as it is kept.
    pub(crate) fn find(&self, at: &Snapshot, output: &Output<Array>, roi: &Roi) -> Result<Option<Arc<Counted>>, Error> {
        let stamp = at.stamp(output, roi)?;
        let store = self.store.get();
        Ok(store.and_then(|store| store.peek(&self.key(*roi), stamp)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(store) = self.store.get() {
            store.forget(self.id);
        }
    }
}

/// Keeps pieces of a cache from being dropped for want of memory; ends on drop.
#[must_use = "the pieces are pinned for as long as the guard lives"]
#[derive(Debug)]
pub struct PinGuard {
    pins: Vec<(Weak<Place>, Roi)>,
}

impl PinGuard {
    /// All of several as one.
    pub(crate) fn all(guards: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self { pins: Vec::new() };
        for mut guard in guards {
            all.pins.append(&mut guard.pins);
        }
        all
    }
}

impl Drop for PinGuard {
    fn drop(&mut self) {
        for (place, roi) in &self.pins {
            let Some(place) = place.upgrade() else { continue };
            place.pins.remove(roi);
            place.apply_pins();
        }
    }
}
