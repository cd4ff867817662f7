//! Kernels, without a graph: against fixtures of an independent library, against naive references, on all paths.

mod distance;
mod features;
mod gaussian;
mod probe;
mod reference;
mod watershed;
