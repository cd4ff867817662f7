//! Labels seen through an image.

use futures::future::try_join_all;

use crate::array::{Array, DType};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::{Data, Declare, Dirt, Dirty, Execute, Input, Meta, Operator, Output, Setup};
use crate::kernels;
use crate::operators::buffers::buffers;
use crate::operators::estimate::{block, with_bytes};
use crate::roi::Roi;

/// Shows in one plane how deep the first label lies beneath each of its points.
///
/// The result has length 1 along the axis of the projection. It is 0 where there is no label; a first label in the first
/// slice gives 1/256, one in the last slice 1, those between lie on a line between. In an image without the axis, or of one slice
/// along it, every label gives 1.
///
/// lazyflow: `OpCompressedUserLabelArray.Projection2D`, which guesses the axis from the region. There, labels in the first slice give 0
/// as if there were none, and blocks behind one another are mixed up.
///
/// | slot | | |
/// |---|---|---|
/// | `labels` | array | what is not 0 is a label |
/// | `blocks` | `Vec<Roi>` | regions outside of which all is 0, of [`UserLabels`](crate::operators::UserLabels); optional |
/// | `axis` | `char` | along which to look; `z`, if nothing else was set |
/// | `output` | array | `f32` from 0 to 1 |
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::{LabelProjection, UserLabels};
/// use headwater::{Array, DType, roi};
///
/// let graph = Graph::new();
/// let (labels, seen) = (graph.add(UserLabels::new()), graph.add(LabelProjection::along('z')));
/// graph.edit(|e| {
///     e.connect(&labels.output, &seen.labels)?;
///     e.connect(&labels.nonzero_blocks, &seen.blocks)?;
///     e.set(&labels.input, Array::zeros("zyx", &[50, 2, 2], DType::U8)?)
/// })?;
/// graph.edit(|e| e.write(&labels.output, roi![49..50, 0..1, 0..1], &Array::full("zyx", &[1, 1, 1], 7_u8)?))?;
/// let seen = seen.output.request(roi![0..1, 0..2, 0..2]).wait()?;
/// assert_eq!(seen.view::<f32>()?.iter().copied().collect::<Vec<_>>(), [1.0, 0.0, 0.0, 0.0]);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Debug)]
pub struct LabelProjection {
    axis: char,
}

/// The slots of a [`LabelProjection`].
#[derive(Debug)]
pub struct LabelProjectionSlots {
    /// The labels.
    pub labels: Input<Array>,
    /// Outside of these all is 0.
    pub blocks: Input<Vec<Roi>>,
    /// Along which axis to look.
    pub axis: Input<char>,
    /// How deep the first label lies.
    pub output: Output<Array>,
}

impl LabelProjection {
    /// Along this axis, until the slot is set.
    pub fn along(axis: char) -> Self {
        Self { axis }
    }
}

