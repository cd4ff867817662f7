//! A point in time, however it was given.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

/// When something is to happen: made from a [`std::time::Instant`], a [`tokio::time::Instant`] or a [`SystemTime`].
///
/// A `SystemTime` is translated when it is given: what happens to the wall clock afterwards moves nothing. A moment that has
/// passed means at once. Under a paused clock of tokio's, this is the paused time.
///
/// # Examples
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use headwater::green;
///
/// let task = green::schedule_at(SystemTime::now() + Duration::from_millis(1), async { Ok(7) });
/// assert_eq!({ task }.wait()?, 7);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    at: Instant,
}

/// As far in the future as nobody waits; the same as tokio's own.
const FAR: Duration = Duration::from_secs(86_400 * 365 * 30);

impl Moment {
    /// Now.
    pub fn now() -> Self {
        Self { at: Instant::now() }
    }

    /// In `delay` from now.
    pub fn after(delay: Duration) -> Self {
        Self::now().later(delay)
    }

    /// `delay` later than this.
    #[must_use]
    pub fn later(self, delay: Duration) -> Self {
        let at = self.at.checked_add(delay).unwrap_or_else(|| self.at + FAR);
        Self { at }
    }

    /// How long it is until then; zero if it has passed.
    pub fn delay(self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    /// As tokio's timers take it.
    pub fn instant(self) -> Instant {
        self.at
    }
}

impl From<Instant> for Moment {
    fn from(at: Instant) -> Self {
        Self { at }
    }
}

impl From<std::time::Instant> for Moment {
    fn from(at: std::time::Instant) -> Self {
        Self { at: at.into() }
    }
}

impl From<SystemTime> for Moment {
    fn from(at: SystemTime) -> Self {
        Self::after(at.duration_since(SystemTime::now()).unwrap_or_default())
    }
}
