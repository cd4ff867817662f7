//! How a kernel learns that nobody wants its result any more.
//!
//! A kernel is plain computation: it cannot be dropped at an await, so it has to look. It is handed a [`Checkpoint`] and
//! calls [`check`](Checkpoint::check) at least once for every millisecond of work; one call costs a few nanoseconds.

#[cfg(test)]
pub(crate) mod probe;

use std::fmt;

use crate::error::Error;
use crate::sync::Arc;

/// Whatever can tell a kernel to stop: a cancelled request, a passed deadline, a runtime that shuts down.
pub trait Interrupt: Send + Sync {
    /// `Some` with the reason once the work should stop, and from then on.
    fn interrupted(&self) -> Option<Error>;
}

/// A kernel's view of the request it works for: cheap to clone, to share between threads and to poll.
///
/// # Examples
///
/// A loop that can be stopped between rows:
///
/// ```
/// use headwater::{Checkpoint, Error};
///
/// fn sum(rows: &[Vec<f32>], checkpoint: &Checkpoint) -> Result<f32, Error> {
///     let mut total = 0.0;
///     for row in rows {
///         checkpoint.check()?;
///         total += row.iter().sum::<f32>();
///     }
///     Ok(total)
/// }
///
/// assert_eq!(sum(&[vec![1.0, 2.0], vec![3.0]], &Checkpoint::never())?, 6.0);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Checkpoint {
    interrupt: Option<Arc<dyn Interrupt>>,
}

impl Checkpoint {
    /// A checkpoint that never stops anything, for kernels that are called without a request.
    pub const fn never() -> Self {
        Self { interrupt: None }
    }

    /// A checkpoint that asks `interrupt`.
    pub fn new(interrupt: Arc<dyn Interrupt>) -> Self {
        Self {
            interrupt: Some(interrupt),
        }
    }

    /// Returns at once: `Ok` while the result is still wanted.
    ///
    /// # Errors
    ///
    /// The reason to stop (cancelled, deadline passed, shut down). Hand it on with `?`.
    #[inline]
    pub fn check(&self) -> Result<(), Error> {
        match self.interrupt.as_ref().and_then(|i| i.interrupted()) {
            None => Ok(()),
            Some(reason) => Err(reason),
        }
    }

    /// Whether [`check`](Self::check) would fail.
    #[inline]
    pub fn is_interrupted(&self) -> bool {
        self.check().is_err()
    }
}

impl fmt::Debug for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checkpoint")
            .field("interrupted", &self.is_interrupted())
            .finish()
    }
}
