//! What the tests of requests share: a runtime that checks itself, gates instead of sleeps.

use std::future::Future;
use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use headwater::{EnterGuard, Error, Event, EventStream, Request, RequestState, Runtime, RuntimeBuilder};

/// Far longer than anything here takes, even on a machine that is busy with other things.
pub const LONG: Duration = Duration::from_secs(30);

/// Spins until `condition` holds.
#[track_caller]
pub fn until(what: &str, condition: impl Fn() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < LONG, "never happened: {what}");
        std::thread::yield_now();
    }
}

/// A runtime of the test's own, entered on the test's thread. When it is dropped it asserts that no request is left.
pub struct Rt {
    runtime: Option<Runtime>,
    _entered: EnterGuard,
}

impl Rt {
    pub fn new(slots: usize) -> Self {
        Self::from(Runtime::builder().slots(slots).compute_threads(2))
    }

    /// Everything in the thread of the test.
    pub fn inline() -> Self {
        Self::new(0)
    }

    pub fn from(builder: RuntimeBuilder) -> Self {
        let runtime = builder.build().expect("the system has threads");
        let _entered = runtime.enter();
        Self {
            runtime: Some(runtime),
            _entered,
        }
    }

    /// Gives the runtime away, unchecked.
    pub fn into_inner(mut self) -> Runtime {
        self.runtime.take().expect("taken once")
    }

    #[track_caller]
    pub fn settle(&self) {
        settled(self);
    }
}

impl Deref for Rt {
    type Target = Runtime;

    fn deref(&self) -> &Runtime {
        self.runtime.as_ref().expect("taken only by value")
    }
}

impl Drop for Rt {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        if let Some(runtime) = self.runtime.take() {
            settled(&runtime);
            let left = runtime.shutdown(LONG);
            assert!(left.ignored.is_empty(), "left behind: {:?}", left.ignored);
        }
    }
}

#[track_caller]
pub fn settled(runtime: &Runtime) {
    let began = Instant::now();
    loop {
        let live = runtime.snapshot();
        if live.is_empty() {
            return;
        }
        assert!(began.elapsed() < LONG, "requests are left: {live:#?}");
        std::thread::yield_now();
    }
}

/// A thread that knows `runtime`.
pub fn thread<R: Send + 'static>(runtime: &Runtime, f: impl FnOnce() -> R + Send + 'static) -> JoinHandle<R> {
    let runtime = runtime.clone();
    std::thread::spawn(move || {
        let _entered = runtime.enter();
        f()
    })
}

/// Joins a thread; its panic goes on here.
#[track_caller]
pub fn join<R>(handle: JoinHandle<R>) -> R {
    handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// A foreign future that is pending until somebody opens the gate: it knows nothing of cancellation.
#[derive(Clone)]
pub struct Gate(Arc<tokio::sync::Semaphore>);

impl Gate {
    pub fn new() -> Self {
        Self(Arc::new(tokio::sync::Semaphore::new(0)))
    }

    pub fn open(&self) {
        self.0.close();
    }

    pub fn pass(&self) -> impl Future<Output = ()> + Send + use<> {
        let semaphore = Arc::clone(&self.0);
        async move {
            let _ = semaphore.acquire().await;
        }
    }
}

/// Blocks threads until it is opened: for what happens inside of a poll.
#[derive(Clone, Default)]
pub struct Latch(Arc<(Mutex<bool>, Condvar)>);

impl Latch {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn open(&self) {
        *self.0.0.lock().expect("no panic inside") = true;
        self.0.1.notify_all();
    }

    pub fn is_open(&self) -> bool {
        *self.0.0.lock().expect("no panic inside")
    }

    #[track_caller]
    pub fn wait(&self) {
        let open = self.0.0.lock().expect("no panic inside");
        let (open, _) = self
            .0
            .1
            .wait_timeout_while(open, LONG, |open| !*open)
            .expect("no panic inside");
        assert!(*open, "nobody opened the latch");
    }
}

/// Counts what ran, and so what did not.
#[derive(Clone, Default, Debug)]
pub struct Counter(Arc<AtomicUsize>);

impl Counter {
    pub fn new() -> Self {
        Self::default()
    }

    /// One more; the count before.
    pub fn add(&self) -> usize {
        self.0.fetch_add(1, Ordering::SeqCst)
    }

    pub fn sub(&self) -> usize {
        self.0.fetch_sub(1, Ordering::SeqCst)
    }

    pub fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// Counts when it is dropped.
    pub fn on_drop(&self) -> OnDrop {
        OnDrop(self.clone())
    }
}

#[derive(Debug)]
pub struct OnDrop(Counter);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.add();
    }
}

/// What happened, in order.
#[derive(Clone, Default, Debug)]
pub struct Log<T = &'static str>(Arc<Mutex<Vec<T>>>);

impl<T: Clone> Log<T> {
    pub fn new() -> Self {
        Self(Arc::default())
    }

    pub fn push(&self, entry: T) {
        self.0.lock().expect("no panic inside").push(entry);
    }

    pub fn get(&self) -> Vec<T> {
        self.0.lock().expect("no panic inside").clone()
    }
}

/// Keeps one slot busy, inside of a poll, until released.
pub struct Plug {
    latch: Latch,
    request: Request<()>,
}

pub fn plug(runtime: &Runtime) -> Plug {
    let latch = Latch::new();
    let inside = latch.clone();
    let request = Request::builder()
        .name("plug")
        .on(runtime)
        .priority(i32::MIN)
        .future(async move {
            inside.wait();
            Ok(())
        });
    request.submit();
    until("the plug sits in its slot", || request.state() == RequestState::Running);
    Plug { latch, request }
}

impl Plug {
    pub fn release(self) {
        self.latch.open();
        self.request.wait().expect("a plug does not fail");
    }
}

#[track_caller]
pub fn until_state<T: Clone + Send + Sync + 'static>(request: &Request<T>, state: RequestState) {
    let began = Instant::now();
    while request.state() != state {
        assert!(began.elapsed() < LONG, "never {state:?}: {}", request.explain());
        std::thread::yield_now();
    }
}

/// A request that never ends by itself, submitted and suspended; the counter tells when its future is dropped.
#[track_caller]
pub fn endless(dropped: &Counter) -> Request<u32> {
    let guard = dropped.on_drop();
    let request = Request::new(async move {
        let _guard = guard;
        std::future::pending::<()>().await;
        Ok(0)
    });
    request.submit();
    until_state(&request, RequestState::Suspended);
    request
}

/// Polls once with a waker that does nothing.
pub fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    std::pin::Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// The events so far, one in a line: name and kind.
pub fn drain(events: &mut EventStream) -> String {
    let line = |event: Event| format!("{} {:?}\n", event.name.as_deref().unwrap_or("-"), event.kind);
    std::iter::from_fn(|| events.try_next()).map(line).collect()
}

#[derive(Debug, thiserror::Error, PartialEq)]
#[error("custom failure {0}")]
pub struct Custom(pub u32);

pub fn custom<T>(code: u32) -> Result<T, Error> {
    Err(Error::new(Custom(code)))
}

/// Runs `f` on a stack of 2 MiB, as C7 promises.
pub fn on_small_stack<R: Send + 'static>(f: impl FnOnce() -> R + Send + 'static) -> R {
    join(
        std::thread::Builder::new()
            .stack_size(2 << 20)
            .spawn(f)
            .expect("the system has threads"),
    )
}

pub fn multi_thread(workers: usize) -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder
        .worker_threads(workers)
        .enable_all()
        .build()
        .expect("the system has threads")
}

pub fn current_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime without threads")
}
