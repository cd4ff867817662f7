//! Labels drawn over an image.

use std::ops::Range;

use crate::array::{Array, Axes, DType};
use crate::error::Error;
use crate::graph::{Data, Declare, Dirt, Dirty, Execute, Input, Meta, Operator, Output, Setup};
use crate::kernels;
use crate::operators::buffers::buffers;
use crate::operators::estimate::{block, size, with_bytes};
use crate::roi::{Roi, Shape};

/// Draws labels in colour over an image in grey, each filled lightly, with a line just inside its border.
///
/// The kernel is [`kernels::LabelOverlay`], which says what the colours are. A volume is drawn slice by slice: crop a slice, or
/// write one, for a picture.
///
/// | slot | | what |
/// |---|---|---|
/// | `image` | input | of any element type, without an axis `c` |
/// | `labels` | input | integers of the same axes and shape; 0 is no label |
/// | `black`, `white` | inputs, 0 and 255 | what of the image is black and white; [`ValueRange`](crate::operators::ValueRange) may compute them |
/// | `opacity` | input, 0.25 | how much of the colour there is within a label, from 0 to 1 |
/// | `outline` | input, `true` | whether there is a line |
/// | `output` | output | red, green and blue along `c`, which is the last axis, `u8` |
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::LabelOverlay;
/// use headwater::{Array, roi};
///
/// let graph = Graph::new();
/// let overlay = graph.add(LabelOverlay::new(0.0, 100.0));
/// graph.edit(|e| {
///     e.set(&overlay.image, Array::full("yx", &[4, 4], 100_u16)?)?;
///     e.set(&overlay.labels, Array::zeros("yx", &[4, 4], headwater::DType::U32)?)
/// })?;
/// let white = overlay.output.request(roi![0..1, 0..1, 0..3]).wait()?;
/// assert_eq!(white, Array::full("yxc", &[1, 1, 3], 255_u8)?);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct LabelOverlay {
    black: f64,
    white: f64,
}

/// The slots of a [`LabelOverlay`].
#[derive(Debug)]
pub struct LabelOverlaySlots {
    /// The image.
    pub image: Input<Array>,
    /// What is drawn over it.
    pub labels: Input<Array>,
    /// What of the image is black.
    pub black: Input<f64>,
    /// What of the image is white.
    pub white: Input<f64>,
    /// How much of the colour there is within a label.
    pub opacity: Input<f64>,
    /// Whether there is a line.
    pub outline: Input<bool>,
    /// The picture.
    pub output: Output<Array>,
}

impl LabelOverlay {
    /// Over an image in which `black` is black and `white` is white.
    pub fn new(black: f64, white: f64) -> Self {
        Self { black, white }
    }
}

/// How far away the neighbours are that make a border, along each axis.
fn halo(image: &Meta) -> Vec<usize> {
    let letters = image.axes();
    letters
        .iter()
        .map(|letter| usize::from(matches!(letter, 'y' | 'x')))
        .collect()
}

/// The description of the picture.
fn described(image: Meta, labels: &Meta) -> Result<Meta, Error> {
    if image.axes() != labels.axes() || image.shape() != labels.shape() {
        return Err(Error::invalid(format!(
            "the labels {labels:?} do not fit the image {image:?}"
        )));
    }
    if image.axes().contains('c') {
        return Err(Error::invalid(format!(
            "{image:?} has channels: select one, and leave the axis out"
        )));
    }
    if !labels.dtype().is_integer() {
        return Err(Error::invalid(format!("labels are integers, not {}", labels.dtype())));
    }
    let axes: Axes = format!("{}c", image.axes()).parse()?;
    let shape = Shape::new(image.shape().iter().chain([3]).collect::<Vec<_>>())?;
    let meta = image
        .clone()
        .with_axes(axes, shape)?
        .with_dtype(DType::U8)
        .with_range(0.0, 255.0)
        .with_channel_names(["red", "green", "blue"]);
    let block = block(&meta)?;
    let (plane, part) = needed(&block, &image)?;
    let own = block.volume()? as u64 * size(&meta);
    with_bytes(meta, &block, own, &[(labels, part), (&image, plane)])
}

/// What a region of the picture is made of: the region of the image, and that of the labels, which reaches a little further.
fn needed(roi: &Roi, image: &Meta) -> Result<(Roi, Roi), Error> {
    let plane = Roi::from_ranges(roi.ranges().take(roi.rank() - 1))?;
    Ok((plane, plane.expand_by_halo(halo(image), image.roi())?.outer))
}

/// A region of the image as one of the picture, in these colours.
fn coloured(roi: &Roi, colours: Range<usize>) -> Result<Roi, Error> {
    Ok(Roi::from_ranges(roi.ranges().chain([colours]).collect::<Vec<_>>())?)
}

impl Operator for LabelOverlay {
    type Slots = LabelOverlaySlots;

