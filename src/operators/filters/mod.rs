//! Filters: stencils with their parameters as slots.

mod filter;

pub use filter::{Filter, FilterSlots, Values};
