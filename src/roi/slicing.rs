//! Index expressions with negative and open ends.

use std::ops::{Range, RangeFrom, RangeFull, RangeTo};

use crate::roi::{Roi, RoiError, Shape};

/// What an index expression says about one axis, or about all that it does not mention.
///
/// Numbers below 0 count from the end of the axis, as in Python. Made from a number or a range by `into()`. Steps are not
/// supported.
///
/// # Examples
///
/// ```
/// use headwater::roi::Slicing;
/// use headwater::{Shape, roi};
///
/// let shape = Shape::from([7, 8, 9]);
/// assert_eq!(shape.slice(&[1.into(), Slicing::Rest, 5.into()])?, roi![1..2, 0..8, 5..6]);
/// assert_eq!(shape.slice(&[(2..42).into(), (-3..).into()])?, roi![2..7, 5..8, 0..9]);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slicing {
    /// One point; the axis stays, with length 1.
    At(isize),
    /// From start to stop, each open if it is `None`, clipped to the axis.
    Span {
        /// The first point.
        start: Option<isize>,
        /// The first point after.
        stop: Option<isize>,
    },
    /// All of each axis that is not mentioned: Python's `...`.
    Rest,
}

impl Shape {
    /// The region that an index expression selects from an array of this shape. lazyflow's name: `sliceToRoi`.
    ///
    /// Axes that are not mentioned are taken whole: where [`Slicing::Rest`] stands, else at the end.
    ///
    /// # Errors
    ///
    /// [`RoiError::RankMismatch`] for more entries than axes; [`RoiError::TwoRests`]; [`RoiError::OutOfRange`] for a point
    /// that is not there; [`RoiError::Reversed`] for a span that stops before it starts.
    pub fn slice(&self, key: &[Slicing]) -> Result<Roi, RoiError> {
        let rests = key.iter().filter(|entry| **entry == Slicing::Rest).count();
        if rests > 1 {
            return Err(RoiError::TwoRests);
        }
        let mentioned = key.len() - rests;
        if mentioned > self.rank() {
            crate::roi::error::same_rank("the slicing", mentioned, self.rank())?;
        }
        let front = key
            .iter()
            .position(|entry| *entry == Slicing::Rest)
            .unwrap_or(key.len());
        let back = mentioned - front;
        Roi::try_from_fn(self.rank(), |axis| {
            let entry = if axis < front {
                key[axis]
            } else if axis + back >= self.rank() {
                key[key.len() - (self.rank() - axis)]
            } else {
                Slicing::Rest
            };
            select(entry, axis, self[axis])
        })
    }
}

/// The bounds that `entry` selects on an axis of `length`.
fn select(entry: Slicing, axis: usize, length: usize) -> Result<(usize, usize), RoiError> {
    // From the end if negative; `None` if that is before the beginning.
    let from_end = |index: isize| match usize::try_from(index) {
        Ok(index) => Some(index),
        Err(_) => length.checked_sub(index.unsigned_abs()),
    };
    match entry {
        Slicing::Rest => Ok((0, length)),
        Slicing::At(index) => match from_end(index) {
            Some(at) if at < length => Ok((at, at + 1)),
            _ => Err(RoiError::OutOfRange { index, axis, length }),
        },
        Slicing::Span { start, stop } => {
            let clip = |index: isize| from_end(index).unwrap_or(0).min(length);
            Ok((start.map_or(0, clip), stop.map_or(length, clip)))
        }
    }
}

impl From<isize> for Slicing {
    fn from(index: isize) -> Self {
        Self::At(index)
    }
}

impl From<Range<isize>> for Slicing {
    fn from(range: Range<isize>) -> Self {
        let (start, stop) = (Some(range.start), Some(range.end));
        Self::Span { start, stop }
    }
}

impl From<RangeFrom<isize>> for Slicing {
    fn from(range: RangeFrom<isize>) -> Self {
        let (start, stop) = (Some(range.start), None);
        Self::Span { start, stop }
    }
}

impl From<RangeTo<isize>> for Slicing {
    fn from(range: RangeTo<isize>) -> Self {
        let (start, stop) = (None, Some(range.end));
        Self::Span { start, stop }
    }
}

impl From<RangeFull> for Slicing {
    fn from(_: RangeFull) -> Self {
        let (start, stop) = (None, None);
        Self::Span { start, stop }
    }
}
