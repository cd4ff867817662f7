//! A host that takes its threads away.
//!
//! Embedded, slots are tasks of the host's tokio runtime. When that shuts down it drops them, in the middle of whatever they
//! await, and nobody is left who could give a request its turn; so each slot carries a [`Watch`] that ends everything then
//! (C45). Without timers a host cannot serve: that is found out when a runtime is built, not when the first one is needed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use tokio::runtime::Handle;

use crate::error::Error;
use crate::runtime::engine::Engine;
use crate::sync::Arc;

/// Ends every request of its engine when it is dropped before it was relieved.
pub(crate) struct Watch(Option<Arc<Engine>>);

impl Watch {
    pub(crate) fn new(engine: &Arc<Engine>) -> Self {
        Self(Some(Arc::clone(engine)))
    }

    /// The slot leaves of its own accord.
    pub(crate) fn relieve(mut self) {
        self.0 = None;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(engine) = self.0.take().filter(|engine| !engine.is_closed()) {
            engine.end_all();
        }
    }
}

/// Whether requests can run on `host`, as far as it can be told beforehand.
pub(crate) fn check(host: &Handle) -> Result<(), Error> {
    let _entered = host.enter();
    // There is no way to ask; making a timer panics where there are none.
    let timer = catch_unwind(AssertUnwindSafe(|| drop(tokio::time::sleep(Duration::ZERO))));
    timer.map_err(|_| Error::invalid("the host's tokio runtime has no timers: build it with `enable_time`"))
}
