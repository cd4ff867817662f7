//! Kernels, without a graph: against fixtures of an independent library, against naive references, on all paths.

mod gaussian;
mod matching;
mod reference;
