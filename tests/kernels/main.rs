//! Kernels, without a graph: against fixtures of an independent library, against naive references, on all paths.

mod gaussian;
mod morphology;
mod rank;
mod reference;
mod resize;
mod stencils;
mod threshold;
