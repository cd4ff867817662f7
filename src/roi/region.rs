//! The region of interest itself: what it is made from and what it is made of.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;

use crate::roi::error::same_rank;
use crate::roi::{MAX_AXES, RoiError, Shape};

/// A region of interest: the box of all points with `start <= point < stop` on each axis.
///
/// At most [`MAX_AXES`] axes, `Copy`, on the stack, immutable: every operation returns a new region. `start <= stop` holds on
/// each axis of any region there is. Written [`roi![0..1, 512..1024]`](crate::roi!) in code and `0..1, 512..1024` in text.
///
/// lazyflow's names: `roi`, a pair of start and stop, and `SubRegion`, which also holds a slot and can be changed in place.
///
/// # Examples
///
/// ```
/// use headwater::{Roi, Shape, roi};
///
/// let tile = roi![0..1, 512..1024, 512..1024];
/// assert_eq!(tile.shape(), [1, 512, 512]);
/// assert!(Roi::full(Shape::from([1, 1024, 1024])).contains(&tile));
/// assert_eq!(tile.intersection(&roi![0..9, 0..520, 1000..2000]), Some(roi![0..1, 512..520, 1000..1024]));
/// ```
#[derive(Clone, Copy)]
pub struct Roi {
    /// 0 beyond the rank, like `stop`.
    start: [usize; MAX_AXES],
    stop: [usize; MAX_AXES],
    rank: u8,
}

impl Roi {
    /// The region from `start` up to, and without, `stop`.
    ///
    /// # Errors
    ///
    /// [`RoiError::RankMismatch`], [`RoiError::TooManyAxes`], or [`RoiError::Reversed`] if `stop` is less than `start` on some
    /// axis. Equal is allowed: the region is empty.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::{Roi, roi};
    ///
    /// assert_eq!(Roi::new([1, 2], [7, 8])?, roi![1..7, 2..8]);
    /// assert!(Roi::new([5], [2]).is_err());
    /// # Ok::<(), headwater::Error>(())
    /// ```
    #[inline]
    pub fn new(start: impl AsRef<[usize]>, stop: impl AsRef<[usize]>) -> Result<Self, RoiError> {
        let (start, stop) = (start.as_ref(), stop.as_ref());
        let rank = start.len();
        same_rank("the region's stop", stop.len(), rank)?;
        if rank > MAX_AXES {
            return Err(RoiError::TooManyAxes { what: "region", rank });
        }
        Self::try_from_fn(rank, |axis| Ok((start[axis], stop[axis])))
    }

    /// The region with one range for each axis.
    ///
    /// # Errors
    ///
    /// [`RoiError::TooManyAxes`]; [`RoiError::Reversed`].
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::{Roi, roi};
    ///
    /// assert_eq!(Roi::from_ranges([1..7, 2..8])?, roi![1..7, 2..8]);
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn from_ranges(ranges: impl IntoIterator<Item = Range<usize>>) -> Result<Self, RoiError> {
        let mut region = crate::roi![];
        for range in ranges {
            region = region.insert_axis(region.rank(), range)?;
        }
        Ok(region)
    }

    /// All of `shape`. lazyflow's name: `roiFromShape`.
    ///
    /// # Examples
    ///
    /// ```
    /// use headwater::{Roi, roi};
    ///
    /// assert_eq!(Roi::full([3, 4]), roi![0..3, 0..4]);
    /// ```
    #[inline]
    pub fn full(shape: impl Into<Shape>) -> Self {
        let shape = shape.into();
        Self::from_fn(shape.rank(), |axis| (0, shape[axis]))
    }

    /// The region with the bounds `bounds(axis)`. The caller knows that `rank` is at most [`MAX_AXES`] and the bounds in order.
    #[inline]
    pub(in crate::roi) fn from_fn(rank: usize, mut bounds: impl FnMut(usize) -> (usize, usize)) -> Self {
        let (mut start, mut stop) = ([0; MAX_AXES], [0; MAX_AXES]);
        for axis in 0..rank.min(MAX_AXES) {
            (start[axis], stop[axis]) = bounds(axis);
            debug_assert!(start[axis] <= stop[axis]);
        }
        let rank = rank as u8;
        Self { start, stop, rank }
    }

