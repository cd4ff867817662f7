//! What upper layers keep for each runtime, such as the blocks of all its caches.

use std::any::{Any, TypeId};
use std::collections::HashMap;

use crate::runtime::Runtime;
use crate::runtime::charge::Charge;
use crate::runtime::engine::Engine;
use crate::runtime::{Memory, machine};
use crate::sync::{Arc, Mutex, Weak};

/// One object of each type, made on first use and dropped with the runtime.
#[derive(Default)]
pub(crate) struct Extensions(Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

/// The memory of a runtime, for who keeps data in it. It does not keep the runtime open.
#[derive(Clone)]
pub(crate) struct Budget {
    engine: Arc<Engine>,
}

/// Somebody who keeps data that can be dropped and computed again.
pub(crate) trait Reclaim: Send + Sync {
    /// Drops a little of it; `false` if there is nothing that may be dropped. No lock of the runtime is held.
    fn reclaim(&self) -> bool;
}

impl Runtime {
    /// The object of type `T` that belongs to this runtime.
    pub(crate) fn extension<T: Any + Send + Sync>(&self, make: impl FnOnce(Budget) -> Arc<T>) -> Arc<T> {
        let mut objects = self.inner.extensions.0.lock();
        let object = objects
            .entry(TypeId::of::<T>())
            .or_insert_with(|| make(Budget { engine: self.engine() }));
        Arc::clone(object)
            .downcast()
            .expect("invariant: an extension is filed under its type")
    }
}

impl Budget {
    /// Counts bytes until the result is dropped.
    pub(crate) fn charge(&self, bytes: u64) -> Charge {
        Charge::new(Arc::clone(&self.engine), bytes)
    }

    /// The account as it stands.
    pub(crate) fn memory(&self) -> Memory {
        self.engine.account.memory()
    }

    /// How much of the account data that can be dropped may take: all of it, if it has a limit; else half of the
    /// machine's memory.
    pub(crate) fn for_caches(&self) -> u64 {
        match self.engine.config.memory {
            u64::MAX => machine::memory() / 2,
            limit => limit,
        }
    }

    /// Asks `keeper` to drop data when work is waiting for memory.
    pub(crate) fn reclaim_from(&self, keeper: Weak<dyn Reclaim>) {
        self.engine.keepers.lock().push(keeper);
    }
}

impl Engine {
    /// The one object that an upper layer keeps where every request finds it at the price of a load; made on first use. It must
    /// not hold the engine.
    pub(crate) fn toolkit<T: Any + Send + Sync + Default>(&self) -> &T {
        let object = self.toolkit.get_or_init(|| Arc::new(T::default()));
        object
            .downcast_ref()
            .expect("invariant: one type of object is kept here")
    }

    /// Has somebody drop a little data; whether anybody did.
    pub(crate) fn reclaim(&self) -> bool {
        // What is dropped gives bytes back, and whoever gives bytes back comes here: once is enough.
        let Some(_only) = self.reclaiming.try_lock() else {
            return false;
        };
        let mut keepers = self.keepers.lock();
        keepers.retain(|keeper| keeper.strong_count() > 0);
        let live: Vec<_> = keepers.iter().filter_map(Weak::upgrade).collect();
        drop(keepers);
        live.iter().any(|keeper| keeper.reclaim())
    }
}
