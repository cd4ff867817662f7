//! Putting together nodes of each kind.

use std::any::Any;
use std::marker::PhantomData;

use crate::error::Error;
use crate::flow::async_processor::AsyncProcessor;
use crate::flow::context::NodeContext;
use crate::flow::controlled::{ControlledProcessor, WithControl};
use crate::flow::crew::Seat;
use crate::flow::edge;
use crate::flow::emitter::Emitter;
use crate::flow::envelope::Item;
use crate::flow::immediate::Immediate;
use crate::flow::making::Making;
use crate::flow::plan::{Assemble, Links, NodeId, Source, Task};
use crate::flow::processor::{Controlled, Processor};
use crate::flow::producer::Producer;
use crate::flow::reorder::{AnyWindow, Window};
use crate::flow::task::chain::Chain;
use crate::flow::task::merge::merge;
use crate::flow::task::produce::produce;
use crate::flow::task::push::Push;
use crate::flow::task::receive::receive;
use crate::flow::task::serve::Server;
use crate::flow::task::stage::Stage;
use crate::sync::Arc;

/// The task of a node that could not be made. Its place is given up there: whoever makes it may hold the crew's lock.
fn failed(links: &Links<'_>, node: NodeId, seat: Seat, error: Error) -> Task {
    let error = links.own(node, 0).name(error);
    Box::pin(async move {
        drop(seat);
        Err(error)
    })
}

pub(crate) struct Producing<P>(pub(crate) Making<P>);

impl<P: Producer> Assemble for Producing<P> {
    fn is_replicable(&self) -> bool {
        false
    }

    fn task(&mut self, links: &mut Links<'_>, node: NodeId, seat: Seat, replica: usize) -> Task {
        match self.0.make() {
            Ok(producer) => {
                let (head, own) = (links.head(node, seat), links.own(node, replica));
                let place = u32::try_from(node).unwrap_or(u32::MAX);
                let next = links.replica_chain(node, replica);
                Box::pin(produce(head, own, place, producer, next))
            }
            Err(error) => failed(links, node, seat, error),
        }
    }
}

/// A node of which there may be several: what is the same for all kinds of them.
trait Replicated: Send {
    /// What one replica consists of.
    type Unit;
    /// What it makes.
    type Output: Item;

    fn making(&self) -> &Making<Self::Unit>;

    fn making_mut(&mut self) -> &mut Making<Self::Unit>;

    /// The task of a replica.
    fn start(links: &mut Links<'_>, node: NodeId, seat: Seat, replica: usize, unit: Self::Unit) -> Task;

    /// A `Box<dyn Push<I>>` that the task of the node before it runs.
    fn fuse(_links: &mut Links<'_>, _node: NodeId, _unit: Result<Self::Unit, Error>) -> Box<dyn Any + Send> {
        unreachable!("invariant: only processors that do not wait are fused")
    }
}

impl<R: Replicated> Assemble for R {
    fn is_replicable(&self) -> bool {
        self.making().is_replicable()
    }

    fn prepare(&mut self, replicas: usize) {
        self.making_mut().prepare(replicas);
    }

    fn task(&mut self, links: &mut Links<'_>, node: NodeId, seat: Seat, replica: usize) -> Task {
        match self.making_mut().make() {
            Ok(unit) => R::start(links, node, seat, replica, unit),
            Err(error) => failed(links, node, seat, error),
        }
    }

    fn fused(&mut self, links: &mut Links<'_>, node: NodeId) -> Box<dyn Any + Send> {
        R::fuse(links, node, self.making_mut().make())
    }

    fn window(&self, width: usize) -> Arc<dyn AnyWindow> {
        Window::<R::Output>::new(width)
    }

