//! Putting together nodes of each kind.

use std::any::Any;
use std::marker::PhantomData;

use crate::error::Error;
use crate::flow::async_processor::AsyncProcessor;
use crate::flow::context::NodeContext;
use crate::flow::controlled::{Both, Steered};
use crate::flow::crew::Seat;
use crate::flow::emitter::Emitter;
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

const NOT_FUSED: &str = "invariant: only processors that do not wait are fused";
const NO_REPLICAS: &str = "invariant: a producer is not ordered";

/// The task of a node that could not be made. Its place is given up there: whoever makes it may hold the crew's lock.
fn failed(links: &Links<'_>, node: NodeId, seat: Seat, error: Error) -> Task {
    let error = links.own(node, 0).name(error);
    Box::pin(async move {
        drop(seat);
        Err(error)
    })
}

/// The task that brings the work of replicas into order.
fn merging<T: crate::flow::Item>(links: &mut Links<'_>, node: NodeId) -> Task {
    let window = links.window::<T>(node);
    let next = Chain::new(links.output::<T>(Source { node, port: 0 }), Default::default());
    Box::pin(merge(links.head_alone(node), window, next))
}

pub(crate) struct Producing<P>(pub(crate) Making<P>);

impl<P: Producer> Assemble for Producing<P> {
    fn is_replicable(&self) -> bool {
        false
    }

    fn prepare(&mut self, replicas: usize) {
        self.0.prepare(replicas);
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

    fn fused(&mut self, _links: &mut Links<'_>, _node: NodeId) -> Box<dyn Any + Send> {
        unreachable!("{NOT_FUSED}")
    }

    fn window(&self, _width: usize) -> Arc<dyn AnyWindow> {
        unreachable!("{NO_REPLICAS}")
    }

    fn merge(&mut self, _links: &mut Links<'_>, _node: NodeId) -> Task {
        unreachable!("{NO_REPLICAS}")
    }
}

pub(crate) struct Processing<P>(pub(crate) Making<P>);

impl<P: Processor> Assemble for Processing<P> {
    fn is_replicable(&self) -> bool {
        self.0.is_replicable()
    }

    fn prepare(&mut self, replicas: usize) {
        self.0.prepare(replicas);
    }

    fn task(&mut self, links: &mut Links<'_>, node: NodeId, seat: Seat, replica: usize) -> Task {
        let processor = match self.0.make() {
            Ok(processor) => processor,
            Err(error) => return failed(links, node, seat, error),
        };
        let input = links.input::<P::Input>(node, 0, &seat, replica);
        let (head, own) = (links.head(node, seat), links.own(node, replica));
        let (next, branches) = (links.replica_output(node, replica), links.branches(node));
        if own.failure.retry.is_some() {
            let server = Server::new(head, own, Immediate(processor), Chain::new(next, branches));
            return Box::pin(server.serve(input));
        }
        let stage = Stage::new(processor, next, branches, own);
        Box::pin(receive(head, input, Chain::new(Box::new(stage), Default::default())))
    }

    fn fused(&mut self, links: &mut Links<'_>, node: NodeId) -> Box<dyn Any + Send> {
        let (next, branches) = (links.replica_output(node, 0), links.branches(node));
        let own = links.own(node, 0);
        let pushed: Box<dyn Push<P::Input>> = match self.0.make() {
            Ok(processor) => Box::new(Stage::new(processor, next, branches, own)),
            Err(error) => Box::new(Stage::new(Broken::<P>(error, PhantomData), next, branches, own)),
        };
        Box::new(pushed)
    }

    fn window(&self, width: usize) -> Arc<dyn AnyWindow> {
        Window::<P::Output>::new(width)
    }

    fn merge(&mut self, links: &mut Links<'_>, node: NodeId) -> Task {
        merging::<P::Output>(links, node)
    }
}

pub(crate) struct Serving<P>(pub(crate) Making<P>);

impl<P: AsyncProcessor> Assemble for Serving<P> {
    fn is_replicable(&self) -> bool {
        self.0.is_replicable()
    }

    fn prepare(&mut self, replicas: usize) {
        self.0.prepare(replicas);
    }

    fn task(&mut self, links: &mut Links<'_>, node: NodeId, seat: Seat, replica: usize) -> Task {
        let processor = match self.0.make() {
            Ok(processor) => processor,
            Err(error) => return failed(links, node, seat, error),
        };
        let input = links.input::<P::Input>(node, 0, &seat, replica);
        let (head, own) = (links.head(node, seat), links.own(node, replica));
        let server = Server::new(head, own, processor, links.replica_chain(node, replica));
        Box::pin(server.serve(input))
    }

    fn fused(&mut self, _links: &mut Links<'_>, _node: NodeId) -> Box<dyn Any + Send> {
        unreachable!("{NOT_FUSED}")
    }

    fn window(&self, width: usize) -> Arc<dyn AnyWindow> {
        Window::<P::Output>::new(width)
    }

    fn merge(&mut self, links: &mut Links<'_>, node: NodeId) -> Task {
        merging::<P::Output>(links, node)
    }
}

/// Input 0 is the main one, input 1 the control.
pub(crate) struct Controlling<P>(pub(crate) Making<P>);

impl<P: Controlled> Assemble for Controlling<P> {
    fn is_replicable(&self) -> bool {
        self.0.is_replicable()
    }

    fn prepare(&mut self, replicas: usize) {
        self.0.prepare(replicas);
    }

    fn task(&mut self, links: &mut Links<'_>, node: NodeId, seat: Seat, replica: usize) -> Task {
        let processor = match self.0.make() {
            Ok(processor) => Steered(processor),
            Err(error) => return failed(links, node, seat, error),
        };
        let main = links.input::<P::Input>(node, 0, &seat, replica);
        let control = links.input::<P::Control>(node, 1, &seat, replica);
        let inputs = Both::new(main, Some(control));
        let (head, own) = (links.head(node, seat), links.own(node, replica));
        let (next, branches) = (links.replica_output(node, replica), links.branches(node));
        if own.failure.retry.is_some() {
            let server = Server::new(head, own, Immediate(processor), Chain::new(next, branches));
            return Box::pin(server.serve(inputs));
        }
        let stage = Stage::new(processor, next, branches, own);
        Box::pin(receive(head, inputs, Chain::new(Box::new(stage), Default::default())))
    }

    fn fused(&mut self, _links: &mut Links<'_>, _node: NodeId) -> Box<dyn Any + Send> {
        unreachable!("{NOT_FUSED}")
    }

    fn window(&self, width: usize) -> Arc<dyn AnyWindow> {
        Window::<P::Output>::new(width)
    }

    fn merge(&mut self, links: &mut Links<'_>, node: NodeId) -> Task {
        merging::<P::Output>(links, node)
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
