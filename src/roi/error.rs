//! What can be wrong with a region.

use thiserror::Error as ThisError;

use crate::error::Error;
use crate::roi::{MAX_AXES, Roi};

/// Why a shape, a region or a blocking was refused; names the input and the cause.
///
/// Converts to [`Error`] as [`ErrorKind::Invalid`](crate::ErrorKind::Invalid). lazyflow's name: `InvalidRoiException`.
///
/// # Examples
///
/// ```
/// use headwater::{Error, Roi, RoiError};
///
/// let refused = Roi::new([0, 9], [4, 5]).unwrap_err();
/// assert_eq!(refused, RoiError::Reversed { axis: 1, start: 9, stop: 5 });
/// assert_eq!(Error::from(refused).to_string(), "region: axis 1 runs backwards, from 9 to 5");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum RoiError {
    /// More than [`MAX_AXES`] axes.
    #[error("{what} has {rank} axes, more than {MAX_AXES}")]
    TooManyAxes {
        /// The input.
        what: &'static str,
        /// How many axes it has.
        rank: usize,
    },
    /// Two inputs that belong together have different numbers of axes.
    #[error("{what} has {found} axes, not {expected}")]
    RankMismatch {
        /// The input that does not fit.
        what: &'static str,
        /// How many axes it has.
        found: usize,
        /// How many axes it should have.
        expected: usize,
    },
    /// A region that stops before it starts.
    #[error("region: axis {axis} runs backwards, from {start} to {stop}")]
    Reversed {
        /// Where.
        axis: usize,
        /// The region's start on that axis.
        start: usize,
        /// Its stop, which is less.
        stop: usize,
    },
    /// A region that is not inside of where it should be.
    #[error("region {roi} is not within {within}")]
    NotWithin {
        /// The region.
        roi: Box<Roi>,
        /// What should contain it.
        within: Box<Roi>,
    },
    /// An axis that does not exist, or exists already where each may occur once.
    #[error("{what} names axis {axis} of {rank}, which is missing or taken")]
    BadAxis {
        /// The input.
        what: &'static str,
        /// The axis.
        axis: usize,
        /// How many axes there are.
        rank: usize,
    },
    /// An index outside of its axis.
    #[error("index {index} is outside of axis {axis}, which has length {length}")]
    OutOfRange {
        /// The index as given, negative if it counts from the end.
        index: isize,
        /// The axis.
        axis: usize,
        /// Its length.
        length: usize,
    },
    /// An index expression with more than one [`Slicing::Rest`](crate::roi::Slicing::Rest).
    #[error("slicing: `...` occurs twice")]
    TwoRests,
    /// A length or factor that must be at least 1.
    #[error("{what} is 0 on axis {axis}")]
    Zero {
        /// The input.
        what: &'static str,
        /// The axis.
        axis: usize,
    },
    /// A number that is not a finite number of at least 0.
    #[error("{what} is {value}, not a finite number of at least 0")]
    NotFinite {
        /// The input.
        what: &'static str,
        /// Its value, as text.
        value: String,
    },
    /// A result that is below 0 or too large for a coordinate or a count.
    #[error("{what} is beyond what can be counted")]
    Overflow {
        /// The result.
        what: &'static str,
    },
    /// Text that is not a region or a shape.
    #[error("{what}: {cause} at column {column}")]
    Syntax {
        /// What the text should be.
        what: &'static str,
        /// What is wrong with it.
        cause: &'static str,
        /// Where, in characters, counted from 1.
        column: usize,
    },
}

impl From<RoiError> for Error {
    fn from(error: RoiError) -> Self {
        Self::invalid(error.to_string())
    }
}

/// Refuses `found` axes of `what` where `expected` ones are needed.
#[inline]
pub(in crate::roi) fn same_rank(what: &'static str, found: usize, expected: usize) -> Result<(), RoiError> {
    if found == expected {
        return Ok(());
    }
    Err(RoiError::RankMismatch { what, found, expected })
}
