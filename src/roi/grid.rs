//! An extent cut into blocks.

use crate::roi::error::same_rank;
use crate::roi::{Blocks, MAX_AXES, Roi, RoiError, Shape};

/// An extent cut into blocks of one shape, which are numbered from 0, last axis fastest.
///
/// The lines of the grid go through the origin of all coordinates ([`aligned`](Self::aligned)) or through the start of the
/// extent ([`relative`](Self::relative)). Blocks at the border of the extent are clipped to it; [`whole_block`](Self::whole_block)
/// gives them unclipped. A block's number is what identifies it, in caches and in job queues.
///
/// lazyflow's names: `getBlockBounds`, `getIntersectingBlocks`, `getIntersectingRois`; it identifies a block by its start.
///
/// # Examples
///
/// ```
/// use headwater::{BlockGrid, Shape, roi};
///
/// let grid = BlockGrid::aligned(Shape::from([25, 25]), [10, 10])?;
/// assert_eq!(grid.len(), 9);
/// assert_eq!(grid.block(5), Some(roi![10..20, 20..25])); // clipped at the right
///
/// let touched: Vec<_> = grid.intersecting(&roi![5..12, 5..8])?.map(|block| block.number).collect();
/// assert_eq!(touched, [0, 3]);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BlockGrid {
    extent: Roi,
    block: Shape,
    /// Where block 0 would start if it was not clipped.
    corner: [usize; MAX_AXES],
    /// The number of blocks on each axis.
    counts: Shape,
    len: usize,
}

impl BlockGrid {
    /// The blocks of `extent` whose bounds are multiples of `block`.
    ///
    /// # Errors
    ///
    /// [`RoiError::RankMismatch`]; [`RoiError::Zero`] if `block` is 0 on some axis; [`RoiError::Overflow`] if there are more
    /// blocks than can be numbered.
    pub fn aligned(extent: impl Into<Roi>, block: impl Into<Shape>) -> Result<Self, RoiError> {
        let (extent, block) = (extent.into(), block.into());
        Self::with_anchor(extent, block, &[0; MAX_AXES][..extent.rank()])
    }

    /// The blocks of `extent` whose bounds, counted from its start, are multiples of `block`.
    ///
    /// # Errors
    ///
    /// As [`aligned`](Self::aligned).
    pub fn relative(extent: impl Into<Roi>, block: impl Into<Shape>) -> Result<Self, RoiError> {
        let extent = extent.into();
        Self::with_anchor(extent, block.into(), extent.start())
    }

    /// The grid whose lines go through `anchor`, which is not beyond the extent's start on any axis.
    fn with_anchor(extent: Roi, block: Shape, anchor: &[usize]) -> Result<Self, RoiError> {
        same_rank("the block", block.rank(), extent.rank())?;
        if let Some(axis) = block.iter().position(|length| length == 0) {
            let what = "the block";
            return Err(RoiError::Zero { what, axis });
        }
        let (mut corner, mut counts) = ([0; MAX_AXES], [0; MAX_AXES]);
        for (axis, length) in block.iter().enumerate() {
            let (range, anchor) = (extent.range(axis), anchor[axis]);
            corner[axis] = range.start - (range.start - anchor) % length;
            let covered = range.end - corner[axis];
            counts[axis] = if range.is_empty() { 0 } else { covered.div_ceil(length) };
            // The whole last block has bounds too.
            let end = counts[axis]
                .checked_mul(length)
                .and_then(|all| all.checked_add(corner[axis]));
            end.ok_or(RoiError::Overflow { what: "the last block" })?;
        }
        let counts = Shape::from_fn(extent.rank(), |axis| counts[axis]);
        let len = counts.volume().map_err(|_| RoiError::Overflow {
            what: "the number of blocks",
        })?;
        Ok(Self {
            extent,
            block,
            corner,
            counts,
            len,
        })
    }

    /// What is cut into blocks.
    #[inline]
    pub const fn extent(&self) -> &Roi {
        &self.extent
    }

    /// The shape of a block that is not clipped.
    #[inline]
    pub const fn block_shape(&self) -> &Shape {
        &self.block
    }

    /// The number of blocks along each axis.
    #[inline]
    pub const fn counts(&self) -> &Shape {
        &self.counts
    }

    /// The number of blocks.
    #[inline]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no blocks, because the extent has no points.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The block called `number`, clipped to the extent. lazyflow's name: `getBlockBounds`.
    #[inline]
    pub fn block(&self, number: usize) -> Option<Roi> {
        self.whole_block(number)?.intersection(&self.extent)
    }

    /// The block called `number` as it is without the extent's border.
    #[inline]
    pub fn whole_block(&self, number: usize) -> Option<Roi> {
        (number < self.len).then(|| self.whole_at(&self.place(number)))
    }

