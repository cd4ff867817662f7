//! What depends on the order of the values around a point: ranks, minima and maxima, morphology.

pub(super) mod extremum;
pub(super) mod footprint;
pub(super) mod morphology;
pub(super) mod order;
pub(super) mod rank;
pub(super) mod tiles;

pub use footprint::{Footprint, Radius};
pub use morphology::{Morphology, MorphologyOperation};
pub use rank::{Rank, median};
