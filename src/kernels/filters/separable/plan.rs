//! Which axis plays which part, and how large a tile is.

use ndarray::{ArrayBase, IxDyn, RawData};

use super::fir::BLOCK;

/// The number of `f32` that the slices of a tile may hold, so that it stays in a second-level cache of 1 MiB.
const RING: usize = 128 * 1024;

/// The longest unsmoothed last axis that is carried along behind a smoothed row rather than being a row itself.
const LONGEST_INNER: usize = 16;

/// The shortest piece of a row that is worth the overhead of calling an inner loop.
const SHORTEST_ROW: usize = 256;

/// The first of the smoothed axes if they are more than one sweep takes.
pub(super) fn surplus_axis(shape: &[usize], radii: &[usize]) -> Option<usize> {
    let (row, _) = row_and_inner(shape, radii);
    let mut before = smoothed(radii).filter(|&axis| axis != row);
    let first = before.next();
    before.nth(1).and(first)
}

/// Whether the rows are along a smoothed axis.
pub(super) fn has_filtered_rows(shape: &[usize], radii: &[usize]) -> bool {
    radii[row_and_inner(shape, radii).0] > 0
}

/// The axes that are smoothed, outermost first.
pub(super) fn smoothed(radii: &[usize]) -> impl Iterator<Item = usize> + '_ {
    (0..radii.len()).filter(|&axis| radii[axis] > 0)
}

/// The axis of the rows, and the axis behind it if there is one.
fn row_and_inner(shape: &[usize], radii: &[usize]) -> (usize, Option<usize>) {
    let last = shape.len() - 1;
    let carried = last > 0 && radii[last] == 0 && radii[last - 1] > 0;
    if carried && shape[last] < LONGEST_INNER {
        (last - 1, Some(last))
    } else {
        (last, None)
    }
}

/// The parts of the axes in one sweep, and the size of its tiles.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// The outermost smoothed axis if there are three; the inner one of two before an unsmoothed row, which comes last.
    pub(super) depth: Option<usize>,
    /// The axis before the row: smoothed, or any if there is no smoothed one left, or none.
    pub(super) height: Option<usize>,
    /// The axis along which elements, or groups of `inner` elements, are contiguous.
    pub(super) row: usize,
    /// A short unsmoothed axis behind the row.
    pub(super) inner: Option<usize>,
    /// The most elements that a tile has along each axis.
    tile: Vec<usize>,
}

impl Plan {
    /// The parts for data of `shape`, none of it 0, with at most three smoothed axes. The size of tiles is still to be chosen.
    pub(super) fn new(shape: &[usize], radii: &[usize]) -> Self {
        let (row, inner) = row_and_inner(shape, radii);
        let mut before: Vec<_> = smoothed(radii).filter(|&axis| axis != row).collect();
        if radii[row] == 0 {
            // The height comes before the depth, and of two axes the outer one comes first.
            before.reverse();
        }
        let longest = (0..row).max_by_key(|&axis| shape[axis]);
        let height = before.pop().or(longest);
        let depth = before.pop();
        Self {
            depth,
            height,
            row,
            inner,
            tile: vec![1; shape.len()],
        }
    }

    /// Chooses tiles of which `slices` fit the cache, so that `threads` have enough to do; of long rows rather than high
    /// ones: short rows do not stream.
    ///
    /// If there are `several` planes, tiles are not cut lower than 16 to 32 rows, though they outgrow the cache by that: the
    /// rows above and below that each tile needs would be computed too often. Measured at 256³, one thread: a fifth for the
    /// eigenvalues of a Hessian, two fifths for those of a structure tensor.
    pub(super) fn size_tiles(
        &mut self,
        shape: &[usize],
        radii: &[usize],
        slices: usize,
        several: bool,
        threads: usize,
    ) {
        let of = |part: Option<usize>| part.map_or((1, 0), |axis| (shape[axis], radii[axis]));
        let (inner, _) = of(self.inner);
        let (height, height_radius) = of(self.height);
        let (_, depth_radius) = of(self.depth);
        let (row, row_radius) = of(Some(self.row));

        let slice = RING / slices / inner;
        let high = (8 * height_radius).clamp(16, 64).min(height);
        let shortest = SHORTEST_ROW.div_ceil(inner).max(8 * row_radius);
        let long = even(row, (slice / high).max(shortest), 1);
        let lowest = if several {
            (3 * height_radius).clamp(16, 32)
        } else {
            BLOCK
        };
        let high = even(height, (slice / long).max(lowest), 2 * threads);

        let sizes = [(self.height, high), (Some(self.row), long), (self.inner, inner)];
        for (part, size) in sizes {
            part.into_iter().for_each(|axis| self.tile[axis] = size);
        }
        if let Some(axis) = self.depth {
            self.tile[axis] = self.deep(axis, shape, depth_radius, threads);
        }
    }

    /// How deep tiles are: as deep as the data unless they would be too few for `threads`, for each piece begins with `2r`
    /// slices that another piece computes too.
    fn deep(&self, depth: usize, shape: &[usize], radius: usize, threads: usize) -> usize {
        let others = (0..shape.len()).filter(|&axis| axis != depth);
        let tiles: usize = others.map(|axis| shape[axis].div_ceil(self.tile[axis])).product();
        let pieces = (2 * threads).div_ceil(tiles);
        shape[depth].div_ceil(pieces).max(8 * radius).min(shape[depth])
    }

    /// The axes by part: depth, height, row, inner. They stand in this order in the shape, but for the first two.
    pub(super) fn parts(&self) -> [Option<usize>; 4] {
        [self.depth, self.height, Some(self.row), self.inner]
    }

    /// The most elements of data of `shape` that a tile has along `axis`.
    pub(super) fn length(&self, axis: usize, shape: &[usize]) -> usize {
        self.tile[axis].min(shape[axis])
    }

    /// How many tiles data of `shape` is cut into.
    pub(super) fn tiles(&self, shape: &[usize]) -> usize {
        let counts = shape.iter().zip(&self.tile).map(|(len, tile)| len.div_ceil(*tile));
        counts.product()
    }

    /// Where to cut a region of `shape` in two, as axis and position; `None` if it is a single tile.
    pub(super) fn cut(&self, shape: &[usize]) -> Option<(usize, usize)> {
        let axis = (0..shape.len()).find(|&axis| shape[axis] > self.tile[axis])?;
        let tile = self.tile[axis];
        Some((axis, shape[axis].div_ceil(tile) / 2 * tile))
    }

    /// Whether the rows of `out` can be had as slices.
    pub(super) fn rows_are_contiguous<S: RawData>(&self, out: &ArrayBase<S, IxDyn>) -> bool {
        let steps = |axis: usize, by: usize| out.shape()[axis] <= 1 || out.strides()[axis] == by.cast_signed();
        match self.inner {
            None => steps(self.row, 1),
            Some(inner) => steps(inner, 1) && steps(self.row, out.shape()[inner]),
        }
    }
}

/// The length of about equal pieces of `len`, at most `most` each; their number a multiple of `multiple` if the pieces
/// do not get short by that.
fn even(len: usize, most: usize, multiple: usize) -> usize {
    let pieces = len.div_ceil(most).next_multiple_of(multiple);
    len.div_ceil(pieces).next_multiple_of(BLOCK).min(len)
}
