//! An engine whose threads, timers and outside events are played by the test.

use std::future::{Future, IntoFuture};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures::task::{ArcWake, waker};

use crate::error::Error;
use crate::request::builder::RequestBuilder;
use crate::request::request::Request;
use crate::runtime::config::Config;
use crate::runtime::engine::{Backend, Engine, PinnedJob, Timer};
use crate::runtime::place;
use crate::sync::{Arc, Condvar, Mutex, Weak};

#[cfg(loom)]
pub(crate) use loom::thread;
#[cfg(shuttle)]
pub(crate) use shuttle::thread;

/// An engine and its stage hands. Whoever causes work in a model drains the queue afterwards, so nothing is left lying
/// unless the engine lost it.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) engine: Arc<Engine>,
    pub(crate) stage: Arc<Stage>,
}

/// The backend's side of a [`World`].
#[derive(Default)]
pub(crate) struct Stage {
    timers: Mutex<Vec<Weak<Pending>>>,
    rings: Mutex<Rings>,
    bell: Condvar,
}

#[derive(Default)]
struct Rings {
    /// Rings that no sleeper has heard yet.
    due: usize,
    closed: bool,
}

type Call = Box<dyn FnOnce() + Send>;
type Pending = Mutex<Option<Call>>;

impl World {
    pub(crate) fn new(slots: usize) -> Self {
        Self::with(Config {
            slots,
            ageing: Duration::from_secs(3_600),
            ..Config::default()
        })
    }

    pub(crate) fn with(config: Config) -> Self {
        let engine = Arc::new(Engine::new(config));
        let stage = Arc::new(Stage::default());
        engine.attach(Box::new(Arc::clone(&stage)));
        Self { engine, stage }
    }

    pub(crate) fn builder(&self) -> RequestBuilder {
        RequestBuilder::new().on_engine(&self.engine)
    }

    pub(crate) fn request<T, F>(&self, future: F) -> Request<T>
    where
        T: Clone + Send + Sync + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        self.builder().future(future)
    }

    pub(crate) fn repeatable<T, M, F>(&self, make: M) -> Request<T>
    where
        T: Clone + Send + Sync + 'static,
        M: Fn() -> F + Send + Sync + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        self.builder().repeatable(make)
    }

    /// Takes turns until the queue is empty.
    pub(crate) fn drain(&self) {
        while let Some(entry) = self.engine.ready.pop() {
            place::as_slot(|| entry.task.run(entry.ticket));
        }
    }

    /// Polls on this thread until `future` is ready; takes turns while it is not, sleeps when there are none.
    pub(crate) fn block_on<F: IntoFuture>(&self, future: F) -> F::Output {
        let _below = crate::request::stack::enter();
        let bell = Arc::new(Bell::default());
        let waker = waker(Arc::clone(&bell));
        let mut cx = Context::from_waker(&waker);
        let mut future = pin!(future.into_future());
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                return output;
            }
            self.drain();
            bell.sleep();
        }
    }

    /// What a slot of the runtime does, until the stage is closed: work, search, sleep.
    pub(crate) fn slot(&self) {
        loop {
            self.drain();
            if self.stage.rings.lock().closed {
                return;
            }
            self.engine.begin_search();
            if !self.engine.ready.is_empty() {
                self.engine.end_search();
                continue;
            }
            if self.engine.begin_sleep() {
                self.stage.sleep();
                self.engine.end_sleep();
            }
        }
    }

    /// Sends the slots home.
    pub(crate) fn close_slots(&self) {
        self.stage.rings.lock().closed = true;
        self.stage.bell.notify_all();
    }

    /// The time of all timers that are still wanted has come.
    pub(crate) fn fire(&self) {
        let timers = std::mem::take(&mut *self.stage.timers.lock());
        for timer in timers.iter().filter_map(Weak::upgrade) {
            let call = timer.lock().take();
            if let Some(call) = call {
                call();
            }
        }
    }

    /// Asserts that nothing is left: no live request, no turn in the queue.
    #[track_caller]
    pub(crate) fn assert_quiet(&self) {
        self.drain();
        let live: Vec<_> = self
            .engine
            .snapshot()
            .iter()
            .map(|info| (info.title(), info.state))
            .collect();
        assert!(live.is_empty(), "requests are left over: {live:?}");
    }
}

