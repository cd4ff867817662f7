//! Kernels, without a graph: against fixtures of an independent library, against naive references, on all paths.

mod filters;
mod gaussian;
mod pixel_features;
mod reference;
