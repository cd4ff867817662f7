//! Something that happens later, unless it is called off.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use crate::error::Error;
use crate::green::task::Task;
use crate::green::task_handle::TaskHandle;
use crate::sync::{Arc, Mutex};

/// Calls a function some time after its [`start`](Self::start), once, unless it is [cancelled](Self::cancel) before.
///
/// It is [`schedule_in`](crate::green::schedule_in) in two steps, with an answer to the question whether cancelling came in time.
/// The function runs as a [task](crate::green::Task) on the slots of the runtime in which the timer was started; its error or
/// panic goes to the [error handlers](crate::green::on_error). Clones are the same timer.
///
/// # Dropping
///
/// A timer that was started runs on without a handle.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use headwater::green::{Event, Timer, TimerCancel};
///
/// let rung = Event::new();
/// let alarm = {
///     let rung = rung.clone();
///     Timer::new(Duration::from_millis(1), move || async move { rung.set(); Ok(()) })
/// };
/// alarm.start()?;
/// rung.block()?;
/// assert_eq!(alarm.cancel(), TimerCancel::TooLate);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone)]
pub struct Timer {
    delay: Duration,
    stage: Arc<Mutex<Stage>>,
}

type Start = Box<dyn FnOnce(&Timer) -> TaskHandle + Send>;

enum Stage {
    Made(Start),
    /// Being started, or waiting for its time; the task once it is known.
    Started(Option<TaskHandle>),
    /// The function has been called.
    Begun,
    Cancelled,
}

/// What [`Timer::cancel`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "cancelling may come too late"]
pub enum TimerCancel {
    /// The function has not been called and never will be.
    InTime,
    /// It has been called.
    TooLate,
}

impl Timer {
    /// A timer that will call `f` so long after its start.
    pub fn new<F, W>(delay: Duration, f: F) -> Self
    where
        F: FnOnce() -> W + Send + 'static,
        W: Future<Output = Result<(), Error>> + Send + 'static,
    {
        let start = move |timer: &Timer| {
            let timer = timer.clone();
            let body = async move {
                match timer.begin() {
                    true => f().await,
                    false => Ok(()),
                }
            };
            let task = Task::builder().name("timer").start_in(delay).future(body);
            task.handle()
        };
        Self {
            delay,
            stage: Arc::new(Mutex::new(Stage::Made(Box::new(start)))),
        }
    }

    /// Lets the time begin to run.
    ///
    /// # Errors
    ///
    /// `Invalid` if the timer has been started or cancelled before.
    pub fn start(&self) -> Result<(), Error> {
        let start = {
            let mut stage = self.stage.lock();
            match std::mem::replace(&mut *stage, Stage::Started(None)) {
                Stage::Made(start) => start,
                other => {
                    *stage = other;
                    return Err(Error::invalid("a timer starts once, and not after it was cancelled"));
                }
            }
        };
        let task = start(self);
        let late = {
            let mut stage = self.stage.lock();
            match &mut *stage {
                Stage::Started(known) => {
                    *known = Some(task);
                    None
                }
                Stage::Cancelled => Some(task),
                Stage::Made(_) | Stage::Begun => None,
            }
        };
        if let Some(late) = late {
            let _ = late.cancel();
        }
        Ok(())
    }

    /// Calls it off, before or after the start.
    pub fn cancel(&self) -> TimerCancel {
        let old = {
            let mut stage = self.stage.lock();
            match &*stage {
                Stage::Begun => return TimerCancel::TooLate,
                Stage::Made(_) | Stage::Started(_) | Stage::Cancelled => {
                    std::mem::replace(&mut *stage, Stage::Cancelled)
                }
            }
        };
        if let Stage::Started(Some(task)) = &old {
            let _ = task.cancel();
        }
        TimerCancel::InTime
    }

    /// Whether the function may be called now.
    fn begin(&self) -> bool {
        let mut stage = self.stage.lock();
        match &*stage {
            Stage::Started(_) => {
                let old = std::mem::replace(&mut *stage, Stage::Begun);
                drop(stage);
                drop(old);
                true
            }
            _ => false,
        }
    }
}

impl fmt::Debug for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stage = match &*self.stage.lock() {
            Stage::Made(_) => "made",
            Stage::Started(_) => "started",
            Stage::Begun => "begun",
            Stage::Cancelled => "cancelled",
        };
        f.debug_struct("Timer")
            .field("delay", &self.delay)
            .field("stage", &stage)
            .finish()
    }
}
