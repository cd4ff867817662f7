//! Iterators that may fail.

use std::fmt;

use crate::error::Error;
use crate::flow::envelope::Item;
use crate::flow::producer::Producer;

/// Makes what an iterator gives, until it ends or gives an error, with which the flow fails.
///
/// It is asked on a slot of the runtime: it must not block for long.
///
/// # Examples
///
/// ```
/// use headwater::{Error, Runtime};
/// use headwater::flow::Flow;
/// use headwater::flow::produce::TryIter;
///
/// let words = ["1", "2", "three"].into_iter();
/// let numbers = TryIter::new(words.map(|word| word.parse::<u32>().map_err(Error::new)));
/// let flow = Flow::batch();
/// flow.produce("numbers", numbers).consume("sum", |_| ());
/// let error = flow.build()?.run(&Runtime::builder().slots(1).build()?).wait().unwrap_err();
/// assert!(error.report().contains("invalid digit"));
/// # Ok::<(), Error>(())
/// ```
pub struct TryIter<I> {
    iterator: I,
}

impl<I> TryIter<I> {
    /// Makes what `iterator` gives.
    pub fn new(iterator: I) -> Self {
        Self { iterator }
    }
}

impl<I, T> Producer for TryIter<I>
where
    I: Iterator<Item = Result<T, Error>> + Send + 'static,
    T: Item,
{
    type Item = T;

    async fn next(&mut self) -> Result<Option<T>, Error> {
        self.iterator.next().transpose()
    }
}

impl<I> fmt::Debug for TryIter<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TryIter").finish_non_exhaustive()
    }
}
