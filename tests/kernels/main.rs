//! Kernels, without a graph: against fixtures of an independent library, against naive references, on all paths.

mod filters;
mod gaussian;
mod morphology;
mod rank;
mod reference;
mod resize;
mod stencils;
mod threshold;
