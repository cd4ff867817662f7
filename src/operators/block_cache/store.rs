//! The blocks of all caches of a runtime, and their bytes.
//!
//! S1 Bytes of kept blocks are on the runtime's account from `put` until the block's last user has dropped it: an evicted
//!    block that somebody still holds is still counted, since it still is in memory.
//! S2 While kept blocks take more than their limit, or the account is overdrawn, the least recently *used* block that is
//!    not pinned goes, whichever cache it is of.
//! S3 Blocks are dropped without any lock.
//! S4 A block is pinned if a pin of its cache touches it. Both who stores a block and who changes pins decide that under the
//!    shelf's lock, from the pins as they are then, so neither misses the other. Lock order: shelf, then pins.

use std::collections::HashMap;

use hashlink::LinkedHashMap;

use crate::graph::Revision;
use crate::operators::block_cache::packed::Packed;
use crate::roi::Roi;
use crate::runtime::extension::{Budget, Reclaim};
use crate::runtime::{Charge, Runtime};
use crate::sync::atomic::{TALLY, Tally};
use crate::sync::{Arc, Mutex, Weak};

/// Which cache, among all of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CacheId(u64);

impl CacheId {
    pub(crate) fn new() -> Self {
        static NEXT: Tally = Tally::new(0);
        Self(NEXT.fetch_add(1, TALLY))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct BlockKey {
    pub(crate) cache: CacheId,
    pub(crate) roi: Roi,
}

/// What a cache holds, and how it went so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheStatistics {
    /// Blocks held.
    pub blocks: usize,
    /// Bytes that they take.
    pub bytes: u64,
    /// Bytes of those that are pinned.
    pub pinned_bytes: u64,
    /// Blocks that were found when they were asked for.
    pub hits: u64,
    /// Blocks that were not, or were out of date.
    pub misses: u64,
    /// Blocks that were dropped for want of memory.
    pub evicted: u64,
}

/// The pins of one cache.
#[derive(Debug, Default)]
pub(crate) struct Pins(Mutex<Vec<Roi>>);

impl Pins {
    pub(crate) fn add(&self, roi: Roi) {
        self.0.lock().push(roi);
    }

    /// Takes one of this region away.
    pub(crate) fn remove(&self, roi: &Roi) {
        let mut pins = self.0.lock();
        if let Some(nth) = pins.iter().position(|pin| pin == roi) {
            pins.swap_remove(nth);
        }
    }

    fn touch(&self, block: &Roi) -> bool {
        self.0.lock().iter().any(|pin| pin.intersects(block))
    }
}

pub(crate) struct Store {
    budget: Budget,
    shelf: Mutex<Shelf>,
}

#[derive(Default)]
struct Shelf {
    /// The least recently used first.
    blocks: LinkedHashMap<BlockKey, Block>,
    bytes: u64,
    counts: HashMap<CacheId, CacheStatistics>,
}

struct Block {
    stamp: Revision,
    data: Packed,
    bytes: u64,
    pinned: bool,
    /// Given back when the block is dropped.
    _charge: Option<Charge>,
}

impl Store {
    /// That of a runtime.
    pub(crate) fn of(runtime: &Runtime) -> Arc<Self> {
        runtime.extension(|budget| {
            let store = Arc::new(Self {
                budget,
                shelf: Mutex::default(),
            });
            let keeper: Weak<Self> = Arc::downgrade(&store);
            store.budget.reclaim_from(keeper);
            store
        })
    }

    /// A block, if it is kept with this stamp (B1).
    pub(crate) fn find(&self, key: &BlockKey, stamp: Revision) -> Option<Packed> {
        let mut shelf = self.shelf.lock();
        let found = shelf
            .blocks
            .get(key)
            .filter(|block| block.stamp == stamp)
            .map(|block| block.data.clone());
        let counts = shelf.counts.entry(key.cache).or_default();
        match found.is_some() {
            true => counts.hits += 1,
            false => counts.misses += 1,
        }
        if found.is_some() {
            shelf.blocks.to_back(key);
        }
        found
    }

    /// The blocks of a cache with their stamps. Looking is not using them.
    pub(crate) fn stamps(&self, cache: CacheId) -> Vec<(Roi, Revision)> {
        let shelf = self.shelf.lock();
        let own = shelf.blocks.iter().filter(|(key, _)| key.cache == cache);
        own.map(|(key, block)| (key.roi, block.stamp)).collect()
    }

