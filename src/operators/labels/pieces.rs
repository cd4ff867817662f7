//! The pieces of blocks, kept with the blocks of the caches.

use crate::array::{Array, BufferPool, DType};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::{Execute, Input, Meta, Revision};
use crate::kernels::{ConnectedComponents, Connectivity, Pieces, assemble, pooled};
use crate::operators::cache::packed::Packed;
use crate::operators::cache::store::{BlockKey, CacheId, Pins, Store};
use crate::operators::labels::options::OptionSlots;
use crate::roi::Roi;
use crate::sync::{Arc, OnceLock};

/// The inputs of an operator that labels.
pub(super) struct Labelling<'a> {
    pub(super) input: &'a Input<Array>,
    pub(super) options: &'a OptionSlots,
}

impl Labelling<'_> {
    pub(super) fn kernel(&self, cx: &Execute) -> Result<ConnectedComponents, Error> {
        let (background, connectivity) = (&self.options.background, &self.options.connectivity);
        Ok(kernel(cx.value(background)?, cx.value(connectivity)?))
    }
}

pub(super) fn kernel(background: Option<f64>, connectivity: Connectivity) -> ConnectedComponents {
    let kernel = ConnectedComponents::new().connectivity(connectivity);
    match background {
        Some(value) => kernel.background(value),
        None => kernel.without_background(),
    }
}

/// The pieces of a block as labels, of a part of it: without the memory of the others, for a part may be a thin one.
pub(super) fn part_of(
    pieces: &Pieces,
    block: &Roi,
    part: &Roi,
    buffers: &Arc<BufferPool>,
    checkpoint: &Checkpoint,
) -> Result<Array, Error> {
    let mut labels = pooled(buffers, pieces.axes(), block.shape().as_slice(), DType::U32, checkpoint)?;
    pieces.write_labels(&mut labels, checkpoint)?;
    if part == block {
        return Ok(labels);
    }
    let mut own = pooled(buffers, pieces.axes(), part.shape().as_slice(), DType::U32, checkpoint)?;
    let labels = labels.slice(&part.relative_to(block)?)?;
    assemble(&[(Roi::full(part.shape()), labels)], &mut own, checkpoint)?;
    Ok(own)
}

/// So many of a block as show what each takes.
pub(super) const PIXELS: u64 = 1 << 12;

/// What it takes to find the pieces of so many elements of `input` and to paint them, which comes when the input is gone.
pub(super) fn pieces_bytes(input: &Meta) -> u64 {
    let painted = PIXELS * DType::U32.size() as u64;
    input.bytes_for(PIXELS).max(painted)
}

/// The pieces of the blocks of one operator.
pub(super) struct PieceStore {
    id: CacheId,
    /// Known from the first execution on, which says on which runtime it is.
    store: OnceLock<Arc<Store>>,
}

impl Default for PieceStore {
    fn default() -> Self {
        Self {
            id: CacheId::new(),
            store: OnceLock::new(),
        }
    }
}

impl PieceStore {
    /// The pieces of a block: those that are kept for `stamp`, or found now.
    pub(super) async fn of(
        &self,
        labelling: &Labelling<'_>,
        cx: &Execute,
        block: Roi,
        stamp: Revision,
    ) -> Result<Arc<Pieces>, Error> {
        let key = BlockKey {
            cache: self.id,
            roi: block,
        };
        let store = self.store.get_or_init(|| Store::of(cx.runtime()));
        if let Some(pieces) = store.find(&key, stamp).and_then(|kept| kept.pieces()) {
            return Ok(pieces);
        }
        let kernel = labelling.kernel(cx)?;
        let input = cx.request(labelling.input, block).await?;
        let find = cx.compute(move |checkpoint| Ok(Arc::new(kernel.pieces(&input, checkpoint)?)));
        let pieces = find.await?;
        store.put(key, stamp, Packed::Pieces(Arc::clone(&pieces)), &Pins::default());
        Ok(pieces)
    }
}

impl Drop for PieceStore {
    fn drop(&mut self) {
        if let Some(store) = self.store.get() {
            store.forget(self.id);
        }
    }
}
