//! What a node in the midst of a flow does.

use crate::error::Error;
use crate::flow::context::NodeContext;
use crate::flow::emitter::Emitter;
use crate::flow::envelope::Item;

/// Makes items of items: none, one or several of each.
///
/// It runs in one task, which opens it before the first item and closes it once at the end, also after an error and when the
/// flow is aborted. Each replica of a node has a processor of its own.
///
/// It runs on a slot of the runtime, so it must not block for long; for work of more than some milliseconds for an item there
/// is [`kernel`](crate::flow::Node::kernel), for what has to wait there is [`AsyncProcessor`](crate::flow::AsyncProcessor).
///
/// # Panics
///
/// A panic is the failure of the item at hand: what the node does then is its [`Failure`](crate::flow::Failure) policy. A
/// processor that goes on after a panic sees itself as the panic has left it.
pub trait Processor: Send + 'static {
    /// What it takes.
    type Input: Item;
    /// What it makes.
    type Output: Item;

    /// Called once, before the first item, in the task that uses it.
    ///
    /// # Errors
    ///
    /// Whatever it cannot do without. The flow fails.
    fn open(&mut self, _context: &NodeContext) -> Result<(), Error> {
        Ok(())
    }

    /// Takes an item.
    ///
    /// # Errors
    ///
    /// That of this item.
    fn process(&mut self, input: Self::Input, output: &mut Emitter<'_, Self::Output>) -> Result<(), Error>;

    /// Called once after the last item: what has been held back goes out now. Not called when the flow has failed or is aborted.
    ///
    /// # Errors
    ///
    /// Whatever could not be made. The flow fails.
    fn flush(&mut self, _output: &mut Emitter<'_, Self::Output>) -> Result<(), Error> {
        Ok(())
    }

    /// Called once at the end, if [`open`](Self::open) has succeeded.
    ///
    /// # Errors
    ///
    /// The flow fails, if it has not failed already.
    fn close(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

/// A [`Processor`] with a second input, whose items change how it goes on: thresholds, a reload, a marker.
///
/// Each replica gets each of them, before the items that come after it, and as soon as it is free. The node does not wait for
/// them, and ends when its main input ends.
pub trait Controlled: Processor {
    /// What comes in there.
    type Control: Item;

    /// Takes one.
    ///
    /// # Errors
    ///
    /// As of [`process`](Processor::process).
    fn control(&mut self, control: Self::Control, output: &mut Emitter<'_, Self::Output>) -> Result<(), Error>;
}
