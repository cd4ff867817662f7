//! Labels drawn over an image.

use std::ops::Range;

use ndarray::{ArrayViewD, ArrayViewMutD, Axis, Slice, Zip};

use crate::array::{Array, Axes, DType, Element, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::elementwise::pieces::pieces;
use crate::kernels::memory::zero_array;
use crate::kernels::region::part;
use crate::roi::{Roi, Shape};

/// Draws labels in colour over an image in grey: each filled lightly, with a line just inside its border.
///
/// The result is of `u8`, with red, green and blue along an axis `c` behind the others. Borders are looked for along `y` and
/// `x`, so that a volume is drawn slice by slice. Where an image ends, nothing borders.
///
/// # Examples
///
/// ```
/// use headwater::kernels::LabelOverlay;
/// use headwater::{Array, Checkpoint};
///
/// let image = Array::from_vec("x", &[4], vec![0_u16, 500, 1000, 2000])?;
/// let labels = Array::from_vec("x", &[4], vec![0_u32, 7, 7, 7])?;
/// let drawn = LabelOverlay::new(0.0, 1000.0).apply(&image, &labels, &Checkpoint::never())?;
/// assert_eq!(drawn.shape(), [4, 3]);
/// let drawn = drawn.view::<u8>()?;
/// assert_eq!(drawn[[0, 0]], 0); // no label: black, as the image is
/// let border: Vec<u8> = (0..3).map(|c| drawn[[1, c]]).collect();
/// assert_eq!(border, LabelOverlay::colour(7));
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LabelOverlay {
    black: f64,
    white: f64,
    opacity: f64,
    outline: bool,
}

/// Red, green, blue.
const COLOURS: usize = 3;

impl LabelOverlay {
    /// Over an image in which `black` is black and `white` is white, a quarter of the colour within, and with lines.
    pub fn new(black: f64, white: f64) -> Self {
        Self {
            black,
            white,
            opacity: 0.25,
            outline: true,
        }
    }

    /// With this share of the colour within a label, from 0 to 1.
    #[must_use]
    pub fn opacity(self, opacity: f64) -> Self {
        Self { opacity, ..self }
    }

    /// With lines or without.
    #[must_use]
    pub fn outline(self, outline: bool) -> Self {
        Self { outline, ..self }
    }

    /// The colour of a label as red, green and blue: far apart for numbers close together, and never dark. 0 has one too, which
    /// is not drawn.
    ///
    /// The hue is the fractional part of `label · (√5 − 1)/2`, from 0 to 1 around the circle: multiples of the golden ratio are
    /// spread as evenly as can be, however many there are (Knuth, *The Art of Computer Programming* 3, 6.4). Each component is
    /// from 55 to 255.
    pub fn colour(label: u64) -> [u8; COLOURS] {
        const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
        let hue = label.wrapping_mul(GOLDEN) as f64 / 2_f64.powi(64) * 6.0;
        let part = |shift: f64| ((((hue + shift) % 6.0 - 3.0).abs() - 1.0).clamp(0.0, 1.0) * 200.0) as u8 + 55;
        [part(0.0), part(4.0), part(2.0)]
    }

    /// The whole of `image` and `labels`, which have the same axes and shape.
    ///
    /// # Errors
    ///
    /// As [`write_region`](Self::write_region); also if there is no memory for the picture.
    pub fn apply(&self, image: &Array, labels: &Array, checkpoint: &Checkpoint) -> Result<Array, Error> {
        let axes = with_colours(image)?;
        let shape: Vec<_> = labels.shape().iter().copied().chain([COLOURS]).collect();
        let mut out = zero_array(axes, &shape, DType::U8, checkpoint)?;
        self.write_region(image, labels, &Roi::full(Shape::new(&*shape)?), &mut out, checkpoint)?;
        Ok(out)
    }

    /// Writes the region `roi` of the picture of all of `labels` over `out`, which has the shape of `roi` and holds anything. `roi`
    /// has a range of the three colours behind those of the labels' axes. `image` is of that region only; `labels` may reach
    /// beyond it, so that borders are seen. After an error `out` holds some mixture.
    ///
    /// # Errors
    ///
    /// `Invalid` if the three do not fit each other or `roi`, if that is not within the picture, if `out` is not of `u8`, or if the
    /// image has an axis `c` already; the checkpoint's own error if it stops the kernel.
    pub fn write_region(
        &self,
        image: &Array,
        labels: &Array,
        roi: &Roi,
        out: &mut Array,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        check(image, labels, roi, out)?;
        // The axes along which lines are drawn.
        let planar = ['y', 'x'].into_iter().filter(|_| self.outline);
        let planar: Vec<_> = planar.filter_map(|letter| labels.axes().position(letter)).collect();
        let (last, colours) = (labels.ndim(), roi.range(labels.ndim()));
        pieces(out.view_mut::<u8>()?, Some(last), COLOURS, checkpoint, &|place, out| {
            let here: Vec<_> = place.ranges().take(last).collect();
            let greys = match_dtype!(image.dtype(), T => {
                part(image.view::<T>()?, here.iter().cloned()).map(|value| self.grey(value.cast()))
            });
            let offset = |(range, start): (&Range<usize>, &usize)| range.start + start..range.end + start;
            let there: Vec<_> = here.iter().zip(roi.start()).map(offset).collect();
            match_dtype!(labels.dtype(), T => {
                let pencil = Pencil { labels: labels.view::<T>()?, place: &there, colours: colours.clone() };
                pencil.draw(greys.view(), self.opacity.clamp(0.0, 1.0), &planar, out);
            });
            Ok(())
        })
    }

    /// How bright it is, from 0 to 255. Of a range without width all is black; so is what is no number.
    fn grey(&self, value: f64) -> f64 {
        let share = (value - self.black) / (self.white - self.black);
        if share > 0.0 { share.min(1.0) * 255.0 } else { 0.0 }
    }
}

/// The axes of a picture of that image.
fn with_colours(image: &Array) -> Result<Axes, Error> {
    format!("{}c", image.axes()).parse()
}

/// Refuses what [`LabelOverlay::write_region`] cannot draw.
fn check(image: &Array, labels: &Array, roi: &Roi, out: &Array) -> Result<(), Error> {
    let picture: Vec<_> = labels.shape().iter().copied().chain([COLOURS]).collect();
    let fits = image.axes() == labels.axes()
        && out.axes() == with_colours(image)?
        && Roi::full(Shape::new(picture)?).contains(roi)
        && out.shape() == roi.shape().as_slice()
        && out.shape().starts_with(image.shape());
    match fits {
        true => Ok(()),
        false => Err(Error::invalid(format!(
            "{roi} of {labels:?} cannot be drawn over {image:?} as {out:?}"
        ))),
    }
}

/// Draws the labels at `place`, in some of the colours.
struct Pencil<'a, T> {
    labels: ArrayViewD<'a, T>,
    place: &'a [Range<usize>],
    colours: Range<usize>,
}

