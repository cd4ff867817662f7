//! Tasks that do the same again and again.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use tokio::time::MissedTickBehavior;

use crate::error::Error;
use crate::green::error_handler::handle_error;
use crate::green::guarded_future::GuardedFuture;
use crate::green::moment::Moment;
use crate::green::task::Task;
use crate::green::task_builder::TaskBuilder;
use crate::request::check_cancelled;
use crate::request::detached::failure_of_current;

/// A task that calls a closure every `interval`: decide how often, from when on and what about errors, then
/// [`run`](Recurring::run) it.
///
/// The first run is one interval after the start, the others follow on a fixed grid: a run that begins late moves no other
/// one. Runs never overlap; ticks that pass while a run is still going on are made up for by one run as soon as it is over, unless
/// [`missed_ticks`](Recurring::missed_ticks) says otherwise.
///
/// # Dropping and cancelling
///
/// The handle is a [`Task`]: dropped, the recurrence goes on; [`cancel`](Task::cancel) ends it, in the middle of a run too.
///
/// # Panics
///
/// An error or panic in one run goes to the [error handlers](crate::green::on_error) and does not end the recurrence, unless
/// [`stop_on_error`](Recurring::stop_on_error) was asked for.
///
/// # Examples
///
/// Three beats, one millisecond apart:
///
/// ```
/// use std::time::Duration;
/// use headwater::green;
///
/// let mut beats = green::schedule_recurring(Duration::from_millis(1))
///     .max_times(3)
///     .run(|| async { Ok(()) })?;
/// assert_eq!(beats.wait()?, 3);
/// # Ok::<(), headwater::Error>(())
/// ```
pub fn schedule_recurring(interval: Duration) -> Recurring {
    Recurring::new(interval, TaskBuilder::new())
}

/// Decides about a recurring task. Made by [`schedule_recurring`] and [`TaskBuilder::recurring`].
#[must_use = "nothing recurs until it is given what to run"]
pub struct Recurring {
    interval: Duration,
    task: TaskBuilder,
    start: Option<Moment>,
    max_times: u64,
    missed: MissedTickBehavior,
    stops_on_error: bool,
}

impl Recurring {
    pub(crate) fn new(interval: Duration, task: TaskBuilder) -> Self {
        Self {
            interval,
            task,
            start: None,
            max_times: 0,
            missed: MissedTickBehavior::Skip,
            stops_on_error: false,
        }
    }

    /// At most so many runs; 0, as if not given, means no end.
    pub fn max_times(mut self, times: u64) -> Self {
        self.max_times = times;
        self
    }

    /// The first run is one interval after `at` rather than after now.
    pub fn starting_at(mut self, at: impl Into<Moment>) -> Self {
        self.start = Some(at.into());
        self
    }

    /// What happens to ticks that pass while a run is going on, in tokio's words. If not given they count as one and the grid
    /// stays ([`Skip`](MissedTickBehavior::Skip)).
    pub fn missed_ticks(mut self, behavior: MissedTickBehavior) -> Self {
        self.missed = behavior;
        self
    }

    /// The first error or panic of a run ends the recurrence and is the failure of the task.
    pub fn stop_on_error(mut self) -> Self {
        self.stops_on_error = true;
        self
    }

    /// Starts the task, whose value is the number of runs.
    ///
    /// # Errors
    ///
    /// `Invalid` if the interval is zero.
    #[track_caller]
    pub fn run<M, F>(self, run: M) -> Result<Task<u64>, Error>
    where
        M: FnMut() -> F + Send + 'static,
        F: Future<Output = Result<(), Error>> + Send + 'static,
    {
        if self.interval.is_zero() {
            return Err(Error::invalid("a recurring task needs an interval longer than zero"));
        }
        let start = self.start.or(self.task.start);
        let first = start.unwrap_or_else(Moment::now).later(self.interval);
        let recurrence = Recurrence {
            first,
            interval: self.interval,
            max_times: self.max_times,
            missed: self.missed,
            stops_on_error: self.stops_on_error,
        };
        Ok(self.task.future(recurrence.repeat(run)))
    }
}

/// What the task needs of it.
struct Recurrence {
    first: Moment,
    interval: Duration,
    max_times: u64,
    missed: MissedTickBehavior,
    stops_on_error: bool,
}

impl Recurrence {
    async fn repeat<M, F>(self, mut run: M) -> Result<u64, Error>
    where
        M: FnMut() -> F,
        F: Future<Output = Result<(), Error>>,
    {
        let mut ticks = tokio::time::interval_at(self.first.instant(), self.interval);
        ticks.set_missed_tick_behavior(self.missed);
        let mut runs = 0;
        while self.max_times == 0 || runs < self.max_times {
            ticks.tick().await;
            check_cancelled()?;
            runs += 1;
            // The call may panic as well as the future that it makes.
            if let Err(error) = GuardedFuture::new(async { run().await }).await {
                match failure_of_current(&error) {
                    Some(failure) if !self.stops_on_error => handle_error(&failure),
                    _ => return Err(error),
                }
            }
        }
        Ok(runs)
    }
}

impl fmt::Debug for Recurring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recurring")
            .field("interval", &self.interval)
            .field("max_times", &self.max_times)
            .field("stops_on_error", &self.stops_on_error)
            .finish_non_exhaustive()
    }
}
