//! The error that an interrupt raises.

use std::fmt;

use crate::error::Error;

/// What an interrupted await returns: the root of the [`Error`], with the error that was given as its
/// [source](std::error::Error::source).
///
/// # Examples
///
/// A task that goes on after it was interrupted:
///
/// ```
/// use headwater::{Error, green};
///
/// let mut task = green::schedule(async {
///     match green::interruptible(std::future::pending::<()>()).await {
///         Err(error) => Ok(error.downcast_ref::<green::Interrupted>().is_some()),
///         Ok(()) => Ok(false),
///     }
/// });
/// let _ = task.interrupt(Error::msg("lunch time"));
/// assert!(task.wait()?);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Interrupted {
    error: Error,
}

impl Interrupted {
    pub(crate) fn raise(error: Error) -> Error {
        Error::new(Self { error })
    }

    /// What was given to [`Task::interrupt`](crate::green::Task::interrupt).
    pub fn error(&self) -> &Error {
        &self.error
    }
}

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the task was interrupted")
    }
}

impl std::error::Error for Interrupted {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}
