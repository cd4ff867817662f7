//! An item as an edge holds it.

use std::time::Instant;

use super::settings::{Routing, Settings, number_of};
use crate::error::Error;
use crate::flow::envelope::Envelope;
use crate::runtime::net::guarded;

/// An envelope with what its edge needs to know of it. It is found out before the edge is locked: the user's code says it.
#[derive(Clone, Debug)]
pub(crate) struct Parcel<T> {
    pub(crate) envelope: Envelope<T>,
    /// Which one it is of those that this receiver's node takes; none for a control, which is not among them.
    pub(crate) number: Option<u64>,
    pub(super) weight: u64,
    pub(super) lane: usize,
    /// Since when it waits.
    pub(super) since: Instant,
}

impl<T> Parcel<T> {
    /// # Errors
    ///
    /// The panic of what finds its weight or its key.
    pub(crate) fn new(envelope: Envelope<T>, settings: &Settings<T>) -> Result<Self, Error> {
        match (&settings.weigh, &settings.routing) {
            (None, Routing::Compete | Routing::Broadcast | Routing::Traced) => Ok(Self::of(envelope, settings)),
            _ => guarded(|| Self::of(envelope, settings)),
        }
    }

    fn of(envelope: Envelope<T>, settings: &Settings<T>) -> Self {
        let weight = settings.weigh.as_ref().map_or(0, |weigh| weigh(&envelope.item));
        let lane = match (&settings.routing, settings.lanes) {
            (Routing::Keyed(key), lanes @ 2..) => (key(&envelope.item) % lanes as u64) as usize,
            (Routing::Traced, lanes @ 2..) => (number_of(&envelope.origin.trace) % lanes as u64) as usize,
            _ => 0,
        };
        Self {
            since: envelope.origin.born,
            number: None,
            envelope,
            weight,
            lane,
        }
    }

    /// The same for another lane.
    pub(crate) fn into_lane(self, lane: usize) -> Self {
        Self { lane, ..self }
    }

    /// The same with another item.
    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Parcel<U> {
        let Envelope { item, origin } = self.envelope;
        Parcel {
            envelope: origin.with(change(item)),
            number: self.number,
            weight: self.weight,
            lane: self.lane,
            since: self.since,
        }
    }

    pub(crate) fn weight(&self) -> u64 {
        self.weight
    }
}
