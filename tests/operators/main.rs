//! The library of operators, through its public API.

mod auto_traits;
mod block_cache;
mod channels;
mod elementwise;
mod exact;
mod filter;
mod filters;
mod provided;
mod rearranged;
mod support;
mod cache_probes;
mod caches;
mod exact;
mod filter;
mod missing;
mod user_labels;
mod neighbourhoods;
mod resize;
mod thresholds;
mod labels;
mod segment;
