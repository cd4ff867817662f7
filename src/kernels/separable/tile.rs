//! One tile on its way through all passes.

use std::array::from_fn;
use std::ops::Range;

use ndarray::{ArrayBase, ArrayViewMutD, Axis, Ix4, IxDyn, RawData};

use super::Job;
use super::fir::{self, BLOCK};
use super::scratch::{Scratch, row_stride};
use super::source::Rows;
use crate::array::{Element, MAX_AXES};
use crate::error::Error;
use crate::kernels::border::mirror;

/// How many multiplications are done between two looks at the checkpoint: well below a millisecond even one at a time.
const PATIENCE: usize = 1 << 18;

/// How many lines of the first-level cache can have the same place, and how far such lines are apart, in bytes: halved,
/// since a row seldom begins with a line.
const CACHE_WAYS: usize = 8;
const CACHE_PERIOD: usize = 2048;

impl<T: Element> Job<'_, T> {
    /// Computes the tile of the result that begins at `start` and goes to `out`.
    pub(super) fn tile(&self, start: [usize; MAX_AXES], out: ArrayViewMutD<'_, f32>) -> Result<(), Error> {
        // By height and depth, so that the rows of a block in depth are neighbours in the list.
        let mut out = self.by_part(out, &[0; MAX_AXES]);
        out.swap_axes(0, 1);
        let [heights, depths, columns, inner] = from_fn(|part| out.shape()[part]);
        out.merge_axes(Axis(2), Axis(3));
        let rows = out.rows_mut().into_iter().map(|row| row.into_slice());
        let mut rows: Vec<&mut [f32]> = rows
            .collect::<Option<_>>()
            .expect("invariant: `rows_are_contiguous` was asked");
        let at = |part: Option<usize>| part.map_or(0, |axis| start[axis]);
        let plan = &self.plan;
        let place = Place {
            depth: at(plan.depth)..at(plan.depth) + depths,
            height: at(plan.height)..at(plan.height) + heights,
            row: start[plan.row]..start[plan.row] + columns,
            inner,
        };
        let mut stages = Stages::new(self, place, &start);
        match plan.depth {
            None => stages.slice(0, &mut rows),
            Some(axis) => stages.sweep(self.taps[axis].half(), &mut rows),
        }
    }

    /// `view` by depth, height, row and inner axis; at `start` along the others. Parts that no axis plays have length 1.
    fn by_part<S: RawData>(&self, mut view: ArrayBase<S, IxDyn>, start: &[usize; MAX_AXES]) -> ArrayBase<S, Ix4> {
        let parts = self.plan.parts();
        for axis in (0..view.ndim()).rev().filter(|&axis| !parts.contains(&Some(axis))) {
            view = view.index_axis_move(Axis(axis), start[axis]);
        }
        for missing in (0..parts.len()).filter(|&part| parts[part].is_none()) {
            view = view.insert_axis(Axis(missing));
        }
        if parts[0].is_some() && parts[0] > parts[1] {
            view.swap_axes(0, 1);
        }
        view.into_dimensionality()
            .expect("invariant: each part has exactly one axis")
    }
}

/// Where a tile lies.
struct Place {
    depth: Range<usize>,
    height: Range<usize>,
    row: Range<usize>,
    /// How many elements there are at each position in the row.
    inner: usize,
}

/// The passes of one tile, with the memory between them.
struct Stages<'a, 'job, T> {
    job: &'a Job<'job, T>,
    place: Place,
    /// The length of the input by depth, height and row.
    len: [usize; 3],
    input: Rows<'a, T>,
    /// Where the input rows begin that the tile's heights depend on, `r` more than those on either side.
    starts: Vec<usize>,
    /// The columns of the input that the tile's row depends on.
    columns: Range<usize>,
    /// [`BLOCK`] rows between the first pass and the second, with `r` columns more than the tile on either side.
    padded: Scratch,
}

impl<'a, 'job, T: Element> Stages<'a, 'job, T> {
    fn new(job: &'a Job<'job, T>, place: Place, start: &[usize; MAX_AXES]) -> Self {
        let input = job.by_part(job.input.view(), start);
        let len = from_fn(|part| input.shape()[part]);
        let height_radius = job.radius(job.plan.height);
        let row_radius = job.radius(Some(job.plan.row));
        let columns = reach(&place.row, row_radius, len[2]);
        let heights = reach(&place.height, height_radius, len[1]);

        let reached = height_radius.cast_signed();
        let span = place.height.start.cast_signed() - reached..place.height.end.cast_signed() + reached;
        let first = heights.start;
        let rows = Rows::new(input, job.borrowed(start), heights, columns.clone());
        let starts = span
            .map(|height| rows.start + (mirror(height, len[1]) - first) * rows.stride)
            .collect();
        let stride = row_stride((place.row.len() + 2 * row_radius) * place.inner);
        Self {
            job,
            place,
            len,
            input: rows,
            starts,
            columns,
            padded: Scratch::new(BLOCK * stride),
        }
    }

