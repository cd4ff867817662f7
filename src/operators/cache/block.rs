//! The cache of blocks.

use std::fmt;

use futures::future::try_join_all;

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::{Data, Declare, Dirty, Execute, Input, Kept, Meta, Operator, Output, Pull, Setup, Snapshot};
use crate::operators::assemble::assemble;
use crate::operators::cache::packed::Packing;
use crate::operators::cache::place::{PinGuard, Place};
use crate::operators::cache::store::{CacheStatistics, Counted};
use crate::roi::{BlockGrid, Roi, Shape, determine_block_shape};
use crate::sync::Arc;

/// Pixels of a block if neither the cache nor its input says how large one should be: 256 KiB of f32.
const BLOCK_VOLUME: usize = 1 << 16;

/// Keeps blocks of what comes in, so that each is computed once, until what it depends on changes or memory is short.
///
/// lazyflow: `OpBlockedArrayCache`, `OpSimpleBlockedArrayCache`; with [`compressed`](Self::compressed) `OpCompressedCache`.
/// For its `fixAtCurrent` there is [`FixableCache`](crate::operators::FixableCache).
///
/// | slot | | |
/// |---|---|---|
/// | `input` | array | what to keep |
/// | `output` | array | the same; its [ideal block](Meta::ideal_block) is the cache's |
///
/// The memory of all caches of a runtime is one: when it takes more than
/// [`RuntimeBuilder::memory`](crate::RuntimeBuilder::memory) allows beside the work that is running, the blocks that were
/// used least recently go first, whichever cache they are in. Pinned blocks stay.
///
/// What a cache keeps can be written to a file and read back: [`BlockCacheSlots::fresh_blocks`] lists the blocks that are right,
/// [`BlockCacheSlots::fresh_block`] gives one, and [`Edit::write`](crate::graph::Edit::write) on `input` takes whole blocks.
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::BlockCache;
/// use headwater::{Array, roi};
///
/// let graph = Graph::new();
/// let cache = graph.add(BlockCache::new().block([2, 2]));
/// graph.edit(|e| e.set(&cache.input, Array::from_vec("yx", &[4, 4], (0_u8..16).collect())?))?;
/// let part = cache.output.request(roi![1..3, 0..2]).wait()?;
/// assert_eq!(part.view::<u8>()?.iter().copied().collect::<Vec<_>>(), [4, 5, 8, 9]);
/// assert_eq!(cache.operator().statistics().blocks, 2);
/// # Ok::<(), headwater::Error>(())
/// ```
pub struct BlockCache {
    block: Option<Vec<usize>>,
    packing: Packing,
    place: Arc<Place>,
}

/// The slots of a [`BlockCache`].
#[derive(Debug)]
pub struct BlockCacheSlots {
    /// What to keep.
    pub input: Input<Array>,
    /// The same.
    pub output: Output<Array>,
    place: Arc<Place>,
}

impl BlockCacheSlots {
    /// The blocks that are kept and right in a revision, in order: what there is to write to a file. lazyflow: `CleanBlocks`.
    ///
    /// # Errors
    ///
    /// If the revision does not have the cache.
    ///
    /// # Examples
    ///
    /// A cache is written down and restored:
    ///
    /// ```
    /// use headwater::graph::Graph;
    /// use headwater::operators::BlockCache;
    /// use headwater::{Array, roi};
    ///
    /// let graph = Graph::new();
    /// let cache = graph.add(BlockCache::new().block([2]));
    /// graph.edit(|e| e.set(&cache.input, Array::from_vec("x", &[5], vec![1_u8, 2, 3, 4, 5])?))?;
    /// cache.output.request(roi![1..3]).wait()?;
    ///
    /// let now = graph.snapshot();
    /// let blocks = cache.fresh_blocks(&now)?;
    /// assert_eq!(blocks, [roi![0..2], roi![2..4]]);
    /// for block in blocks {
    ///     // `None` if it was dropped meanwhile.
    ///     if let Some(data) = cache.fresh_block(&now, &block)? {
    ///         println!("write {block}: {data:?}");
    ///     }
    /// }
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn fresh_blocks(&self, at: &Snapshot) -> Result<Vec<Roi>, Error> {
        self.place.fresh(at, &self.output)
    }

