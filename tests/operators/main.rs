//! The library of operators, through its public API.

mod block_cache;
mod cache_probes;
mod caches;
mod user_labels;
