//! Regions of interest: boxes of points in a space of at most [`MAX_AXES`] axes, and what one does with them.
//!
//! - [`Shape`] is the length of each axis, [`Roi`] a half-open box `start..stop` along each of them. Both are `Copy`, live on
//!   the stack and cannot be built reversed.
//! - [`BlockGrid`] cuts an extent into blocks; [`determine_block_shape`] and [`request_block_shape`] choose how large.
//! - [`RegionSet`] is any set of points, as disjoint boxes: what is dirty, what is cached.
//! - [`Slicing`] is an index expression with negative and open ends, as Python has it.
//!
//! # Conventions
//!
//! **Axes are numbers**, outermost first; their names are the matter of [`Axes`](crate::Axes).
//!
//! **Coordinates are not negative.** A region that would stick out before 0 is refused; growing by a halo clips instead.
//!
//! **Rank 0** is the space of a single number. It has one point, so its one region [`roi![]`](crate::roi!) has volume 1 and is
//! not empty.
//!
//! **Empty regions** (`start == stop` on some axis) have a place but no points. They intersect nothing and touch no block.
//!
//! **Ranks do not mix.** Regions of different rank have no point in common: tests answer `false` or `None`. What would have
//! to invent an answer is refused with [`RoiError::RankMismatch`].
//!
//! **Volumes are checked.** [`Shape::volume`] refuses a product that `usize` cannot hold.
//!
//! lazyflow keeps the same in `roi.py` and `rtype.py`; `tests/roi/README.md` goes through it function by function.

mod axes;
mod block_shape;
mod blocks;
mod bounding;
mod coalesce;
mod contain;
mod difference;
mod error;
mod grid;
mod halo;
mod intersect;
mod literal;
mod nonzero;
mod padded;
mod place;
mod region;
mod request_shape;
mod resample;
#[cfg(feature = "serde")]
mod serde;
mod set;
mod set_algebra;
mod shape;
mod slicing;
mod text;
mod tidy;
mod view;

pub use block_shape::determine_block_shape;
pub use blocks::{Block, Blocks};
pub use difference::Difference;
pub use error::RoiError;
pub use grid::BlockGrid;
pub use halo::{DEFAULT_WINDOW, Enlarged, halo_for_sigma};
pub use nonzero::nonzero_bounding_box;
pub use padded::Padded;
pub use region::Roi;
pub use request_shape::{RequestBudget, request_block_shape};
pub use set::RegionSet;
pub use shape::Shape;
pub use slicing::Slicing;

/// The most axes that a shape, a region or an array can have.
pub const MAX_AXES: usize = 8;
