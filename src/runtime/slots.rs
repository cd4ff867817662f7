//! The threads behind an engine: request slots on tokio, kernels on rayon.
//!
//! A *slot* is a long-lived tokio task that takes entries out of the ready queue and gives each its turn; so at most as
//! many polls run at once as there are slots (C3). On a runtime of its own a slot that runs dry naps a few microseconds at
//! a time and looks again, for about a millisecond, before it sleeps: waking a thread that sleeps costs more than running
//! most requests, and a nap is short enough that a child of a busy parent starts "at once" (C38, P29). A nap takes a
//! core from a kernel for a moment, which cost a third of a blockwise run: while kernels are longer than a nap, a slot sleeps at
//! once, for what comes next comes with a ring. On a host's runtime a slot never naps: the thread is not ours.

use std::pin::pin;
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio_util::task::LocalPoolHandle;

use crate::occupancy::Occupancy;
use crate::runtime::compute::Compute;
use crate::runtime::engine::{Backend, Engine, PinnedJob, Timer};
use crate::runtime::host::Watch;
use crate::runtime::idle_strategy::IdleStrategy;
use crate::runtime::nap::Naps;
use crate::runtime::net::caught;
use crate::runtime::place;
use crate::runtime::watchdog::Watchdog;
use crate::sync::atomic::{AtomicUsize, Ordering, TALLY};
use crate::sync::{Arc, OnceLock, Weak};

/// Turns between two yields to tokio, so that its timers and sockets get theirs.
const TURNS: u32 = 64;
/// The longest time between two yields.
const STRETCH: Duration = Duration::from_micros(500);
/// How late the clock of the engine, which counts milliseconds, may be told the time.
const TICK: Duration = Duration::from_micros(200);
/// One nap of a searching slot; the system adds about 50 µs.
const NAP: Duration = Duration::from_micros(10);
/// Looks of a searching slot before its first nap, while kernels run that could use the core.
const LOOKS: u32 = 4;
/// The same while none runs: some ten microseconds, within which the next socket is often ready. To wake a slot from a nap costs
/// about as much.
const LOOKS_ALONE: u32 = 32;
/// Naps before a searching slot goes to sleep.
const NAPS: u32 = 16;
/// Slots that may block their threads at once. tokio has 512 threads to replace them unless it is told otherwise, and
/// hangs when it runs out (P24, P26).
const MOST_BLOCKED: usize = 256;

pub(crate) struct Slots {
    handle: tokio::runtime::Handle,
    engine: Weak<Engine>,
    shared: Arc<Shared>,
    compute: Compute,
    pinned: OnceLock<LocalPoolHandle>,
    watchdog: Arc<Watchdog>,
    own: bool,
}

/// What slots and backend both hold.
struct Shared {
    bell: Notify,
    /// They end early when a thread that is no slot has pushed: nobody else would take that entry at once.
    naps: Naps,
    /// Slots too many, since one that had blocked its thread came back: so many are to retire.
    surplus: AtomicUsize,
    /// Slots that block their threads.
    blocked: AtomicUsize,
}

impl Slots {
    /// Starts the slots of `engine`.
    pub(crate) fn start(engine: &Arc<Engine>, handle: tokio::runtime::Handle, compute: Compute, own: bool) -> Self {
        let shared = Arc::new(Shared {
            bell: Notify::new(),
            naps: Naps::default(),
            surplus: AtomicUsize::new(0),
            blocked: AtomicUsize::new(0),
        });
        let slots = Self {
            watchdog: Watchdog::new(engine, handle.clone()),
            handle,
            engine: Arc::downgrade(engine),
            shared,
            compute,
            pinned: OnceLock::new(),
            own,
        };
        (0..engine.config.slots).for_each(|_| slots.open_slot());
        slots
    }

    fn open_slot(&self) {
        let Some(engine) = self.engine.upgrade() else { return };
        let watch = Watch::new(&engine);
        let slot = slot(
            engine,
            Arc::clone(&self.shared),
            self.own.then(|| self.compute.occupancy()),
        );
        let slot = async move {
            slot.await;
            watch.relieve();
        };
        // Unconstrained: tokio's budget is meant for one task, and a slot polls many.
        self.handle.spawn(tokio::task::unconstrained(slot));
    }
}

/// `kernels` are those that would be disturbed by naps; `None` on a host's runtime.
async fn slot(engine: Arc<Engine>, shared: Arc<Shared>, kernels: Option<Arc<Occupancy>>) {
    let mut idle = IdleStrategy::default();
    loop {
        work(&engine, &shared).await;
        if engine.is_closed() || retire(&shared) {
            // The bell keeps one ring at most, so each slot that leaves tells the next one.
            shared.bell.notify_one();
            return;
        }
        engine.begin_search();
        if search(&engine, &shared, kernels.as_deref(), &mut idle).await {
            engine.end_search();
            continue;
        }
        // Registered before the last look at the queue, so that no ring is missed (E2).
        let mut ring = pin!(shared.bell.notified());
        ring.as_mut().enable();
        if engine.begin_sleep() {
            let since = Instant::now();
            ring.await;
            engine.end_sleep();
            idle.slept(since.elapsed());
        }
    }
}

/// One slot too many gives up its place.
fn retire(shared: &Shared) -> bool {
    shared
        .surplus
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |surplus| surplus.checked_sub(1))
        .is_ok()
}

