//! C43–C48: runtime.

mod context;
mod events;
mod inline;
mod settings;
mod shutdown;
mod snapshot;

use headwater::Event;

use crate::support::*;

fn all(events: &mut headwater::EventStream) -> Vec<Event> {
    std::iter::from_fn(|| events.try_next()).collect()
}
