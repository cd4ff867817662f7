//! Pixel classification: features, a forest that is trained on some labelled pixels, the classes of all others.

mod features;
mod predict;
mod selection;
mod train;

pub(super) use features::{FeaturesArgs, run as features};
pub(super) use predict::{PredictArgs, run as predict};
pub(super) use train::{TrainArgs, run as train};
