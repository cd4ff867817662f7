//! The passes of one tile, slice by slice.

use std::ops::Range;

use super::fir::{BLOCK, Part};
use super::loops::{Loops, block_of};
use super::passes::Passes;
use super::scratch::{Scratch, row_stride};
use super::sink::{Block, Sink};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::kernels::border::mirror;

/// Where a tile lies, or the part of the data that it depends on.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) depth: Range<usize>,
    pub(super) height: Range<usize>,
    pub(super) row: Range<usize>,
    /// How many elements there are at each position in the row.
    pub(super) inner: usize,
}

impl Place {
    /// What it depends on, of data of length `len`, without what is beyond the border: `radii` more on each side.
    pub(super) fn reach(&self, radii: [usize; 3], len: [usize; 3]) -> Self {
        Self {
            depth: reach(&self.depth, radii[0], len[0]),
            height: reach(&self.height, radii[1], len[1]),
            row: reach(&self.row, radii[2], len[2]),
            inner: self.inner,
        }
    }

    /// At most so many elements on each side more, of data of length `len`, wherever it begins.
    pub(super) fn widened(&self, radii: [usize; 3], len: [usize; 3]) -> Self {
        let widened = |range: &Range<usize>, part: usize| 0..len[part].min(range.len() + 2 * radii[part]);
        Self {
            depth: widened(&self.depth, 0),
            height: widened(&self.height, 1),
            row: widened(&self.row, 2),
            inner: self.inner,
        }
    }

    /// How many elements a row has.
    pub(super) fn width(&self) -> usize {
        self.row.len() * self.inner
    }
}

/// How rows lie in the memory of a slice.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// Where the first row begins.
    pub(super) start: usize,
    /// The distance between the beginnings of two rows.
    pub(super) row: usize,
    /// The distance between the same row of two inputs.
    pub(super) input: usize,
}

/// Takes slices of the input in the order of their depth, and hands on the sums row by row as soon as they are known.
pub(super) struct Sweep<'a> {
    loops: Loops<'a>,
    passes: &'a Passes,
    place: Place,
    /// The length of the data by depth, height and row.
    len: [usize; 3],
    /// Where the rows of a slice begin that the tile's heights depend on, `r` more than those on either side.
    starts: Vec<usize>,
    /// The distance between the same row of two inputs.
    input: usize,
    /// The columns of the input that the tile's row depends on.
    columns: Range<usize>,
    /// [`BLOCK`] rows between the first pass and the second, for each column of the passes, with `r` elements more than
    /// the tile on either side.
    padded: Scratch,
    /// What the pass along the depth looks at, if there is one.
    ring: Option<Ring>,
    /// The first depth that has not been handed on.
    done: usize,
}

impl<'a> Sweep<'a> {
    /// A sweep for the sums at `place` in data of length `len`. `layout` is that of the slices, which hold the rows and
    /// columns that `place` depends on and nothing else.
    pub(super) fn new(
        loops: Loops<'a>,
        passes: &'a Passes,
        place: Place,
        len: [usize; 3],
        layout: Layout,
        is_deep: bool,
    ) -> Result<Self, Error> {
        let radii = passes.radii();
        let given = place.reach(radii, len);
        let reached = radii[1].cast_signed();
        let span = place.height.start.cast_signed() - reached..place.height.end.cast_signed() + reached;
        let rows = span.map(|height| mirror(height, len[1]) - given.height.start);
        let padded = passes.columns.len() * BLOCK * row_stride(padded_width(&place, radii[2]));
        let ring = is_deep.then(|| Ring::new(passes.planes.len(), radii[0], &place, loops.checkpoint));
        Ok(Self {
            starts: rows.map(|row| layout.start + row * layout.row).collect(),
            input: layout.input,
            columns: given.row,
            padded: Scratch::new(padded, loops.checkpoint)?,
            ring: ring.transpose()?,
            done: place.depth.start,
            loops,
            passes,
            place,
            len,
        })
    }

