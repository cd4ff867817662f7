//! Pictures for people to look at: boxes and masks drawn over images, and several pictures in one.
//!
//! A drawing lies in the plane of `y` and `x`. Along other axes, such as `t` and `z`, every plane gets the same drawing; along `c`,
//! each channel gets its part of the colour. Values between are computed in `f64` and become elements as
//! [`Element::cast`](crate::array::Element::cast) makes them.

mod boxes;
mod mask;
mod paint;
mod rectangle;
mod sheet;

pub use boxes::DrawBoxes;
pub use mask::DrawMask;
pub use rectangle::Rectangle;
pub use sheet::ContactSheet;
