//! Seeing to it that a slot that was rung for gets a worker (C38, P29).
//!
//! Slots are tasks of tokio, and a worker of tokio that is about to park can miss a task that another one has just put into
//! its own queue: it was refused to search since somebody else searched, and counted as awake when it should have been
//! told. tokio makes good for that as soon as the other worker has finished its poll. Here that poll may wait for the very
//! request that the slot would run. So while entries stand in the queue a timer goes off once in a while, on whichever worker
//! is parked: it gets a task that does nothing, and afterwards looks at the queues of the others.
//!
//! tokio panics when a runtime that is shutting down is asked for a timer. So whoever takes threads away says so
//! ([`Watchdog::disarm`]) and sleeps until those who are at it have ended: a few microseconds, as long as nobody takes the
//! processor from them. A host does not say so; there it is caught.

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
use crate::sync::{Arc, Condvar, Mutex, Weak};

/// How long an entry may stand in the queue before a worker is woken.
const PATIENCE: Duration = Duration::from_millis(1);

type Timer = Pin<Box<dyn Future<Output = ()> + Send>>;

pub(crate) struct Watchdog {
    handle: Handle,
    engine: Weak<Engine>,
    is_armed: AtomicBool,
    setting: Mutex<Setting>,
    /// The last thread that made a timer has ended.
    is_still: Condvar,
    timers: AtomicUsize,
    /// The youngest timer, and which it is.
    timer: Mutex<(usize, Option<Timer>)>,
    /// With one worker there is nobody to be woken.
    is_needed: bool,
}

impl Watchdog {
    pub(crate) fn new(engine: &Arc<Engine>, handle: Handle) -> Arc<Self> {
        Arc::new(Self {
            is_needed: handle.runtime_flavor() != RuntimeFlavor::CurrentThread,
            handle,
            engine: Arc::downgrade(engine),
            is_armed: AtomicBool::new(false),
            setting: Mutex::default(),
            is_still: Condvar::default(),
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
        let Some(_guard) = SettingGuard::begin(self) else {
            return;
        };
        if self.engine.upgrade().is_none_or(|engine| engine.is_closed()) {
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
        let mut setting = self.setting.lock();
        setting.is_over = true;
        while setting.threads > 0 {
            setting = self.is_still.wait(setting);
        }
        drop(setting);
        let timer = self.timer.lock().1.take();
        drop(timer);
    }
}

/// Who makes timers.
#[derive(Default)]
struct Setting {
    /// Nobody any more.
    is_over: bool,
    /// How many threads make one now.
    threads: usize,
}

/// A thread makes a timer, until it is dropped. Nothing is locked meanwhile.
struct SettingGuard<'a>(&'a Watchdog);

impl<'a> SettingGuard<'a> {
    /// `None` if no timer is to be made any more.
    fn begin(watchdog: &'a Watchdog) -> Option<Self> {
        let mut setting = watchdog.setting.lock();
        if setting.is_over {
            return None;
        }
        setting.threads += 1;
        Some(Self(watchdog))
    }
}

impl Drop for SettingGuard<'_> {
    fn drop(&mut self) {
        let mut setting = self.0.setting.lock();
        setting.threads -= 1;
        if setting.threads == 0 {
            self.0.is_still.notify_all();
        }
    }
}

impl ArcWake for Watchdog {
    fn wake_by_ref(watchdog: &Arc<Self>) {
        watchdog.is_armed.store(false, Ordering::SeqCst);
        let is_waiting = |engine: Arc<Engine>| !engine.ready.is_empty() && !engine.is_closed();
        if watchdog.engine.upgrade().is_some_and(is_waiting) {
            drop(watchdog.handle.spawn(std::future::ready(())));
            watchdog.arm();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::config::Config;

    fn scene() -> (tokio::runtime::Runtime, Arc<Engine>, Arc<Watchdog>) {
        let mut tokio = tokio::runtime::Builder::new_multi_thread();
        let tokio = tokio.worker_threads(2).enable_time().build().unwrap();
        let engine = Arc::new(Engine::new(Config::default()));
        let watchdog = Watchdog::new(&engine, tokio.handle().clone());
        (tokio, engine, watchdog)
    }

    #[test]
    fn no_timer_is_asked_of_a_runtime_that_is_gone() {
        let (tokio, _engine, watchdog) = scene();
        watchdog.arm();
        assert!(watchdog.timer.lock().1.is_some());
        watchdog.disarm();
        tokio.shutdown_background();
        // As does a kernel that was at work when the threads went.
        watchdog.is_armed.store(false, Ordering::SeqCst);
        watchdog.arm();
        assert!(watchdog.timer.lock().1.is_none());
        assert_eq!(watchdog.timers.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn who_disarms_sleeps_until_the_last_timer_is_made() {
        let (_tokio, _engine, watchdog) = scene();
        let (first, second) = (
            SettingGuard::begin(&watchdog).unwrap(),
            SettingGuard::begin(&watchdog).unwrap(),
        );
        let is_disarmed = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                watchdog.disarm();
                assert_eq!(watchdog.setting.lock().threads, 0, "none is being made when it returns");
                is_disarmed.store(true, Ordering::SeqCst);
            });
            while !watchdog.setting.lock().is_over {
                std::thread::yield_now();
            }
            assert!(SettingGuard::begin(&watchdog).is_none());
            drop(first);
            // Time for the other to come back, if it did not wait.
            (0..1000).for_each(|_| std::thread::yield_now());
            assert!(!is_disarmed.load(Ordering::SeqCst));
            drop(second);
        });
        assert!(is_disarmed.load(Ordering::SeqCst));
    }
}
