//! Caches: lazyflow's `OpBlockedArrayCache`, `OpSlicedBlockedArrayCache`, `OpUnblockedArrayCache`, `OpCompressedCache`,
//! `OpCacheFixer` and its `CacheMemoryManager`.
//!
//! # Protocol
//!
//! A cache keeps *pieces* of what comes in: blocks of a grid ([`BlockCache`]), or the regions that were asked for
//! ([`UnblockedCache`]). What is missing is asked for piece by piece, as requests for the cache's own output. The graph
//! shares those by (slot, region, stamp), so each piece is computed once however many ask.
//!
//! The *stamp* of a region is the revision in which anything that it depends on last changed, as the asker's snapshot sees
//! it. It is all there is to validity; there is no flag to set, and none to forget.
//!
//! B1 A piece is kept with the stamp that it was computed for, and given to whoever asks with that stamp.
//! B2 A piece never takes the place of one with a greater stamp: what was computed from an old snapshot serves who asked for
//!    it, and is dropped.
//! B3 A piece is stored before the request that computed it ends. Whoever comes later finds one or the other.
//! B4 Bytes are counted when a piece is stored and until its last user drops it; see [`store`].
//! B5 A part of a piece with stamp *s* is right for an asker of revision *r* if *s* is not later than *r* and the part has
//!    not changed after *s*: nothing of it changed between the two. That other parts did does not matter.
//!
//! All caches of a runtime keep what they keep in one [`store`], which drops what was used least recently.
//!
//! [`store`]: self::store::Store

mod block;
mod fixable;
pub(super) mod packed;
mod place;
mod sliced;
pub(super) mod store;
mod unblocked;

pub(crate) use packed::{Packed, Packing};

pub use block::{BlockCache, BlockCacheSlots};
pub use fixable::{FixableCache, FixableCacheSlots};
pub use place::PinGuard;
pub use sliced::{SlicedCache, SlicedCacheSlots};
pub use store::CacheStatistics;
pub use unblocked::{UnblockedCache, UnblockedCacheSlots};