    fn merge(&mut self, links: &mut Links<'_>, node: NodeId) -> Task {
        let window = links.window::<R::Output>(node);
        let branches = links.branches(node);
        let next = Chain::new(links.output(Source { node, port: 0 }), branches);
        Box::pin(merge(links.head_alone(node), window, next))
    }
}

/// The task of a processor that does not await, whatever it takes from.
fn process<P: Processor>(
    links: &mut Links<'_>,
    node: NodeId,
    seat: Seat,
    replica: usize,
    processor: P,
    input: impl edge::Source<P::Input> + 'static,
) -> Task {
    let (head, own) = (links.head(node, seat), links.own(node, replica));
    let (next, branches) = (links.replica_output(node, replica), links.replica_branches(node));
    if own.failure.retry.is_some() {
        // It has to wait for the time of another attempt.
        let server = Server::new(head, own, Immediate(processor), Chain::new(next, branches));
        return Box::pin(server.serve(input));
    }
    let stage = Stage::new(processor, next, branches, own);
    Box::pin(receive(head, input, Chain::new(Box::new(stage), Default::default())))
}

pub(crate) struct Processing<P>(pub(crate) Making<P>);

impl<P: Processor> Replicated for Processing<P> {
    type Unit = P;
    type Output = P::Output;

    fn making(&self) -> &Making<P> {
        &self.0
    }

    fn making_mut(&mut self) -> &mut Making<P> {
        &mut self.0
    }

    fn start(links: &mut Links<'_>, node: NodeId, seat: Seat, replica: usize, processor: P) -> Task {
        let input = links.input::<P::Input>(node, 0, &seat, replica);
        process(links, node, seat, replica, processor, input)
    }

    fn fuse(links: &mut Links<'_>, node: NodeId, processor: Result<P, Error>) -> Box<dyn Any + Send> {
        // It has no window: what is ordered has a task of its own.
        let (next, branches) = (links.output(Source { node, port: 0 }), links.branches(node));
        let own = links.own(node, 0);
        let pushed: Box<dyn Push<P::Input>> = match processor {
            Ok(processor) => Box::new(Stage::new(processor, next, branches, own)),
            Err(error) => Box::new(Stage::new(Broken::<P>(error, PhantomData), next, branches, own)),
        };
        Box::new(pushed)
    }
}

pub(crate) struct Serving<P>(pub(crate) Making<P>);

impl<P: AsyncProcessor> Replicated for Serving<P> {
    type Unit = P;
    type Output = P::Output;

    fn making(&self) -> &Making<P> {
        &self.0
    }

    fn making_mut(&mut self) -> &mut Making<P> {
        &mut self.0
    }

    fn start(links: &mut Links<'_>, node: NodeId, seat: Seat, replica: usize, processor: P) -> Task {
        let input = links.input::<P::Input>(node, 0, &seat, replica);
        let (head, own) = (links.head(node, seat), links.own(node, replica));
        let server = Server::new(head, own, processor, links.replica_chain(node, replica));
        Box::pin(server.serve(input))
    }
}

/// Input 0 is the main one, input 1 the control.
pub(crate) struct Controlling<P>(pub(crate) Making<P>);

impl<P: Controlled> Replicated for Controlling<P> {
    type Unit = P;
    type Output = P::Output;

    fn making(&self) -> &Making<P> {
        &self.0
    }

    fn making_mut(&mut self) -> &mut Making<P> {
        &mut self.0
    }

    fn start(links: &mut Links<'_>, node: NodeId, seat: Seat, replica: usize, processor: P) -> Task {
        let main = links.input::<P::Input>(node, 0, &seat, replica);
        let control = links.input::<P::Control>(node, 1, &seat, replica);
        let inputs = WithControl::new(main, Some(control));
        process(links, node, seat, replica, ControlledProcessor(processor), inputs)
    }
}

/// Stands where a fused node could not be made: it cannot be opened.
struct Broken<P>(Error, PhantomData<fn(P)>);

impl<P: Processor> Processor for Broken<P> {
    type Input = P::Input;
    type Output = P::Output;

    fn open(&mut self, _context: &NodeContext) -> Result<(), Error> {
        Err(self.0.clone())
    }

    fn process(&mut self, _input: P::Input, _output: &mut Emitter<'_, P::Output>) -> Result<(), Error> {
        Err(self.0.clone())
    }
}
