//! An item on its way, and what is known of it.

use std::fmt;
use std::time::{Duration, Instant};

/// What flows: anything that can be handed to another thread, and to several nodes at once.
///
/// An item that only one node takes is moved, never cloned. Put what is large or cannot be cloned into an `Arc`.
pub trait Item: Clone + Send + 'static {}

impl<T: Clone + Send + 'static> Item for T {}

/// Which item of which producer something was made of. Everything derived from an item keeps its trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Trace {
    /// The producer, by its place in the order of the flow's nodes.
    pub producer: u32,
    /// The item, counted from 1.
    pub number: u64,
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.producer, self.number)
    }
}

/// What is known of an item.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    pub(crate) trace: Trace,
    /// When what it shows has happened, since an origin that the producer has chosen, if that has been said.
    pub(crate) time: Option<Duration>,
    /// When its producer has made it.
    pub(crate) born: Instant,
}

impl Origin {
    /// That of what is made without an item.
    pub(crate) fn none() -> Self {
        Self {
            trace: Trace::default(),
            time: None,
            born: Instant::now(),
        }
    }

    /// An item of it.
    #[inline]
    pub(crate) fn with<T>(self, item: T) -> Envelope<T> {
        Envelope { item, origin: self }
    }
}

/// An item, and what is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Envelope<T> {
    pub(crate) item: T,
    pub(crate) origin: Origin,
}
