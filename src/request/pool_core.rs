//! What a pool, its driver and its streams share.
//!
//! A member goes from the queue, in the order of addition, to *active* when the driver launches it, and from there to
//! *results* when it has succeeded, if a stream is there to take it; else its value is dropped at once.
//!
//! - P1 Active members and results together are never more than the bound, so a stream that is not read holds the pool
//!   back (R101).
//! - P2 The end is set once, by the first failure or cancellation, and empties the queue: what has not been launched then
//!   never is.
//! - P3 Whoever changes what somebody else may wait for calls their waker, after the mutex is released (R107, I8).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::panic::Location;
use std::task::Waker;

use crate::error::{Error, ErrorKind};
use crate::request::cell::Work;
use crate::request::guard::guarded;
use crate::request::make::{self, Options};
use crate::request::pool_drive::Drive;
use crate::request::request::Request;
use crate::runtime::engine::Engine;
use crate::sync::{Arc, Mutex};

pub(crate) struct PoolCore<T: Clone + Send + Sync + 'static> {
    place: &'static Location<'static>,
    state: Mutex<PoolState<T>>,
}

struct PoolState<T: Clone + Send + Sync + 'static> {
    engine: Arc<Engine>,
    name: Option<Arc<str>>,
    bound: usize,
    queue: VecDeque<(u64, Request<T>)>,
    active: BTreeSet<u64>,
    results: BTreeMap<u64, T>,
    /// The keys of the results in the order of their completion.
    completed: VecDeque<u64>,
    added: u64,
    driver: Option<Request<()>>,
    is_running: bool,
    driver_waker: Option<Waker>,
    streams: BTreeMap<u64, Option<Waker>>,
    streams_made: u64,
    end: Option<Error>,
}

/// In which order a stream gives results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Completion,
    Insertion,
}

/// What somebody who wants the pool to run finds.
pub(crate) enum Run {
    /// Nothing is left to run.
    Idle,
    Ended(Error),
    By(Request<()>),
}

/// What the driver is to do.
pub(crate) enum Next<T: Clone + Send + Sync + 'static> {
    Launch(u64, Request<T>),
    /// Wait for active members, or for room.
    Wait,
    /// All is done.
    Finished,
    Ended(Error),
}

fn wake(wakers: impl IntoIterator<Item = Waker>) {
    wakers.into_iter().for_each(|waker| drop(guarded(|| waker.wake())));
}

pub(crate) fn cancelled() -> Error {
    Error::condition(ErrorKind::Cancelled, "the pool was cancelled")
}

