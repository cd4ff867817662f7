//! Adding a join to a flow.

use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::time::Duration;

use super::joining::{Joining, Kind};
use super::missing::Missing;
use super::options::{JoinOptions, TimeOptions};
use super::outputs::JoinOutput;
use super::reader::JoinInput;
use super::task::Make;
use super::tuples::JoinInputs;
use crate::flow::builder::FlowBuilder;
use crate::flow::edge::Overflow;
use crate::flow::envelope::Item;
use crate::flow::failure::Failure;
use crate::flow::node::{Node, Output};
use crate::flow::plan::{Input, Role, Shared};
use crate::sync::Arc;

/// A join of several outputs, of which it has not been said yet by what: items of type `T`, a tuple, become items of type `O`.
///
/// Made by [`FlowBuilder::join`]. It is added to the flow by [`by_trace`](Join::by_trace), [`by_key`](Join::by_key) or
/// [`by_time`](Join::by_time), after everything else has been said; a join that is dropped before is none.
///
/// # What waits
///
/// Items wait in the join until their partners come. In a batch flow they wait for as long as these can come, and nothing is
/// evicted: an input of which [`max_pending`](Self::max_pending) items wait is not read, so its producer waits too. An input is
/// read on, however, while it waits for one with which it has a producer in common, since to hold up that producer would hold up
/// what is waited for; so with a filter in one branch that lets little through, what the other branch has made meanwhile waits
/// here. If all inputs are full of items without partners, the flow fails and says so. In a realtime flow items wait for at most
/// 10 s, and the oldest ones make room for newer ones.
///
/// What can no longer find its partners is settled at once as [`missing`](Self::missing) says: when an input has ended; in a
/// join by trace, when an input has given something for a later item of the same producer, on a way that keeps the order; in a
/// join by time, when an input has given something later. So a filter in one branch holds nothing up in the other.
///
/// # Examples
///
/// Two branches of different speed come together again:
///
/// ```
/// use headwater::flow::Flow;
///
/// let flow = Flow::batch();
/// let numbers = flow.produce("numbers", futures::stream::iter(1..=3));
/// let squares = numbers.process("square", |n| n * n).replicas(2).ordered();
/// let names = numbers.map("name", |n| format!("number {n}"));
/// let pairs = flow.join("pair", (&names, &squares)).by_trace().collect("pairs");
/// flow.build()?.start().wait()?;
/// let expected = [("number 1", 1), ("number 2", 4), ("number 3", 9)];
/// assert_eq!(pairs.take(), expected.map(|(name, square)| (name.to_owned(), square)));
/// # Ok::<(), headwater::Error>(())
/// ```
#[must_use = "it is no join until it is said by what: `by_trace`, `by_key` or `by_time`"]
pub struct Join<T, O = T> {
    pub(super) shared: Shared,
    pub(super) name: String,
    pub(super) place: &'static Location<'static>,
    /// The gating ones first.
    pub(super) inputs: Vec<JoinInput>,
    pub(super) gates: usize,
    pub(super) options: JoinOptions,
    pub(super) time: TimeOptions,
    pub(super) replicas: Option<usize>,
    pub(super) depth: Option<usize>,
    pub(super) overflow: Option<Overflow>,
    pub(super) failure: Option<Failure>,
    pub(super) make: Make<O>,
    pub(super) _items: PhantomData<fn() -> T>,
}

impl FlowBuilder {
    /// Begins a join of the outputs in a tuple of one to six: items that belong together become a tuple of them. See [`Join`].
    #[track_caller]
    pub fn join<I: JoinInputs>(&self, name: impl Into<String>, inputs: I) -> Join<I::Items> {
        inputs.join(self, name.into(), Location::caller())
    }
}

impl<T, O> Join<T, O> {
    /// What becomes of items whose partners do not come: [`Wait`](Missing::Wait) in a batch flow, [`Drop`](Missing::Drop) in a
    /// realtime flow and where a [`timeout`](Self::timeout) is set, if not said.
    pub fn missing(mut self, missing: Missing) -> Self {
        self.options.missing = Some(missing);
        self
    }

