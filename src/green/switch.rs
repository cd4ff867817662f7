//! Hooks that are called when a thread begins and stops to poll a task.

use std::fmt;
use std::panic::Location;

use crate::green::current_task::Current;
use crate::green::registry::Registry;
use crate::green::task_core::TaskCore;
use crate::green::toolkit::Toolkit;
use crate::request::detached::{current_place, engine_here};
use crate::runtime::engine::Engine;
use crate::runtime::info::RequestId;
use crate::sync::Arc;

/// As kept in a registry.
pub(crate) type SwitchHook = dyn Fn(&Switch) + Send + Sync;

const PANICKED: &str = "a switch hook panicked and is removed";

/// A thread begins or stops to poll a task. Every `Enter` is followed by a `Leave` on the same thread, after a panic too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switch {
    /// Which of the two.
    pub direction: Direction,
    /// The task.
    pub task: RequestId,
    /// Where it was made.
    pub place: &'static Location<'static>,
}

/// The direction of a [`Switch`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The task is about to be polled.
    Enter,
    /// The poll is over: the task waits, has ended, or has panicked.
    Leave,
}

/// Has `hook` called around every poll of every task of the current runtime, until the guard is dropped.
///
/// Hooks of the runtime come before those of the task ([`TaskBuilder::on_switch`](crate::green::TaskBuilder::on_switch)) on
/// the way in, and after them on the way out. They run on the thread of the poll and hold it up: they are for figures and
/// thread-bound state. As long as there are none, a poll costs two atomic loads more.
///
/// # Panics
///
/// A hook that panics is removed and the panic logged.
///
/// # Examples
///
/// Counting polls:
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU32, Ordering};
/// use headwater::green::{self, Direction};
///
/// let polls = Arc::new(AtomicU32::new(0));
/// let counted = Arc::clone(&polls);
/// let _guard = green::on_switch(move |switch| {
///     if switch.direction == Direction::Enter {
///         counted.fetch_add(1, Ordering::Relaxed);
///     }
/// });
/// green::schedule(async { Ok(()) }).wait()?;
/// assert!(polls.load(Ordering::Relaxed) >= 1);
/// # Ok::<(), headwater::Error>(())
/// ```
pub fn on_switch(hook: impl Fn(&Switch) + Send + Sync + 'static) -> SwitchHookGuard {
    let engine = engine_here();
    let key = Toolkit::of(&engine).switch_hooks.add(Arc::new(hook));
    SwitchHookGuard {
        engine: Some(engine),
        key,
    }
}

/// Keeps a hook registered. Made by [`on_switch`]. Dropping it takes the hook out.
#[must_use = "the hook is taken out as soon as the guard is dropped"]
pub struct SwitchHookGuard {
    engine: Option<Arc<Engine>>,
    key: u64,
}

impl SwitchHookGuard {
    /// Takes the hook out. Returns whether it was still registered: one that has panicked is not.
    pub fn remove(mut self) -> bool {
        self.take_out()
    }

    fn take_out(&mut self) -> bool {
        let engine = self.engine.take();
        engine.is_some_and(|engine| Toolkit::of(&engine).switch_hooks.remove(self.key))
    }
}

impl Drop for SwitchHookGuard {
    fn drop(&mut self) {
        self.take_out();
    }
}

impl fmt::Debug for SwitchHookGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SwitchHookGuard").finish_non_exhaustive()
    }
}

/// Calls the hooks of the way out when it is dropped.
pub(crate) struct Switched {
    task: Arc<dyn Current>,
    switch: Switch,
}

/// Calls the hooks of the way in; `None`, at the price of two loads, if there are none.
#[inline]
pub(crate) fn enter(task: &Arc<dyn Current>) -> Option<Switched> {
    let core = task.core();
    let local = core.local_if_any().is_some_and(|local| !local.switch_hooks.is_empty());
    if !local && Toolkit::of(core.engine()).switch_hooks.is_empty() {
        return None;
    }
    enter_slowly(Arc::clone(task))
}

#[cold]
fn enter_slowly(task: Arc<dyn Current>) -> Option<Switched> {
    let (id, place) = current_place()?;
    let switch = Switch {
        direction: Direction::Enter,
        task: id,
        place,
    };
    let core = task.core();
    call(&Toolkit::of(core.engine()).switch_hooks, &switch);
    call_local(core, &switch);
    Some(Switched { task, switch })
}

impl Drop for Switched {
    fn drop(&mut self) {
        let switch = Switch {
            direction: Direction::Leave,
            ..self.switch
        };
        call_local(self.task.core(), &switch);
        call(&Toolkit::of(self.task.core().engine()).switch_hooks, &switch);
    }
}

fn call_local(core: &TaskCore, switch: &Switch) {
    if let Some(local) = core.local_if_any() {
        call(&local.switch_hooks, switch);
    }
}

fn call(hooks: &Registry<SwitchHook>, switch: &Switch) {
    hooks.call(PANICKED, |hook| hook(switch));
}
