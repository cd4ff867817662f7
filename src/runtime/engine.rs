//! The part of a runtime that requests hold on to: queues, registry, counters. It knows neither tokio nor rayon, so that
//! the model checkers can run it; what needs threads goes through [`Backend`].
//!
//! Waking an idle slot costs more than running a small request, so it is done only when it must be (C38, P29). A slot
//! that finds nothing to do stays awake for a while and looks again (*searching*) before it goes to sleep:
//! - E1 A push rings only if nobody is searching and somebody sleeps.
//! - E2 A slot counts itself among the sleepers before it stops searching and then looks at the queue once more, and a
//!   push adds its entry before it looks at the counts. Both sides are SeqCst, so one of them sees the other: no entry
//!   is left with every slot asleep (P16).
//! - E3 A searcher that finds work and leaves more behind rings for the next one, also if it finds it at the last look; so
//!   does a sleeper that was rung for.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::task::Waker;
use std::time::{Duration, Instant};

use crate::runtime::account::Account;
use crate::runtime::config::Config;
use crate::runtime::events::Events;
use crate::runtime::extension::Reclaim;
use crate::runtime::info::{RequestId, RequestInfo};
use crate::runtime::place;
use crate::runtime::queue::ReadyQueue;
use crate::runtime::task::Task;
use crate::runtime::{Priority, Statistics};
use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering, TALLY, Tally};
use crate::sync::{Arc, Mutex, OnceLock, Weak};

/// Makes the future of a pinned request, on the thread where it will stay.
pub(crate) type PinnedJob = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = ()>>> + Send>;

/// A pending call; dropping it calls it off.
pub(crate) type Timer = Box<dyn Send + Sync>;

/// The threads behind an engine.
pub(crate) trait Backend: Send + Sync {
    /// Wakes one sleeping slot.
    fn ring(&self);
    /// An entry came from outside, and a slot is searching: it may look at once.
    fn nudge(&self) {}
    /// A slot has pushed an entry and may be busy for long; one that is searching will find it, if it gets a worker.
    fn leave_to_searcher(&self) {}
    /// A kernel stands in the queue.
    fn ring_compute(&self);
    /// How many threads run kernels.
    fn compute_threads(&self) -> usize {
        1
    }
    /// Calls `f` where the timers and sockets of tokio can be used.
    fn within(&self, f: &mut dyn FnMut());
    /// Calls `f` after `delay`, on a thread of the runtime, unless the timer is dropped before.
    fn after(&self, delay: Duration, f: Box<dyn FnOnce() + Send>) -> Timer;
    /// Runs a pinned request.
    fn pin(&self, job: PinnedJob);
    /// No more requests will be accepted: slots may go.
    fn close(&self);
    /// The calling slot is about to block its thread in `f`: another one takes its place meanwhile. `f` is not called if
    /// no thread is left for that.
    fn hand_over(&self, f: &mut dyn FnMut());
}

/// Which threads an entry is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// A poll, in a request slot.
    Slot,
    /// A kernel, in the compute pool.
    Compute,
    /// Work that does not fit the budget of bytes yet.
    Lobby,
}

pub(crate) struct Engine {
    pub(crate) config: Config,
    pub(crate) ready: ReadyQueue,
    pub(crate) kernels: ReadyQueue,
    lobby: ReadyQueue,
    pub(crate) events: Events,
    pub(crate) account: Account,
    /// Who keeps data that can be dropped when work waits for memory.
    pub(crate) keepers: Mutex<Vec<Weak<dyn Reclaim>>>,
    /// Held by whoever has them do so.
    pub(crate) reclaiming: Mutex<()>,
    pub(crate) tallies: Tallies,
    /// What an upper layer keeps for every request of this runtime, see `extension`.
    pub(crate) toolkit: OnceLock<Arc<dyn Any + Send + Sync>>,
    backend: OnceLock<Box<dyn Backend>>,
    searching: AtomicUsize,
    sleeping: AtomicUsize,
    closed: AtomicBool,
    roots: Tally,
    registry: Mutex<Registry>,
    clock: Arc<Clock>,
    /// Who waits in inline mode, and so will run what becomes ready.
    pumps: Mutex<Vec<Waker>>,
}

