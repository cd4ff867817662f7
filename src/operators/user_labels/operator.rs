//! The operator.

use crate::array::{Array, DType};
use crate::error::Error;
use crate::graph::{
    Data, Declare, Dirty, Edit, Execute, Input, Kept, Meta, Operator, Output, Setup, Slot, SlotId, Written,
};
use crate::kernels::{assemble, pooled_zeros};
use crate::operators::buffers::buffers;
use crate::operators::user_labels::map::{Block, Extent, LabelMap};
use crate::roi::{BlockGrid, Roi, Shape, determine_block_shape};
use crate::sync::Arc;

/// Points of a block if neither the operator nor the image says how large one should be.
const BLOCK_VOLUME: usize = 1 << 16;

/// Labels that a user paints over an image: numbers from 1 to 255, and 0 where there is none.
///
/// Labels are kept in compressed blocks, of which there are only those with labels in them; where there are none, zeros are
/// handed out that take no memory. They belong to the graph's revisions as all values do: a snapshot sees its own, an edit
/// that fails has painted nothing. They are never dropped for want of memory.
///
/// Whoever edits paints by [`Edit::write`] to `input` or `output`: 0 keeps what is there, the eraser takes it away, all other
/// numbers are labels. [`UserLabelsSlots`] has methods for that and for what concerns a label as a whole. Only what really
/// differs is dirty afterwards: for each block the smallest box around the points that do.
///
/// lazyflow: `OpCompressedUserLabelArray`; for its `Projection2D` there is
/// [`LabelProjection`](crate::operators::LabelProjection), for `OpDenseLabelArray` this.
///
/// | slot | | |
/// |---|---|---|
/// | `input` | array | the image: its shape and axes are the labels', but for a single channel |
/// | `eraser` | `u8` | which number erases: 255, if nothing else was set. That it changes changes no label |
/// | `output` | array | the labels, `u8`; its [ideal block](Meta::ideal_block) is that of the store |
/// | `nonzero_blocks` | `Vec<Roi>` | the blocks with labels in them, known without computing |
///
/// While there are labels, the image has to keep its axes and its shape but for the number of channels: `output` fails until it
/// has them again, or the labels are [cleared](UserLabelsSlots::clear).
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::UserLabels;
/// use headwater::{Array, DType, roi};
///
/// let graph = Graph::new();
/// let labels = graph.add(UserLabels::new().block([16, 16]));
/// graph.edit(|e| e.set(&labels.input, Array::zeros("yx", &[64, 64], DType::F32)?))?;
///
/// let stroke = Array::full("yx", &[1, 8], 2_u8)?;
/// graph.edit(|e| e.write(&labels.output, roi![5..6, 12..20], &stroke))?;
/// assert_eq!(labels.nonzero_blocks.value()?, [roi![0..16, 0..16], roi![0..16, 16..32]]);
///
/// graph.edit(|e| labels.delete_label(e, 1))?; // 2 becomes 1
/// let pixel = labels.output.request(roi![5..6, 12..13]).wait()?;
/// assert_eq!(pixel.view::<u8>()?[[0, 0]], 1);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct UserLabels {
    block: Option<Vec<usize>>,
}

/// The slots of [`UserLabels`].
#[derive(Debug)]
pub struct UserLabelsSlots {
    /// The image that is labelled.
    pub input: Input<Array>,
    /// Which number erases.
    pub eraser: Input<u8>,
    /// The labels.
    pub output: Output<Array>,
    /// The blocks with labels in them, in the order of the grid. lazyflow: `nonzeroBlocks`, `CleanBlocks`.
    pub nonzero_blocks: Output<Vec<Roi>>,
    pub(super) map: Input<LabelMap>,
}

impl UserLabels {
    /// With blocks of the shape that the image says is ideal, or else of about 65,536 points.
    pub fn new() -> Self {
        Self::default()
    }

    /// With blocks of this shape, in points along each axis of the labels; 0 is the whole of an axis. Blocks keep the shape
    /// that they had when the first label was painted until there is none.
    #[must_use]
    pub fn block(self, shape: impl Into<Vec<usize>>) -> Self {
        Self {
            block: Some(shape.into()),
        }
    }
}

/// Holds the labels, in a slot of its own: an input of the operator outside could be connected.
struct Store {
    block: Option<Vec<usize>>,
}

struct StoreSlots {
    input: Input<Array>,
    map: Input<LabelMap>,
    output: Output<Array>,
    nonzero_blocks: Output<Vec<Roi>>,
}

