//! A call on a thread of the runtime's own blocking pool.

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::green::task::Task;
use crate::green::task_builder::TaskBuilder;
use crate::sync::Arc;

/// Starts a task called `name` that calls `call` on a thread where it may block, so that the slots for requests stay free.
///
/// The threads belong to a [`BlockingPool`](crate::green::BlockingPool) of the runtime's own, with the default bounds; see there
/// for what happens at the bound, on cancelling and on panics.
///
/// # Examples
///
/// ```
/// use headwater::green;
///
/// let mut hosts = green::blocking("read hosts", |_checkpoint| Ok(std::fs::read_to_string("/etc/hosts")?));
/// println!("{}", hosts.wait()?);
/// # Ok::<(), headwater::Error>(())
/// ```
#[track_caller]
pub fn blocking<C, T>(name: impl Into<Arc<str>>, call: C) -> Task<T>
where
    C: FnOnce(&Checkpoint) -> Result<T, Error> + Send + 'static,
    T: Send + 'static,
{
    TaskBuilder::new().name(name).blocking(call)
}