impl Operator for LabelProjection {
    type Slots = LabelProjectionSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> LabelProjectionSlots {
        LabelProjectionSlots {
            labels: declare.input("labels"),
            blocks: declare.optional("blocks"),
            axis: declare.default("axis", self.axis),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &LabelProjectionSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let (labels, axis) = (cx.meta(&slots.labels)?, cx.value(&slots.axis)?);
        let mut shape = labels.shape();
        let mut ideal = labels.ideal_block();
        if let Some(axis) = labels.axes().position(axis) {
            shape = shape.with_axis(axis, 1)?;
            ideal = ideal.map(|block| block.with_axis(axis, 1)).transpose()?;
        }
        let mut meta = Meta::new(shape, DType::F32, labels.axes())?.with_range(0.0, 1.0);
        if let Some(sizes) = labels.pixel_size() {
            meta = meta.with_pixel_size(sizes.iter().cloned())?;
        }
        if let Some(ideal) = ideal {
            meta = meta.with_ideal_block(ideal);
        }
        let block = block(&meta)?;
        let column = match labels.axes().position(axis) {
            Some(axis) => block.with_axis(axis, 0..labels.shape()[axis])?,
            None => block,
        };
        // How deep the first label lies, of all and of one part, as `u64`. The result comes when that of parts is gone.
        let own = 2 * size_of::<u64>() as u64 * block.volume()? as u64;
        cx.describe(&slots.output, with_bytes(meta, &block, own, &[(&labels, column)])?)
    }

    /// What the blocks are follows from the labels, of which it is said where they changed.
    fn dirty(&self, slots: &LabelProjectionSlots, cx: &mut Dirty<'_>) {
        if cx.is_dirty(&slots.axis) {
            return cx.mark_all(&slots.output);
        }
        let (whole, seen) = (cx.input_roi(&slots.labels), cx.output_roi(&slots.output));
        // The axis of the projection is the one that the output is shorter on, if there is one.
        let dirty = cx.of(&slots.labels).regions(whole).into_iter();
        let dirt: Dirt = dirty
            .map(|roi| {
                let ranges = roi.ranges().enumerate().map(|(axis, range)| match seen.range(axis) {
                    seen if seen.len() < whole.range(axis).len() => seen,
                    _ => range,
                });
                Roi::from_ranges(ranges).unwrap_or(seen)
            })
            .collect();
        cx.mark(&slots.output, dirt);
    }

    async fn execute(&self, slots: &LabelProjectionSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let labels = cx.meta(&slots.labels)?;
        let axis = labels.axes().position(cx.value(&slots.axis)?);
        let length = axis.map_or(1, |axis| labels.shape()[axis]);
        let column = match axis {
            Some(axis) => roi.with_axis(axis, 0..length)?,
            None => roi,
        };
        let parts = match cx.is_ready(&slots.blocks) {
            true => cx.get(&slots.blocks).await?,
            false => vec![column],
        };
        let parts: Vec<_> = parts.iter().filter_map(|part| part.intersection(&column)).collect();
        if parts.is_empty() {
            return Ok(Array::full(labels.axes(), roi.shape().as_slice(), 0_f32)?.into());
        }
        let data = try_join_all(parts.iter().map(|part| cx.request(&slots.labels, *part).submit())).await?;
        let (axes, shape, buffers) = (labels.axes(), roi.shape(), buffers(cx.runtime()));
        let seen = cx.compute(move |checkpoint| {
            let mut first = kernels::pooled_zeros(&buffers, axes, shape.as_slice(), DType::U64, checkpoint)?;
            for (part, labels) in parts.iter().zip(&data) {
                let depth = kernels::first_nonzero(labels, axis, checkpoint)?;
                closer(&mut first, &roi, part, axis, &depth, checkpoint)?;
            }
            let mut seen = kernels::pooled(&buffers, axes, shape.as_slice(), DType::F32, checkpoint)?;
            kernels::map_elements(&first, &mut seen, |depth: u64| shade(depth, length), checkpoint)?;
            Ok(seen)
        });
        Ok(seen.await?.into())
    }
}

/// Keeps what is closer: `first`, one more than the slice of the first label so far, or `depth` of a part, counted from its
/// own first slice.
fn closer(
    first: &mut Array,
    roi: &Roi,
    part: &Roi,
    axis: Option<usize>,
    depth: &Array,
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    let (plane, offset) = match axis {
        Some(axis) => (part.with_axis(axis, roi.range(axis))?, part.start()[axis] as u64),
        None => (*part, 0),
    };
    let (depth, mut all) = (depth.view::<u64>()?, first.view_mut::<u64>()?);
    let own = plane.relative_to(roi)?.view_mut(&mut all)?;
    kernels::update(depth, own, checkpoint, &|own: &mut u64, depth: u64| {
        let here = if depth == 0 { 0 } else { depth + offset };
        if here > 0 && (*own == 0 || here < *own) {
            *own = here;
        }
    })
}

/// What shows that the first label lies in a slice of so many, counted from 1; 0 is none.
fn shade(slice: u64, slices: usize) -> f32 {
    match (slice, slices) {
        (0, _) => 0.0,
        (_, 0 | 1) => 1.0,
        (slice, slices) => {
            let part = (slice - 1) as f64 / (slices - 1) as f64;
            ((1.0 + 255.0 * part) / 256.0) as f32
        }
    }
}
