//! The labels of objects that are followed from block to block.

use std::collections::HashSet;

use futures::{StreamExt, TryStreamExt, stream};

use crate::array::{Array, DType, Element};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::{Data, Declare, Dirt, Dirty, Execute, Input, Meta, Opaque, Operator, Output, Setup};
use crate::kernels::{Connectivity, Pieces, pooled, update};
use crate::operators::assemble::at_once;
use crate::operators::buffers::buffers;
use crate::operators::labels::growth::Growth;
use crate::operators::labels::kept::Kept;
use crate::operators::labels::known::Known;
use crate::operators::labels::layout::Layout;
use crate::operators::labels::options::{OptionSlots, Options};
use crate::operators::labels::pieces::{Labelling, PIXELS, PieceStore, kernel, part_of, pieces_bytes};
use crate::operators::relay::Relay;
use crate::roi::Roi;
use crate::sync::Arc;

/// What a [`LazyConnectedComponents`](super::LazyConnectedComponents) consists of: the same slots, and an output that tells
/// when a block changed.
#[derive(Default)]
pub(super) struct LazyLabels {
    store: PieceStore,
    known: Kept<Known>,
}

/// Pieces, or elements, between two looks at the checkpoint.
const PATIENCE: usize = 1 << 12;

pub(super) struct LazyLabelsSlots {
    pub(super) input: Input<Array>,
    pub(super) options: OptionSlots,
    /// The pieces of each block.
    pieces: Output<Array>,
    pub(super) output: Output<Array>,
}

/// A block that a request touches.
struct Touched {
    block: Roi,
    number: usize,
    /// The part that is asked for.
    part: Roi,
    pieces: Arc<Pieces>,
    /// The part as pieces, counted from 1.
    labels: Array,
    /// The pieces that occur in it, counted from 0.
    occurring: Vec<u32>,
}

impl LazyLabels {
    async fn pieces_of(&self, slots: &LazyLabelsSlots, cx: &Execute, block: Roi) -> Result<Arc<Pieces>, Error> {
        let labelling = Labelling {
            input: &slots.input,
            options: &slots.options,
        };
        let stamp = cx.stamp_of(&slots.pieces, &block);
        self.store.of(&labelling, cx, block, stamp).await
    }

    /// A block with the pieces that occur in `roi`.
    async fn touch(
        &self,
        slots: &LazyLabelsSlots,
        cx: &Execute,
        layout: &Layout,
        block: Roi,
        part: Roi,
    ) -> Result<Arc<Touched>, Error> {
        let pieces = self.pieces_of(slots, cx, block).await?;
        let number = layout.number(&block);
        let buffers = buffers(cx.runtime());
        let look = cx.compute(move |checkpoint| {
            let labels = part_of(&pieces, &block, &part, &buffers, checkpoint)?;
            let mut occurs = vec![false; pieces.count() as usize + 1];
            for (nth, label) in labels.view::<u32>()?.iter().enumerate() {
                if nth % PATIENCE == 0 {
                    checkpoint.check()?;
                }
                occurs[*label as usize] = true;
            }
            let mut occurring = Vec::new();
            for piece in 0..pieces.count() {
                if (piece as usize).is_multiple_of(PATIENCE) {
                    checkpoint.check()?;
                }
                if occurs[piece as usize + 1] {
                    occurring.push(piece);
                }
            }
            Ok(Arc::new(Touched {
                block,
                number,
                part,
                pieces: Arc::clone(&pieces),
                labels,
                occurring,
            }))
        });
        look.await
    }