    /// Keeps a block, unless a later one is kept already (B2).
    pub(crate) fn put(&self, key: BlockKey, stamp: Revision, data: Packed, pins: &Pins) {
        let bytes = data.nbytes();
        let charge = self.budget.charge(bytes);
        let mut shelf = self.shelf.lock();
        if shelf.blocks.get(&key).is_some_and(|kept| kept.stamp > stamp) {
            drop(shelf);
            return;
        }
        let old = shelf.remove(&key);
        let pinned = pins.touch(&key.roi);
        shelf.add(
            key,
            Block {
                stamp,
                data,
                bytes,
                pinned,
                _charge: Some(charge),
            },
        );
        drop(shelf);
        drop(old);
        self.trim();
    }

    /// Drops blocks until what is left fits.
    pub(crate) fn trim(&self) {
        loop {
            let memory = self.budget.memory();
            let mut shelf = self.shelf.lock();
            if shelf.bytes <= self.budget.for_caches() && memory.used <= memory.limit {
                return;
            }
            let block = shelf.evict();
            drop(shelf);
            if block.is_none() {
                return;
            }
        }
    }

    pub(crate) fn set_pins(&self, cache: CacheId, pins: &Pins) {
        let mut shelf = self.shelf.lock();
        for (key, block) in shelf.blocks.iter_mut().filter(|(key, _)| key.cache == cache) {
            block.pinned = pins.touch(&key.roi);
        }
        drop(shelf);
        self.trim();
    }

    pub(crate) fn clear(&self, cache: CacheId) {
        let mut shelf = self.shelf.lock();
        let keys: Vec<_> = shelf.blocks.keys().filter(|key| key.cache == cache).copied().collect();
        let blocks: Vec<_> = keys.iter().map(|key| shelf.remove(key)).collect();
        drop(shelf);
        drop(blocks);
    }

    /// Forgets a cache that is gone: its blocks and how it went.
    pub(crate) fn forget(&self, cache: CacheId) {
        self.clear(cache);
        self.shelf.lock().counts.remove(&cache);
    }

    pub(crate) fn statistics(&self, cache: CacheId) -> CacheStatistics {
        let shelf = self.shelf.lock();
        let own = || {
            shelf
                .blocks
                .iter()
                .filter(|(key, _)| key.cache == cache)
                .map(|(_, block)| block)
        };
        CacheStatistics {
            blocks: own().count(),
            bytes: own().map(|block| block.bytes).sum(),
            pinned_bytes: own().filter(|block| block.pinned).map(|block| block.bytes).sum(),
            ..shelf.counts.get(&cache).copied().unwrap_or_default()
        }
    }
}

impl Reclaim for Store {
    fn reclaim(&self) -> bool {
        let block = self.shelf.lock().evict();
        block.is_some()
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shelf = self.shelf.lock();
        write!(f, "{} blocks of {} bytes", shelf.blocks.len(), shelf.bytes)
    }
}

impl Shelf {
    /// Takes the least recently used block out that may go.
    fn evict(&mut self) -> Option<Block> {
        let key = self
            .blocks
            .iter()
            .find(|(_, block)| !block.pinned)
            .map(|(key, _)| *key)?;
        self.counts.entry(key.cache).or_default().evicted += 1;
        self.remove(&key)
    }

    fn add(&mut self, key: BlockKey, block: Block) {
        self.bytes += block.bytes;
        self.blocks.insert(key, block);
    }

    fn remove(&mut self, key: &BlockKey) -> Option<Block> {
        let block = self.blocks.remove(key)?;
        self.bytes -= block.bytes;
        Some(block)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::roi;

    fn block() -> Packed {
        Packed::Plain(Array::from_vec("x", &[4], vec![0_u8; 4]).expect("it fits"))
    }

    #[test]
    fn a_block_that_was_stored_while_its_pin_came_was_not_pinned() {
        let runtime = Runtime::builder().slots(1).build().expect("it starts");
        let store = Store::of(&runtime);
        let (pins, cache) = (Pins::default(), CacheId::new());
        let key = BlockKey { cache, roi: roi![0..4] };
        // The block is computed; before it is stored, there is nothing yet to mark.
        pins.add(roi![2..3]);
        store.set_pins(cache, &pins);
        store.put(key, Revision::default(), block(), &pins);
        assert_eq!(store.statistics(cache).pinned_bytes, 4);
        pins.remove(&roi![2..3]);
        store.set_pins(cache, &pins);
        assert_eq!(store.statistics(cache).pinned_bytes, 0);
    }

    #[test]
    fn how_it_went_in_caches_that_were_gone_was_kept() {
        let runtime = Runtime::builder().slots(1).build().expect("it starts");
        let store = Store::of(&runtime);
        let cache = CacheId::new();
        let key = BlockKey { cache, roi: roi![0..4] };
        assert!(store.find(&key, Revision::default()).is_none());
        store.put(key, Revision::default(), block(), &Pins::default());
        store.forget(cache);
        let shelf = store.shelf.lock();
        assert_eq!((shelf.blocks.len(), shelf.counts.len(), shelf.bytes), (0, 0, 0));
    }
}
