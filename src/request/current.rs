//! Which request the calling thread is working for.

use std::cell::{Cell, RefCell};

use crate::error::{Error, ErrorKind};
use crate::request::cell::{Node, flag};
use crate::runtime::Priority;
use crate::runtime::engine::Engine;
use crate::runtime::place;
use crate::sync::{Arc, Weak};

/// Direct execution nests at most this deep; then the queue takes over (P37).
const MAX_DEPTH: u32 = 24;
/// So many requests run directly within one turn of their waiter before it has to give up its slot once: the rest of the
/// queue must get its chance even beside a loop whose awaits are always ready.
const MAX_DIRECT: u32 = 512;

struct Frame {
    node: RefCell<Option<Arc<dyn Node>>>,
    /// What was current before, outermost first: the requests whose stack this is.
    below: RefCell<Vec<Option<Arc<dyn Node>>>>,
    effective: Cell<Option<Priority>>,
    shields: Cell<u32>,
    depth: Cell<u32>,
    in_kernel: Cell<bool>,
}

crate::sync::local! {
    static FRAME: Frame = Frame {
        node: RefCell::new(None),
        below: RefCell::new(Vec::new()),
        effective: Cell::new(None),
        shields: Cell::new(0),
        depth: Cell::new(0),
        in_kernel: Cell::new(false),
    };
}

/// Restores what was current before.
pub(crate) struct Entered {
    effective: Option<Priority>,
    shields: u32,
    in_kernel: bool,
}

/// In which capacity the thread works for a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum As {
    Workload,
    Kernel,
    /// After the end: whatever the request was told before, its callbacks may wait (R44).
    Callback,
}

/// Makes `node` current until the guard is dropped, or asked to give it back.
#[inline]
pub(crate) fn enter(node: Arc<dyn Node>, effective: Priority, role: As) -> Entered {
    FRAME.with(|frame| {
        frame.below.borrow_mut().push(frame.node.replace(Some(node)));
        let previous = Entered {
            effective: frame.effective.replace(Some(effective)),
            shields: frame.shields.replace(u32::from(role == As::Callback)),
            in_kernel: frame.in_kernel.replace(role == As::Kernel),
        };
        frame.depth.set(frame.depth.get() + 1);
        previous
    })
}

impl Entered {
    /// Ends the guard and gives the node back, without counting references.
    #[inline]
    pub(crate) fn leave(mut self) -> Arc<dyn Node> {
        let node = self.restore();
        std::mem::forget(self);
        node.expect("invariant: what was entered is current until it is left")
    }

    #[inline]
    fn restore(&mut self) -> Option<Arc<dyn Node>> {
        FRAME.with(|frame| {
            frame.effective.set(self.effective);
            frame.shields.set(self.shields);
            frame.in_kernel.set(self.in_kernel);
            frame.depth.set(frame.depth.get() - 1);
            let below = frame.below.borrow_mut().pop().flatten();
            frame.node.replace(below)
        })
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        // Dropped outside of the borrow: it may be the last reference.
        let left = self.restore();
        drop(left);
    }
}

/// The requests in this thread's stack, the current one last.
pub(crate) fn stack() -> Vec<Arc<dyn Node>> {
    FRAME.with(|frame| {
        let below = frame.below.borrow();
        below
            .iter()
            .flatten()
            .chain(frame.node.borrow().iter())
            .map(Arc::clone)
            .collect()
    })
}

/// The current request.
#[inline]
pub(crate) fn node() -> Option<Arc<dyn Node>> {
    FRAME.try_with(|frame| frame.node.borrow().clone()).ok().flatten()
}

/// Looks at the current request without counting a reference. `f` must not run the user's code.
#[inline]
pub(crate) fn with<R>(f: impl FnOnce(Option<&Arc<dyn Node>>) -> R) -> R {
    FRAME.with(|frame| f(frame.node.borrow().as_ref()))
}

#[inline]
pub(crate) fn effective() -> Option<Priority> {
    FRAME.with(|frame| frame.effective.get())
}

/// Whether the current request has been told to stop, and is not inside of a shield.
#[inline]
pub(crate) fn is_interrupted() -> bool {
    FRAME.with(|frame| {
        frame.shields.get() == 0
            && frame.node.borrow().as_ref().is_some_and(|node| {
                let head = node.head();
                head.has(flag::CANCELLED) || (head.has(flag::UNLISTED) && frame.is_creator_cancelled())
            })
    })
}

