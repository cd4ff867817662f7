//! The runtime: slots for requests, a pool for kernels, one account of bytes.

pub(crate) mod account;
pub(crate) mod broadcast;
pub(crate) mod cancel;
mod charge;
pub(crate) mod config;
pub(crate) mod engine;
pub(crate) mod enter;
pub(crate) mod events;
#[cfg_attr(
    any(loom, shuttle),
    expect(dead_code, reason = "the layers that use it have no models")
)]
pub(crate) mod extension;
pub(crate) mod info;
mod lobby;
#[cfg_attr(
    any(loom, shuttle),
    expect(dead_code, reason = "the layers that use it have no models")
)]
pub(crate) mod machine;
pub(crate) mod net;
pub(crate) mod place;
mod priority;
pub(crate) mod queue;
pub(crate) mod task;
#[cfg(test)]
mod tests;
#[cfg_attr(
    any(loom, shuttle),
    expect(dead_code, reason = "the layers that use it have no models")
)]
pub(crate) mod workers;

#[cfg(not(any(loom, shuttle)))]
mod builder;
#[cfg(not(any(loom, shuttle)))]
mod compute;
#[cfg(not(any(loom, shuttle)))]
mod host;
#[cfg(not(any(loom, shuttle)))]
mod idle_strategy;
#[cfg(not(any(loom, shuttle)))]
mod nap;
#[cfg(not(any(loom, shuttle)))]
mod poll_watch;
#[cfg(not(any(loom, shuttle)))]
mod slots;
#[cfg(not(any(loom, shuttle)))]
pub(crate) mod stall;
#[cfg(not(any(loom, shuttle)))]
mod watchdog;

use std::fmt;
use std::time::{Duration, Instant};

pub use account::Memory;
#[cfg(not(any(loom, shuttle)))]
pub use builder::RuntimeBuilder;
pub use cancel::Cancel;
pub use charge::Charge;
pub use enter::EnterGuard;
pub use events::{Event, EventKind, EventStream};
pub use info::{RequestId, RequestInfo, RequestState};
#[cfg(not(any(loom, shuttle)))]
pub use poll_watch::PollWatch;
pub use priority::Priority;
pub use queue::Discipline;

use crate::error::{Error, ErrorContext};
use crate::runtime::engine::Engine;
use crate::sync::{Arc, Mutex};

/// Where requests run. Cheap to clone; the last clone closes it.
///
/// # Dropping
///
/// Dropping the last clone, in async code too, cancels nothing that is running but starts nothing more: every request that
/// has not ended fails with [`is_shut_down`](Error::is_shut_down). It never blocks and never panics.
#[derive(Clone)]
pub struct Runtime {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Arc<Engine>,
    tokio: Mutex<Option<tokio::runtime::Runtime>>,
    extensions: extension::Extensions,
}

/// What a runtime has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// Requests made, but for children of requests that have not ended yet.
    pub requests: u64,
    /// Kernels run.
    pub kernels: u64,
    /// Time spent in kernels, added up over threads.
    pub kernel_time: Duration,
    /// Polls that lasted longer than the limit.
    pub long_polls: u64,
}

/// What [`Runtime::shutdown`] left behind.
#[derive(Clone, Debug, Default)]
#[must_use = "requests that ignored the shutdown still use their threads"]
#[non_exhaustive]
pub struct Shutdown {
    /// Requests whose poll or kernel was still running when the time was over. Their waiters have been told; their
    /// threads are busy until they return.
    pub ignored: Vec<RequestInfo>,
}

impl Runtime {
    pub(crate) fn new(engine: Arc<Engine>, tokio: Option<tokio::runtime::Runtime>) -> Self {
        Self {
            inner: Arc::new(Inner {
                engine,
                tokio: Mutex::new(tokio),
                extensions: extension::Extensions::default(),
            }),
        }
    }

    /// Sizes and rules for a new runtime.
    #[cfg(not(any(loom, shuttle)))]
    pub fn builder() -> RuntimeBuilder {
        RuntimeBuilder::new()
    }

    /// The runtime that requests belong to when nothing else was said: made on first use, with as many slots and compute
    /// threads as `HEADWATER_THREADS` says (0 is inline mode) or, if that is not set, as there are cores.
    #[cfg(not(any(loom, shuttle)))]
    pub fn global() -> Self {
        default_runtime().clone()
    }

    pub(crate) fn engine(&self) -> Arc<Engine> {
        Arc::clone(&self.inner.engine)
    }

    /// Makes this the runtime of all requests that this thread makes outside of requests, until the guard is dropped.
    pub fn enter(&self) -> EnterGuard {
        enter::enter(self.engine())
    }

    /// Every request that has not ended, oldest first.
    ///
    /// A request that another one has made, and of which nobody but its one handle knows, is not listed before it is
    /// submitted, cloned or looked at, its await is pending, or it blocks its thread; also not while its maker is suspended.
    pub fn snapshot(&self) -> Vec<RequestInfo> {
        self.inner.engine.snapshot()
    }

