//! The memory of blocks that are gone, for blocks to come.

use crate::array::BufferPool;
use crate::runtime::Runtime;
use crate::sync::Arc;

/// The most that is kept idle: enough for the blocks that a few operators have in hand at a time.
const MOST: u64 = 128 << 20;

/// The part of the budget that may be kept idle, where that is less.
const PART: u64 = 32;

/// The pool of a runtime, from which its operators take the buffers of their results.
pub(crate) fn buffers(runtime: &Runtime) -> Arc<BufferPool> {
    runtime.extension(|budget| BufferPool::new((budget.for_caches() / PART).min(MOST) as usize))
}
