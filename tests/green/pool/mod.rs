//! Pools: H43 to H49.

mod close;
mod drops;
mod map;
mod one_way;
mod ordered;
mod unordered;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use headwater::green::Event;

/// One gate for each number: work waits at its own.
#[derive(Clone, Default)]
pub(crate) struct Gates(Arc<Mutex<BTreeMap<u32, Event>>>);

impl Gates {
    pub(crate) fn of(&self, nth: u32) -> Event {
        self.0.lock().expect("no panic").entry(nth).or_default().clone()
    }

    pub(crate) fn open(&self, nth: u32) {
        self.of(nth).set();
    }
}