/// Takes turns until the queue is empty.
async fn work(engine: &Arc<Engine>, shared: &Shared) {
    let mut before = told(engine);
    let (mut stretch, mut untold) = (Duration::ZERO, Duration::ZERO);
    let mut turns = 0;
    // One slot too many takes no turn more, however much there is to do.
    while shared.surplus.load(Ordering::SeqCst) == 0
        && let Some(entry) = engine.ready.pop()
    {
        caught(|| place::as_slot(|| entry.task.run(entry.ticket)));
        let now = Instant::now();
        let poll = now - before;
        (stretch, untold) = (stretch + poll, untold + poll);
        if untold > TICK {
            engine.clock().advance(now);
            untold = Duration::ZERO;
        }
        if poll > engine.config.long_poll {
            complain(engine, poll);
        }
        before = now;
        turns += 1;
        if turns >= TURNS || stretch > STRETCH {
            give_way().await;
            turns = 0;
            (stretch, untold) = (Duration::ZERO, Duration::ZERO);
            before = told(engine);
        }
    }
}

/// Names a poll that took long, which is over.
#[cold]
fn complain(engine: &Engine, poll: Duration) {
    engine.tallies.long_polls.fetch_add(1, TALLY);
    caught(
        || tracing::warn!(request = %place::noted(), ?poll, "a poll held its slot for long; move the computation into a kernel"),
    );
}

/// The time, which the clock of the engine is told.
fn told(engine: &Engine) -> Instant {
    let now = Instant::now();
    engine.clock().advance(now);
    now
}

/// Lets other tasks have the thread. Not tokio's `yield_now`: that keeps the task in a list of its worker, from where no
/// other worker takes it while a poll on this one lasts (C38, P29).
async fn give_way() {
    if tokio::runtime::Handle::current().runtime_flavor() == tokio::runtime::RuntimeFlavor::CurrentThread {
        return tokio::task::yield_now().await;
    }
    let mut has_yielded = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut has_yielded, true) {
            return std::task::Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

/// Stays awake for a while; whether work has come. `idle` says whether a nap is worth while.
async fn search(engine: &Engine, shared: &Shared, kernels: Option<&Occupancy>, idle: &mut IdleStrategy) -> bool {
    let Some(kernels) = kernels else {
        return !engine.ready.is_empty() || engine.is_closed();
    };
    // A kernel that begins meanwhile is disturbed that long.
    let looks = match kernels.at_work() {
        Some(_) => LOOKS,
        None => LOOKS_ALONE,
    };
    for look in 0..looks + NAPS {
        if !engine.ready.is_empty() || engine.is_closed() {
            return true;
        }
        // Wakers that tokio has put off until its worker gives way (`yield_now`, a timer) come first, then the nap.
        if look >= looks {
            let before = kernels.at_work();
            if !idle.may_nap(before) {
                break;
            }
            shared.naps.nap(NAP, || !engine.ready.is_empty());
            idle.napped(before, kernels.at_work());
        }
        give_way().await;
    }
    !engine.ready.is_empty()
}

impl Backend for Slots {
    fn ring(&self) {
        self.shared.bell.notify_one();
        // A task woken on a worker goes into that worker's LIFO slot, from where nobody steals it: the slot would sleep
        // on until the poll that rang is over (P29). Whatever comes next into the LIFO slot pushes it out into the queue.
        if tokio::runtime::Handle::try_current().is_ok() {
            drop(self.handle.spawn(std::future::ready(())));
        }
        self.watchdog.arm();
    }

    fn leave_to_searcher(&self) {
        self.watchdog.arm();
    }

    fn nudge(&self) {
        if !self.shared.naps.nudge() {
            self.watchdog.arm();
        }
    }

    fn compute_threads(&self) -> usize {
        self.compute.threads()
    }

    fn ring_compute(&self) {
        if let Some(engine) = self.engine.upgrade() {
            self.compute.ring(&engine);
        }
    }

    fn within(&self, f: &mut dyn FnMut()) {
        let _entered = self.handle.enter();
        f();
    }

    fn after(&self, delay: Duration, f: Box<dyn FnOnce() + Send>) -> Timer {
        struct Abort(tokio::task::AbortHandle);
        impl Drop for Abort {
            fn drop(&mut self) {
                self.0.abort();
            }
        }
        let task = self.handle.spawn(async move {
            tokio::time::sleep(delay).await;
            f();
        });
        Box::new(Abort(task.abort_handle()))
    }

    fn pin(&self, job: PinnedJob) {
        let threads = self.engine.upgrade().map_or(1, |engine| engine.config.slots.max(1));
        self.pinned
            .get_or_init(|| LocalPoolHandle::new(threads))
            .spawn_pinned(job);
    }

    fn hand_over(&self, f: &mut dyn FnMut()) {
        struct Return<'a>(&'a Shared);
        impl Drop for Return<'_> {
            fn drop(&mut self) {
                self.0.surplus.fetch_add(1, Ordering::SeqCst);
                self.0.blocked.fetch_sub(1, Ordering::SeqCst);
            }
        }
        let one_more = |blocked: usize| (blocked < MOST_BLOCKED).then_some(blocked + 1);
        let is_one_thread = self.handle.runtime_flavor() == tokio::runtime::RuntimeFlavor::CurrentThread;
        if is_one_thread
            || self
                .shared
                .blocked
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_more)
                .is_err()
        {
            return;
        }
        self.open_slot();
        let _back = Return(&self.shared);
        tokio::task::block_in_place(f);
    }

    fn close(&self) {
        self.watchdog.disarm();
        self.shared.bell.notify_one();
    }
}
