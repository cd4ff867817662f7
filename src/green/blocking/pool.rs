//! Threads for calls that block.

use std::fmt;

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::green::blocking::pool_builder::BlockingPoolBuilder;
use crate::green::blocking::usage::BlockingUsage;
use crate::green::task::Task;
use crate::green::task_builder::TaskBuilder;
use crate::runtime::workers::Workers;
use crate::sync::Arc;

/// Threads on which third-party code may block, so that the slots for requests stay free. Cheap to clone.
///
/// Threads are started when calls come, up to a bound, and leave when they have been idle for a while. At the bound calls wait
/// for a thread, first come, first served; meanwhile each is a suspended [`Task`], which holds no slot. Calculations belong
/// into a [kernel](crate::Request::kernel) instead: there are as many threads for those as there are cores.
///
/// A call that waits for another call of the same pool could wait for a thread that never comes free. So one that is made *from
/// within* a call, on its thread, never queues: it gets a thread beyond the bound if it has to. What is made in a roundabout way (a
/// call waits for a task that makes a call) does queue: give each layer a pool of its own.
///
/// # Dropping and cancelling
///
/// A call that is [cancelled](Task::cancel) before it begins never runs. One that is running cannot be stopped from outside: whoever
/// waits is told at once, the closure is told by its [`Checkpoint`] and runs on to its end or until it asks, and its result is
/// dropped. The same holds when the runtime is shut down. When the last clone of the pool is dropped, calls that were made
/// still run, then the threads leave.
///
/// # Panics
///
/// A panic in a call is its failure ([`Error::is_panic`]); its thread goes on.
///
/// # Examples
///
/// A library whose client may be used by four threads at most:
///
/// ```
/// use headwater::green::BlockingPool;
///
/// let database = BlockingPool::builder().name("database").max_threads(4).build()?;
/// let mut rows = database.run(|_checkpoint| {
///     // Code that blocks its thread.
///     Ok(vec!["ada", "grace"])
/// });
/// assert_eq!(rows.wait()?.len(), 2);
/// assert_eq!(database.usage().max_threads, 4);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone)]
pub struct BlockingPool {
    workers: Arc<Workers>,
}

impl BlockingPool {
    /// Decides about name, bound and time of idleness.
    pub fn builder() -> BlockingPoolBuilder {
        BlockingPoolBuilder::default()
    }

    pub(crate) fn new(workers: Workers) -> Self {
        Self {
            workers: Arc::new(workers),
        }
    }

    pub(crate) fn workers(&self) -> &Arc<Workers> {
        &self.workers
    }

    /// Starts a task that calls `call` on a thread of this pool. Its name is that of the pool;
    /// [`TaskBuilder::blocking_on`] decides more.
    #[track_caller]
    pub fn run<C, T>(&self, call: C) -> Task<T>
    where
        C: FnOnce(&Checkpoint) -> Result<T, Error> + Send + 'static,
        T: Send + 'static,
    {
        let name = Arc::clone(self.workers.name());
        TaskBuilder::new().name(name).blocking_on(self, call)
    }

    /// How many threads are busy and idle, and how many calls wait, at this moment.
    pub fn usage(&self) -> BlockingUsage {
        let tally = self.workers.tally();
        BlockingUsage {
            busy: tally.threads - tally.idle,
            idle: tally.idle,
            queued: tally.queued,
            max_threads: self.workers.max_threads(),
        }
    }
}

impl fmt::Debug for BlockingPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockingPool")
            .field("name", self.workers.name())
            .field("usage", &self.usage())
            .finish()
    }
}
