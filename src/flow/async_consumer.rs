//! Consumers that wait.

use std::panic::Location;

use crate::error::Error;
use crate::flow::assemble::Serving;
use crate::flow::async_processor::AsyncProcessor;
use crate::flow::consumer::Never;
use crate::flow::context::NodeContext;
use crate::flow::emitter::Emitter;
use crate::flow::envelope::{Item, Trace};
use crate::flow::making::Making;
use crate::flow::node::{ConsumerNode, Node};
use crate::flow::plan::Role;

/// A [`Consumer`](crate::flow::Consumer) that awaits: kernels, the network.
///
/// While it waits it holds no slot. It takes one item after the other.
///
/// # Cancel safety
///
/// When the flow fails or is aborted, a call that has not returned is dropped at its await, and [`close`](Self::close) follows.
pub trait AsyncConsumer: Send + 'static {
    /// What it takes.
    type Input: Item;

    /// Called once, before the first item, in the task that uses it.
    ///
    /// # Errors
    ///
    /// Whatever it cannot do without. The flow fails.
    fn open(&mut self, _context: &NodeContext) -> impl Future<Output = Result<(), Error>> + Send {
        std::future::ready(Ok(()))
    }

    /// Takes an item, and what it was made of.
    ///
    /// # Errors
    ///
    /// That of this item.
    fn consume(&mut self, input: Self::Input, trace: Trace) -> impl Future<Output = Result<(), Error>> + Send;

    /// Called once after the last item. Not called when the flow has failed or is aborted: here, and not in
    /// [`close`](Self::close), a file gets its name.
    ///
    /// # Errors
    ///
    /// The flow fails.
    fn finish(&mut self) -> impl Future<Output = Result<(), Error>> + Send {
        std::future::ready(Ok(()))
    }

    /// Called once at the end, if [`open`](Self::open) has succeeded; not when the runtime is shut down under it.
    ///
    /// # Errors
    ///
    /// The flow fails, if it has not failed already.
    fn close(&mut self) -> impl Future<Output = Result<(), Error>> + Send {
        std::future::ready(Ok(()))
    }
}

/// A consumer as a processor.
struct Consuming<C>(C);

impl<C: AsyncConsumer> AsyncProcessor for Consuming<C> {
    type Input = C::Input;
    type Output = Never;

    async fn open(&mut self, context: &NodeContext) -> Result<(), Error> {
        self.0.open(context).await
    }

    async fn process(&mut self, input: C::Input, output: &mut Emitter<'_, Never>) -> Result<(), Error> {
        self.0.consume(input, output.trace()).await
    }

    async fn flush(&mut self, _output: &mut Emitter<'_, Never>) -> Result<(), Error> {
        self.0.finish().await
    }

    async fn close(&mut self) -> Result<(), Error> {
        self.0.close().await
    }
}

impl<J, T: Item> Node<J, T> {
    /// Adds a consumer that awaits. It has one replica.
    #[track_caller]
    pub fn async_consumer<C: AsyncConsumer<Input = T>>(&self, name: impl Into<String>, consumer: C) -> ConsumerNode<T> {
        let made = Making::one(Consuming(consumer));
        self.behind(name, Role::Consumer, Serving(made), Location::caller())
    }
}
