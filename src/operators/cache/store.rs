//! The blocks of all caches of a runtime, and their bytes.
//!
//! S1 Bytes of kept blocks are on the runtime's account from `put` until the last who holds the block as it is kept has
//!    dropped it: an evicted block that a fixed cache still shows is still counted, since it still is in memory.
//! S2 While kept blocks take more than their limit, or the account is overdrawn, the least recently *used* block that is
//!    not pinned goes, whichever cache it is of.
//! S3 Blocks are dropped without any lock.
//! S4 A block is pinned if a pin of its cache touches it. Both who stores a block and who changes pins decide that under the
//!    shelf's lock, from the pins as they are then, so neither misses the other. Lock order: shelf, then pins.

use std::collections::{HashMap, HashSet};

use hashlink::LinkedHashMap;

use crate::array::{Array, BufferPool};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::{Execute, Revision};
use crate::kernels::Pieces;
use crate::operators::cache::packed::Packed;
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

impl std::iter::Sum for CacheStatistics {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            blocks: sum.blocks + one.blocks,
            bytes: sum.bytes + one.bytes,
            pinned_bytes: sum.pinned_bytes + one.pinned_bytes,
            hits: sum.hits + one.hits,
            misses: sum.misses + one.misses,
            evicted: sum.evicted + one.evicted,
        })
    }
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
    caches: HashMap<CacheId, Own>,
}

/// What is one cache's.
#[derive(Default)]
struct Own {
    counts: CacheStatistics,
    blocks: HashSet<Roi>,
}

struct Block {
    stamp: Revision,
    data: Arc<Counted>,
    pinned: bool,
}

/// A block as it is kept, with its bytes on the account until the last who holds it drops it (S1).
pub(crate) struct Counted {
    data: Packed,
    bytes: u64,
    _charge: Charge,
}

impl Counted {
    pub(crate) fn unpack(&self, checkpoint: &Checkpoint) -> Result<Array, Error> {
        self.data.unpack(checkpoint)
    }

    pub(crate) fn unpack_in(&self, buffers: &Arc<BufferPool>, checkpoint: &Checkpoint) -> Result<Array, Error> {
        self.data.unpack_in(buffers, checkpoint)
    }

    pub(crate) async fn unpack_for(&self, cx: &Execute) -> Result<Array, Error> {
        self.data.unpack_for(cx).await
    }

    /// Labels as the runs in which they were found, if that is how they are kept.
    pub(crate) fn pieces(&self) -> Option<Arc<Pieces>> {
        match &self.data {
            Packed::Pieces(pieces) => Some(Arc::clone(pieces)),
            _ => None,
        }
    }
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
    pub(crate) fn find(&self, key: &BlockKey, stamp: Revision) -> Option<Arc<Counted>> {
        let mut shelf = self.shelf.lock();
        let found = shelf.get(key, |kept| kept == stamp);
        shelf.note(key, found.is_some());
        found
    }

    /// As [`find`](Self::find) for who asks for the block if it is not there: that it is not counts then.
    pub(crate) fn find_or_ask(&self, key: &BlockKey, stamp: Revision) -> Option<Arc<Counted>> {
        let mut shelf = self.shelf.lock();
        let found = shelf.get(key, |kept| kept == stamp)?;
        shelf.note(key, true);
        Some(found)
    }

    /// The smallest block of a cache that has `roi` in it and is right there for who asks in `now`, where `roi` has `stamp`
    /// (B5).
    pub(crate) fn find_around(
        &self,
        cache: CacheId,
        roi: &Roi,
        stamp: Revision,
        now: Revision,
    ) -> Option<(Roi, Arc<Counted>)> {
        let is_right = |kept: Revision| stamp <= kept && kept <= now;
        let mut shelf = self.shelf.lock();
        let is_kept = |own: &Roi| shelf.get(&BlockKey { cache, roi: *own }, is_right).is_some();
        let best = match is_kept(roi) {
            true => Some(*roi),
            false => {
                let own = shelf.caches.get(&cache).into_iter().flat_map(|own| &own.blocks);
                let around = own.filter(|own| own.contains(roi) && is_kept(own));
                around
                    .min_by_key(|own| (own.shape().saturating_volume(), **own))
                    .copied()
            }
        };
        let key = BlockKey {
            cache,
            roi: best.unwrap_or(*roi),
        };
        let found = best.and_then(|_| shelf.get(&key, is_right));
        shelf.note(&key, found.is_some());
        found.map(|found| (key.roi, found))
    }