    /// All three passes; `half` is the kernel along the depth.
    fn sweep(&mut self, half: &[f32], out: &mut [&mut [f32]]) -> Result<(), Error> {
        let (len, depths, heights) = (self.len[0], self.place.depth.clone(), self.place.height.len());
        let mut ring = Ring::new(half.len() - 1, heights, self.place.row.len() * self.place.inner);
        let mut done = depths.start;
        for depth in reach(&depths, ring.radius, len) {
            self.slice(depth, &mut ring.rows(depth))?;
            // The first outputs come when the ring is filled, the last ones all together.
            while done < depths.end {
                let block = done..depths.end.min(done + BLOCK);
                if depth < (block.end - 1 + ring.radius).min(len - 1) {
                    break;
                }
                let starts = ring.starts(&block, len);
                for (height, out) in out.chunks_mut(depths.len()).enumerate() {
                    let out = &mut out[done - depths.start..][..block.len()];
                    self.job.vertical(ring.row_on(height), &starts, half, out)?;
                }
                done = block.end;
            }
        }
        Ok(())
    }

    /// The passes along height and row, for the slice at `depth`; `out` has one row for each height of the tile.
    fn slice(&mut self, depth: usize, out: &mut [&mut [f32]]) -> Result<(), Error> {
        let (job, inner) = (self.job, self.place.inner);
        let across = job.plan.height.map_or(&[1.0][..], |axis| job.taps[axis].half());
        let along = job.taps[job.plan.row].half();
        let width = (self.place.row.len() + 2 * (along.len() - 1)) * inner;
        let stride = row_stride(width);
        let known = (self.columns.start + along.len() - 1 - self.place.row.start) * inner;
        let known = known..known + self.columns.len() * inner;

        let data = self.input.slice(depth);
        for (block, out) in out.chunks_mut(BLOCK).enumerate() {
            let starts = &self.starts[block * BLOCK..][..out.len() + 2 * (across.len() - 1)];
            let padded = self.padded.chunks_exact_mut(stride);
            let mut rows = block_of(padded.map(|row| &mut row[known.clone()]));
            job.vertical(data, starts, across, &mut rows[..out.len()])?;
            for (padded, out) in self.padded.chunks_exact_mut(stride).zip(out) {
                let padded = &mut padded[..width];
                mirror_ends(padded, &known, inner);
                job.horizontal(padded, along, inner, out)?;
            }
        }
        Ok(())
    }
}

/// The last slices that a tile has computed, as many as the pass along the depth looks at.
struct Ring {
    data: Scratch,
    radius: usize,
    slots: usize,
    /// The distance between slices, and between rows.
    slot: usize,
    row: usize,
    heights: usize,
    width: usize,
}

impl Ring {
    fn new(radius: usize, heights: usize, width: usize) -> Self {
        let slots = 2 * radius + BLOCK;
        let row = row_stride(width);
        let slot = row_stride(heights * row);
        Self {
            data: Scratch::new(slots * slot),
            radius,
            slots,
            slot,
            row,
            heights,
            width,
        }
    }

    /// The rows of the slice at `depth`, in the place of the oldest one.
    fn rows(&mut self, depth: usize) -> Vec<&mut [f32]> {
        let slot = &mut self.data[depth % self.slots * self.slot..][..self.slot];
        let rows = slot.chunks_exact_mut(self.row).take(self.heights);
        rows.map(|row| &mut row[..self.width]).collect()
    }

    /// The memory from the row at `height` on, for which [`starts`](Self::starts) holds.
    fn row_on(&self, height: usize) -> &[f32] {
        &self.data[height * self.row..]
    }

    /// Where the slices begin that the outputs at `depths` depend on, of an axis of length `len`.
    fn starts(&self, depths: &Range<usize>, len: usize) -> Vec<usize> {
        let radius = self.radius.cast_signed();
        let span = depths.start.cast_signed() - radius..depths.end.cast_signed() + radius;
        span.map(|depth| mirror(depth, len) % self.slots * self.slot).collect()
    }
}