    /// One of them, if it is still there. Nothing is computed, and it does not count as a use.
    ///
    /// # Errors
    ///
    /// If the revision does not have the cache, or the block cannot be unpacked.
    pub fn fresh_block(&self, at: &Snapshot, block: &Roi) -> Result<Option<Array>, Error> {
        self.place.peek(at, &self.output, block)
    }
}

impl Default for BlockCache {
    fn default() -> Self {
        Self::new()
    }
}

impl BlockCache {
    /// A cache with blocks of the shape that its input says is ideal, or else of about 65,536 pixels.
    pub fn new() -> Self {
        Self {
            block: None,
            packing: Packing::Plain,
            place: Place::new(),
        }
    }

    /// With blocks of this shape, in pixels along each axis; 0 is the whole of an axis.
    #[must_use]
    pub fn block(mut self, shape: impl Into<Vec<usize>>) -> Self {
        self.block = Some(shape.into());
        self
    }

    /// With blocks kept compressed (LZ4): less memory, and the time to pack and unpack.
    #[must_use]
    pub fn compressed(mut self) -> Self {
        self.packing = Packing::Lz4;
        self
    }

    /// What it holds, and how it went so far.
    pub fn statistics(&self) -> CacheStatistics {
        self.place.statistics()
    }

    /// Keeps the blocks that touch `roi`, once computed, whatever else has to go, until the guard is dropped.
    pub fn pin(&self, roi: Roi) -> PinGuard {
        self.place.pin(roi)
    }

    /// Forgets all blocks.
    pub fn clear(&self) {
        self.place.clear();
    }

    /// Where it keeps its blocks.
    pub(crate) fn place(&self) -> &Arc<Place> {
        &self.place
    }

    /// The same cache, which an operator that is made of others adds while it keeps a handle itself.
    pub(crate) fn share(&self) -> Self {
        Self {
            block: self.block.clone(),
            packing: self.packing,
            place: Arc::clone(&self.place),
        }
    }

    fn shape_of_blocks(&self, meta: &Meta) -> Result<Shape, Error> {
        let whole = meta.shape();
        let wanted: Vec<usize> = match (&self.block, meta.ideal_block()) {
            (Some(block), _) if block.len() != whole.rank() => {
                let message = format!("blocks of {block:?} do not fit the axes `{}`", meta.axes());
                return Err(Error::invalid(message));
            }
            (Some(block), _) => block.clone(),
            (None, Some(ideal)) if ideal.rank() != whole.rank() => {
                let message = format!(
                    "the input's ideal block {ideal} has {} axes, the input `{}` has {}",
                    ideal.rank(),
                    meta.axes(),
                    whole.rank()
                );
                return Err(Error::invalid(message));
            }
            (None, Some(ideal)) => ideal.as_slice().to_vec(),
            (None, None) => {
                let at_least_one: Vec<_> = whole.iter().map(|length| length.max(1)).collect();
                determine_block_shape(Shape::new(at_least_one)?, BLOCK_VOLUME)?
                    .as_slice()
                    .to_vec()
            }
        };
        let clipped = wanted.iter().zip(whole.iter()).map(|(&wanted, whole)| match wanted {
            0 => whole.max(1),
            _ => wanted.min(whole.max(1)),
        });
        Ok(Shape::new(clipped.collect::<Vec<_>>())?)
    }

    /// One block: the one that is kept, or the one that is computed now.
    async fn one(&self, slots: &BlockCacheSlots, cx: &Execute, block: Roi) -> Result<Array, Error> {
        let key = self.place.key(block);
        let stamp = cx.stamp(&block);
        let store = self.place.store(cx);
        if let Some(kept) = store.find(&key, stamp) {
            return kept.unpack_for(cx).await;
        }
        let array = cx.request(&slots.input, block).await?;
        let packed = self.packing.pack_for(cx, &array).await?;
        store.put(key, stamp, packed, &self.place.pins);
        Ok(array)
    }

