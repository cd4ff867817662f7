//! Data that is missing, found and made up for: lazyflow's `OpDetectMissing`, `OpInterpolate`, `OpInterpMissingData`.

mod detect;
mod fill;
mod repair;

pub use detect::{DetectMissing, DetectMissingSlots};
pub use fill::{InterpolateMissing, InterpolateMissingSlots};
pub use repair::{MissingData, MissingDataSlots};