    /// Follows the objects that occur in the touched blocks of a volume until they end, and adds them to `known`.
    async fn grow(
        &self,
        slots: &LazyLabelsSlots,
        cx: &Execute,
        layout: &Arc<Layout>,
        touched: &[Arc<Touched>],
        known: &Opaque<Known>,
    ) -> Result<(), Error> {
        let (all, own) = (touched.to_vec(), known.clone());
        let look = cx.compute(move |checkpoint| Ok(Arc::new(unknown(&all, &own, checkpoint)?)));
        let unknown = look.await?;
        if unknown.is_empty() {
            return Ok(());
        }
        let connectivity = cx.value(&slots.options.connectivity)?;
        let mut growth = Relay::new(Growth::new(Arc::clone(layout), connectivity));
        let begun: HashSet<usize> = unknown.iter().map(|(own, _)| own.number).collect();
        let from = touched.iter().filter(|own| begun.contains(&own.number));
        let mut found: Vec<_> = from.map(|own| (own.block, Arc::clone(&own.pieces))).collect();
        let mut wanted = unknown;
        while !found.is_empty() {
            let (blocks, wanted) = (found, std::mem::take(&mut wanted));
            let add = growth.work(cx, move |growth, checkpoint| add(growth, &blocks, &wanted, checkpoint));
            let needed = add.await?.into_iter().map(|block| async move {
                let pieces = self.pieces_of(slots, cx, block).await?;
                Ok::<_, Error>((block, pieces))
            });
            found = stream::iter(needed).buffered(at_once(cx)).try_collect().await?;
        }
        let (mut growth, known, runtime) = (growth.end()?, known.clone(), cx.runtime().clone());
        let finish = cx.compute(move |checkpoint| known.add(&growth.finish(checkpoint)?, &runtime, checkpoint));
        finish.await
    }

    /// The labels of the region, painted from what is known of each volume.
    async fn labels(&self, slots: &LazyLabelsSlots, cx: &Execute, roi: Roi) -> Result<Array, Error> {
        let meta = cx.output_meta(&slots.output)?;
        let layout = Arc::new(Layout::of(meta)?);
        let mut tables = Vec::new();
        for volume in layout.volumes_in(&roi) {
            let own = layout.volume(volume)?;
            let stamp = cx.stamp(&own);
            let known = match self.known.find(volume, stamp) {
                Some(known) => known,
                // It charges for itself whatever is added.
                None => self.known.put(volume, stamp, Arc::default(), cx.runtime().charge(0)),
            };
            let Some(asked) = own.intersection(&roi) else { continue };
            let touch = layout.blocks(&asked)?.filter_map(|block| {
                let part = block.intersection(&asked)?;
                Some(self.touch(slots, cx, &layout, block, part))
            });
            let touched: Vec<_> = stream::iter(touch).buffered(at_once(cx)).try_collect().await?;
            self.grow(slots, cx, &layout, &touched, &known).await?;
            tables.extend(touched.into_iter().map(|own| (own, known.clone())));
        }
        let (axes, dtype, buffers) = (meta.axes(), meta.dtype(), buffers(cx.runtime()));
        let paint = cx.compute(move |checkpoint| {
            let mut whole = pooled(&buffers, axes, roi.shape().as_slice(), dtype, checkpoint)?;
            match dtype {
                DType::U32 => paint::<u32>(&mut whole, &roi, &tables, checkpoint)?,
                _ => paint::<u64>(&mut whole, &roi, &tables, checkpoint)?,
            }
            Ok(whole)
        });
        paint.await
    }
}

/// Adds blocks, and what is wanted of them; the blocks that the objects may go on in.
fn add(
    growth: &mut Growth,
    blocks: &[(Roi, Arc<Pieces>)],
    wanted: &[(Arc<Touched>, Vec<u32>)],
    checkpoint: &Checkpoint,
) -> Result<Vec<Roi>, Error> {
    for (block, pieces) in blocks {
        checkpoint.check()?;
        growth.add(block, pieces, checkpoint)?;
    }
    for (own, unknown) in wanted {
        for pieces in unknown.chunks(PATIENCE) {
            checkpoint.check()?;
            pieces.iter().for_each(|piece| growth.want(own.number, *piece));
        }
    }
    growth.needed(checkpoint)
}

/// Pieces of some blocks, each with what they are pieces of.
type Unknown = Vec<(Arc<Touched>, Vec<u32>)>;

