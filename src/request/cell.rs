//! The request cell: one allocation that is task, result and meeting point of everybody who is interested.
//!
//! # Parts
//!
//! A [`Cell`] has a [`Head`], which does not know the type of the value, and a write-once value. Everything that changes
//! stands in [`State`], behind one mutex; a few facts are mirrored in [`flags`](Head::flags) so that they can be read
//! without it. The workload is taken out of the state while it runs, so no lock is held then.
//!
//! # Phases
//!
//! ```text
//!  Made ──submit, wait──▶ Queued ──slot──▶ Running ──ready──▶ (Finishing) ──▶ Ended
//!   │                       ▲  ▲              │ │                 callbacks     │
//!   │ direct execution      │  └──woken───────┘ └─pending─▶ Suspended           │
//!   └──────────────▶ Running│                                  │                │
//!                           └───────────────wake───────────────┘                │
//!  Made, Queued (never polled) ──cancel──▶ Ended        next generation ◀───────┘ (repeatable, cancelled or retried)
//! ```
//!
//! # Edges
//!
//! A wait is an *edge* from a waiter to a target. The target lists it among its [`waiters`](State::waiters); a waiter that
//! is itself a request lists it among its [`waits`](State::waits) as well. Four questions are answered by the same edges:
//! is anybody interested (`cancel`), how urgent is it (`lend`), would this wait close a circle (`cycle`), what is everybody
//! waiting for (`explain`).
//!
//! # Invariants
//!
//! - I1 Only the holder of a *turn* (who moved the phase to Running) touches the workload, and moves the phase on from
//!   there; the turn carries the generation, and a turn of an old one changes nothing (C2, C4, C22).
//! - I2 The state check and the registration of a waiter are one critical section, and so are the move to Ended and
//!   taking the waiters out: nobody registers after the last look (P4, P16).
//! - I3 The outcome is decided in one critical section, once a generation; the value is written inside of it (C20, P14).
//! - I4 `cancelled` never turns back within a generation. A turn that began before it is followed by another one, so every
//!   workload sees it; a turn that began after it, and after the wakers
//!   of its waits have been called, and is still pending, unshielded, is the last (C16).
//! - I5 An edge is added at its target first, then at its waiter; circles are looked for after that. So the last of
//!   several waits that close a circle together sees all of it (C11, P34).
//! - I6 `live` counts the waiters whose own request is not cancelled, plus the lease of a direct execution. When it falls
//!   to zero, whoever made it so decides about cancellation (C13, C14, P2, P15).
//! - I7 Keys of waiters and leases are good for one `round`: the round moves on whenever all waiters are taken out.
//! - I8 No workload, callback, waker, value or error is run, woken, cloned or dropped under the mutex (C32, P17).
//! - I9 A cell that is [`UNLISTED`](flag::UNLISTED) has one handle, and stands in no list (see `listing`). Its state is touched
//!   without the mutex only through a reference that is proved to be the only one (`direct`).
//!
//! # Lock order
//!
//! At most one state is locked at a time, with two exceptions: the check of a circle locks the states on its path in the
//! order of their ids, and the ready queue or the registry of roots may be locked inside of a state. Nothing is locked
//! inside of those. The queue of a [`RequestLock`](crate::RequestLock) may be locked around a state, never inside of one.

use std::any::Any;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::request::admit::Admission;
use crate::request::children::Children;
use crate::request::context::Values;
use crate::request::roster::Roster;
use crate::runtime::Priority;
use crate::runtime::engine::{Engine, PinnedJob};
use crate::runtime::info::RequestId;
use crate::runtime::task::Task;
use crate::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use crate::sync::{Arc, Mutex, MutexGuard, OnceLock, Weak};

/// A request without the type of its value.
pub(crate) trait Node: Task + Any {
    fn head(&self) -> &Head;
    fn as_any(&self) -> &dyn Any;
}

pub(crate) struct Cell<T> {
    pub(crate) head: Head,
    pub(crate) value: OnceLock<T>,
}

pub(crate) struct Head {
    pub(crate) engine: Arc<Engine>,
    pub(crate) id: RequestId,
    pub(crate) place: &'static Location<'static>,
    /// Mirrors of the state, see [`flag`]. Written under the mutex.
    pub(crate) flags: AtomicU32,
    /// Live `Request`s; the cell itself outlives them while it is queued or awaited.
    pub(crate) handles: AtomicUsize,
    /// Which entry of the queue counts. Changed under the mutex; read by a queue that sweeps.
    ticket: AtomicU32,
    /// How many requests it has made. Only whoever runs it makes some, so no two threads count at once.
    made: AtomicU32,
    /// How many of those stand in the statistics.
    counted: AtomicU32,
    /// Its rank by birth.
    pub(crate) own: Priority,
    pub(crate) values: Values,
    state: Mutex<State>,
}

