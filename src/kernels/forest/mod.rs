//! Random forests: training on rows of features, and prediction for rows and for images of features.
//!
//! vigra: `RandomForest`; lazyflow: `ParallelVigraRfLazyflowClassifier`; scikit-learn: `RandomForestClassifier`.

mod blocks;
mod file;
#[expect(clippy::module_inception, reason = "the central type of the module has its name")]
mod forest;
mod grow;
mod key;
mod predict;
mod random;
mod sort;
mod split;
mod table;
mod train;
mod tree;
mod walk;

pub use forest::Forest;
pub use train::RandomForest;
