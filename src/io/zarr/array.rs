//! Reading the samples of an array: chunk by chunk, straight to where they go.

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::boxes::Layout;
use crate::io::bytes;
use crate::io::limit::Limit;
use crate::io::zarr::codec::{Coding, Tools, with_tools};
use crate::io::zarr::metadata::Metadata;
use crate::io::zarr::shard::Index;
use crate::io::zarr::store::Store;
use crate::io::zarr::target::Target;
use crate::kernels::parallel::{join, threads};
use crate::roi::{BlockGrid, Roi};
use crate::runtime::machine::processors;
use crate::sync::Arc;

/// Into how many tasks for each thread the work is divided: chunks do not all take the same time.
const TASKS: usize = 8;

/// An array of a store.
pub(super) struct ZarrArray {
    store: Arc<dyn Store>,
    /// Empty, or ends with a slash.
    prefix: String,
    metadata: Metadata,
    limit: Limit,
    /// What lies under one key.
    chunks: BlockGrid,
    /// What is decoded at a time.
    pieces: BlockGrid,
}

impl ZarrArray {
    /// The array at `prefix`, which is empty or ends with a slash.
    ///
    /// # Errors
    ///
    /// Sizes that do not fit each other or `limit`.
    pub(super) fn new(store: Arc<dyn Store>, prefix: String, metadata: Metadata, limit: Limit) -> Result<Self, Error> {
        metadata.check(limit)?;
        let whole = Roi::full(metadata.shape);
        Ok(Self {
            store,
            prefix,
            chunks: BlockGrid::aligned(whole, metadata.chunk)?,
            pieces: BlockGrid::aligned(whole, metadata.piece())?,
            metadata,
            limit,
        })
    }

    /// What its metadata say.
    pub(super) fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The most memory that it takes.
    #[cfg(feature = "object-store")]
    pub(super) fn limit(&self) -> Limit {
        self.limit
    }

    /// Where it lies.
    pub(super) fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// What lies under one key.
    pub(super) fn chunks(&self) -> &BlockGrid {
        &self.chunks
    }

    /// What is encoded at a time.
    pub(super) fn pieces(&self) -> &BlockGrid {
        &self.pieces
    }

    /// The key of the chunk whose whole box is `chunk`.
    pub(super) fn key(&self, chunk: &Roi) -> String {
        let place = chunk.start().iter().zip(self.metadata.chunk.as_slice());
        self.metadata
            .keys
            .key(&self.prefix, place.map(|(start, length)| start / length))
    }

    /// How many pieces may be worked on at the same time, from wherever the work is done.
    pub(super) fn lanes(&self, pieces: usize) -> usize {
        let room = self.limit.get().saturating_sub(self.on_the_way(pieces)) / self.metadata.piece_scratch().max(1);
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        pieces.min(room).min(processors()).max(1)
    }

    /// How often the limit has memory for `each` bytes, at most once for every processor, but once at least.
    pub(super) fn lanes_of(&self, each: u64) -> usize {
        let room = usize::try_from(self.limit.get() / each.max(1)).unwrap_or(usize::MAX);
        room.min(processors()).max(1)
    }

    /// The most memory that reading `roi` takes beside the result.
    pub(super) fn scratch(&self, roi: &Roi) -> u64 {
        let pieces = self.pieces.intersecting(roi).map_or(0, |pieces| pieces.len());
        let copies = match self.metadata.dtype {
            // Samples that are no plain numbers pass through bytes.
            crate::array::DType::Bool => roi.shape().saturating_volume() as u64,
            _ => 0,
        };
        let decoding = self.metadata.piece_scratch().saturating_mul(self.lanes(pieces) as u64);
        copies.saturating_add(decoding).saturating_add(self.on_the_way(pieces))
    }

    /// What transfers hold that are under way, in stores that have them.
    #[cfg(feature = "object-store")]
    fn on_the_way(&self, pieces: usize) -> u64 {
        match self.store.fetch() {
            Some(_) => self.under_way(pieces),
            None => 0,
        }
    }

    #[cfg(not(feature = "object-store"))]
    fn on_the_way(&self, _pieces: usize) -> u64 {
        0
    }

    /// Fills `out` with `roi`.
    ///
    /// # Errors
    ///
    /// Damaged chunks, the store's errors, the checkpoint's reason. Those of a chunk name it.
    pub(super) fn read(&self, roi: &Roi, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        bytes::fill(out, |out| self.read_bytes(roi, out, checkpoint))
    }

