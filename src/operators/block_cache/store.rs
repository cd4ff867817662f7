//! The blocks of all caches of a runtime, and their bytes.
//!
//! S1 Bytes of kept blocks are on the runtime's account from `put` until the block's last user has dropped it: an evicted
//!    block that somebody still holds is still counted, since it still is in memory.
//! S2 While kept blocks take more than their limit, or the account is overdrawn, the least recently *used* block that is
//!    not pinned goes, whichever cache it is of.
//! S3 Blocks are dropped without the lock.

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

pub(crate) struct Store {
    budget: Budget,
    shelf: Mutex<Shelf>,
}

#[derive(Default)]
struct Shelf {
    /// The least recently used first.
    blocks: LinkedHashMap<BlockKey, Block>,
    bytes: u64,
    counts: std::collections::HashMap<CacheId, CacheStatistics>,
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
    pub(crate) fn put(&self, key: BlockKey, stamp: Revision, data: Packed, pinned: bool) {
        let bytes = data.nbytes();
        let charge = self.budget.charge(bytes);
        let mut shelf = self.shelf.lock();
        if shelf.blocks.get(&key).is_some_and(|kept| kept.stamp > stamp) {
            drop(shelf);
            return;
        }
        let old = shelf.remove(&key);
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

    pub(crate) fn set_pins(&self, cache: CacheId, pins: &[Roi]) {
        let mut shelf = self.shelf.lock();
        for (key, block) in shelf.blocks.iter_mut().filter(|(key, _)| key.cache == cache) {
            block.pinned = pins.iter().any(|pin| pin.intersects(&key.roi));
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
