//! Kernels, without a graph: against fixtures of an independent library, against naive references, on all paths.

mod distance;
mod gaussian;
mod probe;
mod reference;
mod watershed;
