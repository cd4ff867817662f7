//! Beginning a flow.

use std::fmt;
use std::panic::Location;

use crate::error::Error;
use crate::flow::assemble::{Processing, Producing};
use crate::flow::closures::Each;
use crate::flow::emitter::Emitter;
use crate::flow::envelope::Item;
use crate::flow::flow::Flow;
use crate::flow::making::Making;
use crate::flow::node::{Node, Output};
use crate::flow::plan::{Mode, Plan, Role, Shared};
use crate::flow::processor::Processor;
use crate::flow::producer::Producer;
use crate::sync::Arc;

/// Takes nodes and how they are wired, and makes a [`Flow`] of them. Made by [`Flow::batch`] and [`Flow::realtime`].
///
/// A node that takes items is added behind the output that it takes from ([`process`](Node::process) and others), or here, to
/// be [wired](Node::wire) later. Clones are the same builder.
#[derive(Clone)]
pub struct FlowBuilder {
    shared: Shared,
}

impl FlowBuilder {
    pub(crate) fn new(mode: Mode) -> Self {
        let shared = Shared::new(mode);
        Self { shared }
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(crate) fn of(shared: Shared) -> Self {
        Self { shared }
    }

    /// A name for errors, snapshots and figures; `flow` if not given.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        self.shared.with(|plan| plan.name = name.into().into());
        self
    }

    /// Adds a producer: any [`Producer`], any `Stream`.
    #[track_caller]
    pub fn produce<P: Producer>(&self, name: impl Into<String>, producer: P) -> Output<P::Item> {
        let assemble = Box::new(Producing(Making::one(producer)));
        let place = Location::caller();
        Node::add(&self.shared, name.into(), Role::Producer, Vec::new(), assemble, place)
    }

    /// Adds a processor that is to be wired. It has one replica.
    #[track_caller]
    pub fn processor<P: Processor>(&self, name: impl Into<String>, processor: P) -> Node<P::Input, P::Output> {
        self.unwired(name.into(), Making::one(processor), Location::caller())
    }

    /// Adds a processor that is to be wired, and made anew for each replica.
    #[track_caller]
    pub fn processor_with<P: Processor>(
        &self,
        name: impl Into<String>,
        make: impl FnMut() -> P + Send + 'static,
    ) -> Node<P::Input, P::Output> {
        self.unwired(name.into(), Making::many(make), Location::caller())
    }

    /// Adds a node that takes the items of several outputs as they come, those of each in their order.
    #[track_caller]
    pub fn merge<'a, T: Item, I: 'a>(
        &self,
        name: impl Into<String>,
        outputs: impl IntoIterator<Item = &'a Node<I, T>>,
    ) -> Node<T, T> {
        let each = Each::new(|item: T, output: &mut Emitter<'_, T>| {
            output.emit(item);
            Ok(())
        });
        let node = self.unwired(name.into(), Making::one(each), Location::caller());
        node.cheap().wire_all(outputs)
    }

    fn unwired<P: Processor>(
        &self,
        name: String,
        made: Making<P>,
        place: &'static Location<'static>,
    ) -> Node<P::Input, P::Output> {
        let inputs = Node::<P::Input, P::Output>::one_input();
        let assemble = Box::new(Processing(made));
        Node::add(&self.shared, name, Role::Processor, inputs, assemble, place)
    }

    /// Checks the flow as a whole.
    ///
    /// # Errors
    ///
    /// [`Invalid`](crate::ErrorKind::Invalid) with all that is wrong, in the order in which the nodes were made, each with
    /// their names: a node without a wire or wired twice, names that are not unique, circles, nodes that descend from no
    /// producer, replicas of what cannot have any, settings that contradict each other; and a flow that was built before.
    pub fn build(&self) -> Result<Flow, Error> {
        let plan = self.shared.with(|plan| {
            plan.check()?;
            let built = Plan {
                name: Arc::clone(&plan.name),
                mode: plan.mode,
                nodes: Vec::new(),
                problems: vec!["it was built before".to_owned()],
            };
            Ok::<_, Error>(std::mem::replace(plan, built))
        })?;
        Ok(Flow::new(plan))
    }
}

impl fmt::Debug for FlowBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |plan: &mut Plan| plan.nodes.iter().map(|node| node.name.to_string()).collect::<Vec<_>>();
        f.debug_struct("FlowBuilder")
            .field("nodes", &self.shared.with(names))
            .finish_non_exhaustive()
    }
}
