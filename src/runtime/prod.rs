//! Seeing to it that a slot that was rung for gets a worker (C38, P29).
//!
//! Slots are tasks of tokio, and a worker of tokio that is about to park can miss a task that another one has just put into
//! its own queue: it was refused to search since somebody else searched, and counted as awake when it should have been
//! told. tokio makes good for that as soon as the other worker has finished its poll. Here that poll may wait for the very
//! request that the slot would run. So while entries stand in the queue a timer goes off once in a while, on whichever worker
//! is parked: it gets a task that does nothing, and afterwards looks at the queues of the others.

use std::future::Future;
use std::pin::Pin;
use std::task::Context;
use std::time::Duration;

use futures::task::{ArcWake, waker};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::coop::unconstrained;

use crate::runtime::engine::Engine;
use crate::runtime::net::caught;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Arc, Mutex, Weak};

/// How long an entry may stand in the queue before somebody is prodded.
const PATIENCE: Duration = Duration::from_millis(1);

pub(crate) struct Prod {
    handle: Handle,
    engine: Weak<Engine>,
    is_armed: AtomicBool,
    timer: Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>,
    /// With one worker there is nobody to be prodded.
    is_needed: bool,
}

impl Prod {
    pub(crate) fn new(engine: &Arc<Engine>, handle: Handle) -> Arc<Self> {
        Arc::new(Self {
            is_needed: handle.runtime_flavor() != RuntimeFlavor::CurrentThread,
            handle,
            engine: Arc::downgrade(engine),
            is_armed: AtomicBool::new(false),
            timer: Mutex::new(None),
        })
    }

    /// An entry was left to a slot that may not get a worker.
    pub(crate) fn arm(self: &Arc<Self>) {
        if self.is_needed && !self.is_armed.load(Ordering::SeqCst) && !self.is_armed.swap(true, Ordering::SeqCst) {
            self.set();
        }
    }

    /// Registered by hand, since a task that sleeps would have to be polled first.
    #[cold]
    fn set(self: &Arc<Self>) {
        if self.engine.upgrade().is_none_or(|engine| engine.is_closed()) {
            return;
        }
        // A host that is shutting down panics when it is asked for a timer.
        caught(|| {
            let _entered = self.handle.enter();
            // Unconstrained: the budget of the task that happens to be polled here is not ours.
            let mut timer = Box::pin(unconstrained(tokio::time::sleep(PATIENCE)));
            let waker = waker(Arc::clone(self));
            // Locked until it is in its place: should it go off at once elsewhere, the next one must not come first.
            let mut kept = self.timer.lock();
            let is_over = timer.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
            let old = kept.replace(timer);
            drop(kept);
            drop(old);
            if is_over {
                waker.wake();
            }
        });
    }

    /// Lets go of the timer, which holds this.
    pub(crate) fn disarm(&self) {
        let timer = self.timer.lock().take();
        drop(timer);
    }
}

impl ArcWake for Prod {
    fn wake_by_ref(prod: &Arc<Self>) {
        prod.is_armed.store(false, Ordering::SeqCst);
        let is_waiting = |engine: Arc<Engine>| !engine.ready.is_empty() && !engine.is_closed();
        if prod.engine.upgrade().is_some_and(is_waiting) {
            drop(prod.handle.spawn(std::future::ready(())));
            prod.arm();
        }
    }
}
