//! A cache that can be made to stand still.

use std::collections::HashMap;
use std::fmt;

use crate::array::{Array, BufferPool, DType, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::{
    Data, Declare, Dirt, Dirty, Edit, Execute, Input, Meta, Operator, Output, Setup, SlotType, Snapshot,
};
use crate::kernels::{assemble, pooled, pooled_zeros};
use crate::operators::buffers::buffers;
use crate::operators::cache::block::{BlockCache, grid};
use crate::operators::cache::place::Place;
use crate::operators::cache::store::Counted;
use crate::roi::{BlockGrid, RegionSet, Roi};
use crate::sync::Arc;

/// A [`BlockCache`] that can be *fixed*: it then shows the blocks that it had at that moment, and zeros elsewhere, and asks
/// nothing of what is upstream, whatever happens there. This is for who wants to look around at no cost while an expensive
/// computation is being set up.
///
/// [`FixableCacheSlots::fix`] and [`FixableCacheSlots::unfix`] are steps of an edit. While it is fixed, what changes upstream is
/// not heard of downstream; when it is unfixed, all of it is dirty at once, together with the zeros. What is shown while it is
/// fixed belongs to its revision like all other data: it does not depend on what the cache drops or gets meanwhile, and stays
/// in memory until it is unfixed.
///
/// [`Edit::freeze`] does something else: a frozen slot gives what it gave, *computed from the revision of before* where it is
/// not kept. That never shows zeros, and may run everything upstream.
///
/// lazyflow: `OpBlockedArrayCache.fixAtCurrent`, `OpCacheFixer`. There, one bounding box is remembered of what changed; here the
/// regions are. There, blocks that are dropped while it is fixed become zeros.
///
/// | slot | | |
/// |---|---|---|
/// | `input` | array | what to keep |
/// | `output` | array | the same |
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::{BlockCache, FixableCache};
/// use headwater::{Array, roi};
///
/// let graph = Graph::new();
/// let cache = graph.add(FixableCache::new(BlockCache::new().block([2])));
/// graph.edit(|e| e.set(&cache.input, Array::from_vec("x", &[4], vec![1_u8, 2, 3, 4])?))?;
/// cache.output.request(roi![0..2]).wait()?;
///
/// graph.edit(|e| cache.fix(e))?;
/// graph.edit(|e| e.set(&cache.input, Array::from_vec("x", &[4], vec![9_u8, 2, 9, 9])?))?;
/// let shown = cache.output.request(roi![0..4]).wait()?;
/// assert_eq!(shown.view::<u8>()?.as_slice(), Some(&[1, 2, 0, 0][..]));
///
/// graph.edit(|e| cache.unfix(e))?;
/// let shown = cache.output.request(roi![0..4]).wait()?;
/// assert_eq!(shown.view::<u8>()?.as_slice(), Some(&[9, 2, 9, 9][..]));
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Debug)]
pub struct FixableCache {
    cache: BlockCache,
}

/// The slots of a [`FixableCache`].
#[derive(Debug)]
pub struct FixableCacheSlots {
    /// What to keep.
    pub input: Input<Array>,
    /// The same.
    pub output: Output<Array>,
    /// What the cache inside gives.
    cached: Output<Array>,
    gate: GateSlots,
    place: Arc<Place>,
}

impl FixableCache {
    /// Over this cache.
    pub fn new(cache: BlockCache) -> Self {
        Self { cache }
    }

    /// The cache inside: what it holds, and how it went.
    pub fn cache(&self) -> &BlockCache {
        &self.cache
    }
}

impl FixableCacheSlots {
    /// Fixes it as it was before this edit. One that is fixed stays as it is.
    ///
    /// # Errors
    ///
    /// If it is not ready, was added in this edit, or is of another graph.
    pub fn fix(&self, e: &mut Edit<'_>) -> Result<(), Error> {
        if e.value(&self.gate.held)?.is_some() {
            return Ok(());
        }
        let held = self.hold(&e.before())?;
        let missing = held.missing()?;
        e.edit(|e| {
            e.set(&self.gate.held, Some(held))?;
            e.freeze(&self.gate.input)?;
            e.mark_dirty(&self.gate.output, missing)
        })
    }

    /// Lets it follow what is upstream again.
    ///
    /// # Errors
    ///
    /// If it is gone, or of another graph.
    pub fn unfix(&self, e: &mut Edit<'_>) -> Result<(), Error> {
        let Some(held) = e.value(&self.gate.held)? else {
            return Ok(());
        };
        let missing = held.missing()?;
        e.edit(|e| {
            e.set(&self.gate.held, None::<Held>)?;
            e.thaw(&self.gate.input)?;
            e.mark_dirty(&self.gate.output, missing)
        })
    }

    /// Whether it is fixed in the latest revision.
    pub fn is_fixed(&self) -> bool {
        self.gate.held.value().is_ok_and(|held| held.is_some())
    }

    /// The blocks of the cache inside that are kept and right in a revision, in order.
    ///
    /// # Errors
    ///
    /// If the revision does not have the cache.
    pub fn fresh_blocks(&self, at: &Snapshot) -> Result<Vec<Roi>, Error> {
        self.place.fresh(at, &self.cached)
    }