impl<T: Clone + Send + Sync + 'static> PoolCore<T> {
    pub(crate) fn new(engine: Arc<Engine>, place: &'static Location<'static>) -> Self {
        let state = PoolState {
            bound: engine.config.slots.max(1),
            engine,
            name: None,
            queue: VecDeque::new(),
            active: BTreeSet::new(),
            results: BTreeMap::new(),
            completed: VecDeque::new(),
            added: 0,
            driver: None,
            is_running: false,
            driver_waker: None,
            streams: BTreeMap::new(),
            streams_made: 0,
            end: None,
        };
        Self {
            place,
            state: Mutex::new(state),
        }
    }

    pub(crate) fn set_bound(&self, bound: usize) {
        self.state.lock().bound = bound.max(1);
    }

    pub(crate) fn set_name(&self, name: Arc<str>) {
        self.state.lock().name = Some(name);
    }

    pub(crate) fn set_engine(&self, engine: Arc<Engine>) {
        let mut state = self.state.lock();
        state.bound = engine.config.slots.max(1);
        let old = std::mem::replace(&mut state.engine, engine);
        drop(state);
        drop(old);
    }

    pub(crate) fn add(&self, request: Request<T>) {
        let mut state = self.state.lock();
        if state.end.is_some() {
            drop(state);
            drop(request);
            return;
        }
        let key = state.added;
        state.added += 1;
        state.queue.push_back((key, request));
        // Streams that found nothing to do may start the next run.
        let wakers = state.driver_waker.take().into_iter().chain(state.take_stream_wakers());
        let wakers: Vec<Waker> = wakers.collect();
        drop(state);
        wake(wakers);
    }

    /// Members that have not ended, and results that have not been taken.
    pub(crate) fn len(&self) -> usize {
        let state = self.state.lock();
        state.queue.len() + state.active.len() + state.results.len()
    }

    /// The driver of the present run, or a new one if there is something to run.
    pub(crate) fn run(self: &Arc<Self>) -> Run {
        let (engine, name) = {
            let state = self.state.lock();
            match (&state.end, &state.driver) {
                (Some(end), _) => return Run::Ended(end.clone()),
                (None, Some(driver)) if state.is_running => return Run::By(driver.clone()),
                (None, _) if state.queue.is_empty() => return Run::Idle,
                (None, _) => (Arc::clone(&state.engine), state.name.clone()),
            }
        };
        // Outside of the mutex: making a request tells listeners. If two of us make one, one is thrown away.
        let drive = Drive::new(Arc::clone(self));
        let options = Options {
            name: name.or_else(|| Some("pool".into())),
            ..Options::default()
        };
        let token = drive.token();
        let made = Request::from_cell(make::make(
            Some(engine),
            self.place,
            Work::Future(make::body(drive)),
            None,
            options,
        ));
        let mut state = self.state.lock();
        if state.is_running
            && let Some(driver) = &state.driver
        {
            let driver = driver.clone();
            drop(state);
            drop(made);
            return Run::By(driver);
        }
        token.appoint();
        state.is_running = true;
        let old = state.driver.replace(made.clone());
        drop(state);
        drop(old);
        Run::By(made)
    }

    /// The driver asks what to do next, and will be woken when the answer changes.
    pub(crate) fn next(&self, waker: &Waker) -> Next<T> {
        let waker = waker.clone();
        let mut state = self.state.lock();
        let old = state.driver_waker.replace(waker);
        let next = state.next();
        let streams = match next {
            Next::Finished => state.take_stream_wakers(),
            _ => Vec::new(),
        };
        drop(state);
        drop(old);
        wake(streams);
        next
    }

    /// A member has succeeded.
    pub(crate) fn deliver(&self, key: u64, value: T) {
        let mut state = self.state.lock();
        state.active.remove(&key);
        let unwanted = match state.streams.is_empty() {
            true => Some(value),
            false => {
                state.completed.push_back(key);
                state.results.insert(key, value)
            }
        };
        let wakers = state.take_stream_wakers();
        drop(state);
        drop(unwanted);
        wake(wakers);
    }

    /// Ends the pool for good, unless it has ended before; its driver will cancel what is active.
    pub(crate) fn end(&self, error: Error) {
        let mut state = self.state.lock();
        if state.end.is_some() {
            return;
        }
        state.end = Some(error);
        let queue = std::mem::take(&mut state.queue);
        let mut wakers = state.take_stream_wakers();
        wakers.extend(state.driver_waker.take());
        drop(state);
        drop(queue);
        wake(wakers);
    }

    /// The driver is gone, for whatever reason.
    pub(crate) fn driver_left(&self) {
        let mut state = self.state.lock();
        state.is_running = false;
        state.active.clear();
        let mut wakers = state.take_stream_wakers();
        let waker = state.driver_waker.take();
        drop(state);
        drop(waker);
        wake(wakers.drain(..));
    }

    /// Nobody holds the pool any more.
    pub(crate) fn abandon(&self) {
        self.end(cancelled());
        let driver = self.state.lock().driver.take();
        if let Some(driver) = driver {
            let _ = driver.cancel();
        }
    }

    pub(crate) fn open_stream(&self) -> u64 {
        let mut state = self.state.lock();
        state.streams_made += 1;
        let key = state.streams_made;
        state.streams.insert(key, None);
        key
    }

    pub(crate) fn close_stream(&self, key: u64) {
        let mut state = self.state.lock();
        let own = state.streams.remove(&key);
        let (mut results, mut driver) = (BTreeMap::new(), None);
        if state.streams.is_empty() {
            results = std::mem::take(&mut state.results);
            state.completed.clear();
            driver = state.driver_waker.take();
        }
        drop(state);
        drop(own);
        drop(results);
        wake(driver);
    }

    /// The next result for a stream, which is woken when there may be another one.
    pub(crate) fn take(&self, stream: u64, order: Order, waker: &Waker) -> Option<T> {
        let waker = waker.clone();
        let mut state = self.state.lock();
        let old = state.streams.insert(stream, Some(waker));
        let result = state.take(order);
        let driver = if result.is_some() {
            state.driver_waker.take()
        } else {
            None
        };
        drop(state);
        drop(old);
        wake(driver);
        result
    }
}

impl<T: Clone + Send + Sync + 'static> PoolState<T> {
    fn next(&mut self) -> Next<T> {
        if let Some(end) = &self.end {
            return Next::Ended(end.clone());
        }
        let has_room = self.active.len() + self.results.len() < self.bound;
        if let Some((key, request)) = has_room.then(|| self.queue.pop_front()).flatten() {
            self.active.insert(key);
            return Next::Launch(key, request);
        }
        match self.active.is_empty() && self.queue.is_empty() {
            true => {
                self.is_running = false;
                Next::Finished
            }
            false => Next::Wait,
        }
    }

    fn take(&mut self, order: Order) -> Option<T> {
        let key = match order {
            Order::Completion => *self.completed.front()?,
            Order::Insertion => {
                let (first, _) = self.results.first_key_value()?;
                // What was added earlier was launched earlier: it is active, if it is not done.
                if self.active.first().is_some_and(|active| active < first) {
                    return None;
                }
                *first
            }
        };
        self.completed.retain(|completed| *completed != key);
        self.results.remove(&key)
    }

    fn take_stream_wakers(&mut self) -> Vec<Waker> {
        self.streams.values_mut().filter_map(Option::take).collect()
    }
}
