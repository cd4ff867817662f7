//! What belongs to one session.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;

use crate::sync::{Arc, Mutex};

type Values = HashMap<TypeId, Arc<dyn Any + Send + Sync>>;

/// Who a session is, and what commands keep for it.
pub(super) struct SessionState {
    /// Which session of its console it is, from 1.
    pub(super) nth: u64,
    /// Where the client is.
    pub(super) peer: String,
    values: Mutex<Values>,
}

impl SessionState {
    pub(super) fn new(nth: u64, peer: String) -> Self {
        Self {
            nth,
            peer,
            values: Mutex::default(),
        }
    }

    /// The value of type `T`, made when it is first asked for.
    pub(super) fn value<T: Default + Any + Send + Sync>(&self) -> Arc<T> {
        let key = TypeId::of::<T>();
        let known = self.values.lock().get(&key).map(Arc::clone);
        let value = known.unwrap_or_else(|| {
            // Not under the lock: it is the application's code.
            let new: Arc<dyn Any + Send + Sync> = Arc::new(T::default());
            let mut values = self.values.lock();
            Arc::clone(values.entry(key).or_insert(new))
        });
        value.downcast().expect("invariant: a value is filed under its type")
    }
}

impl fmt::Debug for SessionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionState")
            .field("nth", &self.nth)
            .field("peer", &self.peer)
            .finish_non_exhaustive()
    }
}
