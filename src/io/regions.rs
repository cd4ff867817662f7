//! All of a slot, region by region.

use std::fmt;

use crate::array::Array;
use crate::error::Error;
use crate::graph::{Handle, Snapshot};
use crate::io::block_shape::block_shape;
use crate::io::limit;
use crate::io::nearby::Nearby;
use crate::io::sink::WriteOrder;
use crate::request::{Request, RequestBatch};
use crate::roi::{BlockGrid, RequestBudget, Roi, Shape};
use crate::runtime::Runtime;

/// Asks for all of an array slot, or a part that need not fit in memory either: block by block, a bounded number at a time.
///
/// All blocks are from one [`Snapshot`], whatever is edited meanwhile. They are asked for in an order that lets the caches before
/// the slot find what neighbours needed, and handed on as they are done. lazyflow: `RoiRequestBatch` and `BigRequestStreamer`;
/// an [`Export`](crate::io::Export) does it when the blocks are to be in a file.
///
/// # Examples
///
/// The sum of an image of which four blocks are in memory at a time:
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::io::RegionBatch;
/// use headwater::operators::ArraySource;
/// use headwater::{Array, DType, Shape};
///
/// let graph = Graph::new();
/// let image = graph.add(ArraySource::new(Array::zeros("yx", &[512, 512], DType::U8)?.map(|_: u8| 1_u8)?));
/// let batch = RegionBatch::new(&graph.snapshot(), &image.output)?;
/// let mut sum = 0;
/// batch.blocks(Shape::from([64, 64])).in_flight(4).start()?.wait(|(_roi, block)| {
///     sum += block.view::<u8>()?.iter().map(|value| u64::from(*value)).sum::<u64>();
///     Ok(())
/// })?;
/// assert_eq!(sum, 512 * 512);
/// # Ok::<(), headwater::Error>(())
/// ```
#[must_use = "a batch asks for nothing until it is started and read"]
pub struct RegionBatch<S: Handle<Type = Array>> {
    snapshot: Snapshot,
    slot: S,
    roi: Roi,
    block: Option<Shape>,
    memory: u64,
    in_flight: usize,
}

impl<S: Handle<Type = Array>> RegionBatch<S> {
    /// All of `slot` as it is in `snapshot`.
    ///
    /// # Errors
    ///
    /// If the slot is not ready.
    pub fn new(snapshot: &Snapshot, slot: &S) -> Result<Self, Error> {
        let runtime = snapshot.runtime();
        Ok(Self {
            roi: snapshot.meta(slot)?.roi(),
            block: None,
            memory: budget(runtime),
            in_flight: in_flight(runtime),
            snapshot: snapshot.clone(),
            slot: slot.clone(),
        })
    }

    /// Only this part of it.
    pub fn region(self, roi: Roi) -> Self {
        Self { roi, ..self }
    }

    /// In blocks of this shape, whose borders are multiples of it. Default: as large as the [memory](Self::memory) allows, see
    /// [`block_shape`].
    pub fn blocks(self, shape: Shape) -> Self {
        let block = Some(shape);
        Self { block, ..self }
    }

    /// What computing the blocks in flight may take, by the operators' [own estimate](crate::graph::Meta::bytes_per_pixel).
    /// Default: half of the runtime's budget or, if it has none, a quarter of the machine's memory.
    pub fn memory(self, bytes: u64) -> Self {
        let memory = bytes;
        Self { memory, ..self }
    }

    /// How many blocks may be computed at a time, or wait for the reader; at least 1. Default: one more than there are threads.
    pub fn in_flight(self, blocks: usize) -> Self {
        let in_flight = blocks.max(1);
        Self { in_flight, ..self }
    }

    /// The batch, to be read: each item is a region and its pixels, in the order of completion. The first failure ends it and
    /// cancels what is on its way; so do its [canceller](RequestBatch::canceller) and dropping it.
    ///
    /// # Errors
    ///
    /// A region that is not within the image, blocks of another number of axes or without points.
    pub fn start(self) -> Result<RequestBatch<Regions<S>, (Roi, Array)>, Error> {
        let meta = self.snapshot.meta(&self.slot)?;
        self.roi.relative_to(&meta.roi())?;
        let block = match self.block {
            Some(block) => block,
            None => {
                let part = (*meta).clone().with_shape(self.roi.shape())?;
                let one = Shape::from_fn(self.roi.rank(), |_| 1);
                let budget = RequestBudget {
                    bytes: usize::try_from(self.memory).unwrap_or(usize::MAX),
                    parallel: self.in_flight,
                    bytes_per_point: usize::try_from(meta.bytes_per_pixel()).unwrap_or(usize::MAX),
                };
                block_shape(&part, one, budget, WriteOrder::Any)?
            }
        };
        let blocks = Nearby::new(BlockGrid::aligned(self.roi, block)?, meta.axes());
        let runtime = self.snapshot.runtime().clone();
        let regions = Regions {
            snapshot: self.snapshot,
            slot: self.slot,
            blocks,
        };
        Ok(RequestBatch::new(regions).on(&runtime).max_active(self.in_flight))
    }
}

impl<S: Handle<Type = Array>> fmt::Debug for RegionBatch<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegionBatch")
            .field("slot", &self.slot.path())
            .field("roi", &self.roi)
            .field("in_flight", &self.in_flight)
            .finish_non_exhaustive()
    }
}

/// The requests of a [`RegionBatch`], made one at a time.
pub struct Regions<S: Handle<Type = Array>> {
    snapshot: Snapshot,
    slot: S,
    blocks: Nearby,
}

impl<S: Handle<Type = Array>> Iterator for Regions<S> {
    type Item = Request<(Roi, Array)>;

    fn next(&mut self) -> Option<Self::Item> {
        let roi = self.blocks.next()?;
        let pixels = self.snapshot.request(&self.slot, roi);
        let builder = Request::builder().on(self.snapshot.runtime());
        Some(builder.future(async move { Ok((roi, pixels.await?)) }))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.blocks.size_hint()
    }
}

impl<S: Handle<Type = Array>> fmt::Debug for Regions<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Regions")
            .field("slot", &self.slot.path())
            .field("left", &self.blocks.len())
            .finish_non_exhaustive()
    }
}

/// What blocks in flight may take if nobody says so: the rest is for caches and what operators hold.
pub(crate) fn budget(runtime: &Runtime) -> u64 {
    match runtime.memory().limit {
        u64::MAX => limit::memory() / 4,
        limit => limit / 2,
    }
}

/// How many blocks are in flight if nobody says so: one for each thread, and one that is written or waits.
pub(crate) fn in_flight(runtime: &Runtime) -> usize {
    runtime.compute_threads() + 1
}