impl<T: Element> Job<'_, T> {
    /// The radius of the kernel along `axis`.
    fn radius(&self, axis: Option<usize>) -> usize {
        axis.map_or(0, |axis| self.taps[axis].radius())
    }

    /// The memory of the input from `start` of the axes that play no part, if rows are best read where they lie.
    fn borrowed(&self, start: &[usize; MAX_AXES]) -> Option<&[f32]> {
        let data = T::as_f32(&self.input).filter(|_| !self.is_better_copied())?;
        let parts = self.plan.parts();
        let alone = (0..self.input.ndim()).filter(|&axis| start[axis] > 0 && !parts.contains(&Some(axis)));
        let offset: usize = alone
            .map(|axis| start[axis] * self.input.strides()[axis].cast_unsigned())
            .sum();
        Some(&data[offset..])
    }

    /// Whether the rows of a slice are better copied together, though they could be read where they lie.
    ///
    /// Measured, one thread: in a volume of 256³ with sigma 1 and 3 copying saves a fifth. In an image of 4096² with
    /// sigma 3, where rows are apart by a multiple of a page and compete for the same few cache sets, it saves a fifth
    /// too; in one of 2000 x 2001 it would cost a tenth.
    fn is_better_copied(&self) -> bool {
        let Some(height) = self.plan.height else {
            return false;
        };
        let rows = 2 * self.taps[height].radius() + BLOCK;
        let apart = self.input.strides()[height].unsigned_abs() * size_of::<f32>();
        self.plan.depth.is_some() || rows > CACHE_WAYS + BLOCK && apart.is_multiple_of(CACHE_PERIOD)
    }

    /// [`fir::vertical`] in pieces that are short enough to be stopped in between.
    fn vertical(&self, data: &[f32], starts: &[usize], half: &[f32], out: &mut [&mut [f32]]) -> Result<(), Error> {
        let (rows, width) = (out.len(), out.first().map_or(0, |row| row.len()));
        let piece = piece(half.len() * BLOCK);
        for at in (0..width).step_by(piece) {
            self.checkpoint.check()?;
            let end = width.min(at + piece);
            let mut out = block_of(out.iter_mut().map(|row| &mut row[at..end]));
            fir::vertical(self.arch, &data[at..], starts, half, &mut out[..rows]);
        }
        Ok(())
    }

    /// [`fir::horizontal`] in pieces that are short enough to be stopped in between.
    fn horizontal(&self, row: &[f32], half: &[f32], step: usize, out: &mut [f32]) -> Result<(), Error> {
        let piece = piece(half.len());
        let beyond = 2 * (half.len() - 1) * step;
        for (index, out) in out.chunks_mut(piece).enumerate() {
            if index > 0 {
                self.checkpoint.check()?;
            }
            let row = &row[index * piece..][..out.len() + beyond];
            fir::horizontal(self.arch, row, half, step, out);
        }
        Ok(())
    }
}

/// How many outputs of `taps` multiplications each to compute between two looks at the checkpoint.
fn piece(taps: usize) -> usize {
    (PATIENCE / taps).next_multiple_of(64)
}

/// The first [`BLOCK`] of `rows`; empty ones for those that are missing.
fn block_of<'a>(mut rows: impl Iterator<Item = &'a mut [f32]>) -> [&'a mut [f32]; BLOCK] {
    from_fn(|_| rows.next().unwrap_or_default())
}

/// The part of an axis of length `len` that `range` depends on, without what is beyond its ends.
fn reach(range: &Range<usize>, radius: usize, len: usize) -> Range<usize> {
    // What is mirrored lies at most a radius from the end that reflects it.
    range.start.saturating_sub(radius)..len.min(range.end + radius)
}

/// Fills in what lies beyond the ends of the axis: all of the padded row but `known`, `inner` elements at each position.
fn mirror_ends(padded: &mut [f32], known: &Range<usize>, inner: usize) {
    let (before, rest) = padded.split_at_mut(known.start);
    let images = rest.chunks_exact(inner).skip(1);
    for (to, from) in before.rchunks_exact_mut(inner).zip(images) {
        to.copy_from_slice(from);
    }
    let (rest, after) = padded.split_at_mut(known.end);
    let images = rest.rchunks_exact(inner).skip(1);
    for (to, from) in after.chunks_exact_mut(inner).zip(images) {
        to.copy_from_slice(from);
    }
}
