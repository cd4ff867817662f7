//! What a task pushes into, from its opening to its end.

use std::task::{Context, Poll};

use super::branches::Branches;
use super::push::{Push, Rest, Room, flush_all};
use super::waiting::waiting;
use crate::error::Error;
use crate::flow::emitter::{Emitter, Origin};
use crate::flow::envelope::{Envelope, Item};
use crate::flow::meter::{Activity, Meter};

/// The nodes and edges behind the head of a task. What is open is closed when it is dropped, at the latest.
pub(crate) struct Chain<T> {
    next: Box<dyn Push<T>>,
    /// What takes from the other ports of the head.
    branches: Branches,
    is_closed: bool,
}

impl<T> Chain<T> {
    pub(crate) fn new(next: Box<dyn Push<T>>, branches: Branches) -> Self {
        Self {
            next,
            branches,
            is_closed: false,
        }
    }

    pub(crate) fn open(&mut self) -> Result<(), Error> {
        self.branches.open()?;
        self.next.rest().open()
    }

    #[inline]
    pub(crate) fn push(&mut self, envelope: Envelope<T>) -> Result<Room, Error> {
        let origin = Origin::of(&envelope);
        self.next.push(envelope.item, &origin)
    }

    pub(crate) fn number(&mut self, number: Option<u64>) {
        self.next.number(number);
    }

    /// Moves on what has collected, as far as there is room.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        flush_all([self.next.rest(), &mut self.branches as &mut dyn Rest].into_iter(), cx)
    }

    /// Moves on all that has collected.
    pub(crate) async fn flush(&mut self, meter: &Meter) {
        waiting(meter, Activity::Room, |cx| self.poll_flush(cx)).await;
    }

    /// Lets each node send on what it has held back.
    pub(crate) fn end(&mut self) -> Result<(), Error> {
        self.branches.end()?;
        self.next.rest().end()
    }

    pub(crate) fn tell(&mut self) {
        self.branches.tell();
        self.next.rest().tell();
    }

    pub(crate) fn close(&mut self) -> Result<(), Error> {
        if std::mem::replace(&mut self.is_closed, true) {
            return Ok(());
        }
        self.tell();
        let next = self.next.rest().close();
        next.and(self.branches.close())
    }
}

impl<T: Item> Chain<T> {
    /// What takes what is made of one item.
    pub(crate) fn emitter<'a>(&'a mut self, origin: &'a Origin) -> Emitter<'a, T> {
        Emitter::new(&mut *self.next, &mut self.branches, origin)
    }

    pub(crate) fn branches(&mut self) -> &mut Branches {
        &mut self.branches
    }
}

impl<T> Drop for Chain<T> {
    fn drop(&mut self) {
        if let Err(error) = self.close() {
            tracing::warn!(error = error.brief(), "a node could not be closed");
        }
    }
}
