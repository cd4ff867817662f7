//! The one rule by which kernels use threads: the pool we are in, or none.

use crate::error::Error;
use crate::occupancy::is_saturated;

/// Runs both halves of some work and returns the first error.
///
/// On a thread of a rayon pool the halves may run at the same time, on threads of that pool. Elsewhere they run one after
/// the other on the calling thread, because `rayon::join` would move them to the global pool, which is the host's; and so they
/// do where all threads are [taken by other kernels](is_saturated).
pub(crate) fn join(
    left: impl FnOnce() -> Result<(), Error> + Send,
    right: impl FnOnce() -> Result<(), Error> + Send,
) -> Result<(), Error> {
    if rayon::current_thread_index().is_none() || is_saturated() {
        left()?;
        return right();
    }
    let (mut left, mut right) = (Some(left), Some(right));
    join_in_pool(&mut || left.take().map_or(Ok(()), |left| left()), &mut || {
        right.take().map_or(Ok(()), |right| right())
    })
}

/// Some work, in one form whatever it is: hundreds of copies of `rayon::join` would take longer to compile than all kernels.
type Work<'a> = dyn FnMut() -> Result<(), Error> + Send + 'a;

fn join_in_pool(left: &mut Work<'_>, right: &mut Work<'_>) -> Result<(), Error> {
    let (left, right) = rayon::join(left, right);
    left.and(right)
}

/// How many threads [`join`] can use from here.
pub(crate) fn threads() -> usize {
    match rayon::current_thread_index() {
        None => 1,
        Some(_) => rayon::current_num_threads(),
    }
}
