//! The library of operators, through its public API.

mod auto_traits;
mod block_cache;
mod cache_probes;
mod caches;
mod channels;
mod classifier;
mod elementwise;
mod exact;
mod filter;
mod filters;
mod labels;
mod missing;
mod neighbourhoods;
mod nuclei;
mod provided;
mod rearranged;
mod resize;
mod segment;
mod shared;
mod stress;
mod support;
mod thresholds;
mod user_labels;