    /// The blocks of a region, in order: kept ones at once, the others side by side.
    async fn blocks(&self, cx: &Execute, blocks: Vec<Roi>) -> Result<Vec<(Roi, Array)>, Error> {
        let store = Arc::clone(self.place.store(cx));
        let parts = blocks.into_iter().map(|block| {
            let key = self.place.key(block);
            let found = match store.find_or_ask(&key, cx.stamp(&block)) {
                Some(kept) => Found::Kept(kept),
                None => Found::Asked(cx.request_own(block).submit()),
            };
            async move {
                let array = match found {
                    Found::Kept(kept) => kept.unpack_for(cx).await?,
                    Found::Asked(pull) => pull.await?,
                };
                Ok::<_, Error>((block, array))
            }
        });
        try_join_all(parts).await
    }
}

/// Where a block of a region comes from.
enum Found {
    Kept(Arc<Counted>),
    Asked(Pull<Array>),
}

impl Operator for BlockCache {
    type Slots = BlockCacheSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> BlockCacheSlots {
        BlockCacheSlots {
            input: declare.input("input"),
            output: declare.output("output"),
            place: Arc::clone(&self.place),
        }
    }

    fn setup(&self, slots: &BlockCacheSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = cx.meta(&slots.input)?;
        let block = self.shape_of_blocks(&meta)?;
        cx.describe(&slots.output, self.packing.described(meta.with_ideal_block(block))?)
    }

    fn dirty(&self, slots: &BlockCacheSlots, cx: &mut Dirty<'_>) {
        cx.same_region(&slots.input, &slots.output);
    }

    async fn execute(&self, slots: &BlockCacheSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let meta = cx.output_meta(&slots.output)?;
        let grid = grid(meta)?;
        let blocks: Vec<_> = grid.intersecting(&roi)?.map(|block| block.roi).collect();
        if let [block] = blocks[..] {
            let array = match block == roi {
                true => self.one(slots, cx, block).await?,
                false => cx.request_own(block).await?.slice(&roi.relative_to(&block)?)?,
            };
            return Ok(array.into());
        }
        let mut parts = Vec::with_capacity(blocks.len());
        for (block, array) in self.blocks(cx, blocks).await? {
            let Some(part) = block.intersection(&roi) else { continue };
            parts.push((part, array.slice(&part.relative_to(&block)?)?));
        }
        Ok(assemble(cx, meta, roi, parts).await?.into())
    }

    /// Takes the blocks that lie wholly in `roi`: how a cache is restored.
    fn write(&self, slots: &BlockCacheSlots, cx: &Execute, roi: Roi, data: &Array) -> Result<(), Error> {
        let grid = grid(cx.output_meta(&slots.output)?)?;
        for block in grid
            .intersecting(&roi)?
            .map(|block| block.roi)
            .filter(|block| roi.contains(block))
        {
            let array = data.slice(&block.relative_to(&roi)?)?;
            self.place.store(cx).put(
                self.place.key(block),
                cx.stamp_of(&slots.output, &block),
                self.packing.pack(&array, &Checkpoint::never())?,
                &self.place.pins,
            );
        }
        Ok(())
    }

    fn kept(&self, slots: &BlockCacheSlots, cx: &Execute, roi: Roi) -> Option<Kept> {
        let grid = grid(cx.output_meta(&slots.output).ok()?).ok()?;
        let total = grid.intersecting(&roi).ok()?.len() as u64;
        let mut kept = Kept::default();
        // Through what is kept, not through the extent: that can have any number of blocks.
        for (block, stamp, bytes) in self.place.kept() {
            let is_current = grid
                .intersecting(&block)
                .is_ok_and(|blocks| blocks.map(|own| own.roi).eq([block]));
            if block.intersects(&roi) && is_current {
                kept.add(stamp == cx.stamp(&block), bytes);
            }
        }
        kept.missing = total.saturating_sub(kept.total());
        Some(kept)
    }
}

/// The blocks of what a cache gives.
pub(crate) fn grid(meta: &Meta) -> Result<BlockGrid, Error> {
    let block = meta.ideal_block().unwrap_or(meta.shape());
    Ok(BlockGrid::aligned(meta.shape(), block)?)
}

impl fmt::Debug for BlockCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockCache")
            .field("block", &self.block)
            .field("packing", &self.packing)
            .finish_non_exhaustive()
    }
}
