//! An item as an edge holds it.

use crate::flow::edge::settings::Settings;
use crate::flow::envelope::Envelope;

/// An envelope with what its edge needs to know of it. It is found out before the edge is locked: the user's code says it.
#[derive(Clone, Debug)]
pub(crate) struct Parcel<T> {
    pub(crate) envelope: Envelope<T>,
    pub(super) weight: u64,
    pub(super) lane: usize,
}

impl<T> Parcel<T> {
    pub(crate) fn new(envelope: Envelope<T>, settings: &Settings<T>) -> Self {
        let weight = settings.weigh.as_ref().map_or(0, |weigh| weigh(&envelope.item));
        let lane = match (&settings.key, settings.lanes) {
            (Some(key), lanes @ 2..) => (key(&envelope.item) % lanes as u64) as usize,
            _ => 0,
        };
        Self { envelope, weight, lane }
    }
}
