//! Neighbourhood filters over [keys](super::order), tile by tile.
//!
//! The region is cut into tiles. For each the part of the input that it depends on is copied together as keys, with what lies
//! beyond the border filled in by reflection: a *block*, contiguous and small enough to stay in the second-level cache. What a
//! filter does with a block knows nothing of borders, layouts and types of elements.
//!
//! Axes are taken in the order in which they lie in memory, so that arrays in any layout are read in long rows.

use std::cmp::Reverse;

use ndarray::{ArrayViewD, ArrayViewMutD, Axis, Slice};

use crate::array::MAX_AXES;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::border::reflect;
use crate::kernels::memory::fill_up;
use crate::kernels::parallel;
use crate::kernels::ranks::footprint::PerAxis;
use crate::kernels::ranks::order::Ordered;
use crate::roi::Roi;

/// The bytes of a block where nothing speaks against it: half of a second-level cache of 1 MiB.
const BLOCK: usize = 512 * 1024;

/// The bytes of a row of a tile: long enough that the ends do not count.
const ROW: usize = 1024;

/// How many times as large as its tile a block may be before a larger block is the lesser evil.
const MOST_HALO: f64 = 3.0;

/// How many elements a block has room for behind its last, so that whole vectors can be read there.
pub(super) const SLACK: usize = 1024;

/// How many elements are copied between two looks at the checkpoint.
const PATIENCE: usize = 1 << 15;

/// Keys without gaps, the last axis running fastest.
pub(super) struct Block<K> {
    pub(super) data: Vec<K>,
    pub(super) shape: PerAxis,
}

/// What a filter does with a block.
pub(super) trait Work<K>: Sync {
    /// Replaces a block by the results for it: at least as many along each axis as the block is longer than the filter's
    /// window, less one. The result at a position is that of the window that begins there.
    fn apply(&self, block: Block<K>, checkpoint: &Checkpoint) -> Result<Block<K>, Error>;
}

/// Filters the part `roi` of `view` into `out`, where each result depends on its neighbours within `halo` along each axis.
///
/// `plan` makes the work; it gets the order in which the axes of the view are the axes of a block.
pub(super) fn filter<T: Ordered, W: Work<T::Key>>(
    view: ArrayViewD<'_, T>,
    roi: &Roi,
    halo: &[usize],
    out: ArrayViewMutD<'_, T>,
    checkpoint: &Checkpoint,
    plan: impl FnOnce(&[usize]) -> Result<W, Error>,
) -> Result<(), Error> {
    checkpoint.check()?;
    if out.is_empty() {
        return Ok(());
    }
    let order = order_in_memory(&view);
    let shape: PerAxis = order.iter().map(|&axis| out.len_of(Axis(axis))).collect();
    let halo: PerAxis = order.iter().map(|&axis| halo[axis]).collect();
    let mut start = [0; MAX_AXES];
    order
        .iter()
        .enumerate()
        .for_each(|(at, &axis)| start[at] = roi.start()[axis]);
    let job = Job {
        tile: Tiling::new(&shape, &halo, size_of::<T>(), parallel::threads()).tile,
        view: at_least_one_axis(view.permuted_axes(&order[..])),
        work: plan(&order)?,
        halo: if halo.is_empty() {
            PerAxis::from_slice(&[0])
        } else {
            halo
        },
        checkpoint,
    };
    let mut target = out.permuted_axes(&order[..]);
    if target.ndim() == 0 {
        target = target.insert_axis(Axis(0));
    }
    job.run(start, target)
}

