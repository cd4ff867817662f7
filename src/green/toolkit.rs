//! What all tasks of one runtime share.

use crate::green::error_handler::ErrorHandler;
use crate::green::registry::Registry;
use crate::green::switch::SwitchHook;
use crate::runtime::engine::Engine;

/// Kept by the engine.
#[derive(Default)]
pub(crate) struct Toolkit {
    pub(crate) error_handlers: Registry<ErrorHandler>,
    pub(crate) switch_hooks: Registry<SwitchHook>,
}

impl Toolkit {
    pub(crate) fn of(engine: &Engine) -> &Self {
        engine.toolkit()
    }
}
