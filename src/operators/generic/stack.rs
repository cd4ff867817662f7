//! Images beside each other, or on top of each other.

use futures::future::try_join_all;

use crate::array::{Array, Axes};
use crate::error::Error;
use crate::graph::{
    Data, Declare, Dirt, Dirty, Execute, Input, LaneKey, List, Meta, Operator, Output, Setup, SlotType,
};
use crate::operators::assemble::assemble;
use crate::operators::estimate::with_bytes_of_stack;
use crate::operators::generic::describe::{map_dirt, reordered, reordered_roi, with_length};
use crate::roi::Roi;
use crate::sync::Arc;

/// Puts images one behind the other along an axis, one that they have or a new one.
///
/// lazyflow: `OpMultiArrayStacker`, `OpSimpleStacker`.
///
/// | slot | | |
/// |---|---|---|
/// | `images` | list of arrays | at least one; all of one type, alike but for their length along `axis` |
/// | `axis` | `char` | the axis; an image that does not have it counts as one layer |
/// | `position` | `Option<usize>` | where the axis stands among the others if no image has it; `None`, the default, is behind them |
/// | `output` | array | the images one behind the other |
///
/// A region is put together from those of the images that it touches, which are asked for side by side; a region of one
/// image is that image's buffer. What changed of an image has changed at its place of the output, and nothing else has.
///
/// Of the description, names of channels are joined along `c`; along another axis what all images say of channels, pixels
/// and values is kept (of values the range that holds all), and the rest is that of the first image.
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::Stack;
/// use headwater::{Array, roi};
///
/// let graph = Graph::new();
/// let stack = graph.add(Stack::new('t').position(0));
/// graph.edit(|e| e.set_all(&stack.images, [Array::full("yx", &[4, 4], 1_u8)?, Array::full("yx", &[4, 4], 2_u8)?]))?;
/// assert_eq!(stack.output.meta()?.shape(), [2, 4, 4]);
/// let both = stack.output.request(roi![0..2, 0..1, 0..1]).wait()?;
/// assert_eq!(both.view::<u8>()?.iter().copied().collect::<Vec<_>>(), [1, 2]);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Stack {
    axis: char,
    position: Option<usize>,
}

/// The slots of a [`Stack`].
#[derive(Debug)]
pub struct StackSlots {
    /// One behind the other.
    pub images: List<Input<Array>>,
    /// Along which axis.
    pub axis: Input<char>,
    /// Where a new axis stands; behind the others, if not said.
    pub position: Input<Option<usize>>,
    /// All of them.
    pub output: Output<Array>,
}

impl Stack {
    /// Along `axis`.
    pub fn new(axis: char) -> Self {
        Self { axis, position: None }
    }

    /// With the axis at `position` among the others, if it is a new one.
    #[must_use]
    pub fn position(self, position: usize) -> Self {
        let position = Some(position);
        Self { position, ..self }
    }
}

/// Which images there are, where each begins, and where the last one ends. Attached to the description of the output: where
/// images are moved that did not change themselves, that differs, though shape and all else may not.
#[derive(Clone, PartialEq)]
struct Layout {
    axis: usize,
    images: Arc<[LaneKey]>,
    bounds: Arc<[usize]>,
}

impl SlotType for Layout {
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

impl Layout {
    /// The place of an image in an output of the extent `whole`.
    fn place(&self, nth: usize, whole: Roi) -> Result<Roi, Error> {
        let (start, end) = (self.bounds.get(nth), self.bounds.get(nth + 1));
        let (Some(&start), Some(&end)) = (start, end) else {
            return Err(Error::invalid(format!("there is no image {nth}")));
        };
        Ok(whole.with_axis(self.axis, start..end)?)
    }

    /// A region of an image, with the axes of the output, as one of the output.
    fn moved(&self, nth: usize, roi: &Roi) -> Result<Roi, Error> {
        let (range, start) = (roi.range(self.axis), self.bounds[nth]);
        Ok(roi.with_axis(self.axis, start + range.start..start + range.end)?)
    }

