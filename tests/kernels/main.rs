//! Kernels, without a graph: against fixtures of an independent library, against naive references, on all paths.

mod filters;
mod elementwise;
mod forest;
mod forest_file;
mod gaussian;
mod missing;
mod morphology;
mod rank;
mod labels;
mod matching;
mod reference;
mod resize;
mod stencils;
mod threshold;
mod distance;
mod features;
mod gaussian;
mod probe;
mod reference;
mod watershed;
