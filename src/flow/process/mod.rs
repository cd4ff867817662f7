//! Processors that many flows need.
//!
//! | | |
//! |---|---|
//! | [`Aggregate`] | [`sum`], [`product`], [`count`], [`max`], [`min`], [`fold`]: one result at the end, or one for each item |
//! | [`crop`], [`resize`] | functions of pictures, for [`kernel`](crate::flow::Node::kernel) |
//! | [`draw_boxes`], [`draw_mask`] | the same for pictures with what has been found in them |

mod aggregate;
#[cfg(not(shuttle))]
mod crop;
#[cfg(not(shuttle))]
mod draw;
#[cfg(not(shuttle))]
mod resize;

pub use aggregate::{Aggregate, count, fold, max, min, product, sum};
#[cfg(not(shuttle))]
pub use crop::crop;
#[cfg(not(shuttle))]
pub use draw::{draw_boxes, draw_mask};
#[cfg(not(shuttle))]
pub use resize::resize;
