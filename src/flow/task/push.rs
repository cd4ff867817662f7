//! What lies behind a node in its task: further nodes, and at the end edges.

use std::task::{Context, Poll};

use super::branches::Diverted;
use crate::error::Error;
use crate::flow::envelope::Origin;

/// The rest of a task. Everything in it runs in one place, one after the other, without waiting: what has to wait collects in
/// outboxes, which the task [moves on](Push::poll_flush) between two items.
pub(crate) trait Push<T>: Send {
    /// Takes an item through all nodes. What is known of it is handed on where it lies: to copy it at each node would cost more
    /// than what a cheap node does.
    ///
    /// # Errors
    ///
    /// Of a node, if the flow is to fail for it.
    fn push(&mut self, item: T, origin: &Origin) -> Result<Room, Error>;

    /// What comes now is made of the item of this number; of none, if it is a control that is taken.
    fn number(&mut self, _number: Option<u64>) {}

    /// Takes an item of another port than the main one, which is to keep its place among those of the main one.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push).
    fn divert(&mut self, _item: Diverted) -> Result<Room, Error> {
        unreachable!("invariant: only a window has ordered ports before it")
    }

    /// Everything else, which does not depend on the type.
    fn rest(&mut self) -> &mut dyn Rest;
}

/// Whether more may be pushed.
///
/// As wide as an [`Error`]: so the result of a push is handed back in registers, which halves the time of a cheap node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(usize)]
#[must_use]
pub(crate) enum Room {
    #[default]
    Left,
    /// So much has collected that it has to be moved on first.
    Full,
}

const _: () = assert!(size_of::<Result<Room, Error>>() == 2 * size_of::<usize>());

impl Room {
    /// What is left of two of them together.
    #[inline]
    pub(crate) fn and(self, other: Self) -> Self {
        match self {
            Self::Left => other,
            Self::Full => Self::Full,
        }
    }
}

/// What has nothing to do with the type of the items.
pub(crate) trait Rest: Send {
    /// Prepares all nodes, the last one first: whoever gets something is ready for it.
    ///
    /// # Errors
    ///
    /// Of the node that cannot be used.
    fn open(&mut self) -> Result<(), Error>;

    /// Moves on what has collected. Ready when nothing is left.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<()>;

    /// Lets each node, in their order, send on what it has held back.
    ///
    /// # Errors
    ///
    /// Of a node.
    fn end(&mut self) -> Result<(), Error>;

    /// Closes what was opened, whatever has happened before.
    ///
    /// # Errors
    ///
    /// That of the first node that has one; all are closed.
    fn close(&mut self) -> Result<(), Error>;

    /// Lets others see what has been counted.
    fn tell(&mut self);
}

/// Flushes all of them, each on its own: one that is full holds up this task, but none of the others' items.
pub(crate) fn flush_all<'a>(all: impl Iterator<Item = &'a mut dyn Rest>, cx: &mut Context<'_>) -> Poll<()> {
    all.fold(Poll::Ready(()), |so_far, next| match next.poll_flush(cx) {
        Poll::Ready(()) => so_far,
        Poll::Pending => Poll::Pending,
    })
}

/// Closes all of them. The error is that of the first that has one.
pub(crate) fn close_all<'a>(all: impl Iterator<Item = &'a mut dyn Rest>) -> Result<(), Error> {
    let mut outcome = Ok(());
    for next in all {
        let closed = next.close();
        outcome = outcome.and(closed);
    }
    outcome
}