impl<T: Element> Pencil<'_, T> {
    /// Mixes greys with what there is of each label, and draws lines along the axes `planar`.
    fn draw(&self, greys: ArrayViewD<'_, f64>, opacity: f64, planar: &[usize], mut out: ArrayViewMutD<'_, u8>) {
        let mut colour_of = colour_of();
        let pixels = Zip::from(out.lanes_mut(Axis(greys.ndim()))).and(greys);
        pixels
            .and(part(self.labels.view(), self.place.iter().cloned()))
            .for_each(|mut pixel, &grey, &label| {
                let colour = colour_of(label);
                let opacity = if colour.is_some() { opacity } else { 0.0 };
                for (out, colour) in pixel.iter_mut().zip(&colour.unwrap_or_default()[self.colours.clone()]) {
                    *out = (grey * (1.0 - opacity) + f64::from(*colour) * opacity).round() as u8;
                }
            });
        for &axis in planar {
            let (own, length) = (self.place[axis].clone(), self.labels.len_of(Axis(axis)));
            let (start, end) = (own.start.max(1), own.end.min(length.saturating_sub(1)));
            self.draw_borders(axis, start..own.end, start - 1, out.view_mut());
            self.draw_borders(axis, own.start..end, own.start + 1, out.view_mut());
        }
    }

    /// Makes the colour full where those in `range` of `axis` have another label than those from `beside` on.
    fn draw_borders(&self, axis: usize, range: Range<usize>, beside: usize, mut out: ArrayViewMutD<'_, u8>) {
        if range.is_empty() {
            return;
        }
        let with = |range: Range<usize>| {
            let mut place = self.place.to_vec();
            place[axis] = range;
            part(self.labels.view(), place)
        };
        let first = self.place[axis].start;
        let drawn = Slice::from(range.start - first..range.end - first);
        let neighbours = with(beside..beside + range.len());
        let mut drawn = out.slice_axis_mut(Axis(axis), drawn);
        let mut colour_of = colour_of();
        let pixels = Zip::from(drawn.lanes_mut(Axis(self.labels.ndim())))
            .and(with(range))
            .and(neighbours);
        pixels.for_each(|mut pixel, &label, &neighbour| {
            if neighbour != label
                && let Some(colour) = colour_of(label)
            {
                let colours = &colour[self.colours.clone()];
                pixel.iter_mut().zip(colours).for_each(|(out, colour)| *out = *colour);
            }
        });
    }
}

/// The colour of one label after the other; none if it is 0. It is worked out once for a run of the same.
fn colour_of<T: Element>() -> impl FnMut(T) -> Option<[u8; COLOURS]> {
    let mut last = (T::default(), None);
    move |label| {
        if label != last.0 {
            let number: u64 = label.cast();
            last = (label, (number > 0).then(|| LabelOverlay::colour(number)));
        }
        last.1
    }
}
