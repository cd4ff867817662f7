//! Operators that separate and measure the things in an image.

mod blocks;
mod distance;
mod features;
mod watershed;

pub use distance::{DistanceTransform, DistanceTransformSlots};
pub use features::{RegionFeatures, RegionFeaturesSlots};
pub use watershed::{Watershed, WatershedSlots};

use crate::graph::SlotType;
use crate::kernels::Connectivity;

impl SlotType for Connectivity {
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}
