//! The library of operators, through its public API.

mod block_cache;
mod cache_probes;
mod caches;
mod exact;
mod filter;
mod missing;
mod user_labels;
