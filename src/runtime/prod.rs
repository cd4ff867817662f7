//! Seeing to it that a slot that was rung for gets a worker (C38, P29).
//!
//! Slots are tasks of tokio, and a worker of tokio that is about to park can miss a task that another one has just put into
//! its own queue: it was refused to search since somebody else searched, and counted as awake when it should have been
//! told. tokio makes good for that as soon as the other worker has finished its poll. Here that poll may wait for the very
//! request that the slot would run. So while entries stand in the queue a timer goes off once in a while, on whichever worker
//! is parked: it gets a task that does nothing, and afterwards looks at the queues of the others.
//!
//! tokio panics when a runtime that is shutting down is asked for a timer. So whoever takes threads away says so
//! ([`Prod::disarm`]) and waits for those who are at it: a few microseconds. A host does not say so; there it is caught.

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
    /// No timer is made any more. Set before a look at `setting`, which is counted before a look at this: one of the two sees
    /// the other (SeqCst).
    is_over: AtomicBool,
    /// How many threads make a timer now.
    setting: AtomicUsize,
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
            is_over: AtomicBool::new(false),
            setting: AtomicUsize::new(0),
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
        let _setting = Counted::new(&self.setting);
        let is_closed = || self.engine.upgrade().is_none_or(|engine| engine.is_closed());
        if self.is_over.load(Ordering::SeqCst) || is_closed() {
            return;
        }
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

    /// No timer is made after this, and none is being made when it returns. The last one, which holds this, is let go of.
    pub(crate) fn disarm(&self) {
        self.is_over.store(true, Ordering::SeqCst);
        while self.setting.load(Ordering::SeqCst) > 0 {
            std::thread::yield_now();
        }
        let timer = self.timer.lock().1.take();
        drop(timer);
    }
}

/// One more, until it is dropped.
struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::config::Config;

    #[test]
    fn no_timer_is_asked_of_a_runtime_that_is_gone() {
        let tokio = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_time()
            .build()
            .unwrap();
        let engine = Arc::new(Engine::new(Config::default()));
        let prod = Prod::new(&engine, tokio.handle().clone());
        prod.arm();
        assert!(prod.timer.lock().1.is_some());
        prod.disarm();
        tokio.shutdown_background();
        // As does a kernel that was at work when the threads went.
        prod.is_armed.store(false, Ordering::SeqCst);
        prod.arm();
        assert!(prod.timer.lock().1.is_none());
        assert_eq!(prod.timers.load(Ordering::SeqCst), 1);
    }
}
