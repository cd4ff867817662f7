//! Filters: stencils with their parameters as slots.

mod filter;
mod gaussian;
mod scale;

pub use filter::{Filter, FilterSlots, Values};
pub use gaussian::Gaussian;
pub use scale::ScaleParameters;
