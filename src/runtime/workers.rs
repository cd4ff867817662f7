//! Threads for calls that block: as many as there are calls, up to a bound, and gone when there is nothing to do.
//!
//! A call that finds no idle thread gets a new one, or, at the bound, waits in the queue: first come, first served. A call that
//! is made by a call of the same workers may be one that its maker waits for; it never waits for a thread, bound or not, else
//! a full set of makers would stand still for ever.

use std::cell::Cell;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::runtime::net::caught;
use crate::sync::{Arc, Condvar, Mutex, Weak};

/// What a thread is to do. It may panic.
pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// Dropped, the workers finish what is queued and go.
pub(crate) struct Workers {
    shared: Arc<Shared>,
}

/// Takes a job that has not begun out of the queue.
#[derive(Clone)]
pub(crate) struct Place {
    shared: Weak<Shared>,
    number: u64,
}

/// How many threads there are, and what they do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) threads: usize,
    pub(crate) idle: usize,
    pub(crate) queued: usize,
}

struct Shared {
    name: Arc<str>,
    max_threads: usize,
    idle_time: Duration,
    state: Mutex<State>,
    bell: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Entry>,
    threads: usize,
    /// Threads that wait for a job.
    idle: usize,
    jobs: u64,
    started: u64,
    is_closed: bool,
}

struct Entry {
    number: u64,
    job: Job,
    /// Made by a job of the same workers.
    is_nested: bool,
}

std::thread_local! {
    /// Whose worker this thread is.
    static MINE: Cell<*const Shared> = const { Cell::new(std::ptr::null()) };
}

impl Workers {
    pub(crate) fn new(name: Arc<str>, max_threads: usize, idle_time: Duration) -> Self {
        Self {
            shared: Arc::new(Shared {
                name,
                max_threads,
                idle_time,
                state: Mutex::default(),
                bell: Condvar::default(),
            }),
        }
    }

    pub(crate) fn name(&self) -> &Arc<str> {
        &self.shared.name
    }

    pub(crate) fn max_threads(&self) -> usize {
        self.shared.max_threads
    }

    pub(crate) fn tally(&self) -> Tally {
        let state = self.shared.state.lock();
        Tally {
            threads: state.threads,
            idle: state.idle,
            queued: state.queue.len(),
        }
    }

    /// Whether the calling thread is one of them, within a job.
    pub(crate) fn is_here(&self) -> bool {
        MINE.with(|mine| std::ptr::eq(mine.get(), Arc::as_ptr(&self.shared)))
    }

    /// Has a thread do `job`, now or when one is free; `is_nested` if one of the jobs made it. An error means that there is no thread at all, and gives the cause;
    /// the job is dropped then.
    pub(crate) fn submit(&self, job: Job, is_nested: bool) -> Result<Place, std::io::Error> {
        let mut state = self.shared.state.lock();
        state.jobs += 1;
        let number = state.jobs;
        let entry = Entry { number, job, is_nested };
        match is_nested {
            true => state.queue.push_front(entry),
            false => state.queue.push_back(entry),
        }
        let place = Place {
            shared: Arc::downgrade(&self.shared),
            number,
        };
        // Each idle thread will take one.
        if state.idle >= state.queue.len() {
            self.shared.bell.notify_one();
            return Ok(place);
        }
        if state.threads >= self.shared.max_threads && !is_nested {
            return Ok(place);
        }
        state.threads += 1;
        state.started += 1;
        let nth = state.started;
        drop(state);
        match self.start(nth) {
            Ok(()) => Ok(place),
            Err(error) => self.do_without(place, error),
        }
    }

    fn start(&self, nth: u64) -> Result<(), std::io::Error> {
        let shared = Arc::clone(&self.shared);
        std::thread::Builder::new()
            .name(format!("{}-{nth}", self.shared.name))
            .spawn(move || shared.work())
            .map(drop)
    }

    /// The system has no thread to give. The others will come to the job, if there are any.
    fn do_without(&self, place: Place, error: std::io::Error) -> Result<Place, std::io::Error> {
        let is_alone = {
            let mut state = self.shared.state.lock();
            state.threads -= 1;
            state.threads == 0
        };
        if is_alone {
            place.withdraw();
            return Err(error);
        }
        Ok(place)
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.shared.state.lock().is_closed = true;
        self.shared.bell.notify_all();
    }
}

impl Place {
    /// Whether the job had not begun; it is dropped here and never will.
    pub(crate) fn withdraw(&self) -> bool {
        let Some(shared) = self.shared.upgrade() else {
            return false;
        };
        let job = {
            let mut state = shared.state.lock();
            let at = state.queue.iter().position(|entry| entry.number == self.number);
            at.and_then(|at| state.queue.remove(at))
        };
        let was_queued = job.is_some();
        caught(|| drop(job));
        was_queued
    }
}

impl Shared {
    fn work(self: &Arc<Self>) {
        MINE.with(|mine| mine.set(Arc::as_ptr(self)));
        while let Some(job) = self.next() {
            caught(job);
        }
    }

    /// The next job; `None` if the thread is to go.
    fn next(&self) -> Option<Job> {
        let mut state = self.state.lock();
        let until = Instant::now().checked_add(self.idle_time);
        loop {
            if let Some(entry) = state.pop(self.max_threads) {
                return Some(entry.job);
            }
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            let is_late = left.is_some_and(|left| left.is_zero());
            if is_late || state.is_closed || state.threads > self.max_threads {
                state.threads -= 1;
                return None;
            }
            state.idle += 1;
            state = match left {
                Some(left) => self.bell.wait_timeout(state, left),
                None => self.bell.wait(state),
            };
            state.idle -= 1;
        }
    }
}

impl State {
    /// The first job, if it may be had: a thread beyond the bound is there for nested ones.
    fn pop(&mut self, max_threads: usize) -> Option<Entry> {
        let may = |entry: &mut Entry| entry.is_nested || self.threads <= max_threads;
        self.queue.pop_front_if(may)
    }
}
