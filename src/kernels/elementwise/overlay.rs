//! Labels drawn over an image.

use std::ops::Range;

use ndarray::{ArrayViewD, ArrayViewMutD, Axis, Slice, Zip};

use crate::array::{Array, DType};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::elementwise::cast;
use crate::kernels::elementwise::pieces::pieces;
use crate::roi::Roi;

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

    /// The colour of a label: far apart for numbers close together, by the golden ratio, and never dark.
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
    /// As [`write_region`](Self::write_region).
    pub fn apply(&self, image: &Array, labels: &Array, checkpoint: &Checkpoint) -> Result<Array, Error> {
        let axes = format!("{}c", image.axes());
        let shape: Vec<_> = image.shape().iter().copied().chain([COLOURS]).collect();
        let mut out = Array::zeros(&*axes, &shape, DType::U8)?;
        let whole = Roi::full(crate::roi::Shape::new(labels.shape())?);
        self.write_region(image, labels, &whole, &mut out, checkpoint)?;
        Ok(out)
    }

    /// Draws `roi` of `labels` over `image`, which is of that region, to `out`, which has all colours of it.
    ///
    /// # Errors
    ///
    /// `Invalid` if the three do not fit each other, or the image has an axis `c` already; the checkpoint's own error if it stops
    /// the kernel.
    pub fn write_region(
        &self,
        image: &Array,
        labels: &Array,
        roi: &Roi,
        out: &mut Array,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        let shape = roi.shape();
        let drawn: Vec<_> = shape.iter().chain([COLOURS]).collect();
        if image.axes() != labels.axes() || image.shape() != shape.as_slice() || out.shape() != drawn {
            return Err(Error::invalid(format!(
                "{labels:?} cannot be drawn over {image:?} as {out:?}"
            )));
        }
        let image = of_type(image, DType::F32, checkpoint)?;
        let labels = of_type(labels, DType::U64, checkpoint)?;
        let planar: Vec<_> = labels
            .axes()
            .iter()
            .enumerate()
            .filter(|(_, letter)| matches!(letter, 'y' | 'x'))
            .collect();
        let planar: Vec<_> = planar.into_iter().map(|(axis, _)| axis).collect();
        let (image, labels) = (image.view::<f32>()?, labels.view::<u64>()?);
        let last = shape.rank();
        pieces(out.view_mut::<u8>()?, Some(last), 4, checkpoint, &|place, mut out| {
            let place: Vec<_> = place.ranges().take(last).collect();
            // Where the piece is among the labels.
            let there = place
                .iter()
                .zip(roi.start())
                .map(|(range, &start)| range.start + start..range.end + start);
            let there: Vec<_> = there.collect();
            self.fill(part(&image, &place), part(&labels, &there), out.view_mut());
            if self.outline {
                for &axis in &planar {
                    draw_borders(&labels, &there, axis, out.view_mut());
                }
            }
            Ok(())
        })
    }

    /// Greys, and colours within labels.
    fn fill(&self, image: ArrayViewD<'_, f32>, labels: ArrayViewD<'_, u64>, mut out: ArrayViewMutD<'_, u8>) {
        let colours = Axis(image.ndim());
        let (black, span) = (self.black, self.white - self.black);
        let opacity = self.opacity.clamp(0.0, 1.0);
        Zip::from(out.lanes_mut(colours))
            .and(image)
            .and(labels)
            .for_each(|mut pixel, &value, &label| {
                let share = (f64::from(value) - black) / span;
                // Of a range without width all is black; so is what is no number.
                let grey = if share > 0.0 { share.min(1.0) * 255.0 } else { 0.0 };
                let colour = if label > 0 { Self::colour(label) } else { [0; COLOURS] };
                let opacity = if label > 0 { opacity } else { 0.0 };
                for (out, colour) in pixel.iter_mut().zip(colour) {
                    *out = (grey * (1.0 - opacity) + f64::from(colour) * opacity).round() as u8;
                }
            });
    }
}

/// Makes the colour full where the neighbour before or behind along `axis` has another label.
fn draw_borders(labels: &ArrayViewD<'_, u64>, place: &[Range<usize>], axis: usize, mut out: ArrayViewMutD<'_, u8>) {
    let colours = Axis(labels.ndim());
    let (own, length) = (place[axis].clone(), labels.len_of(Axis(axis)));
    let before = own.start.max(1)..own.end;
    let behind = own.start..own.end.min(length.saturating_sub(1));
    for (range, back) in [(before, true), (behind, false)] {
        if range.is_empty() {
            continue;
        }
        let shifted = if back {
            range.start - 1..range.end - 1
        } else {
            range.start + 1..range.end + 1
        };
        let with = |range: Range<usize>| {
            let mut place = place.to_vec();
            place[axis] = range;
            part(labels, &place)
        };
        let drawn = Slice::from(range.start - own.start..range.end - own.start);
        let mut drawn = out.slice_axis_mut(Axis(axis), drawn);
        let pixels = Zip::from(drawn.lanes_mut(colours)).and(with(range)).and(with(shifted));
        pixels.for_each(|mut pixel, &label, &neighbour| {
            if label > 0 && neighbour != label {
                pixel
                    .iter_mut()
                    .zip(LabelOverlay::colour(label))
                    .for_each(|(out, colour)| *out = colour);
            }
        });
    }
}

fn part<'a, T>(view: &ArrayViewD<'a, T>, place: &[Range<usize>]) -> ArrayViewD<'a, T> {
    let mut part = view.clone();
    for (axis, range) in place.iter().enumerate() {
        part.slice_axis_inplace(Axis(axis), Slice::from(range.clone()));
    }
    part
}

fn of_type(array: &Array, dtype: DType, checkpoint: &Checkpoint) -> Result<Array, Error> {
    if array.dtype() == dtype {
        return Ok(array.clone());
    }
    let mut out = Array::zeros(array.axes(), array.shape(), dtype)?;
    cast(array, &mut out, checkpoint)?;
    Ok(out)
}
