//! What becomes of a flow when an item cannot be processed.

use std::time::Duration;

/// What a node does with an item that it fails to process, by an error or a panic.
///
/// # Examples
///
/// Three more attempts, after 100, 200 and 400 ms; then the item is let go of:
///
/// ```
/// use std::time::Duration;
/// use headwater::flow::{Failure, Retry};
///
/// let policy = Failure::drop().retry(Retry::times(3).back_off(Duration::from_millis(100)));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    pub(crate) retry: Option<Retry>,
    pub(crate) then: Then,
}

/// What is done in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    Fail,
    Drop,
    DeadLetter,
}

impl Failure {
    /// The flow ends with the item's error. The default of a batch flow.
    pub fn fail() -> Self {
        let (retry, then) = (None, Then::Fail);
        Self { retry, then }
    }

    /// The item is let go of, counted and told to `tracing`. The default of a realtime flow.
    pub fn drop() -> Self {
        let (retry, then) = (None, Then::Drop);
        Self { retry, then }
    }

    /// Tries again first. What the failed attempts had emitted is let go of.
    #[must_use]
    pub fn retry(self, retry: Retry) -> Self {
        let retry = Some(retry);
        Self { retry, ..self }
    }
}

/// How often, and after which time, an item is tried again.
#[derive(Clone, Debug, PartialEq)]
pub struct Retry {
    pub(crate) times: u32,
    first: Duration,
    longest: Duration,
    pub(crate) budget: Option<u64>,
}

impl Retry {
    /// At most so many more attempts for each item: at once, unless [`back_off`](Self::back_off) says otherwise.
    pub fn times(times: u32) -> Self {
        Self {
            times,
            first: Duration::ZERO,
            longest: Duration::from_secs(30),
            budget: None,
        }
    }

    /// How long to wait before the first further attempt; before each further one, twice as long, 30 s at most. The node's
    /// replica processes nothing else meanwhile.
    #[must_use]
    pub fn back_off(self, first: Duration) -> Self {
        Self { first, ..self }
    }

    /// How long to wait at most.
    #[must_use]
    pub fn at_most(self, longest: Duration) -> Self {
        Self { longest, ..self }
    }

    /// How many further attempts the node has for all items of a run together: what fails when they are used up has failed.
    #[must_use]
    pub fn budget(self, attempts: u64) -> Self {
        let budget = Some(attempts);
        Self { budget, ..self }
    }

    /// How long to wait before the further attempt of this number, counted from 0.
    pub(crate) fn delay(&self, nth: u32) -> Duration {
        let factor = 1_u32.checked_shl(nth).unwrap_or(u32::MAX);
        self.first.saturating_mul(factor).min(self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v36_the_time_before_an_attempt_doubles_up_to_a_bound() {
        let retry = Retry::times(9).back_off(Duration::from_secs(1));
        let seconds = (0..7).map(|nth| retry.delay(nth).as_secs()).collect::<Vec<_>>();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(retry.delay(u32::MAX), Duration::from_secs(30));
        assert_eq!(Retry::times(1).delay(60), Duration::ZERO);
    }
}
