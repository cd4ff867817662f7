//! The cache of regions as they were asked for.

use std::fmt;

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::{Data, Declare, Dirty, Execute, Input, Kept, Operator, Output, Setup, Snapshot};
use crate::operators::cache::packed::Packing;
use crate::operators::cache::place::{PinGuard, Place};
use crate::operators::cache::store::CacheStatistics;
use crate::roi::Roi;
use crate::sync::Arc;

/// Keeps each region that was asked for as it was asked for, until what it depends on changes or memory is short.
///
/// A request that lies within a kept region is answered by a slice of it, without a copy, as long as nothing in the slice
/// has changed: that the rest of the region has does not matter. Regions that overlap are kept twice. This is for who always
/// asks for the same regions, such as tiles of a view; for others there is [`BlockCache`](crate::operators::BlockCache).
///
/// lazyflow: `OpUnblockedArrayCache`.
///
/// | slot | | |
/// |---|---|---|
/// | `input` | array | what to keep |
/// | `output` | array | the same |
///
/// Memory is that of all caches of the runtime, as `BlockCache` says. Looking for a kept region takes time in proportion to
/// how many this cache keeps.
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::UnblockedCache;
/// use headwater::{Array, roi};
///
/// let graph = Graph::new();
/// let cache = graph.add(UnblockedCache::new());
/// graph.edit(|e| e.set(&cache.input, Array::from_vec("x", &[6], vec![1_u8, 2, 3, 4, 5, 6])?))?;
/// cache.output.request(roi![1..5]).wait()?;
/// cache.output.request(roi![2..3]).wait()?; // from the region before
/// assert_eq!(cache.fresh_regions(&graph.snapshot())?, [roi![1..5]]);
/// # Ok::<(), headwater::Error>(())
/// ```
pub struct UnblockedCache {
    packing: Packing,
    place: Arc<Place>,
}

/// The slots of an [`UnblockedCache`].
#[derive(Debug)]
pub struct UnblockedCacheSlots {
    /// What to keep.
    pub input: Input<Array>,
    /// The same.
    pub output: Output<Array>,
    place: Arc<Place>,
}

impl UnblockedCacheSlots {
    /// The regions that are kept and right in a revision, in order. lazyflow: `CleanBlocks`.
    ///
    /// # Errors
    ///
    /// If the revision does not have the cache.
    pub fn fresh_regions(&self, at: &Snapshot) -> Result<Vec<Roi>, Error> {
        self.place.fresh(at, &self.output)
    }

    /// One of them, if it is still there. Nothing is computed, and it does not count as a use.
    ///
    /// # Errors
    ///
    /// If the revision does not have the cache, or the region cannot be unpacked.
    pub fn fresh_region(&self, at: &Snapshot, roi: &Roi) -> Result<Option<Array>, Error> {
        self.place.peek(at, &self.output, roi)
    }
}

impl Default for UnblockedCache {
    fn default() -> Self {
        Self::new()
    }
}

impl UnblockedCache {
    /// An empty cache.
    pub fn new() -> Self {
        Self {
            packing: Packing::Plain,
            place: Place::new(),
        }
    }

    /// With regions kept compressed (LZ4): less memory, and the time to pack and unpack the whole of one for each hit.
    #[must_use]
    pub fn compressed(mut self) -> Self {
        self.packing = Packing::Lz4;
        self
    }

    /// What it holds, and how it went so far.
    pub fn statistics(&self) -> CacheStatistics {
        self.place.statistics()
    }

    /// Keeps the regions that touch `roi`, once computed, whatever else has to go, until the guard is dropped.
    pub fn pin(&self, roi: Roi) -> PinGuard {
        self.place.pin(roi)
    }

    /// Forgets all regions.
    pub fn clear(&self) {
        self.place.clear();
    }
}

impl Operator for UnblockedCache {
    type Slots = UnblockedCacheSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> UnblockedCacheSlots {
        UnblockedCacheSlots {
            input: declare.input("input"),
            output: declare.output("output"),
            place: Arc::clone(&self.place),
        }
    }

    fn setup(&self, slots: &UnblockedCacheSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = cx.meta(&slots.input)?;
        cx.describe(&slots.output, self.packing.described(meta)?)
    }

    fn dirty(&self, slots: &UnblockedCacheSlots, cx: &mut Dirty<'_>) {
        cx.same_region(&slots.input, &slots.output);
    }

    async fn execute(&self, slots: &UnblockedCacheSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let stamp = cx.stamp(&roi);
        let store = Arc::clone(self.place.store(cx));
        if let Some((around, kept)) = store.find_around(self.place.id, &roi, stamp, cx.revision()) {
            return Ok(kept.unpack_for(cx).await?.slice(&roi.relative_to(&around)?)?.into());
        }
        let array = cx.request(&slots.input, roi).await?;
        let packed = self.packing.pack_for(cx, &array).await?;
        store.put(self.place.key(roi), stamp, packed, &self.place.pins);
        Ok(array.into())
    }

    /// Takes the region as it is.
    fn write(&self, slots: &UnblockedCacheSlots, cx: &Execute, roi: Roi, data: &Array) -> Result<(), Error> {
        let stamp = cx.stamp_of(&slots.output, &roi);
        let packed = self.packing.pack(data, &Checkpoint::never())?;
        self.place
            .store(cx)
            .put(self.place.key(roi), stamp, packed, &self.place.pins);
        Ok(())
    }

    /// Counts kept regions: of what was never asked for there are no pieces that could be missing.
    fn kept(&self, _: &UnblockedCacheSlots, cx: &Execute, roi: Roi) -> Option<Kept> {
        let mut kept = Kept::default();
        let pieces = self.place.kept().into_iter().filter(|(own, ..)| own.intersects(&roi));
        pieces.for_each(|(own, stamp, bytes)| kept.add(stamp == cx.stamp(&own), bytes));
        Some(kept)
    }
}

impl fmt::Debug for UnblockedCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnblockedCache")
            .field("packing", &self.packing)
            .finish_non_exhaustive()
    }
}
