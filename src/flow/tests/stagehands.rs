//! What scenes need to send and to take.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::Poll;
use std::time::Instant;

use crate::flow::edge::{Edge, Limits, MakeEdge, Overflow, Parcel, Receiver, Routing, Sender, Taken, Typed};
use crate::flow::envelope::{Envelope, Origin};
use crate::request::tests::world::{World, poll_once};
use crate::sync::atomic::AtomicBool;
use crate::sync::{Arc, Mutex};

/// Handed out to threads one by one.
pub(super) struct Handout<T>(Mutex<Vec<Option<T>>>);

impl<T> Handout<T> {
    pub(super) fn new(all: impl IntoIterator<Item = T>) -> Self {
        Self(Mutex::new(all.into_iter().map(Some).collect()))
    }

    pub(super) fn take(&self, nth: usize) -> T {
        self.0.lock()[nth].take().unwrap()
    }
}

pub(super) fn edge(overflow: Overflow, depth: usize, routing: Routing<u32>, lanes: usize) -> Arc<Edge<u32>> {
    let limits = Limits {
        overflow,
        depth,
        bytes: None,
    };
    let edge = Typed { weigh: None, routing }.make(limits, lanes);
    edge.into_any().downcast().unwrap()
}

pub(super) fn stays() -> Arc<AtomicBool> {
    Arc::new(AtomicBool::new(false))
}

pub(super) fn receiver(edge: &Arc<Edge<u32>>, replica: usize) -> Receiver<u32> {
    Receiver::new(edge, replica, stays())
}

pub(super) fn envelope(item: u32) -> Envelope<u32> {
    Origin::none().with(item)
}

pub(super) fn parcels(sender: &Sender<u32>, items: impl IntoIterator<Item = u32>) -> VecDeque<Parcel<u32>> {
    let parcel = |item| Parcel::new(envelope(item), sender.settings()).unwrap();
    items.into_iter().map(parcel).collect()
}

/// Sends all.
pub(super) fn send(world: &World, sender: &mut Sender<u32>, items: impl IntoIterator<Item = u32>) {
    let mut left = parcels(sender, items);
    world.block_on(poll_fn(|cx| sender.poll_send(&mut left, cx)));
}

/// Sends as many as there is room for at once, and is ready to wait; says how many those were.
pub(super) fn try_send(sender: &mut Sender<u32>, items: impl IntoIterator<Item = u32>) -> usize {
    let mut left = parcels(sender, items);
    let all = left.len();
    let poll = poll_once(&mut poll_fn(|cx| sender.poll_send(&mut left, cx)));
    assert_eq!(poll.is_ready(), left.is_empty());
    all - left.len()
}

/// Takes once, waiting for it.
pub(super) fn take(world: &World, receiver: &mut Receiver<u32>, most: usize) -> (Taken, Vec<Parcel<u32>>) {
    let mut got = VecDeque::new();
    let taken = world.block_on(poll_fn(|cx| receiver.poll_take(&mut got, most, cx)));
    assert_eq!(taken == Taken::Items, !got.is_empty());
    (taken, got.into())
}

/// Takes what is there, and is ready to wait.
pub(super) fn try_take(receiver: &mut Receiver<u32>) -> Vec<u32> {
    let mut got = VecDeque::new();
    match poll_once(&mut poll_fn(|cx| receiver.poll_take(&mut got, 1, cx))) {
        Poll::Ready(_) | Poll::Pending => got.into_iter().map(|parcel| parcel.envelope.item).collect(),
    }
}

/// Takes until there is nothing more, and says why there is not. There is nothing later either.
pub(super) fn take_all(world: &World, receiver: &mut Receiver<u32>, most: usize) -> (Taken, Vec<u32>) {
    let mut all = Vec::new();
    loop {
        let (taken, got) = take(world, receiver, most);
        if taken != Taken::Items {
            // It may have been told to retire, or halted, meanwhile.
            assert_ne!(take(world, receiver, most).0, Taken::Items);
            return (taken, all);
        }
        all.extend(got.into_iter().map(|parcel| parcel.envelope.item));
    }
}

/// E1, of an edge that has ended.
pub(super) fn assert_accounts(edge: &Edge<u32>) {
    let state = edge.look();
    let ended = state.taken + state.waiting + state.dropped + state.unwanted;
    assert_eq!(state.sent, ended, "{state:?}");
    assert_eq!(
        (state.senders, state.blocked, state.hungry, state.waiting),
        (0, 0, 0, 0),
        "{state:?}"
    );
}
