//! Separable filters, fused in cache.
//!
//! A separable filter convolves along one axis after the other. Done naively each pass streams the volume through memory,
//! and a filter that needs several derivatives has a temporary for each. Here the data is cut into tiles, and one sweep
//! takes a tile through all passes of all derivatives, and on to the result, before the next is touched: the input is read
//! about once, the output is written once, and there is no temporary of the size of the data.
//!
//! A [`Recipe`] says what is wanted: sums of products of one-dimensional kernels, and what becomes of them. [`Passes`]
//! finds out what they have in common. The axes play parts ([`Plan`]): `row` is the axis along which elements are
//! contiguous, `height` the smoothed axis before it, `depth` the one before that; `inner` is a short unsmoothed axis behind
//! the row, such as colours. For each slice of a tile (one step in depth):
//!
//! ```text
//! input rows ──height──▶ columns ──row──▶ planes, in a ring ──depth──▶ sums ──combine──▶ output rows
//!             vertical  (mirrored) horizontal (2r + 4 slices) vertical
//! ```
//!
//! The [`Sweep`] keeps as many slices of each plane as the pass along the depth looks at; tiles are so small that they stay
//! in the second-level cache. It hands the sums to a [`Sink`], a few rows at a time: to [`Results`], which combines and
//! writes them, or for a structure tensor to [`Tensor`], which multiplies those that are a gradient, pushes the products
//! through a second sweep, and leaves the other features to [`Results`]. Elements that are not `f32`, or not contiguous, are converted slice by slice on their way in.
//!
//! Whatever the cut, each element goes through the same operations in the same order: results do not depend on threads,
//! tiles or layout, and those of a block with its halo are those of the whole. For that the order of the passes depends on
//! which axes are smoothed and on nothing else, though the parts depend on lengths and layout: of two axes the outer one is
//! first; of three the middle one, the inner one, the outer one; of more, the outermost is first, then the others likewise.

mod combine;
mod fir;
mod loops;
mod passes;
mod plan;
mod recipe;
mod results;
mod scratch;
mod shapes;
mod sink;
mod source;
mod sweep;
mod taps;
mod tensor;
mod tile;
mod work;

use ndarray::{ArrayViewD, ArrayViewMutD, Axis};

use crate::array::{Element, MAX_AXES};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::parallel;
use loops::Loops;
pub(super) use recipe::{Combine, Feature, Recipe, Term};
use shapes::Shapes;
pub(super) use taps::Taps;
use work::Work;

/// The results of a filter, all of the same shape; `None` for those that nobody wants.
pub(super) type Outputs<'a> = Vec<Option<ArrayViewMutD<'a, f32>>>;

/// Computes the part of the results of `recipe` for `input` that begins at `start`, and writes it over `out`.
///
/// The kernels of `recipe` have radii less than the length of their axis (unless they are the identity), `out` has one
/// array for each result, within the data of at most [`MAX_AXES`] axes: the caller has checked. At most three axes are
/// filtered, or the recipe is a convolution.
///
/// # Errors
///
/// Only what `checkpoint` says.
pub(super) fn run<T: Element>(
    input: ArrayViewD<'_, T>,
    recipe: &Recipe,
    start: &[usize],
    out: Outputs<'_>,
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    checkpoint.check()?;
    if out.iter().flatten().all(|out| out.is_empty()) {
        return Ok(());
    }
    Work::new(input, recipe, start, out).run(checkpoint)
}

/// The most bytes that [`run`] takes beside the output, on so many threads, for `input` of a shape and results of a shape;
/// `scattered` if the rows of the results are not contiguous.
pub(super) fn scratch_bytes(recipe: &Recipe, input: &[usize], shape: &[usize], scattered: bool, threads: usize) -> u64 {
    if shape.contains(&0) {
        return 0;
    }
    // As `Work` does it, but that axes are not merged.
    let mut recipe = recipe.clone();
    let (mut input, mut shape) = (input.to_vec(), shape.to_vec());
    for axis in (0..shape.len()).rev() {
        if recipe.reach()[axis] == 0 && shape[axis] == 1 && shape.len() > 1 {
            recipe = recipe.without_axis(axis);
            input.remove(axis);
            shape.remove(axis);
        }
    }
    if shape.is_empty() {
        return 0;
    }
    let reach = recipe.reach();
    let mut scattered = scattered;
    if !recipe.is_convolution() && !plan::has_filtered_rows(&shape, &reach) {
        let mut order: Vec<usize> = (0..reach.len()).collect();
        order.sort_by_key(|&axis| reach[axis] > 0);
        (input, shape) = (
            order.iter().map(|&axis| input[axis]).collect(),
            order.iter().map(|&axis| shape[axis]).collect(),
        );
        recipe = recipe.in_order(&order);
        scattered = true;
    } else if plan::surplus_axis(&shape, &reach).is_some() {
        let lengths = shape.iter().zip(&input).zip(&reach);
        let between = lengths.map(|((len, most), reach)| (len + 2 * reach).min(*most) as u64);
        return between.product::<u64>() * size_of::<f32>() as u64;
    }
    let shapes = Shapes::new(&recipe, &shape, threads);
    let tiles = threads.min(shapes.plan.tiles(&shape));
    (shapes.room(&input, &shape, scattered) * tiles * size_of::<f32>()) as u64
}

/// What all tiles of one sweep have in common.
struct Job<'a, T> {
    input: ArrayViewD<'a, T>,
    shapes: Shapes,
    loops: Loops<'a>,
}

impl<T: Element> Job<'_, T> {
    /// Computes the region of the results that begins at `start` and goes to `out`, halving it down to single tiles.
    fn run(&self, start: [usize; MAX_AXES], out: Outputs<'_>) -> Result<(), Error> {
        self.loops.checkpoint.check()?;
        let shape = out.iter().flatten().next().map_or(&[][..], |out| out.shape());
        let Some((axis, at)) = self.shapes.plan.cut(shape) else {
            return self.tile(start, out);
        };
        let halves = out.into_iter();
        let halves = halves.map(|out| out.map(|out| out.split_at(Axis(axis), at)).unzip());
        let (left, right): (Outputs<'_>, Outputs<'_>) = halves.unzip();
        let mut middle = start;
        middle[axis] += at;
        parallel::join(|| self.run(start, left), || self.run(middle, right))
    }
}
