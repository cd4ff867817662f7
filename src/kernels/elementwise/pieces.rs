//! How the kernels whose result at a point depends on that point alone share their work.

use ndarray::{ArrayViewMutD, Axis};

use crate::array::Element;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::parallel;
use crate::roi::{Roi, Shape};

/// Elements of a piece: little enough that a checkpoint between two is looked at in time, whatever is done to each.
pub(in crate::kernels) const PIECE: usize = 1 << 13;

/// Writes a piece. Not generic: cutting is compiled once for each type of element, whatever is done to them.
pub(in crate::kernels) type Fill<'a, T> = dyn Fn(&Roi, ArrayViewMutD<'_, T>) -> Result<(), Error> + Sync + 'a;

/// Cuts `out` into pieces, outermost axis first, and has `fill` write each: it is told where the piece lies in the whole.
///
/// The axis `uncut` is not cut. `each` is how many elements are looked at for one that is written.
pub(in crate::kernels) fn pieces<T: Element>(
    out: ArrayViewMutD<'_, T>,
    uncut: Option<usize>,
    each: usize,
    checkpoint: &Checkpoint,
    fill: &Fill<'_, T>,
) -> Result<(), Error> {
    let place = Roi::full(Shape::new(out.shape())?);
    let largest = (PIECE / each.max(1)).max(1);
    if place.is_empty() {
        return Ok(());
    }
    split(&place, out, uncut, largest, checkpoint, fill)
}

fn split<T: Element>(
    place: &Roi,
    mut out: ArrayViewMutD<'_, T>,
    uncut: Option<usize>,
    largest: usize,
    checkpoint: &Checkpoint,
    fill: &Fill<'_, T>,
) -> Result<(), Error> {
    checkpoint.check()?;
    let mut axes = out.shape().iter().enumerate();
    let axis = axes.find(|(axis, length)| **length > 1 && Some(*axis) != uncut);
    let Some((axis, _)) = axis.filter(|_| out.len() > largest) else {
        return fill(place, out.view_mut());
    };
    let half = out.shape()[axis] / 2;
    let range = place.range(axis);
    let middle = range.start + half;
    let (low, high) = (
        place.with_axis(axis, range.start..middle)?,
        place.with_axis(axis, middle..range.end)?,
    );
    let (lower, upper) = out.split_at(Axis(axis), half);
    parallel::join(
        || split(&low, lower, uncut, largest, checkpoint, fill),
        || split(&high, upper, uncut, largest, checkpoint, fill),
    )
}
