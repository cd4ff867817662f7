//! Filters: stencils with their parameters as slots.

mod filter;
mod gaussian;
mod local_threshold;
mod morphology;
mod rank;
mod scale;

pub(crate) use filter::form;
pub use filter::{Filter, FilterSlots, Values};
pub use gaussian::Gaussian;
pub use local_threshold::{LocalThreshold, LocalThresholdParameters};
pub use morphology::{Morphology, MorphologyParameters};
pub use rank::{Rank, RankParameters};
pub use scale::ScaleParameters;

use crate::graph::Meta;

/// `result` with the range of values that `input` has, if that is known.
fn with_range_of(input: &Meta, result: Meta) -> Meta {
    match input.range() {
        Some((least, greatest)) => result.with_range(least, greatest),
        None => result,
    }
}
