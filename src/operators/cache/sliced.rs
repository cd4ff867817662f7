//! A cache for views in different directions.

use crate::array::Array;
use crate::error::Error;
use crate::graph::{Data, Declare, Dirty, Execute, Input, Operator, Output, Setup};
use crate::operators::cache::block::BlockCache;
use crate::operators::cache::place::PinGuard;
use crate::operators::cache::store::CacheStatistics;
use crate::roi::{Roi, Shape};

/// Keeps blocks of several shapes, flat ones for each direction in which somebody looks at a volume, and answers a request
/// from those whose shape is closest to its own.
///
/// Without it, a view across the blocks of a cache computes a thick slab to show one slice. The price is memory: what is
/// looked at from three sides is kept three times.
///
/// lazyflow: `OpSlicedBlockedArrayCache`. "Closest" is the least sum of squared differences of the lengths, each at most that
/// of the image; of equals the first.
///
/// | slot | | |
/// |---|---|---|
/// | `input` | array | what to keep |
/// | `output` | array | the same |
/// | `view 0`, `view 1`, … | arrays | the same, always from blocks of that shape; lazyflow: `InnerOutputs` |
///
/// # Examples
///
/// Three orthogonal views:
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::SlicedCache;
/// use headwater::{Array, DType, roi};
///
/// let graph = Graph::new();
/// let cache = graph.add(SlicedCache::new([[1, 32, 32], [32, 1, 32], [32, 32, 1]]));
/// graph.edit(|e| e.set(&cache.input, Array::zeros("zyx", &[64, 64, 64], DType::U8)?))?;
/// cache.output.request(roi![0..64, 5..6, 0..64]).wait()?;
/// assert_eq!(cache.operator().statistics().bytes, 64 * 64); // one slice
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Debug)]
pub struct SlicedCache {
    shapes: Vec<Vec<usize>>,
    caches: Vec<BlockCache>,
}

/// The slots of a [`SlicedCache`].
#[derive(Debug)]
pub struct SlicedCacheSlots {
    /// What to keep.
    pub input: Input<Array>,
    /// The same.
    pub output: Output<Array>,
    /// The same from blocks of each shape.
    pub views: Vec<Output<Array>>,
}

impl SlicedCache {
    /// With blocks of these shapes, in pixels along each axis; 0 is the whole of an axis.
    pub fn new<S: Into<Vec<usize>>>(shapes: impl IntoIterator<Item = S>) -> Self {
        let shapes: Vec<Vec<usize>> = shapes.into_iter().map(Into::into).collect();
        let caches = shapes.iter().map(|shape| BlockCache::new().block(shape.clone()));
        Self {
            caches: caches.collect(),
            shapes,
        }
    }

    /// With blocks kept compressed (LZ4): less memory, and the time to pack and unpack.
    #[must_use]
    pub fn compressed(mut self) -> Self {
        self.caches = self.caches.into_iter().map(BlockCache::compressed).collect();
        self
    }

    /// What the caches of all shapes hold together, and how it went so far.
    pub fn statistics(&self) -> CacheStatistics {
        self.caches.iter().map(BlockCache::statistics).sum()
    }

    /// Keeps the blocks of each shape that touch `roi`, once computed, until the guard is dropped.
    pub fn pin(&self, roi: Roi) -> PinGuard {
        PinGuard::all(self.caches.iter().map(|cache| cache.pin(roi)))
    }

    /// Forgets all blocks.
    pub fn clear(&self) {
        self.caches.iter().for_each(BlockCache::clear);
    }
}

impl Operator for SlicedCache {
    type Slots = SlicedCacheSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> SlicedCacheSlots {
        let input = declare.input("input");
        let closest = declare.add(Closest {
            shapes: self.shapes.clone(),
        });
        let mut views = Vec::new();
        for (nth, (cache, view)) in self.caches.iter().zip(&closest.views).enumerate() {
            let cache = declare.add_named(&format!("view {nth}"), cache.share());
            declare.connect(&input, &cache.input);
            declare.connect(&cache.output, view);
            views.push(declare.expose(&format!("view {nth}"), &cache.output));
        }
        SlicedCacheSlots {
            output: declare.expose("output", &closest.output),
            input,
            views,
        }
    }
}

/// Asks that of several inputs, all of one image, whose shape is closest to that of the region.
struct Closest {
    shapes: Vec<Vec<usize>>,
}

struct ClosestSlots {
    views: Vec<Input<Array>>,
    output: Output<Array>,
}

impl Closest {
    /// The place of the shape that is closest to that of `roi`.
    fn to(&self, roi: &Roi, whole: Shape) -> usize {
        let asked = roi.shape();
        let distance = |shape: &Vec<usize>| {
            let lengths = shape.iter().zip(whole.iter()).zip(asked.iter());
            let squares = lengths.map(|((&own, whole), asked)| {
                let own = if own == 0 { whole } else { own.min(whole) };
                let difference = own.abs_diff(asked) as u128;
                difference * difference
            });
            squares.fold(0, u128::saturating_add)
        };
        let shapes = self.shapes.iter().enumerate();
        shapes
            .min_by_key(|(_, shape)| distance(shape))
            .map_or(0, |(nth, _)| nth)
    }
}

impl Operator for Closest {
    type Slots = ClosestSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> ClosestSlots {
        let views = (0..self.shapes.len()).map(|nth| declare.input(&format!("view {nth}")));
        ClosestSlots {
            views: views.collect(),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &ClosestSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let Some(first) = slots.views.first() else {
            return Err(Error::invalid("a sliced cache needs at least one shape of blocks"));
        };
        let meta = cx.meta(first)?;
        cx.describe(&slots.output, meta)
    }

    fn dirty(&self, slots: &ClosestSlots, cx: &mut Dirty<'_>) {
        // All are of one image: what changed of one changed of each.
        let changed: Vec<_> = slots.views.iter().map(|view| cx.of(view).clone()).collect();
        changed.into_iter().for_each(|dirt| cx.mark(&slots.output, dirt));
    }

    async fn execute(&self, slots: &ClosestSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let nth = self.to(&roi, cx.output_meta(&slots.output)?.shape());
        let view = slots
            .views
            .get(nth)
            .expect("invariant: a setup without shapes has failed");
        Ok(cx.request(view, roi).await?.into())
    }

    fn is_inline(&self) -> bool {
        true
    }
}
