//! What takes what a node sends elsewhere than to its main output.

use std::any::{Any, TypeId};
use std::task::{Context, Poll};

use super::push::{Push, Rest, Room, close_all, flush_all};
use crate::error::Error;
use crate::flow::envelope::{Envelope, Item};

/// All ports of a node that somebody takes from.
#[derive(Default)]
pub(crate) struct Branches {
    all: Vec<(&'static str, Box<dyn Branch>)>,
    /// Those whose items go the way of the main output first, since what replicas make is brought into order there.
    ordered: Vec<(&'static str, TypeId)>,
}

/// An item of a port on its way to where that port is.
pub(crate) type Diverted = Box<dyn FnOnce(&mut Branches) -> Result<Option<Room>, Error> + Send>;

/// One of them.
pub(crate) trait Branch: Send {
    fn rest(&mut self) -> &mut dyn Rest;
    /// A `Box<dyn Push<T>>`.
    fn push(&mut self) -> &mut dyn Any;
}

pub(crate) struct Typed<T>(pub(crate) Box<dyn Push<T>>);

impl<T: Item> Branch for Typed<T> {
    fn rest(&mut self) -> &mut dyn Rest {
        self.0.rest()
    }

    fn push(&mut self) -> &mut dyn Any {
        &mut self.0
    }
}

impl Branches {
    /// Those of a replica whose items are brought into order elsewhere: the ports' names, and the types of their items.
    pub(crate) fn ordered(ports: impl Iterator<Item = (&'static str, TypeId)>) -> Self {
        Self {
            all: Vec::new(),
            ordered: ports.collect(),
        }
    }

    pub(crate) fn add(&mut self, name: &'static str, branch: Box<dyn Branch>) {
        self.all.push((name, branch));
    }

    /// Whether an item has to take the way of the main output.
    pub(crate) fn is_ordered<T: Item>(&self, name: &str) -> bool {
        let mut ordered = self.ordered.iter();
        ordered.any(|(other, of)| *other == name && *of == TypeId::of::<T>())
    }

    /// What takes the items of the port, if there is something.
    fn find<T: Item>(&mut self, name: &str) -> Option<&mut Box<dyn Push<T>>> {
        let mut named = self.all.iter_mut().filter(|(other, _)| *other == name);
        named.find_map(|(_, branch)| branch.push().downcast_mut())
    }

    /// Sends an item there, if somebody takes it.
    pub(crate) fn push<T: Item>(&mut self, name: &str, envelope: Envelope<T>) -> Result<Option<Room>, Error> {
        let next = self.find(name);
        next.map(|next| next.push(envelope.item, &envelope.origin)).transpose()
    }

    fn rests(&mut self) -> impl Iterator<Item = &mut dyn Rest> {
        self.all.iter_mut().map(|(_, branch)| branch.rest())
    }
}

impl Rest for Branches {
    fn open(&mut self) -> Result<(), Error> {
        self.rests().try_for_each(|next| next.open())
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        flush_all(self.rests(), cx)
    }

    fn end(&mut self) -> Result<(), Error> {
        self.rests().try_for_each(|next| next.end())
    }

    fn close(&mut self) -> Result<(), Error> {
        close_all(self.rests())
    }

    fn tell(&mut self) {
        self.rests().for_each(|next| next.tell());
    }
}
