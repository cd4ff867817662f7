//! Minima and maxima over boxes, one axis after the other.
//!
//! Along an axis, the extremum of a window of `w` elements is that of windows of `p`, `p` apart: from the data, windows of 4
//! are made of four neighbours, of these windows of 16, and so on; the last step overlaps. That takes about `log₄ w` passes,
//! each over whole vectors whichever the axis, where the three comparisons of van Herk (1992) and Gil and Werman (1993)
//! depend on each other along a row.
//!
//! Reflection at the border adds nothing that is not in the window already, for it brings in elements that are nearer; and
//! what an extremum makes of reflected data is reflected again. So several of them can follow each other within a block.

use ndarray::{ArrayViewD, ArrayViewMutD};
use pulp::{Arch, Simd, WithSimd};

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::memory::{fill_up, filled, zeros};
use crate::kernels::ranks::footprint::PerAxis;
use crate::kernels::ranks::order::{Key, Ordered};
use crate::kernels::ranks::tiles::{self, Block, SLACK, Tiling, Work};
use crate::roi::{Roi, Shape};

/// How many elements are compared between two looks at the checkpoint.
const PATIENCE: usize = 1 << 17;

/// The most elements that one step compares.
const FAN: usize = 4;

/// How many times as large as its tile a block may be before the steps of a chain run one by one, over the whole region.
const MOST_HALO: f64 = 4.0;

/// Which of the elements in a window is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extremum {
    Least,
    Greatest,
}

/// One after the other, over windows of a radius along each axis.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    pub(super) links: Vec<(Extremum, Vec<usize>)>,
}

impl Chain {
    /// How far the result depends on the data around a point.
    fn halo(&self, rank: usize) -> Vec<usize> {
        (0..rank)
            .map(|axis| self.links.iter().map(|(_, radii)| radii[axis]).sum())
            .collect()
    }

    /// Two chains that are this one, if there is more than a single axis of a single link.
    fn split(&self) -> Option<(Self, Self)> {
        if let [first, rest @ ..] = &self.links[..]
            && !rest.is_empty()
        {
            let [first, rest] = [vec![first.clone()], rest.to_vec()];
            return Some((Self { links: first }, Self { links: rest }));
        }
        let (which, radii) = self.links.first()?;
        let axis = radii.iter().position(|&radius| radius > 0)?;
        let (mut first, mut rest) = (vec![0; radii.len()], radii.clone());
        std::mem::swap(&mut first[axis], &mut rest[axis]);
        let [first, rest] = [first, rest].map(|radii| Self {
            links: vec![(*which, radii)],
        });
        rest.links[0]
            .1
            .iter()
            .any(|&radius| radius > 0)
            .then_some((first, rest))
    }

    /// The two halves if the halo of both together would be too much for a region of `shape`.
    fn split_for(&self, shape: &[usize], size: usize, threads: usize) -> Option<(Self, Self)> {
        let tiling = Tiling::new(shape, &self.halo(shape.len()), size, threads);
        if tiling.ratio <= MOST_HALO { None } else { self.split() }
    }

    /// Writes the part `roi` of the result for `view` over `out`.
    pub(super) fn apply<T: Ordered>(
        &self,
        view: ArrayViewD<'_, T>,
        roi: &Roi,
        out: ArrayViewMutD<'_, T>,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        let threads = crate::kernels::parallel::threads();
        if let Some((first, rest)) = self.split_for(roi.shape().as_slice(), size_of::<T>(), threads) {
            let between = roi.expand_by_halo(rest.halo(view.ndim()), Shape::new(view.shape())?)?;
            let mut half = zeros(between.outer.shape().as_slice(), checkpoint)?;
            first.apply(view, &between.outer, half.view_mut(), checkpoint)?;
            return rest.apply(half.view(), &between.inner, out, checkpoint);
        }
        let halo = self.halo(view.ndim());
        tiles::filter(view, roi, &halo, out, checkpoint, |order| {
            let reordered = |radii: &Vec<usize>| order.iter().map(|&axis| radii[axis]).collect();
            Ok(Sweep {
                links: self
                    .links
                    .iter()
                    .map(|(which, radii)| (*which, reordered(radii)))
                    .collect(),
                arch: Arch::new(),
            })
        })
    }

    /// The most bytes that [`apply`](Self::apply) has allocated at any time for `roi` of an array of `shape`.
    pub(super) fn bytes(&self, shape: &Shape, roi: &Roi, size: usize, threads: usize) -> Result<u64, Error> {
        let own = roi.shape();
        let result = (own.volume()? * size) as u64;
        if let Some((first, rest)) = self.split_for(own.as_slice(), size, threads) {
            let between = roi.expand_by_halo(rest.halo(shape.rank()), *shape)?;
            let kept = (between.outer.volume()? * size) as u64;
            let later = kept + rest.bytes(&between.outer.shape(), &between.inner, size, threads)?;
            return Ok(later.max(first.bytes(shape, &between.outer, size, threads)?));
        }
        let halo = self.halo(shape.rank());
        let tiling = Tiling::new(own.as_slice(), &halo, size, threads);
        let block = tiling
            .tile
            .iter()
            .zip(&halo)
            .map(|(len, halo)| len + 2 * halo)
            .collect();
        // A block, what becomes of it, and what is between the steps of an axis.
        let scratch = (2 * tiling.block + SLACK + self.steps(block)) * size;
        Ok(result + (scratch * tiling.count(own.as_slice()).min(threads)) as u64)
    }

