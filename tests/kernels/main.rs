//! Kernels, without a graph: against fixtures of an independent library, against naive references, on all paths.

mod forest;
mod forest_file;
mod gaussian;
mod reference;
