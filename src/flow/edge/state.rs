//! What an edge holds.

use std::collections::VecDeque;
use std::task::Waker;
use std::time::Instant;

use smallvec::SmallVec;

use super::parcel::Parcel;
use super::settings::{Limits, Overflow, Settings};
use super::wait_list::{Ticket, WaitList};
use crate::flow::latency::Latency;
use crate::flow::let_go::let_go;
use crate::sync::{Arc, Mutex};

/// Tasks to be woken when the lock is free again.
pub(super) type Woken = SmallVec<[Waker; 2]>;

/// An edge between two nodes.
#[derive(Debug)]
pub(crate) struct Edge<T> {
    pub(super) state: Mutex<State<T>>,
    pub(super) settings: Settings<T>,
}

/// What an edge has seen so far, and what it holds now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct EdgeState {
    /// Items that were sent.
    pub(crate) sent: u64,
    /// Items that a node has taken.
    pub(crate) taken: u64,
    /// Items for which there was no room.
    pub(crate) dropped: u64,
    /// Items that came, or were left, when nobody was there any more.
    pub(crate) unwanted: u64,
    /// Items that wait now.
    pub(crate) waiting: u64,
    /// The most that have waited at a time.
    pub(crate) peak: u64,
    /// What the waiting ones take, as far as they are weighed.
    pub(crate) bytes: u64,
    /// Replicas that may still send.
    pub(crate) senders: usize,
    /// Replicas that wait for room.
    pub(crate) blocked: usize,
    /// Replicas that wait for an item.
    pub(crate) hungry: usize,
}

#[derive(Debug)]
pub(super) struct State<T> {
    pub(super) lanes: SmallVec<[Lane<T>; 1]>,
    pub(super) tally: EdgeState,
    /// Senders that wait for room, whichever lane it is in.
    pub(super) blocked: WaitList,
    /// Whether senders keep their order: see [`Settings::is_queue`].
    pub(super) is_queue: bool,
    /// How long items have waited.
    pub(super) latency: Latency,
    /// The flow has failed or was aborted: nothing goes in or out any more.
    pub(super) is_halted: bool,
}

#[derive(Debug)]
pub(super) struct Lane<T> {
    pub(super) queue: VecDeque<Parcel<T>>,
    pub(super) bytes: u64,
    pub(super) receivers: usize,
    pub(super) hungry: WaitList,
    /// How many were taken.
    pub(super) taken: u64,
}

/// What has become of an item.
#[must_use]
pub(super) enum Entered<T> {
    In,
    /// It has been let go of.
    Dropped(Parcel<T>),
    /// The oldest had to go, and perhaps the next oldest too: it is to be entered again.
    InPlaceOf {
        parcel: Parcel<T>,
        oldest: Parcel<T>,
    },
    /// There is no room, and it is not to be dropped.
    Full(Parcel<T>),
}

impl<T> Edge<T> {
    pub(crate) fn new(settings: Settings<T>) -> Arc<Self> {
        let lane = || Lane {
            queue: VecDeque::new(),
            bytes: 0,
            receivers: 0,
            hungry: WaitList::default(),
            taken: 0,
        };
        let state = State {
            lanes: (0..settings.lanes.max(1)).map(|_| lane()).collect(),
            tally: EdgeState::default(),
            blocked: WaitList::default(),
            is_queue: settings.is_queue(),
            latency: Latency::default(),
            is_halted: false,
        };
        Arc::new(Self {
            state: Mutex::new(state),
            settings,
        })
    }

    /// What it holds now, and what it has seen.
    pub(crate) fn look(&self) -> EdgeState {
        let state = self.state.lock();
        let lanes = || state.lanes.iter();
        EdgeState {
            waiting: lanes().map(|lane| lane.queue.len() as u64).sum(),
            bytes: lanes().map(|lane| lane.bytes).sum(),
            taken: lanes().map(|lane| lane.taken).sum(),
            hungry: lanes().map(|lane| lane.hungry.len()).sum(),
            blocked: state.blocked.len(),
            ..state.tally
        }
    }

    /// How long items have waited in it.
    pub(crate) fn latency(&self) -> Latency {
        self.state.lock().latency.clone()
    }

