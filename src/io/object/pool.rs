//! The threads on which transfers run.
//!
//! There are two, however many stores are open: they start with the first store and end with the last one. Compute threads hand
//! a transfer over and wait for it, looking at their checkpoint meanwhile; no transfer ever runs on a thread of the caller, so
//! that a program may use this from tokio, from threads of its own or from neither.

use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::task::AbortHandle;

use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _, ErrorKind};
use crate::runtime::place::{Place, block_in_place, here};
use crate::sync::{Arc, Condvar, Mutex, OnceLock, Weak};

/// How long a thread waits between two looks at its checkpoint.
pub(crate) const LOOK: Duration = Duration::from_millis(2);
/// How long dropping waits until what was under way has been undone.
const PATIENCE: Duration = Duration::from_secs(10);
const THREADS: usize = 2;

/// The threads. The last clone of its `Arc` ends them, without waiting.
#[derive(Debug)]
pub(crate) struct Pool {
    runtime: Option<Runtime>,
}

impl Pool {
    /// Those of the process: the ones that run, or new ones.
    ///
    /// # Errors
    ///
    /// The system has no threads to give.
    pub(crate) fn shared() -> Result<Arc<Self>, Error> {
        static SHARED: OnceLock<Mutex<Weak<Pool>>> = OnceLock::new();
        let mut shared = SHARED.get_or_init(Mutex::default).lock();
        if let Some(pool) = shared.upgrade() {
            return Ok(pool);
        }
        let mut builder = Builder::new_multi_thread();
        builder
            .worker_threads(THREADS)
            .thread_name("headwater-net")
            .enable_all();
        let runtime = builder.build().context("no threads for transfers")?;
        let pool = Arc::new(Self { runtime: Some(runtime) });
        *shared = Arc::downgrade(&pool);
        Ok(pool)
    }

    /// Runs `work`, and hands what comes of it to `arrival`: once, on a thread of the pool. A transfer that is dropped or
    /// panics is lost, and `arrival` hears that.
    pub(crate) fn begin<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
        arrival: impl FnOnce(Result<T, Error>) + Send + 'static,
    ) -> Transfer {
        let runtime = self.runtime.as_ref().expect("invariant: taken by drop alone");
        let announced = Announced {
            arrival: Some(arrival),
            lost: |arrival| arrival(Err(Error::msg("the transfer was lost"))),
        };
        let task = runtime.spawn(async move {
            let mut announced = announced;
            let outcome = work.await;
            if let Some(arrival) = announced.arrival.take() {
                arrival(outcome);
            }
        });
        Transfer(task.abort_handle())
    }

    /// Runs `work` to its end, whoever still waits for it, and keeps the threads until then.
    pub(crate) fn detach(self: &Arc<Self>, work: impl Future<Output = ()> + Send + 'static) {
        let (pool, runtime) = (Arc::clone(self), self.runtime.as_ref());
        let work = async move {
            work.await;
            drop(pool);
        };
        drop(runtime.map(|runtime| runtime.spawn(work)));
    }

    /// Runs `work` while this thread waits.
    ///
    /// # Errors
    ///
    /// That of `work`; the checkpoint's reason, which drops `work`; a thread that must not wait.
    pub(crate) fn wait<T: Send + 'static>(
        &self,
        checkpoint: &Checkpoint,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        let inbox = Arc::new(Inbox::default());
        let outbox = Arc::clone(&inbox);
        let _transfer = self.begin(work, move |outcome| outbox.post(outcome));
        waiting(|| {
            loop {
                checkpoint.check()?;
                if let Some(outcome) = inbox.take(LOOK) {
                    return outcome;
                }
            }
        })
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Lets `work` block this thread, if it may.
///
/// # Errors
///
/// That of `work`; a thread that drives async code must not wait.
pub(crate) fn waiting<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    match here() {
        Place::Free | Place::Rayon => work(),
        Place::Worker => block_in_place(work),
        Place::Async => Err(Error::condition(
            ErrorKind::WouldBlock,
            "an object store answers after a while, and this thread must not wait: ask from a kernel or a thread of its own",
        )),
    }
}

/// Waits until something has arrived in `inbox`, at most some seconds; not at all on a thread that must not wait.
pub(crate) fn patiently<T>(inbox: &Inbox<T>) {
    let begun = Instant::now();
    let _ = waiting(|| {
        while inbox.take(LOOK).is_none() && begun.elapsed() < PATIENCE {}
        Ok(())
    });
}

/// Work under way. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Transfer(AbortHandle);

impl Drop for Transfer {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Sees to it that somebody who waits is told when a transfer is lost.
struct Announced<A> {
    arrival: Option<A>,
    lost: fn(A),
}

impl<A> Drop for Announced<A> {
    fn drop(&mut self) {
        if let Some(arrival) = self.arrival.take() {
            (self.lost)(arrival);
        }
    }
}

/// Where results arrive, for threads that wait for them.
#[derive(Debug)]
pub(crate) struct Inbox<T> {
    arrived: Mutex<Vec<T>>,
    bell: Condvar,
}

impl<T> Default for Inbox<T> {
    fn default() -> Self {
        Self {
            arrived: Mutex::new(Vec::new()),
            bell: Condvar::default(),
        }
    }
}

impl<T> Inbox<T> {
    /// Puts one in.
    pub(crate) fn post(&self, one: T) {
        self.arrived.lock().push(one);
        self.bell.notify_one();
    }

    /// Takes one out; waits for it at most so long.
    pub(crate) fn take(&self, longest: Duration) -> Option<T> {
        let mut arrived = self.arrived.lock();
        if arrived.is_empty() {
            arrived = self.bell.wait_timeout(arrived, longest);
        }
        arrived.pop()
    }
}