    /// The same for bounds that are checked here and may not exist.
    #[inline]
    pub(in crate::roi) fn try_from_fn(
        rank: usize,
        mut bounds: impl FnMut(usize) -> Result<(usize, usize), RoiError>,
    ) -> Result<Self, RoiError> {
        let (mut start, mut stop) = ([0; MAX_AXES], [0; MAX_AXES]);
        for axis in 0..rank.min(MAX_AXES) {
            (start[axis], stop[axis]) = bounds(axis)?;
            if start[axis] > stop[axis] {
                return Err(RoiError::Reversed {
                    axis,
                    start: start[axis],
                    stop: stop[axis],
                });
            }
        }
        let rank = rank as u8;
        Ok(Self { start, stop, rank })
    }

    /// What [`roi!`](crate::roi!) expands to.
    #[doc(hidden)]
    #[track_caller]
    pub const fn literal<const N: usize>(ranges: &[Range<usize>; N]) -> Self {
        const { assert!(N <= MAX_AXES, "a region has at most 8 axes") };
        let (mut start, mut stop) = ([0; MAX_AXES], [0; MAX_AXES]);
        let mut axis = 0;
        while axis < N {
            (start[axis], stop[axis]) = (ranges[axis].start, ranges[axis].end);
            assert!(start[axis] <= stop[axis], "roi!: a range runs backwards");
            axis += 1;
        }
        let rank = N as u8;
        Self { start, stop, rank }
    }

    /// The number of axes.
    #[inline]
    pub const fn rank(&self) -> usize {
        self.rank as usize
    }

    /// The first coordinate on each axis.
    #[inline]
    pub fn start(&self) -> &[usize] {
        &self.start[..self.rank()]
    }

    /// The first coordinate after the region on each axis.
    #[inline]
    pub fn stop(&self) -> &[usize] {
        &self.stop[..self.rank()]
    }

    /// Start and stop on `axis`.
    ///
    /// # Panics
    ///
    /// If there is no such axis, as indexing does.
    #[inline]
    pub fn range(&self, axis: usize) -> Range<usize> {
        self.start()[axis]..self.stop()[axis]
    }

    /// Start and stop on each axis. lazyflow's names: `roiToSlice`, `fullSlicing`.
    #[inline]
    pub fn ranges(&self) -> impl ExactSizeIterator<Item = Range<usize>> + DoubleEndedIterator + '_ {
        (0..self.rank()).map(|axis| self.range(axis))
    }

    /// The length on each axis.
    #[inline]
    pub fn shape(&self) -> Shape {
        Shape::from_fn(self.rank(), |axis| self.stop[axis] - self.start[axis])
    }

    /// The number of points; 1 without axes.
    ///
    /// # Errors
    ///
    /// [`RoiError::Overflow`] if `usize` cannot hold it.
    #[inline]
    pub fn volume(&self) -> Result<usize, RoiError> {
        self.shape().volume()
    }

    /// Whether there are no points in it. A region without axes has one.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.start().iter().zip(self.stop()).any(|(start, stop)| start == stop)
    }
}

impl From<Shape> for Roi {
    /// All of the shape.
    #[inline]
    fn from(shape: Shape) -> Self {
        Self::full(shape)
    }
}

impl PartialEq for Roi {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.start() == other.start() && self.stop() == other.stop()
    }
}

impl Eq for Roi {}

impl Hash for Roi {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.start().hash(state); // with the rank in front
        usize::hash_slice(self.stop(), state);
    }
}

impl PartialOrd for Roi {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Roi {
    /// By start, outermost axis first, then by stop: the order of the first points in memory.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.start(), self.stop()).cmp(&(other.start(), other.stop()))
    }
}

impl fmt::Debug for Roi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Roi({self})")
    }
}
