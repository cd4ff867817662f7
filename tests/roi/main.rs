//! Regions, block grids and sets of points: the worked examples of the original, and everything against a model that lists
//! the points one by one.

mod grids;
mod halo;
mod model;
mod original;
mod regions;
#[cfg(feature = "serde")]
mod serde;
mod sets;
mod shapes;
mod text;
