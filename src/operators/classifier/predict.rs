//! Prediction for the pixels of an image.

use ndarray::Axis;

use crate::array::{Array, Axes, DType, Element, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::{Data, Declare, Dirt, Dirty, Execute, Input, Meta, Opaque, Operator, Output, Setup};
use crate::kernels::{Forest, any_nonzero, pooled, update};
use crate::operators::buffers::buffers;
use crate::operators::classifier::{Classifier, frame};
use crate::operators::estimate::{block, size, with_bytes};
use crate::roi::Roi;

/// Gives the share of each class for each pixel.
///
/// lazyflow: `OpClassifierPredict`, `OpVectorwiseClassifierPredict`; the kernel is [`Forest::predict_image`].
///
/// | slot | | what |
/// |---|---|---|
/// | `image` | input | the features of each pixel, numbered along `c`; without `c` there is one |
/// | `classifier` | input | the forest; with `None` all shares are 0 |
/// | `classes` | input | how many classes there are |
/// | `mask` | input, optional | what to multiply the shares with, pixel by pixel: 0 where nothing is wanted, else 1 |
/// | `output` | output | `f32`: class `k` in channel `k - 1`, at least one channel; the axes of the image, or `c` before those of space |
///
/// Classes that the forest does not know, and pixels with a feature that is NaN, have shares of 0. Where there is no forest,
/// or all of the mask is 0, no features are asked for.
///
/// All is dirty when the classifier or the number of classes changes; else what the image or the mask is, in all channels.
#[derive(Clone, Debug)]
pub struct PredictForest {
    classes: usize,
}

/// The slots of [`PredictForest`].
#[derive(Debug)]
pub struct PredictForestSlots {
    /// The features of each pixel.
    pub image: Input<Array>,
    /// The forest.
    pub classifier: Input<Classifier>,
    /// How many classes there are.
    pub classes: Input<usize>,
    /// What to multiply the shares with.
    pub mask: Input<Array>,
    /// The shares of the classes.
    pub output: Output<Array>,
}

impl PredictForest {
    /// Prediction of `classes` classes.
    pub fn new(classes: usize) -> Self {
        Self { classes }
    }
}

impl Operator for PredictForest {
    type Slots = PredictForestSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> PredictForestSlots {
        PredictForestSlots {
            image: declare.input("image"),
            classifier: declare.input("classifier"),
            classes: declare.default("classes", self.classes),
            mask: declare.optional("mask"),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &PredictForestSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let image = cx.meta(&slots.image)?;
        let mask = match cx.is_ready(&slots.mask) {
            true => Some(cx.meta(&slots.mask)?),
            false => None,
        };
        if let Some(wrong) = mask.as_ref().and_then(|mask| frame::mismatch(&image, mask)) {
            return cx.not_ready(&slots.output, &wrong);
        }
        let classes = cx.value(&slots.classes)?.max(1);
        let result = described(&image, classes)?;
        cx.describe(&slots.output, with_estimate(result, &image, mask.as_ref(), classes)?)
    }

    fn dirty(&self, slots: &PredictForestSlots, cx: &mut Dirty<'_>) {
        if cx.others_changed(&[&slots.image, &slots.mask]) {
            return cx.mark_all(&slots.output);
        }
        for input in [&slots.image, &slots.mask] {
            // What cannot be asked any more has changed the description, and with it everything.
            let dirt = same_pixels(input, &slots.output, cx).unwrap_or_else(|_| Dirt::everything());
            cx.mark(&slots.output, dirt);
        }
    }

    async fn execute(&self, slots: &PredictForestSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let result = Meta::clone(cx.output_meta(&slots.output)?);
        let zeros = || Ok(Array::full(result.axes(), roi.shape().as_slice(), 0.0_f32)?.into());
        let Some(forest) = cx.get(&slots.classifier).await? else {
            return zeros();
        };
        let mask = match cx.is_ready(&slots.mask) {
            true => {
                let region = frame::region(&roi, result.axes(), cx.meta(&slots.mask)?)?;
                Some(cx.request(&slots.mask, region).await?)
            }
            false => None,
        };
        if let Some(mask) = mask.clone()
            && !cx.compute(move |checkpoint| any_nonzero(&mask, checkpoint)).await?
        {
            return zeros();
        }
        let region = frame::region(&roi, result.axes(), cx.meta(&slots.image)?)?;
        let image = cx.request(&slots.image, region).await?;
        let points = region.volume()? / forest.features().max(1);
        let bytes = forest.predict_bytes(points, cx.runtime().compute_threads()) + 4 * roi.volume()? as u64;
        let (axes, buffers) = (result.axes(), buffers(cx.runtime()));
        let kernel = cx.compute_within(bytes, move |checkpoint| {
            let mut out = pooled(&buffers, axes, roi.shape().as_slice(), DType::F32, checkpoint)?;
            predict(&forest, &image, mask.as_ref(), &roi, &mut out, checkpoint)?;
            Ok(out)
        });
        Ok(kernel.await?.into())
    }
}

/// The shares of `classes` classes for the pixels of `image`.
fn described(image: &Meta, classes: usize) -> Result<Meta, Error> {
    let with_channels = match image.axes().position('c') {
        Some(_) => image.clone(),
        None => {
            let axis = image.axes().spatial().next().unwrap_or(image.axes().len());
            let mut axes = image.axes().to_string();
            axes.insert(axis, 'c');
            image
                .clone()
                .with_axes(axes.parse()?, image.shape().insert_axis(axis, 1)?)?
        }
    };
    let axis = with_channels
        .axes()
        .position('c')
        .ok_or_else(|| Error::invalid("no channels"))?;
    let mut result = with_channels.clone().with_dtype(DType::F32).with_range(0.0, 1.0);
    result = result
        .with_shape(with_channels.shape().with_axis(axis, classes)?)?
        .with_channel_names::<&str>([]);
    if let Some(block) = with_channels.ideal_block() {
        result = result.with_ideal_block(block.with_axis(axis, classes)?);
    }
    if let Some(block) = with_channels.max_block() {
        result = result.with_max_block(block.with_axis(axis, classes)?);
    }
    Ok(result)
}

/// The same with what a block takes: the mask and all features, the shares, and the rows in hand.
fn with_estimate(result: Meta, image: &Meta, mask: Option<&Meta>, classes: usize) -> Result<Meta, Error> {
    let (block, axes) = (block(&result)?, result.axes());
    let inputs = mask.into_iter().chain([image]);
    let parts: Vec<_> = inputs
        .map(|input| Ok((input, frame::region(&block, axes, input)?)))
        .collect::<Result<_, Error>>()?;
    let features = image.axes().position('c').map_or(1, |axis| image.shape()[axis]);
    let pixels = block.volume()?;
    let rows = Forest::predict_bytes_with(features, classes, pixels / classes, 1);
    let own = size(&result) * pixels as u64 + rows;
    with_bytes(result, &block, own, &parts)
}

/// What changed of `input`, in all channels of `output`.
fn same_pixels(input: &Input<Array>, output: &Output<Array>, cx: &Dirty<'_>) -> Result<Dirt, Error> {
    let dirt = cx.of(input);
    if dirt.is_nothing() || dirt.is_everything() {
        return Ok(dirt.clone());
    }
    let (meta, result) = (cx.meta(input)?, cx.output_meta(output)?);
    let regions = dirt.regions(meta.roi()).into_iter();
    regions
        .map(|roi| Ok(frame::region(&roi, meta.axes(), result)?))
        .collect()
}

/// Writes the shares for `roi` of the result, in the coordinates of the result, to `out`.
fn predict(
    forest: &Opaque<Forest>,
    image: &Array,
    mask: Option<&Array>,
    roi: &Roi,
    out: &mut Array,
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    let channels = out.axes().position('c').map_or(0..1, |axis| roi.range(axis));
    forest.predict_image_into(image, channels, out, checkpoint)?;
    match mask {
        Some(mask) => multiply(out, mask, checkpoint),
        None => Ok(()),
    }
}

/// Multiplies all channels of `shares` with `mask`.
fn multiply(shares: &mut Array, mask: &Array, checkpoint: &Checkpoint) -> Result<(), Error> {
    let axes: Axes = shares.axes();
    let letters: String = axes.iter().filter(|letter| *letter != 'c').collect();
    let mask = mask.to_axes(letters.as_str())?;
    let channel = axes.position('c').ok_or_else(|| Error::invalid("no channels"))?;
    let mut shares = shares.view_mut::<f32>()?;
    match_dtype!(mask.dtype(), T => {
        let mask = mask.view::<T>()?;
        for plane in shares.axis_iter_mut(Axis(channel)) {
            update(mask.view(), plane, checkpoint, &|share, mask: T| *share *= mask.cast::<f32>())?;
        }
    });
    Ok(())
}