    /// Fills `out` with the samples of `roi`, in C order and this machine's order of bytes.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub(super) fn read_bytes(&self, roi: &Roi, out: &mut [u8], checkpoint: &Checkpoint) -> Result<(), Error> {
        if roi.is_empty() {
            return Ok(());
        }
        let pieces = self.pieces.intersecting(roi)?.len();
        let lanes = self.lanes(pieces);
        // With as many threads as may work at the same time, tasks may be smaller.
        let tasks = if lanes >= threads() { lanes * TASKS } else { lanes };
        let tasks = if lanes == 1 { 1 } else { tasks.min(pieces) };
        let target = Target::new(*roi, out, self.metadata.dtype.size());
        #[cfg(feature = "object-store")]
        if let Some(fetch) = self.store.fetch() {
            return self.read_ahead(fetch, target, lanes, checkpoint);
        }
        self.fill(target, tasks, checkpoint)
    }

    /// As [`read_bytes`](Self::read_bytes), on this thread alone.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub(super) fn read_alone(&self, roi: &Roi, out: &mut [u8], checkpoint: &Checkpoint) -> Result<(), Error> {
        let mut target = Target::new(*roi, out, self.metadata.dtype.size());
        #[cfg(feature = "object-store")]
        if let Some(fetch) = self.store.fetch() {
            return self.read_ahead(fetch, target, 1, checkpoint);
        }
        self.fill_here(&mut target, checkpoint)
    }

    fn fill(&self, mut target: Target<'_>, tasks: usize, checkpoint: &Checkpoint) -> Result<(), Error> {
        let Some((axis, place)) = self.divide(target.at()).filter(|_| tasks > 1) else {
            return self.fill_here(&mut target, checkpoint);
        };
        let (left, right) = target.split(axis, place)?;
        join(
            || self.fill(left, tasks / 2, checkpoint),
            || self.fill(right, tasks - tasks / 2, checkpoint),
        )
    }

    /// Where `at` is best divided: along the outermost axis, between chunks, or between the pieces of one.
    fn divide(&self, at: &Roi) -> Option<(usize, usize)> {
        Self::between(&self.chunks, at).or_else(|| Self::between(&self.pieces, at))
    }

    /// Where `at` is best divided between blocks of `grid`, if it reaches into several.
    pub(super) fn between(grid: &BlockGrid, at: &Roi) -> Option<(usize, usize)> {
        (0..at.rank()).find_map(|axis| {
            let (length, range) = (grid.block_shape()[axis], at.range(axis));
            let (first, last) = (range.start / length, (range.end - 1) / length);
            (last > first).then(|| (axis, (first + (last - first).div_ceil(2)) * length))
        })
    }

    /// Fills `target` on this thread.
    fn fill_here(&self, target: &mut Target<'_>, checkpoint: &Checkpoint) -> Result<(), Error> {
        for chunk in self.chunks.intersecting(&target.at().clone())? {
            checkpoint.check()?;
            let Some(whole) = self.chunks.whole_block(chunk.number) else {
                continue;
            };
            let key = self.key(&whole);
            let filled = match self.metadata.shards {
                None => self.fill_from_chunk(&key, &whole, target, checkpoint),
                Some(_) => self.fill_from_shard(&key, &whole, target, checkpoint),
            };
            filled.map_err(|cause| cause.context(format!("the chunk `{key}`")))?;
        }
        Ok(())
    }

    fn fill_from_chunk(
        &self,
        key: &str,
        whole: &Roi,
        target: &mut Target<'_>,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        let most = self.metadata.chain.codecs.longest(self.metadata.piece_bytes()?);
        with_tools(
            |Tools { encoded, coding }| match self.store.get(key, most, encoded, checkpoint)? {
                true => self.decode(encoded, whole, target, coding, checkpoint),
                false => self.fill_missing(whole, target, checkpoint),
            },
        )
    }

    fn fill_from_shard(
        &self,
        key: &str,
        whole: &Roi,
        target: &mut Target<'_>,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        let Some(index) = Index::read(&*self.store, key, &self.metadata, checkpoint)? else {
            return self.fill_missing(whole, target, checkpoint);
        };
        let Some(wanted) = whole.intersection(target.at()) else {
            return Ok(());
        };
        for piece in self.pieces.intersecting(&wanted)? {
            let Some(piece) = self.pieces.whole_block(piece.number) else {
                continue;
            };
            let Some((start, length)) = index.place(&piece, whole, &self.metadata)? else {
                self.fill_missing(&piece, target, checkpoint)?;
                continue;
            };
            with_tools(|Tools { encoded, coding }| {
                bytes::resize(encoded, length)?;
                self.store.get_range(key, start, encoded, checkpoint)?;
                self.decode(encoded, &piece, target, coding, checkpoint)
            })
            .map_err(|cause| cause.context(format!("what it holds of {piece}")))?;
        }
        Ok(())
    }

    /// Fills what `target` has of a chunk or piece that is not there, whose whole box is `whole`.
    pub(super) fn fill_missing(
        &self,
        whole: &Roi,
        target: &mut Target<'_>,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        match whole.intersection(target.at()) {
            Some(common) => target.fill_with(&self.metadata.fill, &common, checkpoint),
            None => Ok(()),
        }
    }

    /// Decodes the piece whose whole box is `whole`, and copies what `target` has of it.
    pub(super) fn decode(
        &self,
        encoded: &[u8],
        whole: &Roi,
        target: &mut Target<'_>,
        Coding { decoded, contexts }: &mut Coding,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        let (item, chain) = (self.metadata.dtype.size(), &self.metadata.chain);
        if chain.order.is_none()
            && target.at() == whole
            && let Some(out) = target.whole()
        {
            chain.codecs.decode(encoded, out, contexts, checkpoint)?;
            bytes::to_native(out, item, chain.endian);
            return Ok(());
        }
        let Some(common) = whole.intersection(target.at()) else {
            return Ok(());
        };
        bytes::resize(decoded, self.metadata.piece_bytes()?)?;
        chain.codecs.decode(encoded, decoded, contexts, checkpoint)?;
        bytes::to_native(decoded, item, chain.endian);
        let layout = match &chain.order {
            None => Layout::of(whole, item),
            Some(order) => Layout::permuted(whole, item, order),
        };
        target.fill_from(decoded, &layout, &common, checkpoint)
    }
}