    /// What the cache has at a revision.
    fn hold(&self, at: &Snapshot) -> Result<Held, Error> {
        let grid = grid(&*at.meta(&self.cached)?)?;
        let mut blocks = HashMap::new();
        for roi in self.place.fresh(at, &self.cached)? {
            let kept = self.place.find(at, &self.cached, &roi)?;
            if let (Some(number), Some(kept)) = (grid.number_of(&roi), kept) {
                blocks.insert(number, kept);
            }
        }
        Ok(Held(Arc::new(Blocks { grid, blocks })))
    }
}

impl Operator for FixableCache {
    type Slots = FixableCacheSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> FixableCacheSlots {
        let (cache, gate) = (declare.add(self.cache.share()), declare.add(Gate));
        let input = declare.input("input");
        declare.connect(&input, &cache.input);
        declare.connect(&cache.output, &gate.input);
        FixableCacheSlots {
            input,
            output: declare.expose("output", &gate.output),
            cached: cache.output.clone(),
            gate: GateSlots::clone(&gate),
            place: Arc::clone(self.cache.place()),
        }
    }
}

/// Blocks that are looked for between two looks at the checkpoint.
const PATIENCE: usize = 1 << 10;

/// The blocks that a fixed cache shows. Only itself is the same.
#[derive(Clone)]
struct Held(Arc<Blocks>);

struct Blocks {
    grid: BlockGrid,
    blocks: HashMap<usize, Arc<Counted>>,
}

impl Held {
    /// Where there are none.
    fn missing(&self) -> Result<Dirt, Error> {
        let mut missing = RegionSet::from(*self.0.grid.extent());
        for block in self.0.blocks.keys().filter_map(|number| self.0.grid.block(*number)) {
            missing.subtract(&block)?;
        }
        Ok(missing.iter().copied().collect())
    }

    /// A region, with zeros where there is no block, in one of `buffers` if it has to be written.
    fn show(&self, roi: &Roi, meta: &Meta, buffers: &Arc<BufferPool>, checkpoint: &Checkpoint) -> Result<Array, Error> {
        // Through what is held, or through what is asked: either can be any number.
        let asked = self.0.grid.intersecting(roi)?;
        let wanted = asked.len();
        let numbers: Vec<usize> = match wanted < self.0.blocks.len() {
            true => asked.map(|block| block.number).collect(),
            false => self.0.blocks.keys().copied().collect(),
        };
        let mut held = Vec::new();
        for numbers in numbers.chunks(PATIENCE) {
            checkpoint.check()?;
            let blocks = numbers
                .iter()
                .filter_map(|number| self.0.grid.block(*number).zip(self.0.blocks.get(number)));
            held.extend(blocks.filter(|(block, _)| block.intersects(roi)));
        }
        let part_of = |block: &Roi, kept: &Counted| {
            let part = block.intersection(roi).unwrap_or(*roi);
            let data = kept.unpack_in(buffers, checkpoint)?.slice(&part.relative_to(block)?)?;
            Ok::<_, Error>((part.relative_to(roi)?, data))
        };
        match &held[..] {
            [] => return zeros(meta, roi),
            [(block, kept)] if block.contains(roi) => return Ok(part_of(block, kept)?.1),
            _ => {}
        }
        // What is written over anyway need not be cleared.
        let room = if held.len() == wanted { pooled } else { pooled_zeros };
        let mut shown = room(buffers, meta.axes(), roi.shape().as_slice(), meta.dtype(), checkpoint)?;
        for (block, kept) in held {
            checkpoint.check()?;
            assemble(&[part_of(&block, kept)?], &mut shown, checkpoint)?;
        }
        Ok(shown)
    }
}

/// Zeros that take no memory.
fn zeros(meta: &Meta, roi: &Roi) -> Result<Array, Error> {
    let dtype: DType = meta.dtype();
    match_dtype!(dtype, T => Array::full(meta.axes(), roi.shape().as_slice(), T::default()))
}

impl SlotType for Held {
    fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} blocks", self.0.blocks.len())
    }
}

/// Hands on what comes in, or shows what is held.
///
/// Data of one stamp is the same data (N3) because whoever sets `held` says in the same edit where that makes a difference.
struct Gate;

#[derive(Clone, Debug)]
struct GateSlots {
    input: Input<Array>,
    held: Input<Option<Held>>,
    output: Output<Array>,
}

impl Operator for Gate {
    type Slots = GateSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> GateSlots {
        GateSlots {
            input: declare.input("input"),
            held: declare.default("held", None),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &GateSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = cx.meta(&slots.input)?;
        cx.describe(&slots.output, meta)
    }

    fn dirty(&self, slots: &GateSlots, cx: &mut Dirty<'_>) {
        let dirt = cx.of(&slots.input).clone();
        cx.mark(&slots.output, dirt);
    }

    async fn execute(&self, slots: &GateSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let Some(held) = cx.value(&slots.held)? else {
            return Ok(cx.request(&slots.input, roi).await?.into());
        };
        let meta = Meta::clone(cx.output_meta(&slots.output)?);
        // Unpacks and copies whatever is asked for: not for the thread of who asks.
        let buffers = buffers(cx.runtime());
        let shown = cx.compute(move |checkpoint| held.show(&roi, &meta, &buffers, checkpoint));
        Ok(shown.await?.into())
    }

    fn is_inline(&self) -> bool {
        true
    }
}
