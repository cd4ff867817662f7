//! The library of operators, through its public API.

mod block_cache;
mod classifier;
mod exact;
mod filter;