    /// How many elements there are between the steps of an axis, at most, in a block of `shape`.
    fn steps(&self, mut shape: Vec<usize>) -> usize {
        let mut most = [0; 2];
        for (_, radii) in &self.links {
            for (axis, &radius) in radii.iter().enumerate().filter(|(_, radius)| **radius > 0) {
                let inner: usize = shape[axis + 1..].iter().product();
                let (mut len, mut covered) = (shape[axis], 1);
                for nth in 0.. {
                    if 2 * radius < FAN * covered {
                        break;
                    }
                    len -= (FAN - 1) * covered;
                    most[nth % 2] = most[nth % 2].max(len * inner);
                    covered *= FAN;
                }
                shape[axis] -= 2 * radius;
            }
        }
        most.iter().sum()
    }
}

/// A chain within a block.
struct Sweep {
    links: Vec<(Extremum, PerAxis)>,
    arch: Arch,
}

impl<K: Key> Work<K> for Sweep {
    fn apply(&self, mut block: Block<K>, checkpoint: &Checkpoint) -> Result<Block<K>, Error> {
        let mut spare = filled(block.data.len(), K::default(), checkpoint)?;
        let mut steps = [Vec::new(), Vec::new()];
        for (which, radii) in &self.links {
            for (axis, &radius) in radii.iter().enumerate().filter(|(_, radius)| **radius > 0) {
                let inner: usize = block.shape[axis + 1..].iter().product();
                let long = block.shape[axis] * inner;
                block.shape[axis] -= 2 * radius;
                let short = block.shape[axis] * inner;
                let mut since = 0;
                for (from, to) in block.data.chunks_exact(long).zip(spare.chunks_exact_mut(short)) {
                    self.window(*which, from, to, 2 * radius + 1, inner, &mut steps, checkpoint)?;
                    since += long;
                    if since >= PATIENCE {
                        checkpoint.check()?;
                        since = 0;
                    }
                }
                std::mem::swap(&mut block.data, &mut spare);
                block.data.truncate(block.shape.iter().product());
            }
        }
        Ok(block)
    }
}

impl Sweep {
    /// Extrema of `width` elements, `inner` apart, of `from`.
    #[expect(clippy::too_many_arguments, reason = "data, window and scratch of an inner loop")]
    fn window<K: Key>(
        &self,
        which: Extremum,
        from: &[K],
        to: &mut [K],
        width: usize,
        inner: usize,
        steps: &mut [Vec<K>; 2],
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        let (mut covered, mut source) = (1, None);
        let [mut before, mut after] = steps.each_mut();
        while width > FAN * covered {
            let shifts = std::array::from_fn::<_, FAN, _>(|nth| nth * covered * inner);
            let read = source.map_or(from, |len| &before[..len]);
            let len = read.len() - shifts[FAN - 1];
            let room = len.max(after.len());
            fill_up(after, room, K::default(), checkpoint)?;
            self.step(which, read, &shifts, &mut after[..len], checkpoint)?;
            std::mem::swap(&mut before, &mut after);
            (covered, source) = (FAN * covered, Some(len));
        }
        let count = width.div_ceil(covered);
        let mut shifts = [0; FAN];
        for (nth, shift) in shifts[..count].iter_mut().enumerate() {
            *shift = (nth * covered).min(width - covered) * inner;
        }
        let read = source.map_or(from, |len| &before[..len]);
        self.step(which, read, &shifts[..count], to, checkpoint)
    }

    /// Extrema of the elements `shifts` behind each.
    fn step<K: Key>(
        &self,
        which: Extremum,
        from: &[K],
        shifts: &[usize],
        to: &mut [K],
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        for (index, to) in to.chunks_mut(PATIENCE).enumerate() {
            if index > 0 {
                checkpoint.check()?;
            }
            let from = &from[index * PATIENCE..];
            match which {
                Extremum::Least => self.arch.dispatch(Step {
                    from,
                    shifts,
                    to,
                    of: Ord::min,
                }),
                Extremum::Greatest => self.arch.dispatch(Step {
                    from,
                    shifts,
                    to,
                    of: Ord::max,
                }),
            }
        }
        Ok(())
    }
}

/// A step, compiled for each set of instructions: what is not inlined there is not compiled for it.
struct Step<'a, K, F> {
    from: &'a [K],
    shifts: &'a [usize],
    to: &'a mut [K],
    of: F,
}

impl<K: Key, F: Fn(K, K) -> K> WithSimd for Step<'_, K, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        extrema(self.from, self.shifts, self.to, self.of);
    }
}

#[inline(always)]
fn extrema<K: Key>(from: &[K], shifts: &[usize], to: &mut [K], of: impl Fn(K, K) -> K) {
    let len = to.len();
    let row = |nth: usize| from[shifts[nth]..][..len].iter();
    match shifts.len() {
        1 => to.copy_from_slice(&from[shifts[0]..][..len]),
        2 => to
            .iter_mut()
            .zip(row(0))
            .zip(row(1))
            .for_each(|((to, a), b)| *to = of(*a, *b)),
        3 => {
            let rows = to.iter_mut().zip(row(0)).zip(row(1)).zip(row(2));
            rows.for_each(|(((to, a), b), c)| *to = of(of(*a, *b), *c));
        }
        _ => {
            let rows = to.iter_mut().zip(row(0)).zip(row(1)).zip(row(2)).zip(row(3));
            rows.for_each(|((((to, a), b), c), d)| *to = of(of(*a, *b), of(*c, *d)));
        }
    }
}
