//! The pieces of each block, and which of them belong together.

use futures::{StreamExt, stream};

use crate::array::{Array, DType};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::{Data, Declare, Dirty, Execute, Input, List, Opaque, Operator, Output, Setup};
use crate::kernels::{Connectivity, Pieces, assemble, pooled};
use crate::operators::assemble::{at_once, fold};
use crate::operators::buffers::buffers;
use crate::operators::labels::kept::{Kept, lane_of};
use crate::operators::labels::layout::Layout;
use crate::operators::labels::options::{OptionSlots, Options};
use crate::operators::labels::pieces::{Labelling, PIXELS, PieceStore, kernel, part_of, pieces_bytes};
use crate::operators::labels::table::{Joining, Table};
use crate::roi::Roi;
use crate::sync::Arc;

/// Labels each block on its own, and tells for each volume which pieces of its blocks belong together.
///
/// | slot | | |
/// |---|---|---|
/// | `input` | array | what to label |
/// | `background` | value | what gets no label |
/// | `connectivity` | value | which elements are neighbours |
/// | `block` | value | the shape of a block, or `None` |
/// | `pieces` | array | labels that are unique within a block only |
/// | `tables` | list | for each volume, the label of each piece |
#[derive(Default)]
pub(super) struct BlockLabels {
    store: PieceStore,
    tables: Kept<Table>,
}

pub(super) struct BlockLabelsSlots {
    pub(super) input: Input<Array>,
    pub(super) options: OptionSlots,
    pub(super) pieces: Output<Array>,
    pub(super) tables: List<Output<Opaque<Table>>>,
}

impl BlockLabels {
    async fn pieces_of(&self, slots: &BlockLabelsSlots, cx: &Execute, block: Roi) -> Result<Arc<Pieces>, Error> {
        let labelling = Labelling {
            input: &slots.input,
            options: &slots.options,
        };
        let stamp = cx.stamp_of(&slots.pieces, &block);
        self.store.of(&labelling, cx, block, stamp).await
    }

    /// The pieces of a region as labels, block by block.
    async fn labels(&self, slots: &BlockLabelsSlots, cx: &Execute, roi: Roi) -> Result<Array, Error> {
        let meta = cx.output_meta(&slots.pieces)?;
        let layout = Layout::of(meta)?;
        let mut parts = Vec::new();
        for block in layout.blocks(&roi)? {
            parts.push((block, self.pieces_of(slots, cx, block).await?));
        }
        let (axes, buffers) = (meta.axes(), buffers(cx.runtime()));
        let paint = cx.compute(move |checkpoint| {
            if let [(block, pieces)] = &parts[..] {
                return part_of(pieces, block, &roi, &buffers, checkpoint);
            }
            let mut whole = pooled(&buffers, axes, roi.shape().as_slice(), DType::U32, checkpoint)?;
            for (block, pieces) in &parts {
                let Some(part) = block.intersection(&roi) else { continue };
                let labels = part_of(pieces, block, block, &buffers, checkpoint)?;
                let labels = labels.slice(&part.relative_to(block)?)?;
                assemble(&[(part.relative_to(&roi)?, labels)], &mut whole, checkpoint)?;
            }
            Ok(whole)
        });
        paint.await
    }

    /// Joins the blocks of a volume, each as soon as it and those before it are there.
    async fn table(&self, slots: &BlockLabelsSlots, cx: &Execute, volume: usize) -> Result<Arc<Table>, Error> {
        let layout = Arc::new(Layout::of(cx.output_meta(&slots.pieces)?)?);
        let blocks = layout.blocks(&layout.volume(volume)?)?;
        let connectivity = cx.value(&slots.options.connectivity)?;
        let pieces = blocks.map(|block| async move {
            let pieces = self.pieces_of(slots, cx, block).await?;
            Ok::<_, Error>((block, pieces))
        });
        let pieces = stream::iter(pieces).buffered(at_once(cx));
        let add = |joining: &mut Joining, (block, pieces): (Roi, Arc<Pieces>), checkpoint: &Checkpoint| {
            joining.add(&block, &pieces, checkpoint)
        };
        let joined = fold(cx, Joining::new(layout, connectivity), pieces, add).await?;
        let finish = cx.compute(move |checkpoint| Ok(Arc::new(joined.finish(checkpoint)?)));
        finish.await
    }
}

impl Operator for BlockLabels {
    type Slots = BlockLabelsSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> BlockLabelsSlots {
        BlockLabelsSlots {
            input: declare.input("input"),
            options: Options::default().slots(declare),
            pieces: declare.output("pieces"),
            tables: declare.list("tables"),
        }
    }

    fn setup(&self, slots: &BlockLabelsSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = cx.meta(&slots.input)?;
        kernel(cx.value(&slots.options.background)?, Connectivity::Faces).check(meta.dtype())?;
        let block = Layout::block_shape(&meta, cx.value(&slots.options.block)?)?;
        let layout = Layout::new(&meta, block)?;
        let pieces = meta.clone().with_dtype(DType::U32).without_range();
        // A block is found in its region of the input, and painted when that is gone.
        let bytes = pieces_bytes(&meta);
        cx.describe(
            &slots.pieces,
            pieces.with_ideal_block(block).with_bytes_for(PIXELS, bytes),
        )?;
        for table in cx.set_len(&slots.tables, layout.volumes())? {
            cx.computed(&table)?;
        }
        Ok(())
    }

    fn dirty(&self, slots: &BlockLabelsSlots, cx: &mut Dirty<'_>) {
        let whole = cx.output_roi(&slots.pieces);
        let layout = cx.output_meta(&slots.pieces).and_then(|meta| Layout::of(meta)).ok();
        let (Some(layout), false) = (layout, cx.others_changed(&[&slots.input])) else {
            return cx.everything();
        };
        let regions = cx.of(&slots.input).regions(whole);
        cx.mark(&slots.pieces, layout.dirt_of(&regions));
        let tables = cx.lanes(&slots.tables);
        for volume in regions.iter().flat_map(|roi| layout.volumes_in(roi)) {
            if let Some((_, table)) = tables.get(volume) {
                cx.mark_all(table);
            }
        }
    }

    async fn execute(&self, slots: &BlockLabelsSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        if cx.is_for(&slots.pieces) {
            return Ok(self.labels(slots, cx, roi).await?.into());
        }
        let volume = lane_of(cx, &slots.tables).ok_or_else(|| Error::invalid("no such volume"))?;
        let stamp = cx.stamp(&roi);
        if let Some(table) = self.tables.find(volume, stamp) {
            return Ok(Data::of(table));
        }
        let table = self.table(slots, cx, volume).await?;
        let charge = cx.runtime().charge(table.nbytes());
        Ok(Data::of(self.tables.put(volume, stamp, table, charge)))
    }
}