    /// How long an item waits for its partners: without end in a batch flow, 10 s in a realtime flow if not said.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = Some(timeout);
        self
    }

    /// How many items of each input may wait for their partners, 256 if not said. In a realtime flow the oldest ones of more
    /// are dropped, and counted.
    pub fn max_pending(mut self, items: usize) -> Self {
        self.options.max_pending = Some(items);
        self
    }

    /// In a join by time, by how much an item may come after later ones of its input. If not said, not at all where the way
    /// from a single producer keeps the order; elsewhere it is not known, and what is missing is waited for until the timeout,
    /// or the end of the input.
    pub fn lateness(mut self, lateness: Duration) -> Self {
        self.time.lateness = Some(lateness);
        self
    }

    /// How many of it work side by side, 1 if not said: each has the items of some keys, or traces. Inputs of several replicas
    /// are never held back. A join by time has one.
    pub fn replicas(mut self, replicas: usize) -> Self {
        self.replicas = Some(replicas);
        self
    }

    /// How many items may wait before it, of each input: see [`Node::depth`].
    pub fn depth(mut self, items: usize) -> Self {
        self.depth = Some(items);
        self
    }

    /// What happens to an item for which there is no room before it: see [`Node::overflow`].
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = Some(overflow);
        self
    }

    /// What happens to an item whose key cannot be found, since the function panics: [`fail`](Failure::fail) in a batch flow,
    /// [`drop`](Failure::drop) in a realtime flow if not said. It is never tried again.
    pub fn on_failure(mut self, policy: Failure) -> Self {
        self.failure = Some(policy);
        self
    }

    /// Adds an output whose items are not joined but collected: each group gets a `Vec` of those whose times are within
    /// `window` of its own, sorted by time. They hold up no match, but a group waits until no more of them can come. Each goes
    /// to one group, the first to be complete; what no group asks for is dropped, and counted.
    ///
    /// The time of a group is the earliest of its items'.
    pub fn collect<J, C: Item>(mut self, from: &Node<J, C>, window: Duration) -> Join<T, O::With>
    where
        O: JoinOutput<Vec<C>> + 'static,
    {
        let nth = self.time.windows.len();
        self.inputs.push(JoinInput::new(&self.shared, from));
        self.time.windows.push(window);
        self.making(|make| {
            Arc::new(move |group| {
                let samples = group.collected::<C>(nth);
                make(group).with(samples)
            })
        })
    }

    /// The same with another output.
    pub(super) fn making<P>(self, change: impl FnOnce(Make<O>) -> Make<P>) -> Join<T, P> {
        Join {
            shared: self.shared,
            name: self.name,
            place: self.place,
            inputs: self.inputs,
            gates: self.gates,
            options: self.options,
            time: self.time,
            replicas: self.replicas,
            depth: self.depth,
            overflow: self.overflow,
            failure: self.failure,
            make: change(self.make),
            _items: PhantomData,
        }
    }
}

impl<T: Item> Join<T, T> {
    /// Joins what was made of the same item: the branches of a diamond. Items of one trace at one input are paired first with
    /// first.
    ///
    /// The flow cannot be built if its inputs have no producer in common. What comes out has the trace of the item, and comes in
    /// the order of the items where all inputs do.
    pub fn by_trace(mut self) -> Output<T> {
        for input in &mut self.inputs {
            std::mem::swap(&mut input.edge, &mut input.by_trace);
        }
        self.add(Kind::Trace)
    }
}

impl<T, O: Item> Join<T, O> {
    /// Joins what happened at the same time: items whose [event times](crate::flow::Producer::time) differ by at most
    /// `tolerance`. An item joins the nearest of the groups that lack one of its input; of two that are equally near, the older
    /// one. An item without a time happened when it arrived.
    ///
    /// The time of a group is the earliest of its items', its trace that of its first input that has given something.
    ///
    /// # Examples
    ///
    /// Frames with what a motion sensor has measured around them:
    ///
    /// ```
    /// use std::time::Duration;
    /// use headwater::flow::Flow;
    ///
    /// let flow = Flow::batch();
    /// let ms = |n: &u64| Duration::from_millis(*n);
    /// let frames = flow.produce("frames", futures::stream::iter([100_u64, 200])).stamp("at", ms);
    /// let motion = flow.produce("motion", futures::stream::iter((0..300_u64).step_by(30))).stamp("when", ms);
    /// let both = flow.join("moving frames", (&frames,)).collect(&motion, Duration::from_millis(40));
    /// let both = both.by_time(Duration::from_millis(1)).collect("both");
    /// flow.build()?.start().wait()?;
    /// assert_eq!(both.take(), [(100, vec![60, 90, 120]), (200, vec![180, 210, 240])]);
    /// # Ok::<(), headwater::Error>(())
    /// ```
    pub fn by_time(mut self, tolerance: Duration) -> Output<O> {
        self.time.tolerance = tolerance;
        let time = self.time.clone();
        self.add(Kind::Time(time))
    }

    pub(super) fn add(self, kind: Kind) -> Output<O> {
        let assemble = Joining {
            inputs: self.inputs.iter().map(|input| input.open).collect(),
            gates: self.gates,
            options: self.options,
            lateness: self.time.lateness,
            kind,
            make: self.make,
        };
        let (depth, overflow) = (self.depth, self.overflow);
        let (edges, wires): (Vec<_>, Vec<_>) = self
            .inputs
            .into_iter()
            .map(|input| (input.edge, (input.source, input.is_foreign)))
            .unzip();
        let inputs = edges.into_iter().map(|edge| Input {
            depth,
            overflow,
            ..Input::new("", edge)
        });
        let node = Node::add(
            &self.shared,
            self.name,
            Role::Processor,
            inputs.collect(),
            Box::new(assemble),
            self.place,
        );
        self.shared.node(node.id(), |node| {
            node.replicas = self.replicas;
            node.failure = self.failure;
        });
        for (nth, (source, is_foreign)) in wires.into_iter().enumerate() {
            node.wire_input(nth, &[source], is_foreign);
        }
        node
    }
}

impl<T, O> fmt::Debug for Join<T, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Join")
            .field("name", &self.name)
            .field("inputs", &self.inputs.len())
            .finish_non_exhaustive()
    }
}
