//! Planes as pictures in colour, and pictures as planes.

use crate::array::{Array, Axes, DType, Element};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::y4m::ColourSpace;
use crate::io::y4m::weights::Weights;
use crate::kernels::{contiguous, parallel};

/// Pixels between two looks at the checkpoint.
const PIECE: usize = 1 << 13;

/// Red, green and blue of planes of one frame.
///
/// # Errors
///
/// No memory; the checkpoint's reason.
pub(super) fn to_colours(
    space: ColourSpace,
    full: bool,
    planes: &[Array],
    checkpoint: &Checkpoint,
) -> Result<Array, Error> {
    match space.dtype() {
        DType::U8 => colours_of::<u8>(space, full, planes, checkpoint),
        _ => colours_of::<u16>(space, full, planes, checkpoint),
    }
}

fn colours_of<T: Element>(
    space: ColourSpace,
    full: bool,
    planes: &[Array],
    checkpoint: &Checkpoint,
) -> Result<Array, Error> {
    let weights = Weights::of(space, full);
    let (down, across) = space.chroma().block();
    let [height, width] = [planes[0].shape()[0], planes[0].shape()[1]];
    let mut out = Array::zeros("yxc", &[height, width, 3], T::DTYPE)?;
    let planes = planes.iter().map(|plane| contiguous(plane.clone(), checkpoint));
    let planes = planes.collect::<Result<Vec<_>, _>>()?;
    let samples = |nth: usize| Samples::<T>::of(&planes[nth]);
    let (luma, blue, red) = (samples(0)?, samples(1)?, samples(2)?);
    let mut view = out.view_mut::<T>()?;
    let pixels = view.as_slice_mut().expect("invariant: it has just been made");
    lines(pixels, 0, 3 * width, checkpoint, &|y, x, out| {
        let (luma, blue, red) = (luma.line(y), blue.line(y / down), red.line(y / down));
        for (pixel, x) in out.as_chunks_mut::<3>().0.iter_mut().zip(x / 3..) {
            let (blue, red) = (blue[x / across].to_f32(), red[x / across].to_f32());
            let colours = weights.colours(luma[x].to_f32(), blue, red);
            *pixel = colours.map(|colour| colour.clamp(0.0, weights.peak).cast());
        }
    })?;
    drop(view);
    Ok(out)
}

/// The planes of a picture `yxc` of one or three colours, without opacity.
///
/// # Errors
///
/// No memory; the checkpoint's reason.
pub(super) fn to_planes(
    space: ColourSpace,
    full: bool,
    picture: &Array,
    checkpoint: &Checkpoint,
) -> Result<Vec<Array>, Error> {
    match space.dtype() {
        DType::U8 => planes_of::<u8>(space, full, picture, checkpoint),
        _ => planes_of::<u16>(space, full, picture, checkpoint),
    }
}

fn planes_of<T: Element>(
    space: ColourSpace,
    full: bool,
    picture: &Array,
    checkpoint: &Checkpoint,
) -> Result<Vec<Array>, Error> {
    let weights = Weights::of(space, full);
    let picture = contiguous(picture.clone(), checkpoint)?;
    let pixels = Samples::<T>::of(&picture)?;
    let block = space.chroma().block();
    // The difference of a mean is the mean of the differences.
    let difference = |which: usize| {
        let pixels = &pixels;
        move |y: usize, x: usize| weights.stored_differences(pixels.mean(y, x, block, weights.peak))[which]
    };
    let mut sizes = space.planes(pixels.height, pixels.width);
    let mut next = || sizes.next().expect("invariant: three planes");
    let luma = |y: usize, x: usize| weights.stored_luma(pixels.mean(y, x, (1, 1), weights.peak));
    Ok(vec![
        plane::<T>(next(), weights.peak, checkpoint, luma)?,
        plane::<T>(next(), weights.peak, checkpoint, difference(0))?,
        plane::<T>(next(), weights.peak, checkpoint, difference(1))?,
    ])
}

fn plane<T: Element>(
    [height, width]: [usize; 2],
    peak: f32,
    checkpoint: &Checkpoint,
    value: impl Fn(usize, usize) -> f32 + Sync,
) -> Result<Array, Error> {
    let mut out = Array::zeros(planar(), &[height, width], T::DTYPE)?;
    let mut view = out.view_mut::<T>()?;
    let samples = view.as_slice_mut().expect("invariant: it has just been made");
    lines(samples, 0, width, checkpoint, &|y, x, out| {
        let places = out.iter_mut().zip(x..);
        places.for_each(|(out, x)| *out = value(y, x).clamp(0.0, peak).cast());
    })?;
    drop(view);
    Ok(out)
}

/// The samples of an array `yx` or `yxc` that is contiguous.
struct Samples<'a, T> {
    all: &'a [T],
    height: usize,
    width: usize,
    channels: usize,
}

impl<'a, T: Element> Samples<'a, T> {
    fn of(array: &'a Array) -> Result<Self, Error> {
        let shape = array.shape();
        let (height, width) = (shape[0], shape[1]);
        let all = array.view::<T>()?.to_slice();
        Ok(Self {
            all: all.expect("invariant: made contiguous"),
            height,
            width,
            channels: shape.get(2).copied().unwrap_or(1),
        })
    }

    fn line(&self, y: usize) -> &'a [T] {
        let length = self.width * self.channels;
        &self.all[y * length..][..length]
    }

    /// The mean colour of a block of pixels, as far as it is within the picture. Of a grey picture all three are the one that it
    /// has.
    #[inline(always)]
    fn mean(&self, y: usize, x: usize, (down, across): (usize, usize), peak: f32) -> [f32; 3] {
        let rows = y * down..self.height.min((y + 1) * down);
        let columns = x * across..self.width.min((x + 1) * across);
        let share = 1.0 / (rows.len() * columns.len()) as f32;
        let (mut sum, last) = ([0.0_f32; 3], self.channels - 1);
        for y in rows {
            let pixels = &self.line(y)[columns.start * self.channels..columns.end * self.channels];
            for pixel in pixels.chunks_exact(self.channels) {
                for (colour, sum) in sum.iter_mut().enumerate() {
                    *sum += pixel[colour.min(last)].to_f32().min(peak);
                }
            }
        }
        sum.map(|sum| sum * share)
    }
}

/// The axes of a plane.
pub(super) fn planar() -> Axes {
    "yx".parse().expect("invariant: two letters")
}

/// Fills a part of a line: which, where it begins in it, its elements.
type Fill<'a, T> = dyn Fn(usize, usize, &mut [T]) + Sync + 'a;

/// Has all lines of `length` elements filled in parts, several at a time where there are threads. The first is line `first`.
fn lines<T: Element>(
    out: &mut [T],
    first: usize,
    length: usize,
    checkpoint: &Checkpoint,
    fill: &Fill<'_, T>,
) -> Result<(), Error> {
    let count = out.len() / length;
    if count <= 1 || out.len() <= PIECE {
        for (n, line) in out.chunks_exact_mut(length).enumerate() {
            // A multiple of three: pixels are not cut.
            for (piece, part) in line.chunks_mut(3 * PIECE).enumerate() {
                checkpoint.check()?;
                fill(first + n, piece * 3 * PIECE, part);
            }
        }
        return Ok(());
    }
    let (upper, lower) = out.split_at_mut(count / 2 * length);
    parallel::join(
        || lines(upper, first, length, checkpoint, fill),
        || lines(lower, first + count / 2, length, checkpoint, fill),
    )
}
