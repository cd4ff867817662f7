//! Starting tasks.

use std::future::Future;
use std::time::Duration;

use crate::error::Error;
use crate::green::moment::Moment;
use crate::green::task::Task;
use crate::green::task_builder::TaskBuilder;

/// Starts a task that runs `future`, on the slots of the current task's runtime, or of the
/// [entered](crate::Runtime::enter) or the default one.
///
/// Tasks start in the order in which they were scheduled. The task runs to its end whatever becomes of the handle; see
/// [`Task`] for dropping, cancelling and panics.
///
/// # Examples
///
/// ```
/// use headwater::green;
///
/// let mut double = green::schedule(async { Ok(2 * 21) });
/// assert_eq!(double.wait()?, 42);
/// # Ok::<(), headwater::Error>(())
/// ```
#[track_caller]
pub fn schedule<F, T>(future: F) -> Task<T>
where
    F: Future<Output = Result<T, Error>> + Send + 'static,
    T: Send + 'static,
{
    TaskBuilder::new().future(future)
}

/// The same, not before `at`. Cancelled before that, the task never runs.
#[track_caller]
pub fn schedule_at<F, T>(at: impl Into<Moment>, future: F) -> Task<T>
where
    F: Future<Output = Result<T, Error>> + Send + 'static,
    T: Send + 'static,
{
    TaskBuilder::new().start_at(at).future(future)
}

/// The same, not before `delay` has passed.
#[track_caller]
pub fn schedule_in<F, T>(delay: Duration, future: F) -> Task<T>
where
    F: Future<Output = Result<T, Error>> + Send + 'static,
    T: Send + 'static,
{
    TaskBuilder::new().start_in(delay).future(future)
}
