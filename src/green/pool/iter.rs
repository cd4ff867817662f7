//! The results of a pool as an iterator.

use std::fmt;

use crate::error::Error;
use crate::green::pool::pool::Pool;

/// The results of a [`Pool`], each of which the thread blocks for. Made by [`Pool::iter_wait`].
///
/// It ends when the pool is closed and nothing is left in it, and after an error of its own where the thread must not block.
/// It does not go on if the pool is opened again.
pub struct PoolIter<I: Send + 'static, T: Send + 'static> {
    pool: Pool<I, T>,
    is_done: bool,
}

impl<I: Send + 'static, T: Send + 'static> PoolIter<I, T> {
    pub(crate) fn new(pool: Pool<I, T>) -> Self {
        Self { pool, is_done: false }
    }
}

impl<I: Send + 'static, T: Send + 'static> Iterator for PoolIter<I, T> {
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let got = self.pool.get_wait();
        self.is_done = !matches!(got, Ok(Some(_)));
        got.unwrap_or_else(|error| Some(Err(error)))
    }
}

impl<I: Send + 'static, T: Send + 'static> fmt::Debug for PoolIter<I, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PoolIter")
            .field("is_done", &self.is_done)
            .finish_non_exhaustive()
    }
}
