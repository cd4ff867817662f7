//! Sums along one axis after the other, tile by tile.

use std::ops::{Add, Mul, Range};

use ndarray::{ArrayViewD, ArrayViewMutD, Axis, Slice};
use pulp::{Arch, Simd, WithSimd};

use super::axis::AxisMap;
use crate::array::{Element, MAX_AXES};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::memory::{filled, zeros};
use crate::kernels::parallel;
use crate::roi::Roi;

/// The most input elements of a tile: they stay in a second-level cache.
const MOST: usize = 1 << 16;

/// How many products are summed up between two looks at the checkpoint.
const PATIENCE: usize = 1 << 17;

/// How many elements are picked or converted, or weights made, between two looks.
const COPIED: usize = 1 << 14;

/// Elements that can be resampled.
pub(super) trait Resampled: Element {
    /// Writes the elements of the result from `start` on over `out`. `view` is what of the input lies `at`.
    fn resample(
        view: ArrayViewD<'_, Self>,
        at: &[usize],
        maps: &[AxisMap],
        start: &[usize],
        out: ArrayViewMutD<'_, Self>,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error>;
}

macro_rules! resampled {
    ($($type:ty, $real:ty, $of:expr;)*) => {$(
        impl Resampled for $type {
            fn resample(
                view: ArrayViewD<'_, Self>,
                at: &[usize],
                maps: &[AxisMap],
                start: &[usize],
                out: ArrayViewMutD<'_, Self>,
                checkpoint: &Checkpoint,
            ) -> Result<(), Error> {
                let of: fn($real) -> Self = $of;
                resample::<Self, $real, Self>(view, at, maps, start, out, checkpoint, &of)
            }
        }
    )*};
}
resampled! {
    u8, f32, |sum| sum.cast();
    i8, f32, |sum| sum.cast();
    u16, f32, |sum| sum.cast();
    i16, f32, |sum| sum.cast();
    u32, f64, |sum| sum.cast();
    i32, f64, |sum| sum.cast();
    u64, f64, |sum| sum.cast();
    i64, f64, |sum| sum.cast();
    f32, f32, |sum| sum;
    f64, f64, |sum| sum;
    bool, f32, |sum| sum >= 0.5;
}

/// What is computed in.
trait Real: Element + Add<Output = Self> + Mul<Output = Self> {}
impl Real for f32 {}
impl Real for f64 {}

/// Computes in `R`, from `T` to `U`.
fn resample<T: Element, R: Real, U: Element>(
    view: ArrayViewD<'_, T>,
    at: &[usize],
    maps: &[AxisMap],
    start: &[usize],
    out: ArrayViewMutD<'_, U>,
    checkpoint: &Checkpoint,
    of: &(impl Fn(R) -> U + Sync),
) -> Result<(), Error> {
    let Some(axis) = to_do_alone(maps) else {
        return in_tiles::<T, R, U>(view, at, maps, start, out, checkpoint, of);
    };
    let region = (0..maps.len()).map(|axis| start[axis]..start[axis] + out.len_of(Axis(axis)));
    let Halves { alone, rest, between } = Halves::new(maps, axis, region);
    let shape: Vec<_> = between.iter().map(Range::len).collect();
    let begin: Vec<_> = between.iter().map(|range| range.start).collect();
    let mut half = zeros::<R>(&shape, checkpoint)?;
    in_tiles::<T, R, R>(view, at, &alone, &begin, half.view_mut(), checkpoint, &|sum| sum)?;
    resample::<R, R, U>(half.view(), &begin, &rest, start, out, checkpoint, of)
}

/// What is done in two rounds, since one element of the result depends on more of the input than a tile has.
struct Halves {
    /// Along one axis, and nothing along the others.
    alone: Vec<AxisMap>,
    /// Along all others.
    rest: Vec<AxisMap>,
    /// What the second round needs of the first one's result.
    between: Vec<Range<usize>>,
}

impl Halves {
    /// Begins with `axis`; `region` is that of the result.
    fn new(maps: &[AxisMap], axis: usize, region: impl Iterator<Item = Range<usize>>) -> Self {
        let (mut alone, mut rest) = (maps.to_vec(), maps.to_vec());
        let mut between: Vec<_> = region.collect();
        for other in (0..maps.len()).filter(|&other| other != axis) {
            between[other] = maps[other].needed(between[other].clone());
            alone[other] = maps[other].idle();
        }
        rest[axis] = maps[axis].done();
        Self { alone, rest, between }
    }
}

/// [`resample`] along all axes, tile by tile.
fn in_tiles<T: Element, R: Real, U: Element>(
    view: ArrayViewD<'_, T>,
    at: &[usize],
    maps: &[AxisMap],
    start: &[usize],
    out: ArrayViewMutD<'_, U>,
    checkpoint: &Checkpoint,
    of: &(impl Fn(R) -> U + Sync),
) -> Result<(), Error> {
    let mut first = [0; MAX_AXES];
    first[..start.len()].copy_from_slice(start);
    let job = Job {
        tile: tile(maps, out.shape(), parallel::threads()),
        view,
        at,
        maps,
        checkpoint,
        of,
    };
    job.run::<R, U>(first, out)
}

/// The axis to begin with if one element of the result depends on too much.
fn to_do_alone(maps: &[AxisMap]) -> Option<usize> {
    let widths = maps.iter().map(AxisMap::width);
    let volume = widths.fold(1usize, |product, width| product.saturating_mul(width));
    let mut active = (0..maps.len()).filter(|&axis| !maps[axis].is_identity());
    let first = active.next();
    active.next().and(first).filter(|_| volume > MOST / 16)
}

/// What [`Resampled::resample`] takes besides its result, of sums of `size` bytes.
pub(super) fn bytes(maps: &[AxisMap], roi: &Roi, size: usize, threads: usize) -> u64 {
    let Some(axis) = to_do_alone(maps) else {
        return bytes_in_tiles(maps, &roi.ranges().collect::<Vec<_>>(), size, threads);
    };
    let Halves { alone, rest, between } = Halves::new(maps, axis, roi.ranges());
    let half = (between.iter().map(Range::len).product::<usize>() * size) as u64;
    half + bytes(&rest, roi, size, threads).max(bytes_in_tiles(&alone, &between, size, threads))
}

/// The same if all axes are done at once: what a tile reads, and what becomes of it along one axis after the other.
fn bytes_in_tiles(maps: &[AxisMap], region: &[Range<usize>], size: usize, threads: usize) -> u64 {
    let lens: Vec<_> = region.iter().map(Range::len).collect();
    let tile = tile(maps, &lens, threads);
    // A tile in the middle, where nothing is cut off.
    let middle = region.iter().zip(&tile).map(|(range, len)| {
        let start = range.start + (range.len() - len) / 2;
        start..start + len
    });
    let mut shape: Vec<_> = middle.zip(maps).map(|(range, map)| map.needed(range).len()).collect();
    let mut most = shape.iter().product::<usize>();
    for axis in (0..maps.len()).filter(|&axis| !maps[axis].is_identity()) {
        let before: usize = shape.iter().product();
        shape[axis] = tile[axis];
        most = most.max(before + shape.iter().product::<usize>());
    }
    let tiles = lens.iter().zip(&tile).map(|(len, tile)| len.div_ceil(*tile));
    (most * size * threads.min(tiles.product())) as u64
}

/// The most elements of a tile of the result along each axis of a region with `lens`.
fn tile(maps: &[AxisMap], lens: &[usize], threads: usize) -> Vec<usize> {
    let mut tile = lens.to_vec();
    let volume: usize = lens.iter().product();
    loop {
        let inputs: Vec<_> = maps.iter().zip(&tile).map(|(map, &len)| input_len(map, len)).collect();
        let own: usize = tile.iter().product();
        let input = inputs.iter().fold(1usize, |product, len| product.saturating_mul(*len));
        let is_small = input <= MOST && own <= MOST && (own <= volume / (2 * threads) || own <= MOST / 64);
        // Long rows are worth something: the last axis counts for less.
        let weight = |axis: usize| inputs[axis] / if axis + 1 == tile.len() { 8 } else { 1 };
        let longest = (0..tile.len())
            .filter(|&axis| tile[axis] > 1)
            .max_by_key(|&axis| weight(axis));
        match longest {
            Some(axis) if !is_small => tile[axis] = tile[axis].div_ceil(2),
            _ => return tile,
        }
    }
}

/// About how many elements of the input `len` of the result depend on.
fn input_len(map: &AxisMap, len: usize) -> usize {
    if map.is_identity() {
        return len;
    }
    (len as f64 * map.from as f64 / map.to as f64).ceil() as usize + map.width()
}

/// What all tiles have in common.
struct Job<'a, T, F> {
    tile: Vec<usize>,
    view: ArrayViewD<'a, T>,
    at: &'a [usize],
    maps: &'a [AxisMap],
    checkpoint: &'a Checkpoint,
    of: &'a F,
}

