//! Where a task takes items from.

use std::collections::VecDeque;
use std::task::{Context, Poll};

use super::parcel::Parcel;
use super::receive::{Receiver, Taken};

/// An edge, or several.
pub(crate) trait Source<T>: Send {
    /// Moves at most `most` items into `into`, at least one, and no more than fill the edge once.
    fn poll_take(&mut self, into: &mut VecDeque<Parcel<T>>, most: usize, cx: &mut Context<'_>) -> Poll<Taken>;
}

impl<T: Send> Source<T> for Receiver<T> {
    fn poll_take(&mut self, into: &mut VecDeque<Parcel<T>>, most: usize, cx: &mut Context<'_>) -> Poll<Taken> {
        Receiver::poll_take(self, into, most, cx)
    }
}