/// The bits of [`Head::flags`]. All are set with Release under the mutex and read with Acquire, so that who sees
/// `SUCCEEDED` sees the value.
pub(crate) mod flag {
    /// The value can be read.
    pub(crate) const SUCCEEDED: u32 = 1;
    /// This generation has ended, callbacks included.
    pub(crate) const ENDED: u32 = 2;
    /// Told to stop.
    pub(crate) const CANCELLED: u32 = 4;
    /// Some request has waited for this one in this round.
    pub(crate) const WAITED_FOR: u32 = 8;
    /// The runtime shuts down.
    pub(crate) const SHUT_DOWN: u32 = 16;
    /// It, or one that it descends from, holds bytes of the budget.
    pub(crate) const ADMITTED: u32 = 32;
    /// Made inside of a shield of its creator.
    pub(crate) const SHIELDED: u32 = 64;
    /// One that it descends from held bytes when it was made.
    pub(crate) const INHERITED: u32 = 128;
    /// Only its maker knows of it (see `listing`).
    pub(crate) const UNLISTED: u32 = 256;
    /// Can have several generations.
    pub(crate) const REPEATABLE: u32 = 512;
    /// Nobody's child: it outlives who made it, and a waiter who gives up does not speak against it.
    pub(crate) const OUTLIVES_WAITERS: u32 = 1024;
    /// Its work is for the compute pool.
    pub(crate) const KERNEL: u32 = 2048;
    /// It blocks its thread in a wait, and another slot has taken its place.
    pub(crate) const HANDED_OVER: u32 = 4096;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Made,
    Queued,
    Running,
    Suspended,
    Finishing(Verdict),
    Ended(Verdict),
}

/// How a generation ended. The value and the error stand beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Succeeded,
    Failed,
    Cancelled,
}

pub(crate) struct State {
    pub(crate) phase: Phase,
    pub(crate) round: u32,
    pub(crate) generation: u32,
    pub(crate) live: u32,
    pub(crate) shields: u32,
    /// A wake-up came during the turn.
    pub(crate) woken: bool,
    /// Woken in this turn, it is to stand behind all others of its level.
    pub(crate) gives_way: bool,
    /// Somebody said that the result is not wanted; takes effect when `live` is zero. Once `cancelled`, this and
    /// `submitted` speak of the next generation.
    pub(crate) cancel_asked: bool,
    pub(crate) cancelled: bool,
    /// The wakers of its withdrawn waits are being called: not until that is over can a turn be the last one.
    pub(crate) calling: bool,
    /// Runs to its end even if nobody is left (C8).
    pub(crate) submitted: bool,
    /// The workload of this generation has been polled.
    pub(crate) polled: bool,
    /// Polled on a thread of its own.
    pub(crate) pinned: bool,
    /// Somebody has been told of the failure.
    pub(crate) heard: bool,
    pub(crate) work: Work,
    pub(crate) waiters: Roster<Waiter>,
    pub(crate) waits: Roster<Edge>,
    pub(crate) children: Children,
    /// Who made it, while it is unlisted. Weak, since the creator's value may hold this request.
    pub(crate) creator: Option<Weak<dyn Node>>,
    /// The best of the rank by birth, the waiters' and the loans through locks.
    pub(crate) effective: Priority,
    pub(crate) failure: Option<Error>,
    /// When the phase last changed, by the engine's clock.
    pub(crate) since: u32,
    pub(crate) born: u32,
    pub(crate) extra: Option<Box<Extra>>,
}

/// What few requests have.
#[derive(Default)]
pub(crate) struct Extra {
    pub(crate) name: Option<Arc<str>>,
    pub(crate) bytes: u64,
    pub(crate) admission: Admission,
    pub(crate) callbacks: Vec<Callback>,
    /// Those that wait for a turn in a slot.
    pub(crate) deferred: Option<Vec<Callback>>,
    pub(crate) grace: Option<std::time::Duration>,
    pub(crate) grace_timer: Option<crate::runtime::engine::Timer>,
    /// Which time of grace is running, if one is. A timer of another comes too late and changes nothing.
    pub(crate) grace_running: Option<u32>,
    /// How many have begun.
    pub(crate) graces: u32,
    /// Makes the workload of the next generation.
    pub(crate) maker: Option<Maker>,
    /// Polled elsewhere: a pinned request's own waker.
    pub(crate) driver: Option<Waker>,
    /// Priorities lent by those who wait for a lock that this request holds: one for each lock.
    pub(crate) loans: Vec<(usize, Priority)>,
    /// Locks that this request waits for.
    pub(crate) lock_waits: Vec<Arc<dyn LockWait>>,
    pub(crate) span: Option<tracing::Span>,
    /// How many spans of requests are above that one.
    pub(crate) span_depth: u32,
}