/// Counts that only reports read.
#[derive(Debug, Default)]
pub(crate) struct Tallies {
    pub(crate) made: Tally,
    pub(crate) kernels: Tally,
    pub(crate) kernel_nanos: Tally,
    pub(crate) long_polls: Tally,
}

/// Requests that no live request made. All others are found through their creators.
#[derive(Default)]
struct Registry {
    roots: Vec<Weak<dyn Task>>,
    /// Moves on when a creator hands its children over.
    adoptions: u64,
    /// Sweep the ended ones when the list has grown to this length: amortised O(1), memory in proportion to what lives.
    sweep_at: usize,
}

impl Engine {
    pub(crate) fn new(config: Config) -> Self {
        let clock = Arc::new(Clock::new());
        let queue = || ReadyQueue::new(config.discipline, config.ageing, &clock);
        Self {
            ready: queue(),
            kernels: queue(),
            lobby: queue(),
            events: Events::default(),
            account: Account::new(config.memory),
            keepers: Mutex::new(Vec::new()),
            reclaiming: Mutex::new(()),
            tallies: Tallies::default(),
            toolkit: OnceLock::new(),
            backend: OnceLock::new(),
            searching: AtomicUsize::new(0),
            sleeping: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            roots: Tally::new(0),
            registry: Mutex::new(Registry::default()),
            clock,
            pumps: Mutex::new(Vec::new()),
            config,
        }
    }

    /// Gives the engine its threads; once, before anybody else sees it.
    pub(crate) fn attach(&self, backend: Box<dyn Backend>) {
        let first = self.backend.set(backend).is_ok();
        debug_assert!(first, "an engine has one backend");
    }

    pub(crate) fn backend(&self) -> Option<&dyn Backend> {
        self.backend.get().map(|backend| &**backend)
    }

    pub(crate) fn is_inline(&self) -> bool {
        self.config.slots == 0
    }

    pub(crate) fn queue(&self, lane: Lane) -> &ReadyQueue {
        match lane {
            Lane::Slot => &self.ready,
            Lane::Compute => &self.kernels,
            Lane::Lobby => &self.lobby,
        }
    }

    /// Queues a turn and sees to it that somebody takes it.
    pub(crate) fn push(&self, lane: Lane, task: Arc<dyn Task>, priority: Priority, ticket: u32) {
        match lane {
            Lane::Lobby => self.lobby.push(task, priority, ticket),
            Lane::Slot => {
                self.ready.push(task, priority, ticket);
                self.ring_if_needed();
            }
            Lane::Compute => {
                self.kernels.push(task, priority, ticket);
                if self.is_inline() {
                    self.call_pumps();
                } else {
                    self.ring_compute();
                }
            }
        }
    }

    /// Sees to it that somebody takes the kernels that are queued.
    pub(crate) fn ring_compute(&self) {
        if let Some(backend) = self.backend() {
            backend.ring_compute();
        }
    }

    /// How many threads run kernels.
    pub(crate) fn compute_threads(&self) -> usize {
        self.backend().map_or(1, |backend| backend.compute_threads())
    }

    /// Queues many turns at once. One slot is rung for; each that finds more rings for the next (E3).
    pub(crate) fn push_all(&self, turns: Vec<(Arc<dyn Task>, Priority, u32)>) {
        if !turns.is_empty() {
            self.ready.push_all(turns);
            self.ring_if_needed();
        }
    }

    /// E1.
    fn ring_if_needed(&self) {
        if self.is_inline() {
            self.call_pumps();
        } else if self.searching.load(Ordering::SeqCst) > 0 {
            // A slot that pushes will look at the queue itself before long; a foreign thread will not.
            match self.backend() {
                Some(backend) if place::on_slot() => backend.leave_to_searcher(),
                Some(backend) => backend.nudge(),
                None => {}
            }
        } else if self.sleeping.load(Ordering::SeqCst) > 0 {
            self.ring();
        }
    }