impl<T: Element, F: Sync> Job<'_, T, F> {
    /// Computes the region of the result that begins at `start` and goes to `out`, halving it down to single tiles.
    fn run<R: Real, U: Element>(&self, start: [usize; MAX_AXES], out: ArrayViewMutD<'_, U>) -> Result<(), Error>
    where
        F: Fn(R) -> U,
    {
        self.checkpoint.check()?;
        let tile = &self.tile;
        let Some(axis) = (0..tile.len()).find(|&axis| out.len_of(Axis(axis)) > tile[axis]) else {
            return self.tile(start, out);
        };
        let at = out.len_of(Axis(axis)).div_ceil(tile[axis]) / 2 * tile[axis];
        let (left, right) = out.split_at(Axis(axis), at);
        let mut middle = start;
        middle[axis] += at;
        parallel::join(|| self.run(start, left), || self.run(middle, right))
    }

    fn tile<R: Real, U: Element>(&self, start: [usize; MAX_AXES], mut out: ArrayViewMutD<'_, U>) -> Result<(), Error>
    where
        F: Fn(R) -> U,
    {
        let ranges = (0..out.ndim()).map(|axis| start[axis]..start[axis] + out.len_of(Axis(axis)));
        let ranges: Vec<_> = ranges.collect();
        let needed: Vec<_> = self
            .maps
            .iter()
            .zip(&ranges)
            .map(|(map, range)| map.needed(range.clone()))
            .collect();
        let mut part = self.view.view();
        for (axis, range) in needed.iter().enumerate() {
            let at = self.at[axis];
            part.slice_axis_inplace(Axis(axis), Slice::from(range.start - at..range.end - at));
        }
        let mut data: Vec<R> = Vec::with_capacity(part.len());
        let mut since = 0;
        for row in part.rows() {
            for some in row.axis_chunks_iter(Axis(0), COPIED) {
                data.extend(some.iter().map(|value| value.cast::<R>()));
                since += some.len();
                if since >= COPIED {
                    self.checkpoint.check()?;
                    since = 0;
                }
            }
        }
        let mut shape = part.shape().to_vec();
        for (axis, map) in self.maps.iter().enumerate().filter(|(_, map)| !map.is_identity()) {
            let mut sums = Vec::with_capacity(ranges[axis].len());
            for nth in ranges[axis].clone() {
                sums.push(Sum::new(map, nth, needed[axis].start));
                since += map.width();
                if since >= COPIED {
                    self.checkpoint.check()?;
                    since = 0;
                }
            }
            data = self.sum_along(axis, &data, &mut shape, &sums)?;
        }
        out.iter_mut().zip(data).for_each(|(out, sum)| *out = (self.of)(sum));
        Ok(())
    }

    /// Replaces the elements along an axis by sums of them.
    fn sum_along<R: Real>(
        &self,
        axis: usize,
        data: &[R],
        shape: &mut [usize],
        sums: &[Sum<R>],
    ) -> Result<Vec<R>, Error> {
        let inner: usize = shape[axis + 1..].iter().product();
        let long = shape[axis] * inner;
        shape[axis] = sums.len();
        let mut out = filled(shape.iter().product(), R::default(), self.checkpoint)?;
        let (arch, mut since) = (Arch::new(), 0);
        for (data, out) in data
            .chunks_exact(long.max(1))
            .zip(out.chunks_exact_mut(sums.len() * inner))
        {
            for (sum, out) in sums.iter().zip(out.chunks_exact_mut(inner)) {
                // One element of the result may depend on all of a long axis.
                let taps = (PATIENCE / inner.max(1)).max(1);
                for (positions, weights) in sum.positions.chunks(taps).zip(sum.weights.chunks(taps)) {
                    arch.dispatch(SumUp {
                        positions,
                        weights,
                        data,
                        out,
                    });
                    since += weights.len() * inner;
                    if since >= PATIENCE {
                        self.checkpoint.check()?;
                        since = 0;
                    }
                }
            }
        }
        Ok(out)
    }
}

/// An element of the result: positions in a tile, and their weights.
struct Sum<R> {
    positions: Vec<usize>,
    weights: Vec<R>,
}

/// A sum, compiled for each set of instructions: what is not inlined there is not compiled for it.
struct SumUp<'a, R> {
    positions: &'a [usize],
    weights: &'a [R],
    data: &'a [R],
    out: &'a mut [R],
}

