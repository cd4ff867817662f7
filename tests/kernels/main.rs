//! Kernels, without a graph: against fixtures of an independent library, against naive references, on all paths.

mod distance;
mod draw;
mod elementwise;
mod features;
mod filters;
mod forest;
mod forest_file;
mod gaussian;
mod labels;
mod matching;
mod missing;
mod morphology;
mod old_content;
mod patience;
mod pixel_features;
mod probe;
mod rank;
mod reference;
mod resize;
mod stencils;
mod threshold;
mod watershed;