    #[cold]
    fn ring(&self) {
        if let Some(backend) = self.backend() {
            backend.ring();
        }
    }

    /// Inline mode: runs what is ready, in the caller's thread, until nothing is left.
    pub(crate) fn run_inline(&self) {
        if self.ready.is_empty() && self.kernels.is_empty() {
            return;
        }
        let mut run = || {
            while let Some(entry) = self.ready.pop().or_else(|| self.kernels.pop()) {
                entry.task.run(entry.ticket);
            }
        };
        match self.backend() {
            // What runs may ask tokio for its timers and sockets.
            Some(backend) => backend.within(&mut run),
            None => run(),
        }
    }

    /// Inline mode: `waker` is called when something becomes ready.
    pub(crate) fn on_ready(&self, waker: &Waker) {
        let waker = waker.clone();
        let mut pumps = self.pumps.lock();
        let known = pumps.iter().any(|pump| pump.will_wake(&waker));
        let left = if known {
            Some(waker)
        } else {
            pumps.push(waker);
            None
        };
        drop(pumps);
        drop(left);
    }

    fn call_pumps(&self) {
        let pumps = std::mem::take(&mut *self.pumps.lock());
        pumps.into_iter().for_each(Waker::wake);
    }

    /// A slot has run out of work.
    pub(crate) fn begin_search(&self) {
        self.searching.fetch_add(1, Ordering::SeqCst);
    }

    /// A searcher has seen work (E3).
    pub(crate) fn end_search(&self) {
        if self.searching.fetch_sub(1, Ordering::SeqCst) == 1 && self.ready.len() > 1 {
            self.ring_if_needed();
        }
    }

    /// A searcher gives up; `false` if work came in the meantime and it must not sleep (E2).
    #[must_use]
    pub(crate) fn begin_sleep(&self) -> bool {
        self.sleeping.fetch_add(1, Ordering::SeqCst);
        self.searching.fetch_sub(1, Ordering::SeqCst);
        if self.ready.is_empty() {
            return true;
        }
        self.sleeping.fetch_sub(1, Ordering::SeqCst);
        if self.ready.len() > 1 {
            self.ring_if_needed();
        }
        false
    }

    /// A sleeper has been rung for, and hands the bell on if there is more to do than it can take (E3).
    pub(crate) fn end_sleep(&self) {
        self.sleeping.fetch_sub(1, Ordering::SeqCst);
        if self.ready.len() > 1 {
            self.ring_if_needed();
        }
    }

    pub(crate) fn next_root(&self) -> u64 {
        self.roots.fetch_add(1, TALLY)
    }

    /// The rank behind everything of the level of `priority` that there is.
    pub(crate) fn behind(&self, priority: Priority) -> Priority {
        Priority::root(priority.level(), self.roots())
    }