impl Store {
    /// Where labels of an image can be.
    fn extent(&self, image: &Meta) -> Result<Extent, Error> {
        let whole = shape(image)?;
        let largest = Shape::new(whole.iter().map(|length| length.max(1)).collect::<Vec<_>>())?;
        let wanted = match (&self.block, image.ideal_block()) {
            (Some(block), _) => block.clone(),
            (None, Some(ideal)) if ideal.rank() == whole.rank() => ideal.as_slice().to_vec(),
            (None, _) => determine_block_shape(largest, BLOCK_VOLUME)?.as_slice().to_vec(),
        };
        if wanted.len() != whole.rank() {
            let message = format!("blocks of {wanted:?} do not fit the axes `{}`", image.axes());
            return Err(Error::invalid(message));
        }
        let clipped = wanted.iter().zip(largest.iter()).map(|(&wanted, whole)| match wanted {
            0 => whole,
            _ => wanted.min(whole),
        });
        Ok(Extent {
            axes: image.axes(),
            grid: BlockGrid::aligned(whole, Shape::new(clipped.collect::<Vec<_>>())?)?,
        })
    }
}

/// The shape of an image's labels.
fn shape(image: &Meta) -> Result<Shape, Error> {
    match image.axes().position('c') {
        Some(axis) => Ok(image.shape().with_axis(axis, image.shape()[axis].min(1))?),
        None => Ok(image.shape()),
    }
}

/// What labels look like.
fn describe(extent: &Extent, image: &Meta) -> Result<Meta, Error> {
    let meta = Meta::new(extent.shape(), DType::U8, extent.axes)?
        .with_range(0.0, 255.0)
        .with_ideal_block(*extent.grid.block_shape());
    match image.pixel_size() {
        Some(sizes) => meta.with_pixel_size(sizes.iter().cloned()),
        None => Ok(meta),
    }
}

impl Operator for UserLabels {
    type Slots = UserLabelsSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> UserLabelsSlots {
        let store = declare.add_named(
            "store",
            Store {
                block: self.block.clone(),
            },
        );
        let input = declare.input("input");
        declare.connect(&input, &store.input);
        UserLabelsSlots {
            input,
            eraser: declare.default("eraser", 255),
            output: declare.expose("output", &store.output),
            nonzero_blocks: declare.expose("nonzero_blocks", &store.nonzero_blocks),
            map: store.map.clone(),
        }
    }

    fn write_in_edit(
        &self,
        slots: &UserLabelsSlots,
        e: &mut Edit<'_>,
        slot: SlotId,
        roi: Roi,
        data: &Array,
    ) -> Result<Written, Error> {
        if slot != slots.input.id() && slot != slots.output.id() {
            return Ok(Written::Left);
        }
        slots.paint(e, roi, data)?;
        Ok(Written::Taken)
    }
}

impl Operator for Store {
    type Slots = StoreSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> StoreSlots {
        StoreSlots {
            input: declare.input("input"),
            map: declare.default("labels", LabelMap::default()),
            output: declare.output("output"),
            nonzero_blocks: declare.output("nonzero_blocks"),
        }
    }

    fn setup(&self, slots: &StoreSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let (image, map) = (cx.meta(&slots.input)?, cx.value(&slots.map)?);
        let extent = match map.extent() {
            Some(extent) => *extent,
            None => self.extent(&image)?,
        };
        if extent.shape() != shape(&image)? || extent.axes != image.axes() {
            return Err(Error::invalid(format!(
                "there are labels of an image `{}` of shape {}; they do not fit one `{}` of shape {}: clear them first",
                extent.axes,
                extent.shape(),
                image.axes(),
                image.shape()
            )));
        }
        cx.describe(&slots.output, describe(&extent, &image)?)?;
        cx.provide(&slots.nonzero_blocks, map.regions())
    }

    /// The image changes no label, and who paints says where (L2).
    fn dirty(&self, _: &StoreSlots, _: &mut Dirty<'_>) {}

    async fn execute(&self, slots: &StoreSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let axes = cx.output_meta(&slots.output)?.axes();
        let parts = cx.value(&slots.map)?.touching(&roi)?;
        if parts.is_empty() {
            return Ok(Array::full(axes, roi.shape().as_slice(), 0_u8)?.into());
        }
        let buffers = buffers(cx.runtime());
        let labels = cx.compute(move |checkpoint| {
            if let [(own, block)] = &parts[..]
                && own.contains(&roi)
            {
                return block.unpack_in(&buffers, checkpoint)?.slice(&roi.relative_to(own)?);
            }
            let mut labels = pooled_zeros(&buffers, axes, roi.shape().as_slice(), DType::U8, checkpoint)?;
            for (own, block) in &parts {
                checkpoint.check()?;
                let Some(part) = own.intersection(&roi) else { continue };
                let own = block.unpack_in(&buffers, checkpoint)?.slice(&part.relative_to(own)?)?;
                assemble(&[(part.relative_to(&roi)?, own)], &mut labels, checkpoint)?;
            }
            Ok(labels)
        });
        Ok(labels.await?.into())
    }

    fn kept(&self, slots: &StoreSlots, cx: &Execute, roi: Roi) -> Option<Kept> {
        let mut kept = Kept::default();
        let blocks: Vec<(Roi, Arc<Block>)> = cx.value(&slots.map).ok()?.touching(&roi).ok()?;
        blocks.iter().for_each(|(_, block)| kept.add(true, block.nbytes()));
        Some(kept)
    }
}