    /// The `f32` that a sweep like this takes.
    pub(super) fn room(passes: &Passes, place: &Place, is_deep: bool) -> usize {
        let radii = passes.radii();
        let padded = passes.columns.len() * BLOCK * row_stride(padded_width(place, radii[2]));
        let ring = is_deep.then(|| Ring::room(passes.planes.len(), radii[0], place));
        padded + ring.unwrap_or(0)
    }

    /// The depths of the slices that it is to be given.
    pub(super) fn depths(&self) -> Range<usize> {
        reach(&self.place.depth, self.passes.radii()[0], self.len[0])
    }

    /// Takes the slice at `depth`, which lies in `data`.
    pub(super) fn push(&mut self, depth: usize, data: &[f32], sink: &mut impl Sink) -> Result<(), Error> {
        let Some(mut ring) = self.ring.take() else {
            for at in (0..self.place.height.len()).step_by(BLOCK) {
                let block = Block::heights(at..self.place.height.len().min(at + BLOCK));
                self.columns(&block.rows, data)?;
                sink.rows(&block, |sum, out| self.planes(self.passes.sums[sum][0].0, out))?;
            }
            return sink.slices(0..1);
        };
        for at in (0..self.place.height.len()).step_by(BLOCK) {
            let heights = at..self.place.height.len().min(at + BLOCK);
            self.columns(&heights, data)?;
            for plane in 0..self.passes.planes.len() {
                let mut rows = block_of(ring.rows(depth, plane, &heights));
                self.planes(plane, &mut rows[..heights.len()])?;
            }
        }
        let drained = self.drain(depth, &ring, sink);
        self.ring = Some(ring);
        drained
    }

    /// The pass along the height, for the rows at `heights` of the tile; what is beyond the ends of the rows is filled in.
    fn columns(&mut self, heights: &Range<usize>, data: &[f32]) -> Result<(), Error> {
        let [_, across, along] = self.passes.radii();
        let (inner, width) = (self.place.inner, padded_width(&self.place, along));
        let stride = row_stride(width);
        let known = (self.columns.start + along - self.place.row.start) * inner;
        let known = known..known + self.columns.len() * inner;
        let starts = &self.starts[heights.start..heights.end + 2 * across];
        let columns = self.padded.chunks_exact_mut(BLOCK * stride);
        for (&(input, kernel), padded) in self.passes.columns.iter().zip(columns) {
            let part = Part {
                data: &data[input * self.input..],
                taps: &self.passes.banks[1][kernel],
            };
            let mut rows = block_of(padded.chunks_exact_mut(stride).map(|row| &mut row[known.clone()]));
            self.loops.vertical(&[part], starts, &mut rows[..heights.len()])?;
            for row in padded.chunks_exact_mut(stride).take(heights.len()) {
                mirror_ends(&mut row[..width], &known, inner);
            }
        }
        Ok(())
    }

    /// The pass along the row, for the rows that [`columns`](Self::columns) has computed last.
    fn planes(&self, plane: usize, out: &mut [&mut [f32]]) -> Result<(), Error> {
        let stride = row_stride(padded_width(&self.place, self.passes.radii()[2]));
        let parts = &self.passes.planes[plane];
        for (row, out) in out.iter_mut().enumerate() {
            let part = |&(column, kernel): &(usize, usize)| Part {
                data: &self.padded[(column * BLOCK + row) * stride..],
                taps: &self.passes.banks[2][kernel],
            };
            with_parts(parts, part, |parts| self.loops.horizontal(parts, self.place.inner, out))?;
        }
        Ok(())
    }

    /// The pass along the depth, for what is known now that the slice at `depth` is there.
    fn drain(&mut self, depth: usize, ring: &Ring, sink: &mut impl Sink) -> Result<(), Error> {
        let (len, depths) = (self.len[0], self.place.depth.clone());
        // The first outputs come when the ring is filled, the last ones all together.
        while self.done < depths.end {
            let at = self.done..depths.end.min(self.done + BLOCK);
            if depth < (at.end - 1 + ring.radius).min(len - 1) {
                break;
            }
            let starts = ring.starts(&at, len);
            let within = at.start - depths.start..at.end - depths.start;
            for height in 0..self.place.height.len() {
                let part = |&(plane, kernel): &(usize, usize)| Part {
                    data: ring.row_on(plane, height),
                    taps: &self.passes.banks[0][kernel],
                };
                let block = Block::depths(height, within.clone());
                sink.rows(&block, |sum, out| {
                    with_parts(&self.passes.sums[sum], part, |parts| {
                        self.loops.vertical(parts, &starts, out)
                    })
                })?;
            }
            self.done = at.end;
            sink.slices(within)?;
        }
        Ok(())
    }
}