    /// The images that `roi` touches.
    fn touched(&self, roi: &Roi) -> std::ops::Range<usize> {
        let range = roi.range(self.axis);
        if roi.is_empty() {
            return 0..0;
        }
        // The last that begins before, and all that begin within.
        let first = self.bounds.partition_point(|bound| *bound <= range.start).max(1) - 1;
        let last = self.bounds.partition_point(|bound| *bound < range.end);
        first..last.min(self.bounds.len() - 1)
    }
}

impl Operator for Stack {
    type Slots = StackSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> StackSlots {
        StackSlots {
            images: declare.list("images"),
            axis: declare.default("axis", self.axis),
            position: declare.default("position", self.position),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &StackSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let (letter, position) = (cx.value(&slots.axis)?, cx.value(&slots.position)?);
        let images = cx.lanes(&slots.images);
        let metas: Vec<_> = images
            .iter()
            .map(|(_, image)| cx.meta(image))
            .collect::<Result<_, _>>()?;
        let meta = described(&metas, &keys(&images), letter, position)?;
        cx.describe(&slots.output, with_bytes_of_stack(meta, &metas)?)
    }

    fn dirty(&self, slots: &StackSlots, cx: &mut Dirty<'_>) {
        // Whatever moves an image shows in the description; what is left is what changed within the images.
        let dirt = changed(slots, cx).unwrap_or_else(|_| Dirt::everything());
        cx.mark(&slots.output, dirt);
    }

    async fn execute(&self, slots: &StackSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let meta = cx.output_meta(&slots.output)?;
        let (axes, images) = (meta.axes(), cx.lanes(&slots.images));
        let layout = layout(meta)?;
        let mut parts = Vec::new();
        for nth in layout.touched(&roi) {
            let place = layout.place(nth, meta.roi())?;
            let Some(part) = roi.intersection(&place) else { continue };
            let image = &images[nth].1;
            let own = reordered_roi(&part.relative_to(&place)?, axes, cx.meta(image)?.axes())?;
            let pull = cx.request(image, own).submit();
            parts.push(async move { Ok::<_, Error>((part, pull.await?.to_axes(axes)?)) });
        }
        let parts = try_join_all(parts).await?;
        Ok(assemble(cx, meta, roi, parts).await?.into())
    }
}

fn keys(images: &[(LaneKey, Input<Array>)]) -> Vec<LaneKey> {
    images.iter().map(|(key, _)| *key).collect()
}

fn layout(meta: &Meta) -> Result<&Layout, Error> {
    let layout = meta.extra::<Layout>();
    layout.ok_or_else(|| Error::invalid("the output is not described as a stack"))
}

fn changed(slots: &StackSlots, cx: &Dirty<'_>) -> Result<Dirt, Error> {
    let images: Vec<(LaneKey, Input<Array>)> = cx.lanes(&slots.images);
    let metas: Vec<Meta> = images
        .iter()
        .map(|(_, image)| cx.meta(image).map(|meta| Meta::clone(meta)))
        .collect::<Result<_, _>>()?;
    let meta = described(
        &metas,
        &keys(&images),
        cx.value(&slots.axis)?,
        cx.value(&slots.position)?,
    )?;
    let (axes, layout) = (meta.axes(), layout(&meta)?);
    let mut changed = Dirt::nothing();
    for (nth, ((_, image), own)) in images.iter().zip(&metas).enumerate() {
        changed.merge(&map_dirt(cx.of(image), own.roi(), |roi| {
            layout.moved(nth, &reordered_roi(roi, own.axes(), axes)?).map(Some)
        }));
    }
    Ok(changed)
}

/// The description of the stack.
fn described(metas: &[Meta], images: &[LaneKey], letter: char, position: Option<usize>) -> Result<Meta, Error> {
    let first = &metas[0];
    let axes = axes(metas, letter, position)?;
    let axis = axes
        .position(letter)
        .ok_or_else(|| Error::invalid(format!("{letter:?} is no axis")))?;
    let mut bounds = vec![0_usize];
    for (nth, own) in metas.iter().enumerate() {
        let shown = reordered(own.clone(), axes)?;
        let length = shown.shape()[axis];
        let as_first = reordered(first.clone(), axes)?.shape().with_axis(axis, length)?;
        let others = |axes: Axes| axes.iter().filter(|other| *other != letter).collect::<String>();
        if shown.shape() != as_first || own.dtype() != first.dtype() || others(own.axes()) != others(axes) {
            return Err(Error::invalid(format!(
                "image {nth}, {own:?}, does not fit on the first, {first:?}, along {letter}"
            )));
        }
        let end = bounds[nth].checked_add(length);
        bounds.push(end.ok_or_else(|| Error::invalid("the stack is longer than can be counted"))?);
    }
    let length = bounds[metas.len()];
    let with_axis = metas.iter().find(|meta| meta.axes().contains(letter)).unwrap_or(first);
    let shown = reordered(with_axis.clone(), axes)?;
    let (ideal, max) = (shown.ideal_block(), shown.max_block());
    let mut meta = with_length(reordered(first.clone(), axes)?, axis, length)?;
    if let (Some(own), Some(ideal)) = (meta.ideal_block(), ideal) {
        meta = meta.with_ideal_block(own.with_axis(axis, ideal[axis])?);
    }
    if let (Some(own), Some(max)) = (meta.max_block(), max) {
        meta = meta.with_max_block(own.with_axis(axis, max[axis])?);
    }
    let (images, bounds) = (images.into(), bounds.into());
    Ok(agreed(meta, metas, letter)?.with_extra(Layout { axis, images, bounds }))
}

/// The axes of the stack: those of an image that has the axis, or of the first with the axis put in.
fn axes(metas: &[Meta], letter: char, position: Option<usize>) -> Result<Axes, Error> {
    if let Some(meta) = metas.iter().find(|meta| meta.axes().contains(letter)) {
        return Ok(meta.axes());
    }
    let mut letters = metas[0].axes().to_string();
    let position = position.unwrap_or(letters.len());
    if position > letters.len() {
        return Err(Error::invalid(format!(
            "the axis {letter} cannot be number {position} of `{letters}`"
        )));
    }
    letters.insert(position, letter);
    letters.parse()
}

/// What all images say, or can be said of all.
fn agreed(meta: Meta, metas: &[Meta], letter: char) -> Result<Meta, Error> {
    let first = &metas[0];
    let ranges: Option<Vec<_>> = metas.iter().map(Meta::range).collect();
    let union = |(a, b): (f64, f64), (c, d): (f64, f64)| (a.min(c), b.max(d));
    let meta = match ranges.and_then(|ranges| ranges.into_iter().reduce(union)) {
        Some((least, greatest)) => meta.with_range(least, greatest),
        None => meta.without_range(),
    };
    let channels = |meta: &Meta| meta.axes().position('c').map_or(1, |axis| meta.shape()[axis]);
    let named = metas.iter().all(|meta| meta.channel_names().len() == channels(meta));
    let meta = match letter {
        'c' if named => meta.with_channel_names(metas.iter().flat_map(Meta::channel_names).cloned()),
        'c' => meta.with_channel_names::<&str>([]),
        _ if metas.iter().all(|meta| meta.channel_names() == first.channel_names()) => meta,
        _ => meta.with_channel_names::<&str>([]),
    };
    if metas.iter().all(|meta| pixels_agree(meta, first)) {
        return Ok(meta);
    }
    Ok(meta.without_pixel_size())
}

fn pixels_agree(meta: &Meta, first: &Meta) -> bool {
    let (Some(own), Some(others)) = (meta.pixel_size(), first.pixel_size()) else {
        return meta.pixel_size().is_none() && first.pixel_size().is_none();
    };
    meta.axes().iter().zip(own).all(|(letter, size)| {
        let axis = first.axes().position(letter);
        axis.is_none_or(|axis| others[axis] == *size)
    })
}
