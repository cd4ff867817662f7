//! The same items to several.

use std::task::{Context, Poll};

use super::push::{Push, Rest, Room, close_all, flush_all};
use crate::error::Error;
use crate::flow::envelope::{Item, Origin};

/// Gives each item to all of them; with none, lets go of it.
pub(crate) struct Tee<T>(pub(crate) Vec<Box<dyn Push<T>>>);

impl<T: Item> Push<T> for Tee<T> {
    fn push(&mut self, item: T, origin: &Origin) -> Result<Room, Error> {
        let Some((last, others)) = self.0.split_last_mut() else {
            return Ok(Room::Left);
        };
        let mut room = Room::Left;
        for next in others {
            room = room.and(next.push(item.clone(), origin)?);
        }
        Ok(room.and(last.push(item, origin)?))
    }

    fn number(&mut self, number: Option<u64>) {
        self.0.iter_mut().for_each(|next| next.number(number));
    }

    fn rest(&mut self) -> &mut dyn Rest {
        self
    }
}

impl<T: Item> Rest for Tee<T> {
    fn open(&mut self) -> Result<(), Error> {
        self.0.iter_mut().try_for_each(|next| next.rest().open())
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        flush_all(self.0.iter_mut().map(|next| next.rest()), cx)
    }

    fn end(&mut self) -> Result<(), Error> {
        self.0.iter_mut().try_for_each(|next| next.rest().end())
    }

    fn close(&mut self) -> Result<(), Error> {
        close_all(self.0.iter_mut().map(|next| next.rest()))
    }

    fn tell(&mut self) {
        self.0.iter_mut().for_each(|next| next.rest().tell());
    }
}
