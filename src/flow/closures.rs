//! Closures as processors.

use std::marker::PhantomData;

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::flow::async_processor::AsyncProcessor;
use crate::flow::consumer::{Consumer, Never};
use crate::flow::emitter::Emitter;
use crate::flow::envelope::{Item, Trace};
use crate::flow::pooled::in_pool;
use crate::flow::processor::Processor;
use crate::sync::Arc;

/// A function that is called with each item and what takes the results.
pub(crate) struct Each<F, I, O>(F, PhantomData<fn(I) -> O>);

impl<F: Clone, I, O> Clone for Each<F, I, O> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<F, I, O> Each<F, I, O>
where
    F: FnMut(I, &mut Emitter<'_, O>) -> Result<(), Error>,
{
    pub(crate) fn new(function: F) -> Self {
        Self(function, PhantomData)
    }
}

impl<F, I: Item, O: Item> Processor for Each<F, I, O>
where
    F: FnMut(I, &mut Emitter<'_, O>) -> Result<(), Error> + Send + 'static,
{
    type Input = I;
    type Output = O;

    #[inline]
    fn process(&mut self, input: I, output: &mut Emitter<'_, O>) -> Result<(), Error> {
        (self.0)(input, output)
    }
}

/// A function that takes items; each replica has its own.
pub(crate) struct Taking<F, I>(F, PhantomData<fn(I)>);

impl<F: Clone, I> Clone for Taking<F, I> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<F: FnMut(I) -> Result<(), Error>, I> Taking<F, I> {
    pub(crate) fn new(function: F) -> Self {
        Self(function, PhantomData)
    }
}

impl<F, I: Item> Consumer for Taking<F, I>
where
    F: FnMut(I) -> Result<(), Error> + Send + 'static,
{
    type Input = I;

    #[inline]
    fn consume(&mut self, input: I, _trace: Trace) -> Result<(), Error> {
        (self.0)(input)
    }
}

/// A function that makes a future of each item.
pub(crate) struct Awaiting<F, I, O>(F, PhantomData<fn(I) -> O>);

impl<F: Clone, I, O> Clone for Awaiting<F, I, O> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<F, I, O> Awaiting<F, I, O> {
    pub(crate) fn new(function: F) -> Self {
        Self(function, PhantomData)
    }
}

impl<F, R, I: Item, O: Item> AsyncProcessor for Awaiting<F, I, O>
where
    F: FnMut(I) -> R + Send + 'static,
    R: Future<Output = Result<O, Error>> + Send,
{
    type Input = I;
    type Output = O;

    async fn process(&mut self, input: I, output: &mut Emitter<'_, O>) -> Result<(), Error> {
        let made = (self.0)(input).await?;
        output.emit(made);
        Ok(())
    }
}

/// The same without a result.
pub(crate) struct Ending<F, I>(F, PhantomData<fn(I)>);

impl<F: Clone, I> Clone for Ending<F, I> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<F, I> Ending<F, I> {
    pub(crate) fn new(function: F) -> Self {
        Self(function, PhantomData)
    }
}

impl<F, R, I: Item> AsyncProcessor for Ending<F, I>
where
    F: FnMut(I) -> R + Send + 'static,
    R: Future<Output = Result<(), Error>> + Send,
{
    type Input = I;
    type Output = Never;

    async fn process(&mut self, input: I, _output: &mut Emitter<'_, Never>) -> Result<(), Error> {
        (self.0)(input).await
    }
}

/// A function that runs in the compute pool.
pub(crate) struct Kernel<F, I, O> {
    function: Arc<F>,
    _types: PhantomData<fn(I) -> O>,
}

impl<F, I, O> Clone for Kernel<F, I, O> {
    fn clone(&self) -> Self {
        Self {
            function: Arc::clone(&self.function),
            _types: PhantomData,
        }
    }
}

impl<F, I, O> Kernel<F, I, O> {
    pub(crate) fn new(function: F) -> Self {
        Self {
            function: Arc::new(function),
            _types: PhantomData,
        }
    }
}

impl<F, I: Item, O: Item> AsyncProcessor for Kernel<F, I, O>
where
    F: Fn(I, &Checkpoint) -> Result<O, Error> + Send + Sync + 'static,
{
    type Input = I;
    type Output = O;

    async fn process(&mut self, input: I, output: &mut Emitter<'_, O>) -> Result<(), Error> {
        let function = Arc::clone(&self.function);
        let made = in_pool(move |checkpoint| function(input, checkpoint)).await?;
        output.emit(made);
        Ok(())
    }
}
