//! Where a task's items wait for room in an edge.

use std::collections::VecDeque;
use std::task::{Context, Poll};

use super::push::Push;
use crate::error::Error;
use crate::flow::edge::{Parcel, Sender};
use crate::flow::envelope::{Envelope, Item};

/// How much collects before it is moved on.
const BATCH: usize = 64;

pub(crate) struct Outbox<T> {
    sender: Option<Sender<T>>,
    waiting: VecDeque<Parcel<T>>,
}

impl<T: Item> Outbox<T> {
    pub(crate) fn new(sender: Sender<T>) -> Self {
        let (sender, waiting) = (Some(sender), VecDeque::with_capacity(BATCH));
        Self { sender, waiting }
    }
}

impl<T: Item> Push<T> for Outbox<T> {
    fn open(&mut self) -> Result<(), Error> {
        Ok(())
    }

    #[inline]
    fn push(&mut self, envelope: Envelope<T>) -> Result<(), Error> {
        if let Some(sender) = &self.sender {
            self.waiting.push_back(Parcel::new(envelope, sender.settings()));
        }
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.waiting.len() >= BATCH
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match &mut self.sender {
            Some(sender) if !self.waiting.is_empty() => sender.poll_send(&mut self.waiting, cx),
            _ => Poll::Ready(()),
        }
    }

    fn end(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn close(&mut self) -> Result<(), Error> {
        // The edge ends with its last sender.
        self.sender = None;
        Ok(())
    }

    fn tell(&mut self) {}
}

/// The same item to several.
pub(crate) struct Tee<T>(pub(crate) Vec<Box<dyn Push<T>>>);

impl<T: Item> Push<T> for Tee<T> {
    fn open(&mut self) -> Result<(), Error> {
        self.0.iter_mut().try_for_each(|next| next.open())
    }

    fn push(&mut self, envelope: Envelope<T>) -> Result<(), Error> {
        let Some((last, others)) = self.0.split_last_mut() else {
            return Ok(());
        };
        for next in others {
            next.push(envelope.clone())?;
        }
        last.push(envelope)
    }

    fn is_full(&self) -> bool {
        self.0.iter().any(|next| next.is_full())
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // Each on its own: one that is full holds up this task, but none of the others' items.
        let polls: Vec<_> = self.0.iter_mut().map(|next| next.poll_flush(cx)).collect();
        polls.into_iter().try_for_each(|poll| if poll.is_ready() { Ok(()) } else { Err(()) }).map_or(Poll::Pending, Poll::Ready)
    }

    fn end(&mut self) -> Result<(), Error> {
        self.0.iter_mut().try_for_each(|next| next.end())
    }

    fn close(&mut self) -> Result<(), Error> {
        self.0.iter_mut().fold(Ok(()), |so_far, next| so_far.and(next.close()))
    }

    fn tell(&mut self) {
        self.0.iter_mut().for_each(|next| next.tell());
    }
}