impl<R: Real> WithSimd for SumUp<'_, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.add_rows();
    }
}

impl<R: Real> Sum<R> {
    fn new(map: &AxisMap, nth: usize, first: usize) -> Self {
        let (positions, weights) = map.sources(nth);
        Self {
            positions: positions.into_iter().map(|at| at - first).collect(),
            weights: weights.into_iter().map(Element::cast).collect(),
        }
    }
}

impl<R: Real> SumUp<'_, R> {
    /// Adds rows of `data`, each as long as `out`, to it.
    #[inline(always)]
    fn add_rows(self) {
        if let [out] = self.out {
            let products = self.positions.iter().zip(self.weights);
            *out = products.fold(*out, |sum, (&at, &weight)| sum + self.data[at] * weight);
            return;
        }
        let width = self.out.len();
        for (&at, &weight) in self.positions.iter().zip(self.weights) {
            let row = &self.data[at * width..][..width];
            self.out
                .iter_mut()
                .zip(row)
                .for_each(|(out, &value)| *out = *out + value * weight);
        }
    }
}

/// Writes the nearest elements of the input over `out`.
pub(super) fn pick<T: Element>(
    view: ArrayViewD<'_, T>,
    at: &[usize],
    maps: &[AxisMap],
    start: &[usize],
    out: ArrayViewMutD<'_, T>,
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    let mut positions = Vec::with_capacity(maps.len());
    for (axis, map) in maps.iter().enumerate() {
        let mut own = Vec::with_capacity(out.len_of(Axis(axis)));
        for nth in 0..out.len_of(Axis(axis)) {
            if nth % COPIED == COPIED - 1 {
                checkpoint.check()?;
            }
            own.push(map.nearest(start[axis] + nth) - at[axis]);
        }
        positions.push(own);
    }
    pick_at(
        view,
        &positions.iter().map(Vec::as_slice).collect::<Vec<_>>(),
        out,
        checkpoint,
    )
}

fn pick_at<T: Element>(
    view: ArrayViewD<'_, T>,
    positions: &[&[usize]],
    mut out: ArrayViewMutD<'_, T>,
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    if out.len() > COPIED
        && let Some(axis) = (0..out.ndim()).find(|&axis| out.len_of(Axis(axis)) > 1)
    {
        checkpoint.check()?;
        let at = out.len_of(Axis(axis)) / 2;
        let (left, right) = out.split_at(Axis(axis), at);
        let (mut before, mut after) = (positions.to_vec(), positions.to_vec());
        (before[axis], after[axis]) = positions[axis].split_at(at);
        return parallel::join(
            || pick_at(view.view(), &before, left, checkpoint),
            || pick_at(view.view(), &after, right, checkpoint),
        );
    }
    match positions {
        [] => out.iter_mut().zip(&view).for_each(|(out, value)| *out = *value),
        [row] => out.iter_mut().zip(*row).for_each(|(out, &at)| *out = view[[at]]),
        [outer, rest @ ..] => {
            for (out, &at) in out.axis_iter_mut(Axis(0)).zip(*outer) {
                pick_at(view.index_axis(Axis(0), at), rest, out, checkpoint)?;
            }
        }
    }
    checkpoint.check()
}
