//! What a flow ends with.

use std::marker::PhantomData;

use futures::{Sink, SinkExt};

use crate::error::Error;
use crate::flow::async_processor::AsyncProcessor;
use crate::flow::context::NodeContext;
use crate::flow::emitter::Emitter;
use crate::flow::envelope::{Item, Trace};
use crate::flow::processor::Processor;

/// Takes items, and makes none.
///
/// It is opened, used and closed as a [`Processor`].
pub trait Consumer: Send + 'static {
    /// What it takes.
    type Input: Item;

    /// Called once, before the first item, in the task that uses it.
    ///
    /// # Errors
    ///
    /// Whatever it cannot do without. The flow fails.
    fn open(&mut self, _context: &NodeContext) -> Result<(), Error> {
        Ok(())
    }

    /// Takes an item, and what it was made of.
    ///
    /// # Errors
    ///
    /// That of this item.
    fn consume(&mut self, input: Self::Input, trace: Trace) -> Result<(), Error>;

    /// Called once after the last item. Not called when the flow has failed or is aborted: here, and not in
    /// [`close`](Self::close), a file gets its name.
    ///
    /// # Errors
    ///
    /// The flow fails.
    fn finish(&mut self) -> Result<(), Error> {
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

/// What a consumer makes: there is none of it.
#[derive(Clone, Debug)]
pub(crate) enum Never {}

/// A consumer as a processor.
#[derive(Clone)]
pub(crate) struct Consuming<C>(pub(crate) C);

impl<C: Consumer> Processor for Consuming<C> {
    type Input = C::Input;
    type Output = Never;

    fn open(&mut self, context: &NodeContext) -> Result<(), Error> {
        self.0.open(context)
    }

    #[inline]
    fn process(&mut self, input: C::Input, output: &mut Emitter<'_, Never>) -> Result<(), Error> {
        self.0.consume(input, output.trace())
    }

    fn flush(&mut self, _output: &mut Emitter<'_, Never>) -> Result<(), Error> {
        self.0.finish()
    }

    fn close(&mut self) -> Result<(), Error> {
        self.0.close()
    }
}

/// A sink as a processor.
pub(crate) struct Sinking<S, T>(S, PhantomData<fn(T)>);

impl<S, T> Sinking<S, T> {
    pub(crate) fn new(sink: S) -> Self {
        Self(sink, PhantomData)
    }
}

impl<S, T> AsyncProcessor for Sinking<S, T>
where
    S: Sink<T> + Send + Unpin + 'static,
    S::Error: std::error::Error + Send + Sync + 'static,
    T: Item,
{
    type Input = T;
    type Output = Never;

    async fn process(&mut self, input: T, _output: &mut Emitter<'_, Never>) -> Result<(), Error> {
        self.0.feed(input).await.map_err(Error::new)
    }

    async fn flush(&mut self, _output: &mut Emitter<'_, Never>) -> Result<(), Error> {
        self.0.flush().await.map_err(Error::new)
    }

    async fn close(&mut self) -> Result<(), Error> {
        self.0.close().await.map_err(Error::new)
    }
}