    /// Requests that have been started and have not moved for `limit`.
    #[cfg(not(any(loom, shuttle)))]
    pub fn stalled(&self, limit: Duration) -> Vec<RequestInfo> {
        stall::stalled(&self.inner.engine, limit)
    }

    /// Says that one party no longer wants the result of the live request with this identity; `None` if there is none. Everything
    /// else is as for [`Request::cancel`](crate::Request::cancel): a request that others wait for goes on.
    pub fn cancel(&self, id: RequestId) -> Option<Cancel> {
        Some(self.inner.engine.find(id)?.cancel())
    }

    /// Says in a sentence why the live request with this identity is not running, or what it is doing; `None` if there is none.
    pub fn explain(&self, id: RequestId) -> Option<String> {
        Some(self.inner.engine.find(id)?.explain())
    }

    /// Everything that happens to requests from now on.
    pub fn events(&self) -> EventStream {
        self.inner.engine.events.subscribe(usize::MAX)
    }

    /// The same for who may be slow: no more than `capacity` events wait, and those that come while so many do are
    /// [missed](EventStream::missed).
    pub fn events_within(&self, capacity: usize) -> EventStream {
        self.inner.engine.events.subscribe(capacity)
    }

    /// The account of bytes.
    pub fn memory(&self) -> Memory {
        self.inner.engine.account.memory()
    }

    /// How many threads run kernels; 1 if they run on the threads that wait for them.
    pub fn compute_threads(&self) -> usize {
        self.inner.engine.compute_threads()
    }

    /// What the runtime has done so far.
    pub fn statistics(&self) -> Statistics {
        self.inner.engine.statistics()
    }

    /// Ends everything: no request starts any more, those that wait fail with [`is_shut_down`](Error::is_shut_down), those
    /// inside a poll or a kernel are told and given `limit` to return. Every waiter has its answer when this returns.
    ///
    /// Blocks the calling thread for at most `limit`; call it from a plain thread.
    pub fn shutdown(&self, limit: Duration) -> Shutdown {
        let engine = &self.inner.engine;
        engine.close();
        let until = Instant::now()
            .checked_add(limit)
            .unwrap_or_else(|| Instant::now() + Duration::from_secs(1 << 30));
        let mut pause = Duration::from_micros(50);
        loop {
            let live = engine.live();
            if live.is_empty() {
                break;
            }
            live.into_iter().for_each(|task| task.shut_down(false));
            let live = engine.live();
            if live.is_empty() || Instant::now() >= until {
                break;
            }
            // Wake-ups on the way may still need a slot; polls and kernels need their time.
            #[expect(clippy::disallowed_methods, reason = "the caller asked to be blocked")]
            std::thread::sleep(pause.min(until.saturating_duration_since(Instant::now())));
            pause = (pause * 2).min(Duration::from_millis(5));
        }
        let stuck = engine.live();
        let ignored = stuck.iter().filter_map(|task| task.info()).collect();
        stuck.into_iter().for_each(|task| task.shut_down(true));
        self.inner.stop();
        Shutdown { ignored }
    }
}

impl Inner {
    fn stop(&self) {
        self.engine.close();
        if let Some(backend) = self.engine.backend() {
            backend.close();
        }
        let tokio = self.tokio.lock().take();
        if let Some(tokio) = tokio {
            // In the background: a drop that waits panics in async code, and hangs on what ignores it (P27, P28).
            tokio.shutdown_background();
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.engine.end_all();
        self.stop();
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime")
            .field("config", &self.inner.engine.config)
            .finish_non_exhaustive()
    }
}

/// The default runtime, once it is needed.
#[cfg(not(any(loom, shuttle)))]
static DEFAULT: crate::sync::OnceLock<Runtime> = crate::sync::OnceLock::new();

/// Made on first use. A failure to start threads leaves an inline runtime, which needs none.
#[cfg(not(any(loom, shuttle)))]
pub(crate) fn default_runtime() -> &'static Runtime {
    DEFAULT.get_or_init(|| {
        let builder = from_environment().unwrap_or_else(|error| {
            tracing::error!(error = %error.report(), "the default runtime gets a thread for each core");
            RuntimeBuilder::new()
        });
        let made = builder.build();
        made.unwrap_or_else(|error| {
            tracing::error!(error = %error.report(), "the default runtime falls back to inline mode");
            Runtime::new(
                Arc::new(Engine::new(config::Config {
                    slots: 0,
                    ..config::Config::default()
                })),
                None,
            )
        })
    })
}

#[cfg(not(any(loom, shuttle)))]
fn from_environment() -> Result<RuntimeBuilder, Error> {
    let builder = RuntimeBuilder::new();
    let Ok(threads) = std::env::var("HEADWATER_THREADS") else {
        return Ok(builder);
    };
    let threads: usize = threads.trim().parse().context(format_args!(
        "HEADWATER_THREADS is `{threads}`, not a number of threads"
    ))?;
    Ok(builder.slots(threads).compute_threads(threads.max(1)))
}
