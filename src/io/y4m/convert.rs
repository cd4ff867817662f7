//! Planes as pictures in colour, and pictures as planes.

use crate::array::{Array, Axes, DType, Element};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::y4m::ColourSpace;
use crate::io::y4m::weights::Weights;
use crate::kernels::parallel;

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
    let [luma, blue, red] = [0, 1, 2].map(|plane| planes[plane].view::<T>());
    let (luma, blue, red) = (luma?, blue?, red?);
    let mut view = out.view_mut::<T>()?;
    let pixels = view.as_slice_mut().expect("invariant: it has just been made");
    lines(pixels, 0, 3 * width, checkpoint, &|y, x, out| {
        for (n, pixel) in out.as_chunks_mut::<3>().0.iter_mut().enumerate() {
            let x = x / 3 + n;
            let place = [y / down, x / across];
            let colours = weights.colours(luma[[y, x]].to_f32(), blue[place].to_f32(), red[place].to_f32());
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
    let (down, across) = space.chroma().block();
    let [height, width] = [picture.shape()[0], picture.shape()[1]];
    let view = picture.view::<T>()?;
    // Of a grey picture all three are the one that it has.
    let last = picture.shape()[2] - 1;
    let colour = |y: usize, x: usize| [0, 1, 2].map(|c: usize| view[[y, x, c.min(last)]].to_f32().min(weights.peak));
    let plane = |[height, width]: [usize; 2], value: &(dyn Fn(usize, usize) -> f32 + Sync)| {
        let mut out = Array::zeros(planar(), &[height, width], T::DTYPE)?;
        let mut view = out.view_mut::<T>()?;
        let samples = view.as_slice_mut().expect("invariant: it has just been made");
        lines(samples, 0, width, checkpoint, &|y, x, out| {
            let places = out.iter_mut().zip(x..);
            places.for_each(|(out, x)| *out = value(y, x).clamp(0.0, weights.peak).cast());
        })?;
        drop(view);
        Ok::<_, Error>(out)
    };
    let difference = |which: usize| {
        move |y: usize, x: usize| {
            let (rows, columns) = (
                y * down..height.min((y + 1) * down),
                x * across..width.min((x + 1) * across),
            );
            let count = (rows.len() * columns.len()) as f32;
            let pixels = rows.flat_map(|y| columns.clone().map(move |x| (y, x)));
            let sum: f32 = pixels
                .map(|(y, x)| weights.stored_differences(colour(y, x))[which])
                .sum();
            sum / count
        }
    };
    let sizes: Vec<_> = space.planes(height, width).collect();
    Ok(vec![
        plane(sizes[0], &|y, x| weights.stored_luma(colour(y, x)))?,
        plane(sizes[1], &difference(0))?,
        plane(sizes[2], &difference(1))?,
    ])
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
