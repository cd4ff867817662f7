//! Operators that separate and measure the things in an image.

mod blocks;
mod distance;
mod features;
mod watershed;

pub use distance::{DistanceTransform, DistanceTransformSlots};
pub use features::{RegionFeatures, RegionFeaturesSlots};
pub use watershed::{Watershed, WatershedSlots};
