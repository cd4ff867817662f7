//! The same for work that waits.

use crate::error::Error;
use crate::flow::context::NodeContext;
use crate::flow::emitter::Emitter;
use crate::flow::envelope::Item;

/// A [`Processor`](crate::flow::Processor) that awaits: requests, kernels, a graph's regions, the network.
///
/// While it waits it holds no slot. It takes one item after the other; for several at a time, make
/// [`replicas`](crate::flow::Node::replicas).
///
/// # Cancel safety
///
/// When the flow fails or is aborted, a call that has not returned is dropped at its await, and [`close`](Self::close) follows.
///
/// # Panics
///
/// As in a [`Processor`](crate::flow::Processor).
pub trait AsyncProcessor: Send + 'static {
    /// What it takes.
    type Input: Item;
    /// What it makes.
    type Output: Item;

    /// Called once, before the first item, in the task that uses it.
    ///
    /// # Errors
    ///
    /// Whatever it cannot do without. The flow fails.
    fn open(&mut self, _context: &NodeContext) -> impl Future<Output = Result<(), Error>> + Send {
        std::future::ready(Ok(()))
    }

    /// Takes an item.
    ///
    /// # Errors
    ///
    /// That of this item.
    fn process(
        &mut self,
        input: Self::Input,
        output: &mut Emitter<'_, Self::Output>,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Called once after the last item. Not called when the flow has failed or is aborted.
    ///
    /// # Errors
    ///
    /// Whatever could not be made. The flow fails.
    fn flush(&mut self, _output: &mut Emitter<'_, Self::Output>) -> impl Future<Output = Result<(), Error>> + Send {
        std::future::ready(Ok(()))
    }

    /// Called once at the end, if [`open`](Self::open) has succeeded; not when the runtime is shut down under it. When
    /// the flow has failed or is aborted, it has a second, and is dropped after that.
    ///
    /// # Errors
    ///
    /// The flow fails, if it has not failed already.
    fn close(&mut self) -> impl Future<Output = Result<(), Error>> + Send {
        std::future::ready(Ok(()))
    }
}