    fn slots(&self, declare: &mut Declare<'_>) -> LabelOverlaySlots {
        LabelOverlaySlots {
            image: declare.input("image"),
            labels: declare.input("labels"),
            black: declare.default("black", self.black),
            white: declare.default("white", self.white),
            opacity: declare.default("opacity", 0.25),
            outline: declare.default("outline", true),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &LabelOverlaySlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let (image, labels) = (cx.meta(&slots.image)?, cx.meta(&slots.labels)?);
        cx.describe(&slots.output, described(image, &labels)?)
    }

    fn dirty(&self, slots: &LabelOverlaySlots, cx: &mut Dirty<'_>) {
        if cx.others_changed(&[&slots.image, &slots.labels]) {
            return cx.mark_all(&slots.output);
        }
        // What does not let itself be asked is an error of the setup, which has changed everything.
        let dirt = affected(slots, cx).unwrap_or_else(|_| Dirt::everything());
        cx.mark(&slots.output, dirt);
    }

    async fn execute(&self, slots: &LabelOverlaySlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let (plane, part) = needed(&roi, cx.meta(&slots.image)?)?;
        let labels = cx.request(&slots.labels, part).submit();
        let (black, white) = (cx.get(&slots.black), cx.get(&slots.white));
        let (opacity, outline) = (cx.get(&slots.opacity), cx.get(&slots.outline));
        let image = cx.request(&slots.image, plane);
        let (image, labels) = futures::try_join!(image, labels)?;
        let (black, white, opacity, outline) = futures::try_join!(black, white, opacity, outline)?;
        let kernel = kernels::LabelOverlay::new(black, white)
            .opacity(opacity)
            .outline(outline);
        let inner = coloured(&plane.relative_to(&part)?, roi.range(roi.rank() - 1))?;
        let (axes, buffers) = (cx.output_meta(&slots.output)?.axes(), buffers(cx.runtime()));
        let draw = cx.compute_within(roi.volume()? as u64, move |checkpoint| {
            let mut out = kernels::pooled(&buffers, axes, roi.shape().as_slice(), DType::U8, checkpoint)?;
            kernel.write_region(&image, &labels, &inner, &mut out, checkpoint)?;
            Ok(out)
        });
        Ok(draw.await?.into())
    }
}

/// What of the picture changes with what changed of the image and the labels.
fn affected(slots: &LabelOverlaySlots, cx: &Dirty<'_>) -> Result<Dirt, Error> {
    let whole = cx.meta(&slots.image)?.roi();
    let halo = halo(cx.meta(&slots.image)?);
    let drawn = |roi: Roi| coloured(&roi, 0..3);
    let of_image = cx.of(&slots.image).regions(whole).into_iter().map(drawn);
    let of_labels = cx.of(&slots.labels).regions(whole).into_iter();
    let of_labels = of_labels.map(|roi| drawn(roi.expand_by_halo(&halo, whole)?.outer));
    of_image.chain(of_labels).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Graph;

    /// An image of 9 by 11 with blocks of labels in it.
    fn example() -> (Array, Array) {
        let pixels = (0..99_u32).map(|nth| (nth * 37 % 256) as u16).collect();
        let labels = (0..99_u32).map(|nth| (nth / 11 / 3) * 4 + (nth % 11) / 3).collect();
        (
            Array::from_vec("yx", &[9, 11], pixels).unwrap(),
            Array::from_vec("yx", &[9, 11], labels).unwrap(),
        )
    }

    fn overlay(graph: &Graph, image: Array, labels: Array) -> crate::graph::Node<LabelOverlay> {
        let overlay = graph.add(LabelOverlay::new(0.0, 255.0));
        let set = graph.edit(|e| {
            e.set(&overlay.image, image)?;
            e.set(&overlay.labels, labels)
        });
        set.unwrap();
        overlay
    }

    #[test]
    fn any_part_is_as_in_the_whole() {
        let (image, labels) = example();
        let graph = Graph::new();
        let overlay = overlay(&graph, image, labels);
        let whole = overlay
            .output
            .request(overlay.output.meta().unwrap().roi())
            .wait()
            .unwrap();
        for roi in [
            "0..9, 0..11, 1..2",
            "2..3, 2..9, 0..3",
            "3..7, 5..6, 0..2",
            "8..9, 10..11, 2..3",
        ] {
            let roi: Roi = roi.parse().unwrap();
            let part = overlay.output.request(roi).wait().unwrap();
            assert_eq!(part, whole.slice(&roi).unwrap(), "{roi}");
        }
    }

    #[test]
    fn a_line_is_where_another_label_is_next_to_it() {
        let (image, labels) = example();
        let graph = Graph::new();
        let overlay = overlay(&graph, image.clone(), labels.clone());
        graph.edit(|e| e.set(&overlay.opacity, 0.0)).unwrap();
        let drawn = overlay
            .output
            .request(overlay.output.meta().unwrap().roi())
            .wait()
            .unwrap();
        let (drawn, image, labels) = (
            drawn.view::<u8>().unwrap(),
            image.view::<u16>().unwrap(),
            labels.view::<u32>().unwrap(),
        );
        for (y, x) in (0..9).flat_map(|y| (0..11).map(move |x| (y, x))) {
            let own = labels[[y, x]];
            let near = [(y.wrapping_sub(1), x), (y + 1, x), (y, x.wrapping_sub(1)), (y, x + 1)];
            let mut near = near.into_iter().filter(|(y, x)| *y < 9 && *x < 11);
            let is_border = own > 0 && near.any(|(y, x)| labels[[y, x]] != own);
            let grey = [image[[y, x]] as u8; 3];
            let expected = if is_border {
                kernels::LabelOverlay::colour(own.into())
            } else {
                grey
            };
            assert_eq!([0, 1, 2].map(|c| drawn[[y, x, c]]), expected, "at {y}, {x}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_before_anything_is_drawn() {
        let (image, labels) = example();
        let cases = [
            (
                image.clone().to_axes("yxc").unwrap(),
                labels.clone().to_axes("yxc").unwrap(),
                "has channels",
            ),
            (image.clone(), labels.cast(DType::F32).unwrap(), "labels are integers"),
            (
                image,
                labels.slice(&"0..8, 0..11".parse().unwrap()).unwrap(),
                "do not fit",
            ),
        ];
        for (image, labels, why) in cases {
            let graph = Graph::new();
            let error = overlay(&graph, image, labels).output.meta().unwrap_err().report();
            assert!(error.contains(why), "{error}");
        }
    }
}