fn at_least_one_axis<T>(view: ArrayViewD<'_, T>) -> ArrayViewD<'_, T> {
    match view.ndim() {
        0 => view.insert_axis(Axis(0)),
        _ => view,
    }
}

/// The axes of `view` from the largest distance between neighbours to the least; those of a single element come first, for
/// they make no rows.
fn order_in_memory<T>(view: &ArrayViewD<'_, T>) -> PerAxis {
    let mut order: PerAxis = (0..view.ndim()).collect();
    let distance = |axis: usize| view.strides()[axis].unsigned_abs();
    order.sort_by_key(|&axis| (view.len_of(Axis(axis)) > 1, Reverse(distance(axis))));
    order
}

/// How a region is cut.
pub(super) struct Tiling {
    /// The most elements of a tile along each axis.
    pub(super) tile: PerAxis,
    /// The elements of a block.
    pub(super) block: usize,
    /// How many times as large as its tile a block is.
    pub(super) ratio: f64,
}

impl Tiling {
    /// Cuts a region of `shape` of elements of `size` bytes for `threads`.
    pub(super) fn new(shape: &[usize], halo: &[usize], size: usize, threads: usize) -> Self {
        let volume = shape.iter().fold(1usize, |product, &len| product.saturating_mul(len));
        let most = (BLOCK / size).min((volume / (4 * threads)).max(4096));
        let mut tiling = Self {
            tile: shape.iter().map(|_| 1).collect(),
            block: 0,
            ratio: 0.0,
        };
        if let (Some(tile), Some(&len)) = (tiling.tile.last_mut(), shape.last()) {
            *tile = len.clamp(1, ROW / size);
        }
        tiling.measure(halo);
        while let Some(axis) = tiling.axis_to_grow(shape, halo) {
            let (before, was_too_thin) = (tiling.tile[axis], tiling.ratio > MOST_HALO);
            tiling.tile[axis] = (2 * before).min(shape[axis]);
            tiling.measure(halo);
            let limit = if was_too_thin { 32 * most } else { most };
            if tiling.block > limit {
                tiling.tile[axis] = before;
                break;
            }
        }
        for (tile, &len) in tiling.tile.iter_mut().zip(shape) {
            *tile = len.div_ceil(len.div_ceil(*tile).max(1)).max(1);
        }
        tiling.measure(halo);
        tiling
    }

    /// How many tiles a region of `shape` has.
    pub(super) fn count(&self, shape: &[usize]) -> usize {
        let lens = shape.iter().zip(&self.tile);
        lens.fold(1, |product: usize, (len, tile)| {
            product.saturating_mul(len.div_ceil(*tile))
        })
    }

    /// The axis along which the halo weighs most; of equal ones the innermost.
    fn axis_to_grow(&self, shape: &[usize], halo: &[usize]) -> Option<usize> {
        let weight = |axis: usize| halo[axis] as f64 / self.tile[axis] as f64;
        let open = (0..shape.len()).filter(|&axis| self.tile[axis] < shape[axis]);
        open.max_by(|&a, &b| weight(a).total_cmp(&weight(b)))
    }

    fn measure(&mut self, halo: &[usize]) {
        let tile: f64 = self.tile.iter().map(|&len| len as f64).product();
        let lens = self.tile.iter().zip(halo);
        self.block = lens.fold(1, |product, (len, halo)| product.saturating_mul(len + 2 * halo));
        self.ratio = self.block as f64 / tile;
    }
}

/// What all tiles have in common.
struct Job<'a, T, W> {
    view: ArrayViewD<'a, T>,
    halo: PerAxis,
    tile: PerAxis,
    work: W,
    checkpoint: &'a Checkpoint,
}

