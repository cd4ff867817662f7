//! How a node takes its items.

use std::hash::Hash;

use crate::flow::edge::{Overflow, Routing, Typed, number_of};
use crate::flow::envelope::Item;
use crate::flow::failure::Failure;
use crate::flow::node::Node;
use crate::flow::plan::Input;
use crate::sync::Arc;

/// How far ahead replicas may be of the one that is slowest, unless it is said.
const WINDOW: usize = 64;

impl<I: Item, O> Node<I, O> {
    /// How many of it work side by side, 1 if not said. They compete for items, unless those are
    /// [partitioned by a key](Self::partition_by). Only what was made of something that can be cloned, or of a closure that makes
    /// one for each, can have several. Where it is said, also of 1, their number can be [changed](crate::flow::Running::scale)
    /// while the flow runs.
    pub fn replicas(self, replicas: usize) -> Self {
        self.shared().node(self.id(), |node| node.replicas = Some(replicas));
        self
    }

    /// What replicas make comes out in the exact order of what they were given, of each output. A replica that is 64 items ahead of the
    /// slowest one waits.
    pub fn ordered(self) -> Self {
        self.ordered_within(WINDOW)
    }

    /// The same with another bound.
    pub fn ordered_within(self, items: usize) -> Self {
        self.shared().node(self.id(), |node| node.window = Some(items));
        self
    }

    /// Items with the same key go to the same replica, in their order: one of a fixed number, in every run the same.
    ///
    /// # Panics
    ///
    /// A panic of `key` fails the flow.
    pub fn partition_by<K: Hash>(self, key: impl Fn(&I) -> K + Send + Sync + 'static) -> Self {
        self.typed(|edge| edge.routing = Routing::Keyed(Arc::new(move |item| number_of(&key(item)))));
        self
    }

    /// How many items may wait before it, at least 1: 64 in a batch flow, 1 in a realtime flow if not said. Of replicas with
    /// items of their own, before each.
    ///
    /// What a node has in hand is not counted: up to 64 items, as many as take it 50 µs together.
    pub fn depth(self, items: usize) -> Self {
        self.input(|input| input.depth = Some(items));
        self
    }

    /// How many bytes may wait before it, beside the bound on items, and how many an item takes. One item always may.
    pub fn bytes(self, bytes: u64, of: impl Fn(&I) -> u64 + Send + Sync + 'static) -> Self {
        self.input(|input| input.bytes = Some(bytes));
        self.typed(|edge| edge.weigh = Some(Arc::new(of)));
        self
    }

    /// What happens to an item for which there is no room: [`Block`](Overflow::Block) in a batch flow,
    /// [`DropOldest`](Overflow::DropOldest) in a realtime flow if not said.
    pub fn overflow(self, overflow: Overflow) -> Self {
        self.input(|input| input.overflow = Some(overflow));
        self
    }

    /// What happens when it fails to process an item: [`fail`](Failure::fail) in a batch flow, [`drop`](Failure::drop) in a
    /// realtime flow if not said.
    pub fn on_failure(self, policy: Failure) -> Self {
        self.shared().node(self.id(), |node| node.failure = Some(policy));
        self
    }

    /// It takes so little time, well below a microsecond, that a task of its own would cost more: if it has one replica, is
    /// not [ordered](Self::ordered), takes from one output alone, and nothing was said of the edge between, it runs in the task of the node before it.
    /// At most 32 nodes in a row run in one task.
    pub fn cheap(self) -> Self {
        self.shared().node(self.id(), |node| node.is_cheap = true);
        self
    }

    fn input(&self, change: impl FnOnce(&mut Input)) {
        self.shared().node(self.id(), |node| change(&mut node.inputs[0]));
    }

    fn typed(&self, change: impl FnOnce(&mut Typed<I>)) {
        self.input(|input| {
            let edge = input.edge.as_any_mut().downcast_mut();
            change(edge.expect("invariant: the first input takes the node's items"));
        });
    }
}
