//! Separable convolution with symmetric kernels, fused in cache.
//!
//! A separable filter convolves along one axis after the other. Done naively each pass streams the volume through memory.
//! Here the data is cut into tiles, and one sweep takes a tile through all passes before the next is touched, so that the
//! input is read about once, the output is written once, and there is no temporary of the size of the data.
//!
//! The axes play parts ([`Plan`]). `row` is the axis along which elements are contiguous, `height` the smoothed axis before
//! it, `depth` the one before that; `inner` is a short unsmoothed axis behind the row, such as colours. For each slice of a
//! tile (one step in depth):
//!
//! ```text
//! input rows ──height──▶ padded rows ──row──▶ slice of the ring ──depth──▶ output rows
//!             vertical    (mirrored)  horizontal  (2r + 4 slices)  vertical
//! ```
//!
//! The ring keeps as many slices as the pass along the depth looks at; tiles are so small that it stays in the second-level
//! cache. Elements that are not `f32`, or not contiguous, are converted slice by slice on their way in. Passes along
//! further axes than three are run on their own.
//!
//! Whatever the cut, each element goes through the same operations in the same order: results do not depend on threads,
//! tiles or layout, and those of a block with its halo are those of the whole. For that the order of the passes depends on
//! which axes are smoothed and on nothing else, though the parts depend on lengths and layout: of two axes the outer one is
//! first; of three the middle one, the inner one, the outer one; of more, the outermost is first, then the others likewise.

mod fir;
mod plan;
mod scratch;
mod source;
mod taps;
mod tile;

use ndarray::{ArrayBase, ArrayD, ArrayViewD, ArrayViewMutD, Axis, IxDyn, RawData};
use pulp::Arch;

use crate::array::{Element, MAX_AXES};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::parallel;
use plan::Plan;
pub(super) use taps::Taps;

/// Convolves `input` along each axis with its kernel in `taps` and writes the result over `out`.
///
/// `taps` has one kernel for each axis, with a radius less than the axis' length (unless it is the identity), and `out` the
/// shape of `input`, of at most [`MAX_AXES`] axes: the caller has checked.
///
/// # Errors
///
/// Only what `checkpoint` says.
pub(super) fn convolve<T: Element>(
    input: ArrayViewD<'_, T>,
    taps: &[Taps],
    out: ArrayViewMutD<'_, f32>,
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    if input.is_empty() {
        return checkpoint.check();
    }
    let (input, taps, mut out) = simplify(input, taps, out);
    let Some(first) = plan::surplus_axis(input.shape(), &taps) else {
        return convolve_fused(input, &taps, out, checkpoint);
    };
    // More smoothed axes than one sweep takes: the outermost on its own, through a temporary. Of three it is the last.
    let (mut alone, mut rest) = (vec![Taps::identity(); taps.len()], taps);
    std::mem::swap(&mut alone[first], &mut rest[first]);
    let (earlier, later) = match plan::smoothed(&rest).count() {
        2 => (rest, alone),
        _ => (alone, rest),
    };
    let mut between = ArrayD::zeros(input.raw_dim());
    convolve(input, &earlier, between.view_mut(), checkpoint)?;
    convolve(between.view(), &later, out.view_mut(), checkpoint)
}

/// The same with fewer axes, but one at least: those of length 1 are left out, for there is nothing to do along them, and
/// neighbours that are not smoothed become one where memory allows, for longer rows.
fn simplify<'a, 'b, T: Element>(
    mut input: ArrayViewD<'a, T>,
    taps: &[Taps],
    mut out: ArrayViewMutD<'b, f32>,
) -> (ArrayViewD<'a, T>, Vec<Taps>, ArrayViewMutD<'b, f32>) {
    let mut taps = taps.to_vec();
    for axis in (0..taps.len()).rev() {
        let merged = axis + 1 < taps.len() && taps[axis].radius() + taps[axis + 1].radius() == 0;
        if merged && is_mergeable(&input, axis) && is_mergeable(&out, axis) {
            input.merge_axes(Axis(axis), Axis(axis + 1));
            out.merge_axes(Axis(axis), Axis(axis + 1));
        }
        if input.len_of(Axis(axis)) == 1 && taps.len() > 1 {
            input = input.index_axis_move(Axis(axis), 0);
            out = out.index_axis_move(Axis(axis), 0);
            taps.remove(axis);
        }
    }
    if taps.is_empty() {
        taps.push(Taps::identity());
        (input, out) = (input.insert_axis(Axis(0)), out.insert_axis(Axis(0)));
    }
    (input, taps, out)
}

/// Whether the elements along `axis` and the next one lie as those of a single axis would.
fn is_mergeable<S: RawData>(array: &ArrayBase<S, IxDyn>, axis: usize) -> bool {
    let len = array.shape()[axis + 1].cast_signed();
    array.strides()[axis] == len * array.strides()[axis + 1]
}

/// [`convolve`] along at most three axes, in one sweep.
fn convolve_fused<T: Element>(
    input: ArrayViewD<'_, T>,
    taps: &[Taps],
    mut out: ArrayViewMutD<'_, f32>,
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    let plan = Plan::new(input.shape(), taps, parallel::threads());
    if !plan.rows_are_contiguous(&out) {
        let mut compact = ArrayD::zeros(out.raw_dim());
        convolve_fused(input, taps, compact.view_mut(), checkpoint)?;
        out.assign(&compact);
        return Ok(());
    }
    let job = Job {
        input,
        plan,
        taps,
        arch: Arch::new(),
        checkpoint,
    };
    job.run([0; MAX_AXES], out)
}

/// What all tiles of one sweep have in common.
struct Job<'a, T> {
    input: ArrayViewD<'a, T>,
    plan: Plan,
    taps: &'a [Taps],
    arch: Arch,
    checkpoint: &'a Checkpoint,
}

impl<T: Element> Job<'_, T> {
    /// Computes the region of the result that begins at `start` and goes to `out`, halving it down to single tiles.
    fn run(&self, start: [usize; MAX_AXES], out: ArrayViewMutD<'_, f32>) -> Result<(), Error> {
        self.checkpoint.check()?;
        let Some((axis, at)) = self.plan.cut(out.shape()) else {
            return self.tile(start, out);
        };
        let (left, right) = out.split_at(Axis(axis), at);
        let mut middle = start;
        middle[axis] += at;
        parallel::join(|| self.run(start, left), || self.run(middle, right))
    }
}