    /// Lets go of all that waits, and of all that will come; wakes everybody.
    pub(crate) fn halt(&self) {
        let (mut woken, mut left) = (Woken::new(), Vec::new());
        let mut state = self.state.lock();
        state.is_halted = true;
        for lane in &mut state.lanes {
            left.extend(std::mem::take(&mut lane.queue));
            lane.bytes = 0;
        }
        state.tally.unwanted += left.len() as u64;
        state.call_hungry(&mut woken);
        state.call_all_blocked(&mut woken);
        drop(state);
        woken.into_iter().for_each(Waker::wake);
        let_go(left);
    }

    /// Wakes all that wait for items, so that they look whether they are still to go on.
    pub(crate) fn nudge(&self) {
        let mut woken = Woken::new();
        self.state.lock().call_hungry(&mut woken);
        woken.into_iter().for_each(Waker::wake);
    }
}

impl<T> State<T> {
    /// Puts one item in, if there is room or the edge makes it. Makes room for one item at a time: called again, it goes on.
    pub(super) fn enter(&mut self, limits: &Limits, mut parcel: Parcel<T>, now: Instant) -> Entered<T> {
        let lane = &mut self.lanes[parcel.lane];
        if lane.receivers == 0 || self.is_halted {
            self.tally.sent += 1;
            self.tally.unwanted += 1;
            return Entered::Dropped(parcel);
        }
        if !lane.has_room(limits, parcel.weight) {
            return match limits.overflow {
                Overflow::Block => Entered::Full(parcel),
                Overflow::DropNewest => {
                    self.tally.sent += 1;
                    self.tally.dropped += 1;
                    Entered::Dropped(parcel)
                }
                Overflow::DropOldest => {
                    let oldest = lane.queue.pop_front().expect("invariant: an empty lane has room");
                    lane.bytes -= oldest.weight;
                    self.tally.dropped += 1;
                    Entered::InPlaceOf { parcel, oldest }
                }
            };
        }
        parcel.since = now;
        parcel.number = Some(self.tally.sent);
        lane.bytes += parcel.weight;
        lane.queue.push_back(parcel);
        self.tally.sent += 1;
        Entered::In
    }

    /// Notes how many wait, and calls the receivers that have something to take.
    pub(super) fn settle(&mut self, woken: &mut Woken) {
        let waiting: usize = self.lanes.iter().map(|lane| lane.queue.len()).sum();
        self.tally.peak = self.tally.peak.max(waiting as u64);
        for lane in &mut self.lanes {
            for _ in 0..lane.queue.len().min(lane.hungry.len()) {
                woken.extend(lane.hungry.call());
            }
        }
    }

    /// Whether a sender has to wait since others have waited longer.
    pub(super) fn is_behind(&self, ticket: &Ticket) -> bool {
        let is_open = !self.is_halted && self.lanes[0].receivers > 0;
        self.is_queue && is_open && !self.blocked.is_next(ticket)
    }

    /// Calls whoever waits for an item.
    pub(super) fn call_hungry(&mut self, woken: &mut Woken) {
        for lane in &mut self.lanes {
            while let Some(waker) = lane.hungry.call() {
                woken.push(waker);
            }
        }
    }

    /// Calls senders that wait for room, which there is for so many items. Of several lanes nobody knows whose there is room
    /// in, so all of them look. In a queue, the first one calls the next when it has what it wants.
    pub(super) fn call_blocked(&mut self, room: usize, woken: &mut Woken) {
        if self.is_queue {
            woken.extend(self.blocked.first());
            return;
        }
        let most = if self.lanes.len() > 1 { usize::MAX } else { room };
        for _ in 0..most {
            let Some(waker) = self.blocked.call() else { break };
            woken.push(waker);
        }
    }
}

impl<T> State<T> {
    /// Calls all senders: what they have is let go of.
    pub(super) fn call_all_blocked(&mut self, woken: &mut Woken) {
        while let Some(waker) = self.blocked.call() {
            woken.push(waker);
        }
    }
}

impl<T> Lane<T> {
    fn has_room(&self, limits: &Limits, weight: u64) -> bool {
        let fits = limits
            .bytes
            .is_none_or(|most| self.bytes.checked_add(weight).is_some_and(|bytes| bytes <= most));
        self.queue.is_empty() || (self.queue.len() < limits.depth && fits)
    }
}
