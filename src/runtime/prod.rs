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
use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::sync::{Arc, Mutex, Weak};

/// How long an entry may stand in the queue before somebody is prodded.
const PATIENCE: Duration = Duration::from_millis(1);

type Timer = Pin<Box<dyn Future<Output = ()> + Send>>;

pub(crate) struct Prod {
    handle: Handle,
    engine: Weak<Engine>,
    is_armed: AtomicBool,
    timers: AtomicUsize,
    /// The youngest timer, and which it is.
    timer: Mutex<(usize, Option<Timer>)>,
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
            timers: AtomicUsize::new(0),
            timer: Mutex::new((0, None)),
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
            let nth = self.timers.fetch_add(1, Ordering::SeqCst) + 1;
            // It may go off in here already, and call for the next one: nothing is locked meanwhile.
            let is_over = timer.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
            self.keep(nth, timer);
            if is_over {
                waker.wake();
            }
        });
    }

    /// Keeps the youngest of the timers: one that has gone off must not displace the one that followed it.
    fn keep(&self, nth: usize, timer: Timer) {
        let mut kept = self.timer.lock();
        let old = match kept.0 < nth {
            true => std::mem::replace(&mut *kept, (nth, Some(timer))).1,
            false => Some(timer),
        };
        drop(kept);
        drop(old);
    }

    /// Lets go of the timer, which holds this.
    pub(crate) fn disarm(&self) {
        let timer = self.timer.lock().1.take();
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