impl Stage {
    fn sleep(&self) {
        let mut rings = self.rings.lock();
        while rings.due == 0 && !rings.closed {
            rings = self.bell.wait(rings);
        }
        rings.due = rings.due.saturating_sub(1);
    }
}

impl Backend for Arc<Stage> {
    fn ring(&self) {
        self.rings.lock().due += 1;
        self.bell.notify_one();
    }

    fn ring_compute(&self) {
        unreachable!("models have no compute pool");
    }

    fn within(&self, f: &mut dyn FnMut()) {
        f();
    }

    fn after(&self, _delay: Duration, f: Call) -> Timer {
        let pending = Arc::new(Pending::new(Some(f)));
        self.timers.lock().push(Arc::downgrade(&pending));
        Box::new(CallOff(pending))
    }

    fn pin(&self, _job: PinnedJob) {
        unreachable!("models have no pinned requests");
    }

    fn close(&self) {}

    fn hand_over(&self, f: &mut dyn FnMut()) {
        f();
    }
}

struct CallOff(Arc<Pending>);

impl Drop for CallOff {
    fn drop(&mut self) {
        let call = self.0.lock().take();
        drop(call);
    }
}

/// A waker that a thread can sleep on, and that counts.
#[derive(Default)]
pub(crate) struct Bell {
    rings: Mutex<(bool, u32)>,
    heard: Condvar,
}

impl Bell {
    pub(crate) fn sleep(&self) {
        let mut rings = self.rings.lock();
        while !std::mem::take(&mut rings.0) {
            rings = self.heard.wait(rings);
        }
    }

    pub(crate) fn count(&self) -> u32 {
        self.rings.lock().1
    }
}

impl ArcWake for Bell {
    fn wake_by_ref(bell: &Arc<Self>) {
        let mut rings = bell.rings.lock();
        *rings = (true, rings.1 + 1);
        drop(rings);
        bell.heard.notify_one();
    }
}

/// Something outside of the engine that happens once: tasks wait for it, the test lets it happen.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<Mutex<(bool, Vec<Waker>)>>);

impl Gate {
    pub(crate) fn open(&self) {
        let mut gate = self.0.lock();
        gate.0 = true;
        let wakers = std::mem::take(&mut gate.1);
        drop(gate);
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl Future for Gate {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut gate = self.0.lock();
        if gate.0 {
            return Poll::Ready(());
        }
        gate.1.push(cx.waker().clone());
        Poll::Pending
    }
}

/// Pending once, with its wake-up under way: the next poll may come from another thread.
#[derive(Default)]
pub(crate) struct YieldNow(bool);

impl Future for YieldNow {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Polls once with a waker that does nothing.
pub(crate) fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// A plain counter, invisible to the checkers.
#[derive(Clone, Default)]
pub(crate) struct Count(std::sync::Arc<std::sync::atomic::AtomicU32>);

impl Count {
    pub(crate) fn add(&self) -> u32 {
        self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst)
    }

    pub(crate) fn get(&self) -> u32 {
        self.0.load(std::sync::atomic::Ordering::SeqCst)
    }
}

/// Every interleaving of `f`'s threads with at most `preemptions` preemptions.
#[cfg(loom)]
pub(crate) fn explore(preemptions: usize, f: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(Some(preemptions));
    builder.max_branches = 50_000;
    let seen = Count::default();
    let count = seen.clone();
    builder.check(move || {
        count.add();
        f();
    });
    println!(
        "{} interleavings, at most {:?} preemptions",
        seen.get(),
        builder.preemption_bound
    );
}
