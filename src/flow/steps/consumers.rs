//! Consumers.

use std::panic::Location;

use futures::Sink;

use crate::error::Error;
use crate::flow::assemble::{Processing, Serving};
use crate::flow::closures::{Ending, Taking};
use crate::flow::collected::{Collected, Collector};
use crate::flow::consumer::{Consumer, Consuming, Sinking};
use crate::flow::envelope::Item;
use crate::flow::making::Making;
use crate::flow::node::{ConsumerNode, Node};
use crate::flow::plan::Role;

/// # Consumers
impl<J, T: Item> Node<J, T> {
    /// Calls a function with each item.
    #[track_caller]
    pub fn consume(&self, name: impl Into<String>, mut function: impl FnMut(T) + Send + 'static) -> ConsumerNode<T> {
        self.try_consume(name, move |item| {
            function(item);
            Ok(())
        })
    }

    /// The same with a function that may fail.
    #[track_caller]
    pub fn try_consume(
        &self,
        name: impl Into<String>,
        function: impl FnMut(T) -> Result<(), Error> + Send + 'static,
    ) -> ConsumerNode<T> {
        self.consumer(name, Taking::new(function))
    }

    /// Adds a consumer. It has one replica.
    #[track_caller]
    pub fn consumer<C: Consumer<Input = T>>(&self, name: impl Into<String>, consumer: C) -> ConsumerNode<T> {
        let made = Making::one(Consuming(consumer));
        self.behind(name, Role::Consumer, Processing(made), Location::caller())
    }

    /// Adds a consumer that is made anew for each replica.
    #[track_caller]
    pub fn consumer_with<C: Consumer<Input = T>>(
        &self,
        name: impl Into<String>,
        mut make: impl FnMut() -> C + Send + 'static,
    ) -> ConsumerNode<T> {
        let made = Making::many(move || Consuming(make()));
        self.behind(name, Role::Consumer, Processing(made), Location::caller())
    }

    /// Awaits a future for each item, one after the other.
    #[track_caller]
    pub fn consume_async<R>(
        &self,
        name: impl Into<String>,
        function: impl FnMut(T) -> R + Clone + Send + 'static,
    ) -> ConsumerNode<T>
    where
        R: Future<Output = Result<(), Error>> + Send + 'static,
    {
        let ending = Ending::new(function);
        let made = Making::many(move || ending.clone());
        self.behind(name, Role::Consumer, Serving(made), Location::caller())
    }

    /// Sends each item into a sink, which is flushed after the last one, and closed in any case.
    #[track_caller]
    pub fn sink<S>(&self, name: impl Into<String>, sink: S) -> ConsumerNode<T>
    where
        S: Sink<T> + Send + Unpin + 'static,
        S::Error: std::error::Error + Send + Sync + 'static,
    {
        let made = Making::one(Sinking::new(sink));
        self.behind(name, Role::Consumer, Serving(made), Location::caller())
    }

    /// Keeps all items, for whoever looks at them then.
    #[track_caller]
    pub fn collect(&self, name: impl Into<String>) -> Collected<T> {
        let collected = Collected::default();
        self.consumer(name, Collector::new(&collected)).cheap();
        collected
    }
}