    /// The number of the block that `point` is in, if it is in the extent.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::{BlockGrid, Shape, roi};
    ///
    /// let grid = BlockGrid::aligned(Shape::from([35, 35, 35]), [10, 10, 10])?;
    /// let number = grid.number_at([10, 20, 30]).unwrap();
    /// assert_eq!(grid.block(number), Some(roi![10..20, 20..30, 30..35]));
    /// assert_eq!(grid.number_at([10, 20, 40]), None);
    /// # Ok::<(), headwater::Error>(())
    /// ```
    #[inline]
    pub fn number_at(&self, point: impl AsRef<[usize]>) -> Option<usize> {
        let point = point.as_ref();
        if !self.extent.contains_point(point) {
            return None;
        }
        let place = |axis: usize| (point[axis] - self.corner[axis]) / self.block[axis];
        Some((0..self.counts.rank()).fold(0, |number, axis| number * self.counts[axis] + place(axis)))
    }

    /// The number of the block that is `region`, clipped; `None` if it is not exactly one block.
    #[inline]
    pub fn number_of(&self, region: &Roi) -> Option<usize> {
        let number = self.number_at(region.start())?;
        (self.block(number)? == *region).then_some(number)
    }

    /// All blocks, in the order of their numbers.
    #[inline]
    pub fn iter(&self) -> Blocks {
        Blocks::new(*self, self.extent)
    }

    /// The blocks that have points in common with `region`, clipped to the extent, in the order of their numbers.
    ///
    /// None for an empty region, and none for the part of it that is beyond the extent. lazyflow's names:
    /// `getIntersectingBlocks`, and `getIntersectingRois` with `clip_blocks_to_roi=False`.
    ///
    /// # Errors
    ///
    /// [`RoiError::RankMismatch`].
    pub fn intersecting(&self, region: &Roi) -> Result<Blocks, RoiError> {
        self.check(region)?;
        Ok(Blocks::touching(*self, region, self.extent))
    }

    /// `region` cut along the lines of the grid: as [`intersecting`](Self::intersecting), but of each block only what is in
    /// the region. lazyflow's name: `getIntersectingRois`.
    ///
    /// # Errors
    ///
    /// [`RoiError::RankMismatch`].
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::{BlockGrid, Shape, roi};
    ///
    /// let grid = BlockGrid::aligned(Shape::from([25, 25]), [10, 10])?;
    /// let pieces: Vec<_> = grid.split(&roi![5..12, 22..25])?.map(|block| block.roi).collect();
    /// assert_eq!(pieces, [roi![5..10, 22..25], roi![10..12, 22..25]]);
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn split(&self, region: &Roi) -> Result<Blocks, RoiError> {
        self.check(region)?;
        Ok(Blocks::touching(*self, region, *region))
    }

    /// The smallest region of whole blocks around `region`, clipped to the extent; empty if none is touched.
    ///
    /// # Errors
    ///
    /// [`RoiError::RankMismatch`].
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::{BlockGrid, Shape, roi};
    ///
    /// let grid = BlockGrid::aligned(Shape::from([25, 25]), [10, 10])?;
    /// assert_eq!(grid.align_outward(&roi![5..12, 22..25])?, roi![0..20, 20..25]);
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn align_outward(&self, region: &Roi) -> Result<Roi, RoiError> {
        let inside = region.clipped(self.extent)?;
        if inside.is_empty() {
            return Ok(inside);
        }
        let (first, last) = self.span(&inside);
        self.whole_at(&first).hull(&self.whole_at(&last)).clipped(self.extent)
    }

    fn check(&self, region: &Roi) -> Result<(), RoiError> {
        same_rank("the region", region.rank(), self.extent.rank())
    }

    /// The places of the first and the last block that `inside`, within the extent and not empty, touches.
    #[inline]
    pub(in crate::roi) fn span(&self, inside: &Roi) -> ([usize; MAX_AXES], [usize; MAX_AXES]) {
        let (mut first, mut last) = ([0; MAX_AXES], [0; MAX_AXES]);
        for (axis, range) in inside.ranges().enumerate() {
            let (corner, length) = (self.corner[axis], self.block[axis]);
            first[axis] = (range.start - corner) / length;
            last[axis] = (range.end - 1 - corner) / length;
        }
        (first, last)
    }

    /// Which block on each axis is called `number`.
    #[inline]
    fn place(&self, mut number: usize) -> [usize; MAX_AXES] {
        let mut place = [0; MAX_AXES];
        for axis in (0..self.counts.rank()).rev() {
            place[axis] = number % self.counts[axis];
            number /= self.counts[axis];
        }
        place
    }

    /// The whole block at `place` on each axis.
    #[inline]
    pub(in crate::roi) fn whole_at(&self, place: &[usize; MAX_AXES]) -> Roi {
        Roi::from_fn(self.extent.rank(), |axis| {
            let start = self.corner[axis] + place[axis] * self.block[axis];
            (start, start + self.block[axis])
        })
    }
}

impl IntoIterator for &BlockGrid {
    type Item = crate::roi::Block;
    type IntoIter = Blocks;

    #[inline]
    fn into_iter(self) -> Blocks {
        self.iter()
    }
}