    /// How many roots have been made.
    pub(crate) fn roots(&self) -> u64 {
        self.roots.load(TALLY)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    /// Ends every request at once, those inside of a poll or a kernel too.
    pub(crate) fn end_all(&self) {
        self.close();
        // A round more than once only while somebody is making requests; never until all have ended, since this may be
        // called in a callback, whose request has not.
        for round in 0..4 {
            let live = self.live();
            if live.is_empty() {
                break;
            }
            live.into_iter().for_each(|task| task.shut_down(round > 0));
        }
    }

    /// Lists a request that no live request made: a root, or one whose creator has ended.
    pub(crate) fn register(&self, task: Weak<dyn Task>) {
        self.registry.lock().roots.push(task);
        self.sweep_if_due();
    }

    /// Lists requests without looking at any, so that it may be done inside of a state. A sweep is due afterwards.
    pub(crate) fn adopt(&self, tasks: impl Iterator<Item = Weak<dyn Task>>) {
        let mut tasks = tasks.peekable();
        if tasks.peek().is_some() {
            let mut registry = self.registry.lock();
            registry.roots.extend(tasks);
            registry.adoptions += 1;
        }
    }

    /// Forgets roots that have ended once there are many.
    pub(crate) fn sweep_if_due(&self) {
        let swept = {
            let mut registry = self.registry.lock();
            (registry.roots.len() > registry.sweep_at).then(|| {
                // Nobody else is to sweep, or to see the list without what is being looked at, meanwhile.
                registry.sweep_at = usize::MAX;
                registry.roots.clone()
            })
        };
        // Looking at a task may free it, and that runs the user's code: not under our lock (Q4).
        if let Some(mut old) = swept {
            let looked_at = old.len();
            old.retain(|task| task.upgrade().is_some_and(|task| !task.has_ended()));
            let mut registry = self.registry.lock();
            let new = registry.roots.split_off(looked_at);
            let forgotten = std::mem::replace(&mut registry.roots, old);
            registry.roots.extend(new);
            registry.sweep_at = (2 * registry.roots.len()).max(64);
            drop(registry);
            drop(forgotten);
        }
    }

    /// Every request that has not ended, creators before what they made.
    ///
    /// A request that ends meanwhile may hand its children over to the list of roots after that list was read, and before
    /// it is asked for them. Then the walk begins again: a few times for the sake of completeness, and always if it would
    /// say that nobody is left, since a shutdown relies on that (P9).
    pub(crate) fn live(&self) -> Vec<Arc<dyn Task>> {
        let mut tries = 0;
        loop {
            let (roots, adoptions) = {
                let registry = self.registry.lock();
                (registry.roots.clone(), registry.adoptions)
            };
            let mut live: Vec<Arc<dyn Task>> = roots.iter().filter_map(Weak::upgrade).collect();
            let mut next = 0;
            while let Some(task) = live.get(next) {
                let made = task.made();
                live.extend(made);
                next += 1;
            }
            live.retain(|task| !task.has_ended());
            tries += 1;
            let is_whole = self.registry.lock().adoptions == adoptions;
            if is_whole || (tries > 4 && !live.is_empty()) {
                return live;
            }
        }
    }

    pub(crate) fn snapshot(&self) -> Vec<RequestInfo> {
        loop {
            let live = self.live();
            let mut infos: Vec<_> = live.iter().filter_map(|task| task.info()).collect();
            if infos.is_empty() && !live.is_empty() {
                // All of them have ended since, but not without having made others perhaps: nobody is left only if the
                // walk says so.
                continue;
            }
            infos.sort_by_key(|info| info.id);
            infos.dedup_by_key(|info| info.id);
            return infos;
        }
    }

    /// The live request with this identity.
    pub(crate) fn find(&self, id: RequestId) -> Option<Arc<dyn Task>> {
        let is_it = |task: &Arc<dyn Task>| task.info().is_some_and(|info| info.id == id);
        self.live().into_iter().find(is_it)
    }

    pub(crate) fn statistics(&self) -> Statistics {
        let tallies = &self.tallies;
        Statistics {
            requests: tallies.made.load(TALLY) + self.roots(),
            kernels: tallies.kernels.load(TALLY),
            kernel_time: Duration::from_nanos(tallies.kernel_nanos.load(TALLY)),
            long_polls: tallies.long_polls.load(TALLY),
        }
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }
}

/// Milliseconds since the engine was made, as of the last time anybody looked at a real clock. Reading it costs a load;
/// slots move it on when they have polled for 200 µs, foreign threads whenever they make a request.
#[derive(Debug)]
pub(crate) struct Clock {
    origin: Instant,
    millis: Tally,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self {
            origin: Instant::now(),
            millis: Tally::new(0),
        }
    }

    /// Looks at the real clock.
    pub(crate) fn advance(&self, now: Instant) -> u32 {
        let millis = now.saturating_duration_since(self.origin).as_millis() as u64;
        if self.millis.load(TALLY) != millis {
            self.millis.store(millis, TALLY);
        }
        millis as u32
    }

    #[cfg(test)]
    pub(crate) fn origin(&self) -> Instant {
        self.origin
    }

    /// As somebody saw it last.
    pub(crate) fn recent(&self) -> u32 {
        self.millis.load(TALLY) as u32
    }
}
