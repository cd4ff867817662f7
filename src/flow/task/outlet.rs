//! Where what a node makes goes on in its task.

use std::task::{Context, Poll};

use super::branches::{Branches, Diverted};
use super::push::{Push, Rest, Room, flush_all};
use crate::error::Error;
use crate::flow::emitter::Emitter;
use crate::flow::envelope::{Envelope, Item, Origin};

/// All that takes from a node, and how that went for the item at hand.
///
/// It stays where it is from item to item, and what is usual changes nothing in it but a count. To make it anew for each item
/// took half the time of a cheap node.
pub(crate) struct Outlet<T> {
    next: Box<dyn Push<T>>,
    /// What takes from the other ports.
    branches: Branches,
    /// How many items somebody got.
    emitted: u64,
    /// Whether more may be sent; or why the flow has to end: something behind this node has failed.
    room: Result<Room, Error>,
    /// What is sent on if the attempt succeeds.
    held: Option<Vec<Held<T>>>,
}

type Held<T> = Box<dyn FnOnce(&mut Outlet<T>) + Send>;

impl<T> Outlet<T> {
    pub(crate) fn new(next: Box<dyn Push<T>>, branches: Branches) -> Self {
        Self {
            next,
            branches,
            emitted: 0,
            room: Ok(Room::Left),
            held: None,
        }
    }

    /// What takes what is made of one item.
    #[inline]
    pub(crate) fn emitter<'a>(&'a mut self, origin: &'a Origin) -> Emitter<'a, T> {
        Emitter::new(self, origin)
    }

    /// Sends an item out of another port, if somebody takes from that, without an attempt.
    pub(crate) fn send<U: Item>(&mut self, port: &'static str, envelope: Envelope<U>) -> Result<Option<Room>, Error> {
        match self.branches.is_ordered::<U>(port)? {
            true => {
                let item = Box::new(move |branches: &mut Branches| branches.push(port, envelope));
                self.next.divert(item).map(Some)
            }
            false => self.branches.push(port, envelope),
        }
    }

    /// Lets an item that was diverted go on.
    pub(crate) fn send_diverted(&mut self, item: Diverted) -> Result<Room, Error> {
        Ok(item(&mut self.branches)?.unwrap_or_default())
    }

    /// See [`Push::number`].
    pub(crate) fn number(&mut self, number: Option<u64>) {
        self.next.number(number);
    }

    /// How many items somebody got since this was last asked.
    pub(crate) fn take_emitted(&mut self) -> u64 {
        std::mem::take(&mut self.emitted)
    }

    /// Nothing goes on before it is known that the attempt has succeeded.
    pub(crate) fn hold(&mut self) {
        self.held = Some(Vec::new());
    }

    /// The attempt is over. Whether more may be sent, or why the flow has to end.
    #[inline]
    pub(crate) fn settle(&mut self, has_succeeded: bool) -> Result<Room, Error> {
        if let Some(held) = self.held.take() {
            self.release(held, has_succeeded);
        }
        match self.room {
            Ok(Room::Left) => Ok(Room::Left),
            _ => std::mem::replace(&mut self.room, Ok(Room::Left)),
        }
    }

    /// Sends on what was held, if it is to be.
    #[cold]
    fn release(&mut self, held: Vec<Held<T>>, has_succeeded: bool) {
        held.into_iter().filter(|_| has_succeeded).for_each(|held| held(self));
    }

    /// Counts an item that somebody got, or remembers why not.
    #[inline]
    fn note(&mut self, pushed: Result<Room, Error>) {
        match pushed {
            Ok(Room::Left) => self.emitted += 1,
            pushed => self.note_rare(pushed),
        }
    }

    #[cold]
    fn note_rare(&mut self, pushed: Result<Room, Error>) {
        self.emitted += u64::from(pushed.is_ok());
        self.room = pushed;
    }
}

impl<T: Item> Outlet<T> {
    /// Sends an item on.
    #[inline]
    pub(crate) fn emit(&mut self, item: T, origin: &Origin) {
        if self.held.is_some() {
            let origin = *origin;
            self.hold_back(Box::new(move |outlet| outlet.emit(item, &origin)));
        } else if self.room.is_ok() {
            let pushed = self.next.push(item, origin);
            self.note(pushed);
        }
    }

    /// The same out of another port, if somebody takes from that.
    pub(crate) fn emit_to<U: Item>(&mut self, port: &'static str, envelope: Envelope<U>) {
        if self.held.is_some() {
            self.hold_back(Box::new(move |outlet| outlet.emit_to(port, envelope)));
        } else if self.room.is_ok() {
            let sent = self.send(port, envelope);
            if let Some(pushed) = sent.transpose() {
                self.note(pushed);
            }
        }
    }

    #[cold]
    fn hold_back(&mut self, emit: Held<T>) {
        if let Some(held) = &mut self.held {
            held.push(emit);
        }
    }

    /// Sends an item on without an attempt.
    #[inline]
    pub(crate) fn push(&mut self, item: T, origin: &Origin) -> Result<Room, Error> {
        self.next.push(item, origin)
    }
}

/// The main output comes first, then the other ports, at the opening and at the end: as far as both lead to the same edge, in that
/// order.
impl<T> Rest for Outlet<T> {
    fn open(&mut self) -> Result<(), Error> {
        self.next.rest().open()?;
        self.branches.open()
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        flush_all([self.next.rest(), &mut self.branches as &mut dyn Rest].into_iter(), cx)
    }

    fn end(&mut self) -> Result<(), Error> {
        self.next.rest().end()?;
        self.branches.end()
    }

    fn close(&mut self) -> Result<(), Error> {
        let next = self.next.rest().close();
        next.and(self.branches.close())
    }

    fn tell(&mut self) {
        self.next.rest().tell();
        self.branches.tell();
    }
}