/// A lock's queue, as a request that stands in it sees it.
pub(crate) trait LockWait: Send + Sync {
    /// The waiter's effective priority has changed. Called without any state locked.
    fn reprioritise(self: Arc<Self>, waiter: RequestId);
    fn name(&self) -> Arc<str>;
    /// The request that holds it, if one does.
    fn holder(&self) -> Option<Arc<dyn Node>>;
}

pub(crate) type Callback = Box<dyn FnOnce(&dyn Node, Verdict, Option<&Error>) + Send>;
pub(crate) type Maker = Arc<dyn Fn() -> Pin<Box<dyn Body>> + Send + Sync>;

/// The workload while nobody runs it.
pub(crate) enum Work {
    /// Running, ended, or polled elsewhere.
    None,
    Future(Pin<Box<dyn Body>>),
    /// The next generation, not made yet.
    Make(Maker),
    Kernel(Box<dyn Kernel>),
    Pinned(Box<dyn FnOnce(Arc<dyn Node>) -> PinnedJob + Send>),
}

/// A future that keeps its value until the cell takes it.
pub(crate) trait Body: Send {
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>>;
    /// Moves the value into the cell. Called once, after `poll` was ready with `Ok`.
    fn deliver(self: Pin<&mut Self>, node: &dyn Node);
    /// The same for a value that only one asks for: moves it into `slot`, an `Option` of the value's type.
    fn hand_out(self: Pin<&mut Self>, slot: &mut dyn Any);
}

/// A closure for the compute pool that keeps its value until the cell takes it.
pub(crate) trait Kernel: Send {
    fn call(&mut self, checkpoint: &Checkpoint) -> Result<(), Error>;
    fn deliver(&mut self, node: &dyn Node);
}

/// An edge as its target sees it.
pub(crate) struct Waiter {
    /// `None` stands for the waiting request's own wake-up.
    pub(crate) waker: Option<Waker>,
    pub(crate) request: Option<Arc<dyn Node>>,
    pub(crate) priority: Option<Priority>,
}

/// An edge as its waiter sees it.
pub(crate) struct Edge {
    pub(crate) target: Arc<dyn Node>,
    pub(crate) key: usize,
    pub(crate) round: u32,
    /// Made inside a shield: not withdrawn by cancellation.
    pub(crate) shielded: bool,
    pub(crate) withdrawn: bool,
    /// The target has a waker for it that is not the waiter's own wake-up: that of a combinator, or of a blocked thread.
    pub(crate) has_waker: bool,
}

impl Head {
    #[inline(always)]
    pub(crate) fn new(
        engine: Arc<Engine>,
        id: RequestId,
        place: &'static Location<'static>,
        values: Values,
        own: Priority,
        state: State,
        flags: u32,
    ) -> Self {
        Self {
            engine,
            id,
            place,
            flags: AtomicU32::new(flags),
            handles: AtomicUsize::new(1),
            ticket: AtomicU32::new(0),
            made: AtomicU32::new(0),
            counted: AtomicU32::new(0),
            own,
            values,
            state: Mutex::new(state),
        }
    }

    /// Whether both belong to the same runtime.
    pub(crate) fn shares_engine(&self, other: &Head) -> bool {
        Arc::ptr_eq(&self.engine, &other.engine)
    }

    #[inline]
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// The state, of which nobody else knows.
    #[inline]
    pub(crate) fn state_mut(&mut self) -> &mut State {
        self.state.get_mut()
    }

    #[inline]
    pub(crate) fn has(&self, flag: u32) -> bool {
        // Acquire pairs with the Release of `raise`: who sees SUCCEEDED sees the value.
        self.flags.load(Ordering::Acquire) & flag != 0
    }

    /// Whether the first flag is set and the second one is not.
    #[inline]
    pub(crate) fn has_only(&self, flag: u32, not: u32) -> bool {
        self.flags.load(Ordering::Acquire) & (flag | not) == flag
    }

    /// The position of the next request that it makes, from 1. To be called by whoever runs it.
    #[inline]
    pub(crate) fn next_child(&self) -> u32 {
        let nth = self.made.load(Ordering::Relaxed).saturating_add(1);
        self.made.store(nth, Ordering::Relaxed);
        nth
    }

    /// How many requests it has made.
    pub(crate) fn made(&self) -> u32 {
        self.made.load(Ordering::Relaxed)
    }

    /// How many requests it has made since this was asked last, for the statistics. Under the mutex.
    pub(crate) fn take_made(&self) -> u64 {
        let made = self.made();
        let counted = self.counted.load(Ordering::Relaxed);
        self.counted.store(made, Ordering::Relaxed);
        u64::from(made - counted)
    }