/// The pieces of each block whose labels are not known, if there are any.
fn unknown(touched: &[Arc<Touched>], known: &Known, checkpoint: &Checkpoint) -> Result<Unknown, Error> {
    let mut unknown = Vec::new();
    for own in touched {
        let mut pieces = Vec::new();
        known.look_up(own.number, &own.occurring, checkpoint, |piece, label| {
            if label.is_none() {
                pieces.push(piece);
            }
        })?;
        if !pieces.is_empty() {
            unknown.push((Arc::clone(own), pieces));
        }
    }
    Ok(unknown)
}

/// The labels of the pieces of a touched block.
fn named(own: &Touched, known: &Known, checkpoint: &Checkpoint) -> Result<Vec<u64>, Error> {
    let mut labels = vec![0; own.pieces.count() as usize];
    known.look_up(own.number, &own.occurring, checkpoint, |piece, label| {
        labels[piece as usize] = label.unwrap_or(0);
    })?;
    Ok(labels)
}

/// Writes the labels of all elements of `roi`, which the touched parts make up.
fn paint<T: Element>(
    whole: &mut Array,
    roi: &Roi,
    tables: &[(Arc<Touched>, Opaque<Known>)],
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    let mut out = whole.view_mut::<T>()?;
    for (own, known) in tables {
        let labels = named(own, known, checkpoint)?;
        let part = own.part.relative_to(roi)?.view_mut(&mut out)?;
        update(own.labels.view::<u32>()?, part, checkpoint, &|out, piece: u32| {
            let label = piece.checked_sub(1).map(|piece| labels[piece as usize].cast());
            *out = label.unwrap_or_default();
        })?;
    }
    Ok(())
}

impl Operator for LazyLabels {
    type Slots = LazyLabelsSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> LazyLabelsSlots {
        LazyLabelsSlots {
            input: declare.input("input"),
            options: Options::default().slots(declare),
            pieces: declare.output("pieces"),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &LazyLabelsSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = cx.meta(&slots.input)?;
        kernel(cx.value(&slots.options.background)?, Connectivity::Faces).check(meta.dtype())?;
        let block = Layout::block_shape(&meta, cx.value(&slots.options.block)?)?;
        let layout = Layout::new(&meta, block)?;
        let dtype = match u32::try_from(layout.volume_elements()) {
            Ok(_) => DType::U32,
            Err(_) => DType::U64,
        };
        // The blocks are found in the input, and painted as pieces before they get their labels.
        let bytes = pieces_bytes(&meta).max(PIXELS * (dtype.size() + DType::U32.size()) as u64);
        let pieces: Meta = meta.with_dtype(DType::U32).without_range().with_ideal_block(block);
        cx.describe(
            &slots.output,
            pieces.clone().with_dtype(dtype).with_bytes_for(PIXELS, bytes),
        )?;
        cx.describe(&slots.pieces, pieces)
    }

    fn dirty(&self, slots: &LazyLabelsSlots, cx: &mut Dirty<'_>) {
        let whole = cx.output_roi(&slots.pieces);
        let layout = cx.output_meta(&slots.pieces).and_then(|meta| Layout::of(meta)).ok();
        let (Some(layout), false) = (layout, cx.others_changed(&[&slots.input])) else {
            return cx.everything();
        };
        let regions = cx.of(&slots.input).regions(whole);
        cx.mark(&slots.pieces, layout.dirt_of(&regions));
        let volumes = regions.iter().flat_map(|roi| layout.volumes_in(roi));
        let volumes: Dirt = volumes.map(|volume| layout.volume(volume).unwrap_or(whole)).collect();
        cx.mark(&slots.output, volumes);
    }

    async fn execute(&self, slots: &LazyLabelsSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        if cx.is_for(&slots.output) {
            return Ok(self.labels(slots, cx, roi).await?.into());
        }
        Err(Error::invalid("nobody asks for the pieces but for their stamps"))
    }
}
