//! What a node in the midst of a flow does.

use crate::error::Error;
use crate::flow::emitter::Emitter;
use crate::flow::envelope::Item;

/// Makes items of items: none, one or several of each.
///
/// It runs in one task, which opens it before the first item and closes it once at the end, also after an error and when the flow
/// is aborted. Each replica of a node has a processor of its own.
///
/// # Panics
///
/// A panic is the failure of the item at hand: what the node does then is its [`Failure`](crate::flow::Failure) policy. A processor
/// that goes on after a panic sees itself as the panic has left it.
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
    fn open(&mut self) -> Result<(), Error> {
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

    /// Called once at the end, if [`open`](Self::open) was called.
    ///
    /// # Errors
    ///
    /// The flow fails, if it has not failed already.
    fn close(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

/// A closure that makes one item of each.
#[derive(Clone)]
pub(crate) struct Map<F, I, O>(F, std::marker::PhantomData<fn(I) -> O>);

impl<F, I, O> Map<F, I, O> {
    pub(crate) fn new(function: F) -> Self {
        Self(function, std::marker::PhantomData)
    }
}

impl<F, I: Item, O: Item> Processor for Map<F, I, O>
where
    F: FnMut(I) -> O + Send + 'static,
{
    type Input = I;
    type Output = O;

    #[inline]
    fn process(&mut self, input: I, output: &mut Emitter<'_, O>) -> Result<(), Error> {
        let made = (self.0)(input);
        output.emit(made);
        Ok(())
    }
}
