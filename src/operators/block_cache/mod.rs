//! The cache of blocks: lazyflow's `OpBlockedArrayCache` and its kin.
//!
//! # Protocol
//!
//! The extent of the input is cut into blocks, aligned at 0 and clipped at the end. A request is put together from the
//! blocks that it touches; of these, what is missing is asked for block by block, as requests for the cache's own output.
//! The graph shares those by (slot, region, stamp), so each block is computed once however many ask.
//!
//! The *stamp* of a block is the revision in which anything that it depends on last changed, as the asker's snapshot sees
//! it. It is all there is to validity; there is no flag to set, and none to forget.
//!
//! B1 A block is kept with the stamp that it was computed for, and given to whoever asks with that stamp.
//! B2 A block never takes the place of one with a greater stamp: what was computed from an old snapshot serves who asked for
//!    it, and is dropped.
//! B3 A block is stored before the request that computed it ends. Whoever comes later finds one or the other.
//! B4 Bytes are counted when a block is stored and until its last user drops it; see [`store`].
//!
//! [`store`]: self::store::Store

mod operator;
pub(super) mod packed;
pub(super) mod store;

pub use operator::{BlockCache, BlockCacheSlots, PinGuard};
pub use store::CacheStatistics;
