//! Nothing.

use std::fmt;
use std::marker::PhantomData;

use crate::error::Error;
use crate::flow::consumer::Consumer;
use crate::flow::envelope::{Item, Trace};
use crate::sync::Arc;
use crate::sync::atomic::{TALLY, Tally};

/// Counts items and lets go of them. Clones count together: keep one to look at.
///
/// # Examples
///
/// ```
/// use futures::stream;
/// use headwater::Runtime;
/// use headwater::flow::Flow;
/// use headwater::flow::consume::Void;
///
/// let (flow, void) = (Flow::batch(), Void::new());
/// flow.produce("numbers", stream::iter(0..40)).consumer("void", void.clone());
/// flow.build()?.run(&Runtime::builder().slots(1).build()?).wait()?;
/// assert_eq!(void.count(), 40);
/// # Ok::<(), headwater::Error>(())
/// ```
pub struct Void<T> {
    count: Arc<Tally>,
    _input: PhantomData<fn(T)>,
}

impl<T> Void<T> {
    /// Nothing yet.
    pub fn new() -> Self {
        Self {
            count: Arc::default(),
            _input: PhantomData,
        }
    }

    /// How many items have come.
    pub fn count(&self) -> u64 {
        self.count.load(TALLY)
    }
}

impl<T> Default for Void<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Clone for Void<T> {
    fn clone(&self) -> Self {
        Self {
            count: Arc::clone(&self.count),
            _input: PhantomData,
        }
    }
}

impl<T: Item> Consumer for Void<T> {
    type Input = T;

    #[inline]
    fn consume(&mut self, _input: T, _trace: Trace) -> Result<(), Error> {
        self.count.fetch_add(1, TALLY);
        Ok(())
    }
}

impl<T> fmt::Debug for Void<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Void").field("count", &self.count()).finish()
    }
}
