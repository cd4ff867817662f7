//! Where a task's items wait for room in an edge.

use std::collections::VecDeque;
use std::task::{Context, Poll};

use super::push::{Push, Rest, Room};
use crate::error::Error;
use crate::flow::edge::{Parcel, Routing, Sender};
use crate::flow::envelope::{Item, Origin};
use crate::sync::Arc;

/// How much collects before it is moved on.
const BATCH: usize = 64;

pub(crate) struct Outbox<T> {
    /// Gone when the node is closed: the edge ends with its last sender.
    sender: Option<Sender<T>>,
    /// The node that takes from it.
    to: Arc<str>,
    waiting: VecDeque<Parcel<T>>,
    bytes: u64,
}

impl<T: Item> Outbox<T> {
    pub(crate) fn new(sender: Sender<T>, to: Arc<str>) -> Self {
        Self {
            sender: Some(sender),
            to,
            waiting: VecDeque::with_capacity(BATCH),
            bytes: 0,
        }
    }
}

/// What finds the key or the weight of an item has panicked: nobody knows where it belongs, so the flow fails.
#[cold]
fn unsorted(panic: Error, to: &str, origin: &Origin) -> Error {
    let what = format!("the key or the bytes of item {}, for node `{to}`", origin.trace);
    panic.context(what)
}

impl<T: Item> Push<T> for Outbox<T> {
    #[inline]
    fn push(&mut self, item: T, origin: &Origin) -> Result<Room, Error> {
        let Some(sender) = &self.sender else {
            return Ok(Room::Left);
        };
        let settings = sender.settings();
        let parcel = Parcel::new(origin.with(item), settings).map_err(|panic| unsorted(panic, &self.to, origin))?;
        self.bytes = self.bytes.saturating_add(parcel.weight());
        if let Routing::Broadcast = settings.routing {
            let others = 1..settings.lanes;
            self.waiting.extend(others.map(|lane| parcel.clone().into_lane(lane)));
        }
        self.waiting.push_back(parcel);
        let is_heavy = || settings.limits.bytes.is_some_and(|most| self.bytes >= most);
        match self.waiting.len() >= BATCH || is_heavy() {
            true => Ok(Room::Full),
            false => Ok(Room::Left),
        }
    }

    fn rest(&mut self) -> &mut dyn Rest {
        self
    }
}

impl<T: Item> Rest for Outbox<T> {
    fn open(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match &mut self.sender {
            Some(sender) if !self.waiting.is_empty() => {
                let poll = sender.poll_send(&mut self.waiting, cx);
                if poll.is_ready() {
                    self.bytes = 0;
                }
                poll
            }
            _ => Poll::Ready(()),
        }
    }

    fn end(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn close(&mut self) -> Result<(), Error> {
        self.sender = None;
        Ok(())
    }

    fn tell(&mut self) {}
}
