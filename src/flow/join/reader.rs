//! The inputs of a join, whatever their types.

use std::collections::VecDeque;
use std::task::{Context, Poll};

use super::erased::Erased;
use crate::flow::crew::Seat;
use crate::flow::edge::{MakeEdge, Parcel, Receiver, Routing, Taken, Typed};
use crate::flow::envelope::{Envelope, Item};
use crate::flow::node::Node;
use crate::flow::plan::{Links, NodeId, Shared, Source};

/// One that takes items out of an edge.
pub(super) trait Reader: Send {
    /// Moves at most `most` items into `into`, at least one.
    fn poll_take(&mut self, into: &mut VecDeque<Envelope<Erased>>, most: usize, cx: &mut Context<'_>) -> Poll<Taken>;
}

struct Typeless<T> {
    receiver: Receiver<T>,
    items: VecDeque<Parcel<T>>,
}

impl<T: Item> Reader for Typeless<T> {
    fn poll_take(&mut self, into: &mut VecDeque<Envelope<Erased>>, most: usize, cx: &mut Context<'_>) -> Poll<Taken> {
        let poll = self.receiver.poll_take(&mut self.items, most, cx);
        let carry = |parcel: Parcel<T>| {
            let Envelope { item, origin } = parcel.envelope;
            origin.with(Erased::new(item, origin.born))
        };
        into.extend(self.items.drain(..).map(carry));
        poll
    }
}

/// How an input of a join is read, and what it is wired to.
pub(super) struct JoinInput {
    pub(super) source: Source,
    pub(super) is_foreign: bool,
    pub(super) edge: Box<dyn MakeEdge>,
    /// The same edge, with a lane for each replica.
    pub(super) by_trace: Box<dyn MakeEdge>,
    pub(super) open: Open,
}

/// Takes the end where items come out of an edge.
pub(super) type Open = fn(&Links<'_>, NodeId, usize, &Seat, usize) -> Box<dyn Reader>;

impl JoinInput {
    pub(super) fn new<J, T: Item>(shared: &Shared, from: &Node<J, T>) -> Self {
        Self {
            source: from.source(),
            is_foreign: !from.shared().is(shared),
            edge: edge::<T>(Routing::Compete),
            by_trace: edge::<T>(Routing::Traced),
            open: open::<T>,
        }
    }
}

pub(super) fn edge<T: Item>(routing: Routing<T>) -> Box<dyn MakeEdge> {
    let weigh = None;
    Box::new(Typed { weigh, routing })
}

fn open<T: Item>(links: &Links<'_>, node: NodeId, nth: usize, seat: &Seat, replica: usize) -> Box<dyn Reader> {
    let (receiver, items) = (links.input::<T>(node, nth, seat, replica), VecDeque::new());
    Box::new(Typeless { receiver, items })
}
