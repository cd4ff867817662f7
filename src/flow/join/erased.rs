//! Items whose type only the ends of a join know.

use std::any::Any;
use std::time::Instant;

use super::entry::Entry;
use super::group::Group;
use crate::flow::envelope::Item;

/// An item on its way through an assembler, which does not look at it.
pub(super) struct Erased {
    item: Box<dyn Any + Send>,
    /// When its producer has made it.
    pub(super) born: Instant,
}

const OWN: &str = "invariant: the items of an input are of its type";
const WHOLE: &str = "invariant: a group without a quorum is complete";

impl Erased {
    pub(super) fn new<T: Item>(item: T, born: Instant) -> Self {
        let item = Box::new(item);
        Self { item, born }
    }

    pub(super) fn look<T: Item>(&self) -> &T {
        self.item.downcast_ref().expect(OWN)
    }

    fn take<T: Item>(self) -> T {
        *self.item.downcast().expect(OWN)
    }
}

impl Group<Erased> {
    /// What a gating input has given.
    pub(super) fn item<T: Item>(&mut self, input: usize) -> T {
        self.item_if_any(input).expect(WHOLE)
    }

    /// The same in a group that does without some.
    pub(super) fn item_if_any<T: Item>(&mut self, input: usize) -> Option<T> {
        self.slots[input].take().map(|entry| entry.item.take())
    }

    /// What a collect input has given, in the order of time.
    pub(super) fn collected<T: Item>(&mut self, nth: usize) -> Vec<T> {
        let samples = std::mem::take(&mut self.samples[nth]);
        samples
            .into_iter()
            .map(|entry: Entry<Erased>| entry.item.take())
            .collect()
    }

    /// When the oldest that gates was made.
    pub(super) fn born(&self) -> Instant {
        let born = self.slots.iter().flatten().map(|entry| entry.item.born).min();
        born.expect("invariant: a group begins with an entry")
    }
}
