//! Pixel classification: from labelled pixels to the shares of the classes at every pixel.
//!
//! ```text
//! images, labels ──▶ FeatureMatrixCache ──▶ ConcatenateFeatureMatrices ──▶ TrainFromMatrix ──▶ PredictForest ──▶ shares
//!                    (one for each image)                                                        ▲
//!                    └───────────────────────── TrainForest ───────────────────────┘        image ┘
//! ```
//!
//! Everything is lazy as elsewhere: features are asked for where there are labels and nowhere else, the forest is trained
//! when somebody asks for a prediction, and a stroke of the brush computes the features of the blocks that it touches.

mod concatenate;
mod feature_matrix;
mod frame;
mod load;
mod matrix_cache;
mod predict;
mod train;
mod train_from_matrix;

pub use concatenate::{ConcatenateFeatureMatrices, ConcatenateFeatureMatricesSlots};
pub use feature_matrix::FeatureMatrix;
pub use load::{LoadForest, LoadForestSlots};
pub use matrix_cache::{FeatureMatrixCache, FeatureMatrixCacheSlots};
pub use predict::{PredictForest, PredictForestSlots};
pub use train::{TrainForest, TrainForestSlots};
pub use train_from_matrix::{TrainFromMatrix, TrainFromMatrixSlots};

use crate::graph::{Opaque, SlotType};
use crate::kernels::{Forest, RandomForest};

/// A trained forest, or `None` while there are too few labels to train one.
pub type Classifier = Option<Opaque<Forest>>;

impl SlotType for RandomForest {
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}
