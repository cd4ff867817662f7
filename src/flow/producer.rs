//! What a flow begins with.

use std::time::Duration;

use futures::{Stream, StreamExt};

use crate::error::Error;
use crate::flow::context::NodeContext;
use crate::flow::envelope::Item;

/// Makes the items that a flow begins with, one after the other. Every [`Stream`] is one, and with
/// [`stream::iter`](futures::stream::iter) every iterator.
///
/// # Cancel safety
///
/// When the flow is stopped, a call of [`open`](Producer::open) or [`next`](Producer::next) that has not returned is dropped;
/// the items that it has returned before flow on to the end.
pub trait Producer: Send + 'static {
    /// What it makes.
    type Item: Item;

    /// Called once, before the first item, in the task that uses it.
    ///
    /// # Errors
    ///
    /// Whatever it cannot do without. The flow fails.
    fn open(&mut self, _context: &NodeContext) -> impl Future<Output = Result<(), Error>> + Send {
        std::future::ready(Ok(()))
    }

    /// The next item; `None` after the last one.
    ///
    /// # Errors
    ///
    /// The flow fails.
    fn next(&mut self) -> impl Future<Output = Result<Option<Self::Item>, Error>> + Send;

    /// When what an item shows has happened, since any origin that all producers of the flow share. Joins by time go by it;
    /// without, by the time since the flow has started.
    fn time(&self, _item: &Self::Item) -> Option<Duration> {
        None
    }

    /// Called once at the end, if [`open`](Self::open) has succeeded, whatever has happened since. When the flow has failed or
    /// is aborted, it has a second, and is dropped after that.
    ///
    /// # Errors
    ///
    /// The flow fails, if it has not failed already.
    fn close(&mut self) -> impl Future<Output = Result<(), Error>> + Send {
        std::future::ready(Ok(()))
    }
}

impl<S> Producer for S
where
    S: Stream + Send + Unpin + 'static,
    S::Item: Item,
{
    type Item = S::Item;

    async fn next(&mut self) -> Result<Option<S::Item>, Error> {
        Ok(StreamExt::next(self).await)
    }
}