impl Frame {
    /// Whether one that an unlisted request runs for has been told to stop. The wave could not reach the unlisted one,
    /// which nobody else can be interested in.
    #[cold]
    fn is_creator_cancelled(&self) -> bool {
        for node in self.below.borrow().iter().rev().flatten() {
            match node.head() {
                head if head.has(flag::CANCELLED) => return true,
                head if head.has(flag::UNLISTED) => {}
                _ => return false,
            }
        }
        false
    }
}

/// Calls `f` with the current request if what it makes here and now may be unlisted (see `listing`): in a turn of its own,
/// in a slot of its runtime, with nothing that a child would inherit and nobody who watches. `f` must not run the user's
/// code.
#[inline]
pub(crate) fn with_creator<R>(f: impl FnOnce(&Arc<dyn Node>) -> R) -> Option<R> {
    const HANDED_DOWN: u32 = flag::CANCELLED | flag::SHUT_DOWN | flag::ADMITTED | flag::REPEATABLE;
    FRAME.with(|frame| {
        if frame.shields.get() > 0 || frame.in_kernel.get() {
            return None;
        }
        let node = frame.node.borrow();
        let head = node.as_ref()?.head();
        let is_plain = !head.has(HANDED_DOWN) && head.values.is_none() && !head.is_observed();
        node.as_ref().filter(|_| is_plain && place::on_slot()).map(f)
    })
}

/// Whether both mean the same request. A weak reference keeps its place in memory, so no other one can stand there.
pub(crate) fn is_same(weak: &Weak<dyn Node>, node: &Arc<dyn Node>) -> bool {
    std::ptr::addr_eq(weak.as_ptr(), Arc::as_ptr(node))
}

/// The priority of the current request, if that is `creator`, outside of any shield, and it may run one more in its stack.
#[inline]
pub(crate) fn may_run_for(creator: Option<&Weak<dyn Node>>) -> Option<Priority> {
    FRAME.with(|frame| {
        let is_current = match (creator, frame.node.borrow().as_ref()) {
            (Some(creator), Some(node)) => is_same(creator, node),
            _ => false,
        };
        let is_deep = frame.depth.get() >= MAX_DEPTH;
        let may = is_current && frame.shields.get() == 0 && !is_deep && !frame.in_kernel.get();
        (may && place::on_slot() && place::count_direct() <= MAX_DIRECT)
            .then(|| frame.effective.get())
            .flatten()
    })
}

#[inline]
pub(crate) fn interrupted() -> Error {
    Error::condition(ErrorKind::Interrupted, "the request was cancelled while it was running")
}

#[inline]
pub(crate) fn shields() -> u32 {
    FRAME.with(|frame| frame.shields.get())
}

#[inline]
pub(crate) fn shift_shields(by: i32) {
    FRAME.with(|frame| frame.shields.set(frame.shields.get().saturating_add_signed(by)));
}

#[inline]
pub(crate) fn in_kernel() -> bool {
    FRAME.with(|frame| frame.in_kernel.get())
}

/// Whether one more request may run in the stack of its waiter.
#[inline]
pub(crate) fn may_run_direct() -> bool {
    FRAME.with(|frame| frame.depth.get() < MAX_DEPTH && !frame.in_kernel.get()) && place::count_direct() <= MAX_DIRECT
}

/// Calls `f`, in which nothing that is waited for runs in this stack: for one that waits for many and must not be held up
/// by any of them.
pub(crate) fn queued_only<R>(f: impl FnOnce() -> R) -> R {
    struct Reset;
    impl Drop for Reset {
        fn drop(&mut self) {
            FRAME.with(|frame| frame.depth.set(frame.depth.get() - MAX_DEPTH));
        }
    }
    FRAME.with(|frame| frame.depth.set(frame.depth.get() + MAX_DEPTH));
    let _reset = Reset;
    f()
}

/// Whether the stack has room for one more request in it (inline mode).
#[inline]
pub(crate) fn may_nest() -> bool {
    FRAME.with(|frame| frame.depth.get() < MAX_DEPTH)
}

/// The engine of the current request.
#[inline]
pub(crate) fn engine() -> Option<Arc<Engine>> {
    with(|node| node.map(|node| Arc::clone(&node.head().engine)))
}