impl<T: Ordered, W: Work<T::Key>> Job<'_, T, W> {
    /// Computes the region of the result that begins at `start` and goes to `out`, halving it down to single tiles.
    fn run(&self, start: [usize; MAX_AXES], out: ArrayViewMutD<'_, T>) -> Result<(), Error> {
        self.checkpoint.check()?;
        let longer = |(axis, &most): (usize, &usize)| (out.len_of(Axis(axis)) > most).then_some((axis, most));
        let Some((axis, tile)) = self.tile.iter().enumerate().find_map(longer) else {
            return self.tile(start, out);
        };
        let at = out.len_of(Axis(axis)).div_ceil(tile) / 2 * tile;
        let (left, right) = out.split_at(Axis(axis), at);
        let mut middle = start;
        middle[axis] += at;
        parallel::join(|| self.run(start, left), || self.run(middle, right))
    }

    fn tile(&self, start: [usize; MAX_AXES], mut out: ArrayViewMutD<'_, T>) -> Result<(), Error> {
        let sources = (0..out.ndim()).map(|axis| Sources {
            start: start[axis].cast_signed() - self.halo[axis].cast_signed(),
            count: out.len_of(Axis(axis)) + 2 * self.halo[axis],
            len: self.view.len_of(Axis(axis)),
        });
        let sources: Vec<_> = sources.collect();
        let shape: PerAxis = sources.iter().map(|sources| sources.count).collect();
        let count = shape.iter().product();
        let mut data = Vec::with_capacity(count + SLACK);
        fill_up(&mut data, count, T::Key::default(), self.checkpoint)?;
        self.load(&self.view, &sources, &mut data)?;
        let result = self.work.apply(Block { data, shape }, self.checkpoint)?;
        store(&result.data, &result.shape, &mut out, &mut 0, self.checkpoint)
    }

    /// Copies the elements at `sources` together.
    fn load(&self, view: &ArrayViewD<'_, T>, sources: &[Sources], out: &mut [T::Key]) -> Result<(), Error> {
        let [outer, rest @ ..] = sources else { return Ok(()) };
        if rest.is_empty() {
            for (index, out) in out.chunks_mut(PATIENCE).enumerate() {
                self.checkpoint.check()?;
                outer.load_row(view, index * PATIENCE, out);
            }
            return Ok(());
        }
        let each = out.len() / outer.count;
        for (position, out) in out.chunks_exact_mut(each).enumerate() {
            let slice = view.index_axis(Axis(0), outer.at(position));
            match rest {
                [row] if each < PATIENCE => row.load_row(&slice, 0, out),
                _ => self.load(&slice, rest, out)?,
            }
        }
        if each.saturating_mul(outer.count) >= PATIENCE / 8 {
            self.checkpoint.check()?;
        }
        Ok(())
    }
}

/// The elements along one axis that a block holds: `count` positions from `start` on, reflected into `0..len`.
struct Sources {
    start: isize,
    count: usize,
    len: usize,
}

impl Sources {
    fn at(&self, position: usize) -> usize {
        reflect(self.start + position.cast_signed(), self.len)
    }

    /// Copies the elements from `first` on of the only axis of `row`.
    fn load_row<T: Ordered>(&self, row: &ArrayViewD<'_, T>, first: usize, out: &mut [T::Key]) {
        let start = self.start + first.cast_signed();
        let before = (-start).max(0).cast_unsigned().min(out.len());
        let from = (start + before.cast_signed()).cast_unsigned().min(self.len);
        let inside = self.len.saturating_sub(from).min(out.len() - before);
        let after = before + inside;
        let keys = &mut out[before..after];
        match row.as_slice() {
            Some(row) => {
                let row = &row[from..][..inside];
                keys.iter_mut().zip(row).for_each(|(key, value)| *key = value.key());
            }
            None => {
                let row = row.slice_axis(Axis(0), Slice::from(from..from + inside));
                keys.iter_mut().zip(&row).for_each(|(key, value)| *key = value.key());
            }
        }
        for position in (0..before).chain(after..out.len()) {
            out[position] = row[[self.at(first + position)]].key();
        }
    }
}

/// Writes the first results along each axis over `out`.
fn store<T: Ordered>(
    data: &[T::Key],
    shape: &[usize],
    out: &mut ArrayViewMutD<'_, T>,
    since: &mut usize,
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    if let [_] = shape {
        let parts = out.axis_chunks_iter_mut(Axis(0), PATIENCE);
        for (mut out, data) in parts.zip(data.chunks(PATIENCE)) {
            *since += data.len();
            if *since >= PATIENCE {
                checkpoint.check()?;
                *since = 0;
            }
            out.iter_mut().zip(data).for_each(|(out, &key)| *out = T::of_key(key));
        }
        return Ok(());
    }
    let each: usize = shape[1..].iter().product();
    for (mut out, data) in out.axis_iter_mut(Axis(0)).zip(data.chunks(each)) {
        match (out.as_slice_mut(), &shape[1..]) {
            (Some(out), [_]) if data.len() <= PATIENCE / 4 => {
                *since += data.len();
                if *since >= PATIENCE {
                    checkpoint.check()?;
                    *since = 0;
                }
                out.iter_mut().zip(data).for_each(|(out, &key)| *out = T::of_key(key));
            }
            (_, rest) => store(data, rest, &mut out.view_mut(), since, checkpoint)?,
        }
    }
    Ok(())
}
