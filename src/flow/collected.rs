//! Items that are kept.

use std::fmt;

use crate::error::Error;
use crate::flow::consumer::Consumer;
use crate::flow::envelope::{Item, Trace};
use crate::sync::{Arc, Mutex};

/// The items that a [`collect`](crate::flow::Node::collect) node has kept so far. Clones are the same.
#[derive(Clone)]
pub struct Collected<T> {
    items: Arc<Mutex<Vec<T>>>,
}

impl<T> Collected<T> {
    /// Takes them out, in the order in which they came.
    pub fn take(&self) -> Vec<T> {
        std::mem::take(&mut self.items.lock())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.items.lock().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T> Default for Collected<T> {
    fn default() -> Self {
        Self { items: Arc::default() }
    }
}

impl<T> fmt::Debug for Collected<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collected").field("len", &self.len()).finish()
    }
}

/// What keeps them.
pub(crate) struct Collector<T>(Collected<T>);

impl<T> Collector<T> {
    pub(crate) fn new(collected: &Collected<T>) -> Self {
        Self(Collected {
            items: Arc::clone(&collected.items),
        })
    }
}

impl<T: Item> Consumer for Collector<T> {
    type Input = T;

    fn consume(&mut self, input: T, _trace: Trace) -> Result<(), Error> {
        self.0.items.lock().push(input);
        Ok(())
    }
}
