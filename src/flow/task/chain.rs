//! What a task pushes into, from its opening to its end.

use std::task::{Context, Poll};

use super::branches::Branches;
use super::outlet::Outlet;
use super::push::{Push, Rest, Room};
use super::waiting::waiting;
use crate::error::Error;
use crate::flow::envelope::{Item, Origin};
use crate::flow::meter::{Activity, Meter};

/// The nodes and edges behind the head of a task. What is open is closed when it is dropped, at the latest.
pub(crate) struct Chain<T> {
    outlet: Outlet<T>,
    is_closed: bool,
}

impl<T> Chain<T> {
    pub(crate) fn new(next: Box<dyn Push<T>>, branches: Branches) -> Self {
        Self {
            outlet: Outlet::new(next, branches),
            is_closed: false,
        }
    }

    pub(crate) fn open(&mut self) -> Result<(), Error> {
        self.outlet.open()
    }

    pub(crate) fn outlet(&mut self) -> &mut Outlet<T> {
        &mut self.outlet
    }

    pub(crate) fn number(&mut self, number: Option<u64>) {
        self.outlet.number(number);
    }

    /// Moves on what has collected, as far as there is room.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.outlet.poll_flush(cx)
    }

    /// Moves on all that has collected.
    pub(crate) async fn flush(&mut self, meter: &Meter) {
        waiting(meter, Activity::Room, |cx| self.poll_flush(cx)).await;
    }

    /// Lets each node send on what it has held back.
    pub(crate) fn end(&mut self) -> Result<(), Error> {
        self.outlet.end()
    }

    pub(crate) fn tell(&mut self) {
        self.outlet.tell();
    }

    pub(crate) fn close(&mut self) -> Result<(), Error> {
        if std::mem::replace(&mut self.is_closed, true) {
            return Ok(());
        }
        self.tell();
        self.outlet.close()
    }
}

impl<T: Item> Chain<T> {
    /// Takes an item through all nodes.
    #[inline]
    pub(crate) fn push(&mut self, item: T, origin: &Origin) -> Result<Room, Error> {
        self.outlet.push(item, origin)
    }
}

impl<T> Drop for Chain<T> {
    fn drop(&mut self) {
        if let Err(error) = self.close() {
            tracing::warn!(error = error.brief(), "a node could not be closed");
        }
    }
}
