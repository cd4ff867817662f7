//! The length of each axis.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Index;

use crate::roi::{MAX_AXES, RoiError};

/// The length of each axis, outermost first: at most [`MAX_AXES`] of them, kept on the stack.
///
/// Lengths may be 0; the shape of a single number has no axes. Compares with arrays and slices. lazyflow keeps shapes in
/// tuples and in `TinyVector`, whose `==` compares axis by axis and stops at the shorter one; here shapes are equal or not.
///
/// # Examples
///
/// ```
/// use headwater::Shape;
///
/// let shape = Shape::from([100, 480, 640]);
/// assert_eq!(shape.volume()?, 30_720_000);
/// assert_eq!(shape[1], 480);
/// assert_eq!(shape, [100, 480, 640]);
/// assert!(Shape::new(vec![1; 9]).is_err()); // at most eight axes
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Shape {
    /// 0 beyond the rank.
    lengths: [usize; MAX_AXES],
    rank: u8,
}

impl Shape {
    /// The shape with these lengths.
    ///
    /// # Errors
    ///
    /// [`RoiError::TooManyAxes`].
    #[inline]
    pub fn new(lengths: impl AsRef<[usize]>) -> Result<Self, RoiError> {
        let lengths = lengths.as_ref();
        let rank = lengths.len();
        if rank > MAX_AXES {
            return Err(RoiError::TooManyAxes { what: "shape", rank });
        }
        Ok(Self::from_fn(rank, |axis| lengths[axis]))
    }

    /// The shape of `rank` axes, each of length `length(axis)`. The caller knows that `rank` is at most [`MAX_AXES`].
    #[inline]
    pub(crate) fn from_fn(rank: usize, mut length: impl FnMut(usize) -> usize) -> Self {
        let mut lengths = [0; MAX_AXES];
        for (axis, slot) in lengths[..rank].iter_mut().enumerate() {
            *slot = length(axis);
        }
        Self {
            lengths,
            rank: rank as u8,
        }
    }

    /// The number of axes.
    #[inline]
    pub const fn rank(&self) -> usize {
        self.rank as usize
    }

    /// The lengths, outermost first.
    #[inline]
    pub fn as_slice(&self) -> &[usize] {
        &self.lengths[..self.rank()]
    }

    /// The lengths, outermost first.
    #[inline]
    pub fn iter(&self) -> std::iter::Copied<std::slice::Iter<'_, usize>> {
        self.as_slice().iter().copied()
    }

    /// Whether there are no points, because an axis has length 0. A shape without axes has one point.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.iter().any(|length| length == 0)
    }

    /// The number of points; 1 without axes.
    ///
    /// # Errors
    ///
    /// [`RoiError::Overflow`] if `usize` cannot hold it.
    #[inline]
    pub fn volume(&self) -> Result<usize, RoiError> {
        self.checked_volume().ok_or(RoiError::Overflow { what: "the volume" })
    }

    /// The number of points, or the largest number if it is larger: for budgets and for sorting.
    #[inline]
    pub fn saturating_volume(&self) -> usize {
        self.checked_volume().unwrap_or(usize::MAX)
    }

    #[inline]
    fn checked_volume(&self) -> Option<usize> {
        if self.is_empty() {
            return Some(0); // whatever the other axes would multiply to
        }
        self.iter().try_fold(1usize, usize::checked_mul)
    }
}

impl Index<usize> for Shape {
    type Output = usize;

    #[inline]
    fn index(&self, axis: usize) -> &usize {
        &self.as_slice()[axis]
    }
}

impl AsRef<[usize]> for Shape {
    #[inline]
    fn as_ref(&self) -> &[usize] {
        self.as_slice()
    }
}

impl<'a> IntoIterator for &'a Shape {
    type Item = usize;
    type IntoIter = std::iter::Copied<std::slice::Iter<'a, usize>>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

macro_rules! from_arrays {
    ($($rank:literal)*) => {$(
        impl From<[usize; $rank]> for Shape {
            #[inline]
            fn from(lengths: [usize; $rank]) -> Self {
                Self::from_fn($rank, |axis| lengths[axis])
            }
        }
    )*};
}
from_arrays!(0 1 2 3 4 5 6 7 8);

impl TryFrom<&[usize]> for Shape {
    type Error = RoiError;

    #[inline]
    fn try_from(lengths: &[usize]) -> Result<Self, RoiError> {
        Self::new(lengths)
    }
}

impl PartialEq for Shape {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for Shape {}

impl<const N: usize> PartialEq<[usize; N]> for Shape {
    #[inline]
    fn eq(&self, other: &[usize; N]) -> bool {
        self.as_slice() == other
    }
}

impl PartialEq<[usize]> for Shape {
    #[inline]
    fn eq(&self, other: &[usize]) -> bool {
        self.as_slice() == other
    }
}

impl Hash for Shape {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_slice().hash(state);
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shape({self})")
    }
}
