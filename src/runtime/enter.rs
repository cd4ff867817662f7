//! Which runtime a new request belongs to when nobody says so.

use std::cell::RefCell;

use crate::runtime::config::Config;
use crate::runtime::engine::Engine;
use crate::sync::{Arc, OnceLock};

crate::sync::local! {
    static ENTERED: RefCell<Vec<Arc<Engine>>> = RefCell::new(Vec::new());
}

/// Makes a runtime the one that requests made on this thread belong to, until it is dropped. Made by
/// [`Runtime::enter`](crate::Runtime::enter).
#[must_use = "the runtime is entered only until the guard is dropped"]
pub struct EnterGuard {
    engine: Arc<Engine>,
    /// Bound to its thread.
    _thread: std::marker::PhantomData<*const ()>,
}

pub(crate) fn enter(engine: Arc<Engine>) -> EnterGuard {
    ENTERED.with(|entered| entered.borrow_mut().push(Arc::clone(&engine)));
    EnterGuard {
        engine,
        _thread: std::marker::PhantomData,
    }
}

impl Drop for EnterGuard {
    fn drop(&mut self) {
        // Guards need not be dropped in the order in which they were made.
        let left = ENTERED.with(|entered| {
            let mut entered = entered.borrow_mut();
            let at = entered.iter().rposition(|engine| Arc::ptr_eq(engine, &self.engine));
            at.map(|at| entered.remove(at))
        });
        drop(left);
    }
}

impl std::fmt::Debug for EnterGuard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EnterGuard").finish_non_exhaustive()
    }
}

fn entered() -> Option<Arc<Engine>> {
    ENTERED.with(|entered| entered.borrow().last().map(Arc::clone))
}

/// The entered runtime, or the default one, which is made on first use.
pub(crate) fn current() -> Arc<Engine> {
    entered().unwrap_or_else(default_engine)
}

/// The same if it is in inline mode, where whoever waits has to run it. It makes none.
#[cfg_attr(loom, expect(dead_code, reason = "the layer that uses it has no models"))]
pub(crate) fn inline() -> Option<Arc<Engine>> {
    entered().or_else(made_default).filter(|engine| engine.is_inline())
}

#[cfg(not(any(loom, shuttle)))]
fn made_default() -> Option<Arc<Engine>> {
    crate::runtime::DEFAULT.get().map(crate::runtime::Runtime::engine)
}

#[cfg(any(loom, shuttle))]
fn made_default() -> Option<Arc<Engine>> {
    None
}

#[cfg(not(any(loom, shuttle)))]
fn default_engine() -> Arc<Engine> {
    crate::runtime::default_runtime().engine()
}

#[cfg(any(loom, shuttle))]
fn default_engine() -> Arc<Engine> {
    inert()
}

/// An engine for requests that are complete at birth: it has no threads, and needs none.
pub(crate) fn current_or_inert() -> Arc<Engine> {
    entered().unwrap_or_else(inert)
}

fn inert() -> Arc<Engine> {
    static INERT: OnceLock<Arc<Engine>> = OnceLock::new();
    let config = Config {
        slots: 0,
        ..Config::default()
    };
    Arc::clone(INERT.get_or_init(|| Arc::new(Engine::new(config))))
}
