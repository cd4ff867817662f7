//! Processors.

use std::panic::Location;

use super::CONTROL;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::flow::assemble::{Controlling, Processing, Serving};
use crate::flow::async_processor::AsyncProcessor;
use crate::flow::closures::{Awaiting, Each, Kernel};
use crate::flow::edge::{Overflow, Routing, Typed};
use crate::flow::emitter::Emitter;
use crate::flow::envelope::Item;
use crate::flow::making::Making;
use crate::flow::node::Node;
use crate::flow::plan::{Input, Role};
use crate::flow::processor::{Controlled, Processor};

/// How many items may wait at a second input, for each replica.
const CONTROLS: usize = 64;

/// # Processors
///
/// Each adds a node with a name that is unique in the flow.
impl<J, T: Item> Node<J, T> {
    /// Makes one item of each by a function, which runs on a slot of the runtime in a task of its own.
    #[track_caller]
    pub fn process<O: Item>(
        &self,
        name: impl Into<String>,
        mut function: impl FnMut(T) -> O + Clone + Send + 'static,
    ) -> Node<T, O> {
        self.try_process(name, move |item| Ok(function(item)))
    }

    /// The same by a function that may fail.
    #[track_caller]
    pub fn try_process<O: Item>(
        &self,
        name: impl Into<String>,
        mut function: impl FnMut(T) -> Result<O, Error> + Clone + Send + 'static,
    ) -> Node<T, O> {
        let each = Each::new(move |item, output: &mut Emitter<'_, O>| {
            output.emit(function(item)?);
            Ok(())
        });
        let made = Making::many(move || each.clone());
        self.behind(name, Role::Processor, Processing(made), Location::caller())
    }

    /// Adds a processor. It has one replica, for there is one of it: see [`processor_with`](Self::processor_with).
    #[track_caller]
    pub fn processor<P: Processor<Input = T>>(&self, name: impl Into<String>, processor: P) -> Node<T, P::Output> {
        let made = Making::one(processor);
        self.behind(name, Role::Processor, Processing(made), Location::caller())
    }

    /// Adds a processor that is made anew for each replica.
    #[track_caller]
    pub fn processor_with<P: Processor<Input = T>>(
        &self,
        name: impl Into<String>,
        make: impl FnMut() -> P + Send + 'static,
    ) -> Node<T, P::Output> {
        let made = Making::many(make);
        self.behind(name, Role::Processor, Processing(made), Location::caller())
    }

    /// Makes one item of each by a future: requests, a graph's regions, the network. One item after the other, so replicas are
    /// how many are under way.
    ///
    /// # Examples
    ///
    /// A graph is asked for regions:
    ///
    /// ```
    /// use futures::stream;
    /// use headwater::flow::Flow;
    /// use headwater::graph::Graph;
    /// use headwater::operators::{ArraySource, Gaussian};
    /// use headwater::{Array, roi};
    ///
    /// let graph = Graph::new();
    /// let raw = graph.add(ArraySource::new(Array::full("yx", &[64, 64], 1.0_f32)?));
    /// let blur = graph.add(Gaussian::new(2.0));
    /// graph.edit(|e| e.connect(&raw.output, &blur.input))?;
    ///
    /// let flow = Flow::batch();
    /// let tiles = flow.produce("tiles", stream::iter([roi![0..32, 0..32], roi![32..64, 0..64]]));
    /// let output = blur.output.clone();
    /// let blurred = tiles.process_async("blur", move |roi| {
    ///     let request = output.request(roi);
    ///     async move { request.await }
    /// });
    /// let arrays = blurred.replicas(2).ordered().collect("arrays");
    /// flow.build()?.start().wait()?;
    /// assert_eq!(arrays.take().len(), 2);
    /// # Ok::<(), headwater::Error>(())
    /// ```
    #[track_caller]
    pub fn process_async<O: Item, R>(
        &self,
        name: impl Into<String>,
        function: impl FnMut(T) -> R + Clone + Send + 'static,
    ) -> Node<T, O>
    where
        R: Future<Output = Result<O, Error>> + Send + 'static,
    {
        let awaiting = Awaiting::new(function);
        let made = Making::many(move || awaiting.clone());
        self.behind(name, Role::Processor, Serving(made), Location::caller())
    }

    /// Adds a processor that awaits. It has one replica.
    #[track_caller]
    pub fn async_processor<P: AsyncProcessor<Input = T>>(
        &self,
        name: impl Into<String>,
        processor: P,
    ) -> Node<T, P::Output> {
        let made = Making::one(processor);
        self.behind(name, Role::Processor, Serving(made), Location::caller())
    }

    /// Adds a processor that awaits and is made anew for each replica.
    #[track_caller]
    pub fn async_processor_with<P: AsyncProcessor<Input = T>>(
        &self,
        name: impl Into<String>,
        make: impl FnMut() -> P + Send + 'static,
    ) -> Node<T, P::Output> {
        let made = Making::many(make);
        self.behind(name, Role::Processor, Serving(made), Location::caller())
    }

    /// Makes one item of each by a kernel, which runs in the compute pool: for work of milliseconds and more. The replicas are
    /// how many kernels may run at a time.
    #[track_caller]
    pub fn kernel<O: Item>(
        &self,
        name: impl Into<String>,
        kernel: impl Fn(T, &Checkpoint) -> Result<O, Error> + Send + Sync + 'static,
    ) -> Node<T, O> {
        let kernel = Kernel::new(kernel);
        let made = Making::many(move || kernel.clone());
        self.behind(name, Role::Processor, Serving(made), Location::caller())
    }

    /// Adds a processor with a second input. Each of its replicas, which are clones, gets all that comes in there: none of it
    /// is dropped, in a realtime flow neither, so a node that is stuck holds up whoever sends it more than 64 of them.
    #[track_caller]
    pub fn controlled<P, K>(
        &self,
        name: impl Into<String>,
        processor: P,
        control: &Node<K, P::Control>,
    ) -> Node<T, P::Output>
    where
        P: Controlled<Input = T> + Clone,
    {
        let made = Making::many(move || processor.clone());
        let node = self.behind(name, Role::Processor, Controlling(made), Location::caller());
        let edge = Typed::<P::Control> {
            routing: Routing::Broadcast,
            weigh: None,
        };
        node.shared().node(node.id(), |node| {
            // None of them is lost, also where items may be.
            let mut input = Input::new(CONTROL, Box::new(edge));
            input.overflow = Some(Overflow::Block);
            input.depth = Some(CONTROLS);
            node.inputs.push(input);
        });
        let is_foreign = !control.shared().is(node.shared());
        node.wire_input(1, &[control.source()], is_foreign);
        node
    }
}
