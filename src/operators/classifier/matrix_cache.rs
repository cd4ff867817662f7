//! The features of labelled pixels, kept by block.

use std::collections::{HashMap, HashSet};
use std::fmt;

use futures::{StreamExt, TryStreamExt, stream};
use ndarray::Axis;

use crate::array::{Array, DType, Element, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::{Data, Declare, Dirt, Dirty, Execute, Input, Meta, Operator, Output, Revision, Setup};
use crate::kernels::of_type;
use crate::operators::assemble::at_once;
use crate::operators::classifier::feature_matrix::{FeatureMatrix, Rows};
use crate::operators::classifier::frame;
use crate::roi::{BlockGrid, Roi, Shape, determine_block_shape, nonzero_bounding_box};
use crate::sync::{Arc, Mutex};

/// Pixels of a block if nobody says how large one should be, and the longest that one may be then.
const BLOCK_VOLUME: usize = 40 * 40 * 40;
const BLOCK_LENGTH: usize = 256;

/// How many pixels are looked at between two looks at the checkpoint.
const PATIENCE: usize = 1 << 12;

/// Gives the features of the pixels that have a label, and keeps them.
///
/// The labels are cut into blocks. In each, features are asked for within the box around its labels and nowhere else; the
/// rows of a block are computed again when labels or features within that block have changed, and only then.
///
/// lazyflow: `OpFeatureMatrixCache`. Unlike there it may be connected when labels exist already, and blocks may change.
///
/// | slot | | what |
/// |---|---|---|
/// | `image` | input | features, numbered along `c`; without `c` there is one |
/// | `labels` | input | an image of integers with the same pixels; 0 is unlabelled |
/// | `blocks` | input, optional | regions of `labels` outside which all is 0, such as those of a store of brush strokes; else all of it is looked through |
/// | `output` | output | a [`FeatureMatrix`]: the rows block by block, in a block pixel by pixel in the order of the image's axes |
/// | `labelled` | output | the labels, dirty where labels or features are: what the blocks go by |
///
/// The output is dirty when labels are, and when the image is where there may be labels.
pub struct FeatureMatrixCache {
    block: Option<Vec<usize>>,
    kept: Mutex<HashMap<Roi, Kept>>,
}

/// The rows of a block, and the revision in which anything that they depend on last changed.
struct Kept {
    stamp: Revision,
    rows: Arc<Rows>,
}

/// The slots of a [`FeatureMatrixCache`].
#[derive(Debug)]
pub struct FeatureMatrixCacheSlots {
    /// The features of each pixel, numbered along `c`.
    pub image: Input<Array>,
    /// The label of each pixel; 0 is none.
    pub labels: Input<Array>,
    /// Where labels may be.
    pub blocks: Input<Vec<Roi>>,
    /// The labelled rows.
    pub output: Output<FeatureMatrix>,
    /// The labels, dirty where labels or features are.
    pub labelled: Output<Array>,
}

impl Default for FeatureMatrixCache {
    fn default() -> Self {
        Self::new()
    }
}

impl FeatureMatrixCache {
    /// With blocks of the shape that the labels say is ideal, or else of about 40³ pixels.
    pub fn new() -> Self {
        Self {
            block: None,
            kept: Mutex::default(),
        }
    }

    /// With blocks of this shape, in pixels along each axis of the labels; 0 is the whole of an axis.
    #[must_use]
    pub fn block(mut self, shape: impl Into<Vec<usize>>) -> Self {
        self.block = Some(shape.into());
        self
    }

    fn shape_of_blocks(&self, labels: &Meta) -> Result<Shape, Error> {
        let (whole, axes) = (labels.shape(), labels.axes());
        let lengths = match (&self.block, labels.ideal_block()) {
            (Some(block), _) => block.clone(),
            (None, Some(ideal)) => ideal.as_slice().to_vec(),
            (None, None) => {
                let frame = axes.iter().zip(whole.iter());
                let frame = frame.map(|(letter, length)| {
                    if letter == 't' {
                        1
                    } else {
                        length.clamp(1, BLOCK_LENGTH)
                    }
                });
                let frame = Shape::new(frame.collect::<Vec<_>>())?;
                determine_block_shape(frame, BLOCK_VOLUME)?.as_slice().to_vec()
            }
        };
        if lengths.len() != whole.rank() {
            return Err(Error::invalid(format!("blocks of {lengths:?} do not fit {labels:?}")));
        }
        let clipped = lengths.iter().zip(whole.iter()).map(|(&length, whole)| match length {
            0 => whole.max(1),
            _ => length.min(whole.max(1)),
        });
        Ok(Shape::new(clipped.collect::<Vec<_>>())?)
    }

    /// The blocks in which labels may be, in the order of the grid.
    async fn blocks(&self, slots: &FeatureMatrixCacheSlots, cx: &Execute) -> Result<Vec<Roi>, Error> {
        let labels = cx.output_meta(&slots.labelled)?;
        let grid = BlockGrid::aligned(labels.shape(), labels.ideal_block().unwrap_or(labels.shape()))?;
        if !cx.is_ready(&slots.blocks) {
            return Ok(grid.iter().map(|block| block.roi).collect());
        }
        let mut numbers = Vec::new();
        for roi in cx.get(&slots.blocks).await? {
            numbers.extend(grid.intersecting(&roi)?.map(|block| block.number));
        }
        numbers.sort_unstable();
        numbers.dedup();
        Ok(numbers.into_iter().filter_map(|number| grid.block(number)).collect())
    }

    /// The rows of a block: those that are kept, or what is computed now.
    async fn rows(&self, slots: &FeatureMatrixCacheSlots, cx: &Execute, block: Roi) -> Result<Arc<Rows>, Error> {
        let stamp = cx.stamp_of(&slots.labelled, &block);
        let kept = self
            .kept
            .lock()
            .get(&block)
            .filter(|kept| kept.stamp == stamp)
            .map(|kept| Arc::clone(&kept.rows));
        if let Some(rows) = kept {
            return Ok(rows);
        }
        let rows = Arc::new(self.computed(slots, cx, block).await?);
        let mut kept = self.kept.lock();
        // What was computed from an old snapshot never takes the place of what is newer.
        if kept.get(&block).is_none_or(|old| old.stamp <= stamp) {
            let rows = Arc::clone(&rows);
            kept.insert(block, Kept { stamp, rows });
        }
        Ok(rows)
    }

    async fn computed(&self, slots: &FeatureMatrixCacheSlots, cx: &Execute, block: Roi) -> Result<Rows, Error> {
        let labels = cx.request(&slots.labels, block).await?;
        let boxed = cx.compute(move |checkpoint| labelled_part(&labels, checkpoint)).await?;
        let (labels, values) = match boxed {
            None => (Vec::new(), Vec::new()),
            Some((inside, labels)) => {
                let axes = cx.meta(&slots.labels)?.axes();
                let region = frame::region(&inside.absolute_in(&block)?, axes, cx.meta(&slots.image)?)?;
                let features = cx.request(&slots.image, region).await?;
                cx.compute(move |checkpoint| gather(&labels, &features, checkpoint))
                    .await?
            }
        };
        Ok(Rows {
            _charge: Some(cx.runtime().charge(size_of_val(&*labels) + size_of_val(&*values))),
            labels,
            values,
        })
    }

    /// Forgets blocks that are none of `blocks`: the labels there are gone, or blocks are cut otherwise now.
    fn forget_others(&self, blocks: &[Roi]) {
        let current: HashSet<_> = blocks.iter().collect();
        self.kept.lock().retain(|block, _| current.contains(block));
    }

    /// What of the labels changed, or has features that did.
    fn labelled_dirt(slots: &FeatureMatrixCacheSlots, cx: &Dirty<'_>) -> Result<Dirt, Error> {
        let (image, labels) = (cx.meta(&slots.image)?, cx.meta(&slots.labels)?);
        let mut dirt = cx.of(&slots.labels).clone();
        match cx.of(&slots.image) {
            image if image.is_everything() => dirt = Dirt::everything(),
            changed => {
                for roi in changed.regions(image.roi()) {
                    dirt.add(frame::region(&roi, image.axes(), labels)?);
                }
            }
        }
        Ok(dirt)
    }

    /// Whether labelled features changed, as far as is known of where labels are.
    fn is_output_dirty(slots: &FeatureMatrixCacheSlots, cx: &Dirty<'_>, labelled: &Dirt) -> bool {
        if cx.is_dirty(&slots.labels) || cx.is_dirty(&slots.blocks) {
            return true;
        }
        match cx.value(&slots.blocks) {
            Ok(blocks) => blocks.iter().any(|block| labelled.intersects(block)),
            Err(_) => !labelled.is_nothing(),
        }
    }
}

impl Operator for FeatureMatrixCache {
    type Slots = FeatureMatrixCacheSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> FeatureMatrixCacheSlots {
        FeatureMatrixCacheSlots {
            image: declare.input("image"),
            labels: declare.input("labels"),
            blocks: declare.optional("blocks"),
            output: declare.output("output"),
            labelled: declare.output("labelled"),
        }
    }

    fn setup(&self, slots: &FeatureMatrixCacheSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let (image, labels) = (cx.meta(&slots.image)?, cx.meta(&slots.labels)?);
        let wrong = match labels.dtype().is_integer() || labels.dtype() == DType::Bool {
            true => frame::mismatch(&image, &labels),
            false => Some(format!("labels are integers, not {}", labels.dtype())),
        };
        if let Some(wrong) = wrong {
            cx.not_ready(&slots.output, &wrong)?;
            return cx.not_ready(&slots.labelled, &wrong);
        }
        let block = self.shape_of_blocks(&labels)?;
        cx.computed(&slots.output)?;
        cx.describe(&slots.labelled, labels.with_ideal_block(block))
    }

    fn dirty(&self, slots: &FeatureMatrixCacheSlots, cx: &mut Dirty<'_>) {
        let labelled = Self::labelled_dirt(slots, cx).unwrap_or_else(|_| Dirt::everything());
        if Self::is_output_dirty(slots, cx, &labelled) {
            cx.mark_all(&slots.output);
        }
        cx.mark(&slots.labelled, labelled);
    }

    async fn execute(&self, slots: &FeatureMatrixCacheSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        if cx.is_for(&slots.labelled) {
            return Ok(cx.request(&slots.labels, roi).await?.into());
        }
        let image = cx.meta(&slots.image)?;
        let features = image.axes().position('c').map_or(1, |axis| image.shape()[axis]);
        let names = Some(image.channel_names())
            .filter(|names| names.len() == features)
            .unwrap_or_default();
        let blocks = self.blocks(slots, cx).await?;
        self.forget_others(&blocks);
        let rows = blocks.into_iter().map(|block| self.rows(slots, cx, block));
        let parts: Vec<_> = stream::iter(rows).buffered(at_once(cx)).try_collect().await?;
        Ok(Data::of(FeatureMatrix::of_parts(features, names.into(), parts)))
    }
}

/// The box around the labels of a block, and the labels in it; `None` if there is no label.
fn labelled_part(labels: &Array, checkpoint: &Checkpoint) -> Result<Option<(Roi, Array)>, Error> {
    let whole = Roi::full(Shape::new(labels.shape())?);
    let mut found: Option<Roi> = None;
    if whole.is_empty() {
        return Ok(None);
    }
    // In parts, so that the checkpoint is looked at however large the block is.
    for part in &BlockGrid::aligned(whole, determine_block_shape(whole.shape(), PATIENCE)?)? {
        checkpoint.check()?;
        let labels = labels.slice(&part.roi)?;
        let inside = match_dtype!(labels.dtype(), T => nonzero_bounding_box(&labels.view::<T>()?))?;
        if let Some(inside) = inside {
            let inside = inside.absolute_in(&part.roi)?;
            found = Some(found.map_or(Ok(inside), |found| found.bounding_box(&inside))?);
        }
    }
    found.map(|inside| Ok((inside, labels.slice(&inside)?))).transpose()
}

/// The labels that are not 0, and the features of their pixels, in the order of the axes of `features`.
fn gather(labels: &Array, features: &Array, checkpoint: &Checkpoint) -> Result<(Vec<u32>, Vec<f32>), Error> {
    let letters: String = features.axes().iter().filter(|letter| *letter != 'c').collect();
    let labels = classes(&labels.to_axes(letters.as_str())?, checkpoint)?;
    let features = features.to_axes(format!("{letters}c").as_str())?;
    let (mut found, mut values) = (Vec::new(), Vec::new());
    let labels = labels.view::<u32>()?;
    match_dtype!(features.dtype(), T => {
        let view = features.view::<T>()?;
        let pixels = labels.iter().zip(view.lanes(Axis(letters.len()))).enumerate();
        let mut since = 0;
        for (nth, (label, pixel)) in pixels {
            since += if *label == 0 { 0 } else { pixel.len() };
            if nth % PATIENCE == 0 || since >= PATIENCE {
                checkpoint.check()?;
                since = 0;
            }
            if *label != 0 {
                found.push(*label);
                values.extend(pixel.iter().map(|value| value.cast::<f32>()));
            }
        }
    });
    Ok((found, values))
}

/// The labels as a classifier knows them. What is none is refused: made to fit, it would be some other class.
fn classes(labels: &Array, checkpoint: &Checkpoint) -> Result<Array, Error> {
    match_dtype!(labels.dtype(), T => {
        for (nth, label) in labels.view::<T>()?.iter().enumerate() {
            if nth % PATIENCE == 0 {
                checkpoint.check()?;
            }
            if label.cast::<u32>().cast::<T>() != *label {
                return Err(Error::invalid(format!("{label} is no label, those are 0 to {}", u32::MAX)));
            }
        }
    });
    of_type(labels, DType::U32, checkpoint)
}

impl fmt::Debug for FeatureMatrixCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FeatureMatrixCache")
            .field("block", &self.block)
            .finish_non_exhaustive()
    }
}
