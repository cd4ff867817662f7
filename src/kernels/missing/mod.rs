//! Data that is missing: patches of slices that are empty, and what to put in their place.

mod detect;
mod interpolate;

pub use detect::{Detector, MissingPatches};
pub use interpolate::{FillMissing, GapFilling};
