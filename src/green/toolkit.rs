//! What all tasks of one runtime share.

use crate::green::blocking::BlockingPool;
use crate::green::error_handler::ErrorHandler;
use crate::green::registry::Registry;
use crate::green::switch::SwitchHook;
use crate::runtime::engine::Engine;
use crate::sync::OnceLock;

/// Kept by the engine.
#[derive(Default)]
pub(crate) struct Toolkit {
    pub(crate) error_handlers: Registry<ErrorHandler>,
    pub(crate) switch_hooks: Registry<SwitchHook>,
    blocking: OnceLock<BlockingPool>,
}

impl Toolkit {
    pub(crate) fn of(engine: &Engine) -> &Self {
        engine.toolkit()
    }

    /// The runtime's own pool for blocking calls.
    pub(crate) fn blocking(&self) -> &BlockingPool {
        let build = || BlockingPool::builder().build();
        self.blocking
            .get_or_init(|| build().expect("invariant: the defaults of a pool are valid"))
    }
}
