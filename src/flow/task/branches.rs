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
    ///
    /// # Errors
    ///
    /// The port takes items of another type.
    pub(crate) fn is_ordered<T: Item>(&self, name: &str) -> Result<bool, Error> {
        match self.ordered.iter().find(|(other, _)| *other == name) {
            Some((_, of)) if *of != TypeId::of::<T>() => Err(wrong_type::<T>(name)),
            port => Ok(port.is_some()),
        }
    }

    /// Sends an item there, if somebody takes it.
    ///
    /// # Errors
    ///
    /// Of a node behind it, if the flow is to fail for it; and if the port takes items of another type.
    pub(crate) fn push<T: Item>(&mut self, name: &str, envelope: Envelope<T>) -> Result<Option<Room>, Error> {
        let Some((_, branch)) = self.all.iter_mut().find(|(other, _)| *other == name) else {
            return Ok(None);
        };
        let next: &mut Box<dyn Push<T>> = branch.push().downcast_mut().ok_or_else(|| wrong_type::<T>(name))?;
        next.push(envelope.item, &envelope.origin).map(Some)
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

/// One port has two types: that of the constant that was emitted to, and that of the one that was wired.
#[cold]
fn wrong_type<T>(name: &str) -> Error {
    let of = std::any::type_name::<T>();
    Error::invalid(format!(
        "an item of type `{of}` was sent to the port `{name}`, which takes another type"
    ))
}
