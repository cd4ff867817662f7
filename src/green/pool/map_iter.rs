//! The results of a map for a thread.

use std::fmt;
use std::pin::Pin;

use futures::stream::{Stream, StreamExt};

use crate::error::Error;
use crate::green::pool::map::Map;
use crate::request::block::block;
use crate::request::detached::engine_here;

/// The results of [`map`](crate::green::map()), each of which the thread blocks for. Made by [`Map::iter_wait`].
///
/// Where the thread must not block it gives one error that says so, and ends.
pub struct MapIter<S, F, T: Clone + Send + Sync + 'static> {
    /// `None` after an error of its own.
    map: Option<Pin<Box<Map<S, F, T>>>>,
}

impl<S, F, T: Clone + Send + Sync + 'static> MapIter<S, F, T> {
    pub(crate) fn new(map: Map<S, F, T>) -> Self {
        Self {
            map: Some(Box::pin(map)),
        }
    }
}

impl<S, F, W, T> Iterator for MapIter<S, F, T>
where
    S: Stream,
    F: FnMut(S::Item) -> W,
    W: Future<Output = Result<T, Error>> + Send + 'static,
    T: Clone + Send + Sync + 'static,
{
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        match block(self.map.as_mut()?.next(), None, Some(engine_here())) {
            Ok(item) => item.flatten(),
            Err(refused) => {
                self.map = None;
                Some(Err(refused))
            }
        }
    }
}

impl<S, F, T: Clone + Send + Sync + 'static> fmt::Debug for MapIter<S, F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MapIter").field(&self.map).finish()
    }
}