/// Hands to `then` what `part` makes of each of `list`; without an allocation, if they are few.
fn with_parts<'a, R>(
    list: &[(usize, usize)],
    part: impl Fn(&(usize, usize)) -> Part<'a>,
    then: impl FnOnce(&[Part<'a>]) -> R,
) -> R {
    match list {
        [one] => then(&[part(one)]),
        [one, two] => then(&[part(one), part(two)]),
        more => then(&more.iter().map(part).collect::<Vec<_>>()),
    }
}

/// The last slices that a tile has computed, as many as the pass along the depth looks at, of each plane.
struct Ring {
    data: Scratch,
    radius: usize,
    slots: usize,
    /// The distance between slices, between planes, and between rows.
    slot: usize,
    plane: usize,
    row: usize,
    width: usize,
}

impl Ring {
    fn new(planes: usize, radius: usize, place: &Place, checkpoint: &Checkpoint) -> Result<Self, Error> {
        let slots = 2 * radius + BLOCK;
        let width = place.width();
        let row = row_stride(width);
        let plane = place.height.len() * row;
        let slot = row_stride(planes * plane);
        Ok(Self {
            data: Scratch::new(slots * slot, checkpoint)?,
            radius,
            slots,
            slot,
            plane,
            row,
            width,
        })
    }

    fn room(planes: usize, radius: usize, place: &Place) -> usize {
        (2 * radius + BLOCK) * row_stride(planes * place.height.len() * row_stride(place.width()))
    }

    /// The rows at `heights` of the slice at `depth`, in the place of the oldest one.
    fn rows(&mut self, depth: usize, plane: usize, heights: &Range<usize>) -> impl Iterator<Item = &mut [f32]> {
        let start = depth % self.slots * self.slot + plane * self.plane + heights.start * self.row;
        let rows = self.data[start..][..heights.len() * self.row].chunks_exact_mut(self.row);
        rows.map(|row| &mut row[..self.width])
    }

    /// The memory from the row at `height` on, for which [`starts`](Self::starts) holds.
    fn row_on(&self, plane: usize, height: usize) -> &[f32] {
        &self.data[plane * self.plane + height * self.row..]
    }

    /// Where the slices begin that the outputs at `depths` depend on, of an axis of length `len`.
    fn starts(&self, depths: &Range<usize>, len: usize) -> Vec<usize> {
        let radius = self.radius.cast_signed();
        let span = depths.start.cast_signed() - radius..depths.end.cast_signed() + radius;
        span.map(|depth| mirror(depth, len) % self.slots * self.slot).collect()
    }
}

/// How many elements a row of the tile has with what lies before and after it.
fn padded_width(place: &Place, radius: usize) -> usize {
    (place.row.len() + 2 * radius) * place.inner
}

/// The part of an axis of length `len` that `range` depends on, without what is beyond its ends.
fn reach(range: &Range<usize>, radius: usize, len: usize) -> Range<usize> {
    // What is mirrored lies at most a radius from the end that reflects it.
    range.start.saturating_sub(radius)..len.min(range.end + radius)
}

/// Fills in what lies beyond the ends of the axis: all of the padded row but `known`, `inner` elements at each position.
fn mirror_ends(padded: &mut [f32], known: &Range<usize>, inner: usize) {
    if inner == 1 {
        // The same an element at a time: copies so short cost more than what they copy.
        let Range { start, end } = *known;
        (0..start).for_each(|at| padded[at] = padded[2 * start - at]);
        (end..padded.len()).for_each(|at| padded[at] = padded[2 * end - 2 - at]);
        return;
    }
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
