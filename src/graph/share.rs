//! Who is computing what: whoever asks for the same data while it is being computed gets the same request (D25).

use std::collections::HashMap;
use std::hash::BuildHasher;

use foldhash::fast::FixedState;

use crate::graph::data::Data;
use crate::graph::id::{Revision, SlotId};
use crate::request::{Request, WeakRequest};
use crate::roi::Roi;
use crate::sync::Mutex;

/// What makes data the same: who makes it, which part, and when anything that it depends on last changed. Two snapshots
/// in which the stamp is the same share it, however many edits lie between them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Key {
    pub(crate) slot: SlotId,
    pub(crate) roi: Roi,
    pub(crate) stamp: Revision,
}

/// Locks of their own for parts of the map, so that readers seldom meet.
const SHARDS: usize = 32;

pub(crate) struct Shares {
    shards: [Mutex<Shard>; SHARDS],
    hasher: FixedState,
}

#[derive(Default)]
struct Shard {
    running: HashMap<Key, WeakRequest<Data>, FixedState>,
    /// At how many entries to look for dead ones: those that were cancelled, and never asked for again.
    sweep_at: usize,
}

impl Default for Shares {
    fn default() -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
            hasher: FixedState::default(),
        }
    }
}

impl Shares {
    fn shard(&self, key: &Key) -> &Mutex<Shard> {
        &self.shards[self.hasher.hash_one(key) as usize % SHARDS]
    }

    /// The request that computes `key`, or the one that `make` makes.
    ///
    /// One that failed is not joined: whoever asks after a failure asks again.
    pub(crate) fn join(&self, key: Key, make: impl FnOnce(Key) -> Request<Data>) -> Request<Data> {
        if let Some(running) = self.running(&key) {
            return running;
        }
        // Made outside of the lock; who loses the race joins the winner.
        let made = make(key);
        let mut shard = self.shard(&key).lock();
        let running = shard.running.get(&key).and_then(WeakRequest::upgrade);
        if running.as_ref().is_some_and(usable) {
            drop(shard);
            return running.unwrap_or(made);
        }
        let old = shard.running.insert(key, made.downgrade());
        let dead = shard.sweep();
        drop(shard);
        // What may be the last handle of something is dropped without the lock.
        drop((old, running, dead));
        made
    }

    fn running(&self, key: &Key) -> Option<Request<Data>> {
        let found = self.shard(key).lock().running.get(key).and_then(WeakRequest::upgrade);
        found.filter(usable)
    }

    /// Forgets a computation that has ended.
    pub(crate) fn leave(&self, key: &Key) {
        let old = self.shard(key).lock().running.remove(key);
        drop(old);
    }

    /// The computations that are running for a slot, with their regions.
    pub(crate) fn of_slot(&self, slot: SlotId) -> Vec<(Key, Request<Data>)> {
        let shards = self.shards.iter();
        let live = |shard: &Mutex<Shard>| -> Vec<_> {
            let shard = shard.lock();
            let own = shard.running.iter().filter(|(key, _)| key.slot == slot);
            own.filter_map(|(key, weak)| Some((*key, weak.upgrade()?))).collect()
        };
        shards.flat_map(live).collect()
    }
}

/// Whether to join a request for data: it has not failed.
pub(crate) fn usable<T: Clone + Send + Sync + 'static>(request: &Request<T>) -> bool {
    !matches!(request.try_result(), Some(Err(_)))
}

impl Shard {
    /// Removes dead entries, which are to be dropped without the lock.
    fn sweep(&mut self) -> Vec<WeakRequest<Data>> {
        if self.running.len() < self.sweep_at.max(64) {
            return Vec::new();
        }
        let dead = self
            .running
            .extract_if(|_, weak| !weak.is_alive())
            .map(|(_, weak)| weak)
            .collect();
        self.sweep_at = self.running.len() * 2;
        dead
    }
}