    /// Whether an entry with `ticket` still counts.
    pub(crate) fn is_due(&self, ticket: u32) -> bool {
        self.ticket.load(Ordering::Relaxed) == ticket
    }

    /// Makes all earlier entries count no more. Under the mutex.
    pub(crate) fn next_ticket(&self) -> u32 {
        let next = self.ticket.load(Ordering::Relaxed).wrapping_add(1);
        self.ticket.store(next, Ordering::Relaxed);
        next
    }

    /// Sets flags. Under the mutex, so that nobody else changes them meanwhile.
    #[inline]
    pub(crate) fn raise(&self, flag: u32) {
        let flags = self.flags.load(Ordering::Relaxed);
        // Release pairs with the Acquire of `has`.
        self.flags.store(flags | flag, Ordering::Release);
    }

    /// Takes flags back. Under the mutex.
    #[inline]
    pub(crate) fn lower(&self, flag: u32) {
        let flags = self.flags.load(Ordering::Relaxed);
        self.flags.store(flags & !flag, Ordering::Release);
    }

    /// The error as a waiter sees it, with this request as its first link.
    pub(crate) fn link(&self, error: Error, name: Option<Arc<str>>) -> Error {
        error.through(name, self.place)
    }

    pub(crate) fn name(&self) -> Option<Arc<str>> {
        self.lock().name()
    }
}

impl Extra {
    /// Ends a time of grace before its time. Returns the timer, to be dropped without the lock.
    #[must_use]
    pub(crate) fn end_grace(&mut self) -> Option<crate::runtime::engine::Timer> {
        self.grace_running = None;
        self.grace_timer.take()
    }
}

impl State {
    #[inline(always)]
    pub(crate) fn new(
        work: Work,
        effective: Priority,
        now: u32,
        creator: Option<Weak<dyn Node>>,
        extra: Option<Box<Extra>>,
    ) -> Self {
        Self {
            phase: Phase::Made,
            round: 0,
            generation: 0,
            live: 0,
            shields: 0,
            woken: false,
            gives_way: false,
            cancel_asked: false,
            cancelled: false,
            calling: false,
            submitted: false,
            polled: false,
            pinned: matches!(work, Work::Pinned(_)),
            heard: false,
            work,
            waiters: Roster::Empty,
            waits: Roster::Empty,
            children: Children::default(),
            creator,
            effective,
            failure: None,
            since: now,
            born: now,
            extra,
        }
    }

    pub(crate) fn extra(&mut self) -> &mut Extra {
        self.extra.get_or_insert_default()
    }

    pub(crate) fn name(&self) -> Option<Arc<str>> {
        self.extra.as_ref().and_then(|extra| extra.name.clone())
    }

    pub(crate) fn span_depth(&self) -> u32 {
        self.extra.as_ref().map_or(0, |extra| extra.span_depth)
    }

    pub(crate) fn span(&self) -> Option<tracing::Span> {
        self.extra.as_ref().and_then(|extra| extra.span.clone())
    }

    pub(crate) fn is_repeatable(&self) -> bool {
        self.extra.as_ref().is_some_and(|extra| extra.maker.is_some())
    }

    /// Whether it has to be admitted before it starts.
    pub(crate) fn has_estimate(&self) -> bool {
        self.extra.as_ref().is_some_and(|extra| extra.bytes > 0)
    }

    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.phase, Phase::Ended(_))
    }

    /// Whether the generation that was cancelled is to be followed by another one.
    pub(crate) fn is_wanted_again(&self) -> bool {
        self.cancelled && (self.live > 0 || self.submitted) && self.is_repeatable()
    }

    /// Whether the outcome is decided: the end, or the callbacks before it.
    pub(crate) fn verdict(&self) -> Option<Verdict> {
        match self.phase {
            Phase::Ended(verdict) | Phase::Finishing(verdict) => Some(verdict),
            Phase::Made | Phase::Queued | Phase::Running | Phase::Suspended => None,
        }
    }

    /// Stands in the queue from now on; the ticket of the entry that the caller is to push.
    #[must_use]
    pub(crate) fn enqueue(&mut self, head: &Head) -> u32 {
        self.phase = Phase::Queued;
        self.since = head.engine.clock().recent();
        head.next_ticket()
    }
}

#[cfg(all(test, target_pointer_width = "64", not(any(loom, shuttle))))]
mod tests {
    use super::*;
    #[test]
    fn c54_a_cell_is_small() {
        assert!(size_of::<Cell<u64>>() <= 352, "{} bytes", size_of::<Cell<u64>>());
    }
}
