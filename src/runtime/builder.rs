//! Sizes and rules of a runtime.

use std::time::Duration;

use crate::error::{Error, ErrorContext};
use crate::runtime::compute::Compute;
use crate::runtime::config::Config;
use crate::runtime::engine::Engine;
use crate::runtime::slots::Slots;
use crate::runtime::{Discipline, Runtime};
use crate::runtime::{host, stall};
use crate::sync::Arc;

/// Decides about a [`Runtime`] before it is made.
///
/// # Examples
///
/// A small runtime beside others:
///
/// ```
/// use headwater::{Request, Runtime};
///
/// let runtime = Runtime::builder().slots(1).compute_threads(1).build()?;
/// let request = Request::builder().on(&runtime).future(async { Ok("done") });
/// assert_eq!(request.wait()?, "done");
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Debug, Default)]
#[must_use = "a builder makes nothing until `build` is called"]
pub struct RuntimeBuilder {
    config: Config,
    host: Option<tokio::runtime::Handle>,
    pool: Option<Arc<rayon::ThreadPool>>,
}

impl RuntimeBuilder {
    /// One slot and one compute thread for each core, priority order, no grace, no limit of memory.
    pub fn new() -> Self {
        Self::default()
    }

    /// Requests that may be inside a poll at once. 0 is inline mode: everything runs in the thread that submits or waits,
    /// kernels too, in one debugger's stack. Only [pinned](crate::RequestBuilder::pinned) requests, which have to stay on
    /// one thread, have one of their own in any mode.
    pub fn slots(mut self, slots: usize) -> Self {
        self.config.slots = slots;
        self
    }

    /// Threads of the compute pool; 0 means one for each core, as in rayon.
    pub fn compute_threads(mut self, threads: usize) -> Self {
        self.config.threads = threads;
        self
    }

    /// Runs kernels in `pool` rather than in one of the runtime's own.
    pub fn compute_pool(mut self, pool: Arc<rayon::ThreadPool>) -> Self {
        self.pool = Some(pool);
        self
    }

    /// Runs requests on the host's tokio runtime rather than on threads of its own. The host must have timers enabled.
    ///
    /// When the host shuts down, every request that has not ended fails with [`is_shut_down`](Error::is_shut_down), as if
    /// this runtime had been dropped. Pinned requests run on threads of their own all the same.
    pub fn embedded(mut self, host: tokio::runtime::Handle) -> Self {
        self.host = Some(host);
        self
    }

    /// The order in which ready requests get a slot.
    pub fn discipline(mut self, discipline: Discipline) -> Self {
        self.config.discipline = discipline;
        self
    }

    /// How long a ready request may stand behind better ones before it goes first; one second if not given.
    ///
    /// It holds for [`Discipline::Priority`] alone: first come, first served needs no ageing, and last come, first served
    /// asks for none, so under `Lifo` a request may wait for as long as others come.
    pub fn ageing(mut self, bound: Duration) -> Self {
        self.config.ageing = bound;
        self
    }

    /// How long a request outlives the last interest in it; not at all if not given.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.config.grace = grace;
        self
    }

    /// Bytes that requests with an [estimate](crate::RequestBuilder::bytes) may hold at once; no limit if not given. A small
    /// budget means slow, never stuck.
    ///
    /// Caches take what is left of it. Beside it the library's operators keep buffers that nobody uses for blocks to come: at most a
    /// thirty-second of it, and 128 MiB.
    pub fn memory(mut self, bytes: u64) -> Self {
        self.config.memory = bytes;
        self
    }

    /// Polls that last longer are counted and named in the log; 10 ms if not given.
    pub fn long_poll(mut self, limit: Duration) -> Self {
        self.config.long_poll = limit;
        self
    }

    /// Names every request that has not moved for `limit` in the log, once for each time it gets stuck.
    pub fn stall_after(mut self, limit: Duration) -> Self {
        self.config.stall = Some(limit);
        self
    }

    /// Makes the runtime.
    ///
    /// # Errors
    ///
    /// If the system refuses to start threads; `Invalid` if the runtime that it is [`embedded`](Self::embedded) in has no
    /// timers or has been shut down.
    pub fn build(self) -> Result<Runtime, Error> {
        let engine = Arc::new(Engine::new(self.config));
        let (own, handle) = match self.host {
            Some(host) => {
                host::check(&host)?;
                (None, host)
            }
            None => {
                let tokio = own_tokio(engine.config.slots)?;
                let handle = tokio.handle().clone();
                (Some(tokio), handle)
            }
        };
        let pool = match self.pool {
            Some(pool) => pool,
            None => Arc::new(own_pool(engine.config.threads)?),
        };
        let slots = Slots::start(&engine, handle.clone(), Compute::new(pool), own.is_some());
        if engine.is_closed() {
            return Err(Error::invalid("the host's tokio runtime has been shut down"));
        }
        engine.attach(Box::new(slots));
        if let Some(limit) = engine.config.stall {
            handle.spawn(stall::watch(Arc::downgrade(&engine), limit));
        }
        Ok(Runtime::new(engine, own))
    }
}

fn own_tokio(slots: usize) -> Result<tokio::runtime::Runtime, Error> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(slots.max(1))
        .thread_name("headwater-slot")
        // A slot that gives way stays runnable, so its worker never parks, and looks for timers and sockets only now and
        // then: here after every second task.
        .event_interval(2)
        .enable_all()
        .build()
        .context("starting the threads for requests")
}

fn own_pool(threads: usize) -> Result<rayon::ThreadPool, Error> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|nth| format!("headwater-compute-{nth}"))
        // Every kernel is guarded; this is the last net, since rayon would abort the process (P21).
        .panic_handler(|_| tracing::error!("a panic escaped from a kernel"))
        .build()
        .context("starting the threads for kernels")
}