    /// As [`find`](Self::find), but looking is not using.
    pub(crate) fn peek(&self, key: &BlockKey, stamp: Revision) -> Option<Arc<Counted>> {
        self.shelf.lock().get(key, |kept| kept == stamp)
    }

    /// The blocks of a cache with their stamps and bytes. Looking is not using them.
    pub(crate) fn kept(&self, cache: CacheId) -> Vec<(Roi, Revision, u64)> {
        let shelf = self.shelf.lock();
        shelf
            .of(cache)
            .map(|(roi, block)| (roi, block.stamp, block.data.bytes))
            .collect()
    }

    /// Keeps a block, unless a later one is kept already (B2).
    pub(crate) fn put(&self, key: BlockKey, stamp: Revision, data: Packed, pins: &Pins) {
        let bytes = data.nbytes();
        let data = Arc::new(Counted {
            data,
            bytes,
            _charge: self.budget.charge(bytes),
        });
        let mut shelf = self.shelf.lock();
        if shelf.blocks.get(&key).is_some_and(|kept| kept.stamp > stamp) {
            drop(shelf);
            return;
        }
        let old = shelf.remove(&key);
        let pinned = pins.touch(&key.roi);
        shelf.add(key, Block { stamp, data, pinned });
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
        for key in shelf.keys(cache) {
            if let Some(block) = shelf.blocks.get_mut(&key) {
                block.pinned = pins.touch(&key.roi);
            }
        }
        drop(shelf);
        self.trim();
    }

    pub(crate) fn clear(&self, cache: CacheId) {
        let mut shelf = self.shelf.lock();
        let keys = shelf.keys(cache);
        let blocks: Vec<_> = keys.iter().map(|key| shelf.remove(key)).collect();
        drop(shelf);
        drop(blocks);
    }

    /// Forgets a cache that is gone: its blocks and how it went.
    pub(crate) fn forget(&self, cache: CacheId) {
        self.clear(cache);
        self.shelf.lock().caches.remove(&cache);
    }

    pub(crate) fn statistics(&self, cache: CacheId) -> CacheStatistics {
        let shelf = self.shelf.lock();
        let mut statistics = shelf.caches.get(&cache).map(|own| own.counts).unwrap_or_default();
        for (_, block) in shelf.of(cache) {
            statistics.blocks += 1;
            statistics.bytes += block.data.bytes;
            statistics.pinned_bytes += if block.pinned { block.data.bytes } else { 0 };
        }
        statistics
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
    fn get(&self, key: &BlockKey, is_right: impl Fn(Revision) -> bool) -> Option<Arc<Counted>> {
        let block = self.blocks.get(key).filter(|block| is_right(block.stamp))?;
        Some(Arc::clone(&block.data))
    }

    /// Remembers that a block was asked for, and used if it was found.
    fn note(&mut self, key: &BlockKey, found: bool) {
        let counts = &mut self.caches.entry(key.cache).or_default().counts;
        match found {
            true => counts.hits += 1,
            false => counts.misses += 1,
        }
        if found {
            self.blocks.to_back(key);
        }
    }

    fn keys(&self, cache: CacheId) -> Vec<BlockKey> {
        self.of(cache).map(|(roi, _)| BlockKey { cache, roi }).collect()
    }

    fn of(&self, cache: CacheId) -> impl Iterator<Item = (Roi, &Block)> {
        let own = self.caches.get(&cache).into_iter().flat_map(|own| &own.blocks);
        own.filter_map(move |roi| Some((*roi, self.blocks.get(&BlockKey { cache, roi: *roi })?)))
    }

    /// Takes the least recently used block out that may go.
    fn evict(&mut self) -> Option<Block> {
        let key = self
            .blocks
            .iter()
            .find(|(_, block)| !block.pinned)
            .map(|(key, _)| *key)?;
        self.caches.entry(key.cache).or_default().counts.evicted += 1;
        self.remove(&key)
    }

    fn add(&mut self, key: BlockKey, block: Block) {
        self.bytes += block.data.bytes;
        self.caches.entry(key.cache).or_default().blocks.insert(key.roi);
        self.blocks.insert(key, block);
    }

    fn remove(&mut self, key: &BlockKey) -> Option<Block> {
        let block = self.blocks.remove(key)?;
        self.bytes -= block.data.bytes;
        if let Some(own) = self.caches.get_mut(&key.cache) {
            own.blocks.remove(&key.roi);
        }
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
        assert_eq!((shelf.blocks.len(), shelf.caches.len(), shelf.bytes), (0, 0, 0));
    }
}
