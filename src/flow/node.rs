//! Nodes of a flow that is being put together, and how they are wired.

use std::any::TypeId;
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;

use crate::error::Error;
use crate::flow::builder::FlowBuilder;
use crate::flow::dead_letter::{self, DeadLetter};
use crate::flow::edge::Overflow;
use crate::flow::edge::Typed;
use crate::flow::envelope::Item;
use crate::flow::failure::{Failure, Then};
use crate::flow::flow::Flow;
use crate::flow::plan::{Assemble, Input, Node as Spec, NodeId, PortSpec, Role, Shared, Source};
use crate::flow::port::Port;
use crate::sync::Arc;

/// What a producer takes and a consumer makes: no items at all.
#[derive(Debug)]
pub enum Nothing {}

/// A node of a flow that is being put together: it takes items of one type and makes items of another.
///
/// What makes items has methods that add the node behind it: [`process`](Node::process), [`map`](Node::map),
/// [`consume`](Node::consume) and so on. What takes items has methods that say how: [`replicas`](Node::replicas),
/// [`depth`](Node::depth), [`on_failure`](Node::on_failure) and so on. Clones are the same node.
pub struct Node<I, O> {
    shared: Shared,
    source: Source,
    _types: PhantomData<fn(I) -> O>,
}

/// What makes items: a producer, or a port of another node.
pub type Output<T> = Node<Nothing, T>;

/// What takes items and makes none.
pub type ConsumerNode<T> = Node<T, Nothing>;

impl<I, O> Node<I, O> {
    fn at(shared: &Shared, source: Source) -> Self {
        Self {
            shared: shared.clone(),
            source,
            _types: PhantomData,
        }
    }

    /// Adds a node.
    pub(crate) fn add(
        shared: &Shared,
        name: String,
        role: Role,
        inputs: Vec<Input>,
        assemble: Box<dyn Assemble>,
        place: &'static Location<'static>,
    ) -> Self {
        let node = shared.add(Spec {
            name: name.into(),
            role,
            inputs,
            ports: Vec::new(),
            replicas: None,
            window: None,
            failure: None,
            is_cheap: false,
            fused: None,
            assemble,
            place,
        });
        Self::at(shared, Source { node, port: 0 })
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(crate) fn source(&self) -> Source {
        self.source
    }

    pub(crate) fn id(&self) -> NodeId {
        self.source.node
    }

    pub(crate) fn wire_input(&self, nth: usize, sources: &[Source], is_foreign: bool) {
        let id = self.id();
        self.shared.with(|plan| {
            let has_letters = !is_foreign && sources.iter().any(|source| plan.is_of_dead_letters(*source));
            let Some(node) = plan.nodes.get_mut(id) else { return };
            if is_foreign {
                let name = Arc::clone(&node.name);
                plan.problems
                    .push(format!("node `{name}` is wired to a node of another flow"));
            } else if node.inputs[nth].from.is_empty() {
                node.inputs[nth].from.extend_from_slice(sources);
                if has_letters {
                    // Whatever the flow's way: what was given up is not to be lost as well.
                    let overflow = &mut node.inputs[nth].overflow;
                    *overflow = overflow.or(Some(Overflow::Block));
                }
                let twice = (1..sources.len()).find(|at| sources[..*at].contains(&sources[*at]));
                if let Some(at) = twice {
                    let (name, again) = (Arc::clone(&node.name), &plan.nodes[sources[at].node].name);
                    plan.problems.push(format!("node `{name}` is wired to `{again}` twice"));
                }
            } else {
                let (name, first) = (Arc::clone(&node.name), node.inputs[nth].from[0]);
                let name_of = |source: &Source| Arc::clone(&plan.nodes[source.node].name);
                let (first, again): (_, Vec<_>) = (name_of(&first), sources.iter().map(name_of).collect());
                let again = again.join("`, `");
                plan.problems
                    .push(format!("node `{name}` is wired to `{first}`, and again to `{again}`"));
            }
        });
    }

    /// Its main output alone, whatever it takes: for lists of outputs of different nodes.
    pub fn output(&self) -> Output<O> {
        Node::at(&self.shared, self.source)
    }

    /// The flow that it belongs to.
    pub fn builder(&self) -> FlowBuilder {
        FlowBuilder::of(self.shared.clone())
    }

    /// Checks the flow as a whole: see [`FlowBuilder::build`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn build(&self) -> Result<Flow, Error> {
        self.builder().build()
    }
}

impl<I: Item, O> Node<I, O> {
    /// The input of a node with one.
    pub(crate) fn one_input() -> Vec<Input> {
        vec![Input::new("", Box::new(Typed::<I>::default()))]
    }

    /// Lets it take the items of an output. Several nodes may take from one; each gets all its items.
    ///
    /// A node is wired once. A second time leaves the first wire as it is, and the flow cannot be
    /// [built](FlowBuilder::build).
    pub fn wire<J>(self, output: &Node<J, I>) -> Self {
        self.wire_all([output])
    }

    /// Lets it take the items of several outputs as they come, those of each in their order.
    pub fn wire_all<'a, J: 'a>(self, outputs: impl IntoIterator<Item = &'a Node<J, I>>) -> Self {
        let outputs: Vec<_> = outputs.into_iter().collect();
        let is_foreign = outputs.iter().any(|output| !output.shared.is(&self.shared));
        let sources: Vec<_> = outputs.iter().map(|output| output.source).collect();
        self.wire_input(0, &sources, is_foreign);
        self
    }

    /// Another output than the main one, to which the processor [emits](crate::flow::Emitter::emit_to). The order
    /// of what comes out there is that of the main one: behind [ordered](Self::ordered) replicas that of the items, behind others
    /// that in which it was made.
    pub fn port<T: Item>(&self, port: Port<T>) -> Output<T> {
        let id = self.id();
        let spec = PortSpec {
            name: port.name(),
            of: TypeId::of::<T>(),
            branch: Box::new(|links, source| Box::new(links.branch::<T>(source))),
        };
        let at = self.shared.with(|plan| {
            let Some(node) = plan.nodes.get_mut(id) else { return 0 };
            let known = node
                .ports
                .iter()
                .position(|other| other.name == spec.name && other.of == spec.of);
            known.unwrap_or_else(|| {
                node.ports.push(spec);
                node.ports.len() - 1
            })
        });
        let source = Source { node: id, port: at + 1 };
        Node::at(&self.shared, source)
    }

    /// The items that it gives up, with their errors: they leave the flow's normal way here, and are neither dropped nor does
    /// the flow fail for them. What takes them [blocks](Overflow::Block), in a realtime flow too, if not said otherwise. A
    /// [`retry`](Failure::retry) that has been said stands.
    pub fn dead_letters(&self) -> Output<DeadLetter<I>> {
        self.shared.node(self.id(), |node| {
            let before = node.failure.take().unwrap_or_else(Failure::fail);
            node.failure = Some(Failure {
                then: Then::DeadLetter,
                ..before
            });
        });
        self.port(dead_letter::port())
    }
}

impl<I, O> Clone for Node<I, O> {
    fn clone(&self) -> Self {
        Self::at(&self.shared, self.source)
    }
}

impl<I, O> fmt::Debug for Node<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.id();
        let name = self
            .shared
            .with(|plan| plan.nodes.get(id).map(|node| Arc::clone(&node.name)));
        f.debug_struct("Node")
            .field("name", &name)
            .field("port", &self.source.port)
            .finish_non_exhaustive()
    }
}
