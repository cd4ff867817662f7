//! How much a task does before it looks around.

use std::time::Duration;

use crate::green::pause;

/// For how long a task works before it moves on what it has made: many times what moving on costs, and still nothing that
/// somebody would notice.
const TURN: Duration = Duration::from_micros(50);

/// The most that is taken at a time.
const MOST: usize = 64;

/// What items have become is moved on after that time, if they take longer than those before.
pub(crate) const LATE: Duration = Duration::from_micros(500);

/// After so many quick items somebody looks whether they still are.
const STRIDE: usize = 8;

/// After so many turns a task lets others have its slot.
const TURNS: u32 = 16;

/// How many items a task takes at a time: as many as it can process in a [`TURN`].
#[derive(Debug)]
pub(crate) struct Pace {
    most: usize,
    turns: u32,
}

impl Pace {
    pub(crate) fn new() -> Self {
        Self { most: 1, turns: 0 }
    }

    pub(crate) fn most(&self) -> usize {
        self.most
    }

    /// Whether it is worth while to look at the clock after so many items: when they are quick, not after each.
    pub(crate) fn may_look(&self, items: usize) -> bool {
        self.most < MOST || items.is_multiple_of(STRIDE)
    }

    /// So many items took so long together.
    pub(crate) fn note(&mut self, items: usize, taken: Duration) {
        let fit = (TURN.as_nanos() * items as u128 / taken.as_nanos().max(1)) as usize;
        self.most = fit.clamp(1, (2 * self.most).min(MOST));
    }

    /// Lets others have the slot, once in a while. Not tokio's `yield_now`: its waker stays with the thread, which may be blocked
    /// by whoever has the slot next.
    pub(crate) async fn share(&mut self) {
        self.turns += 1;
        if self.turns >= TURNS {
            self.turns = 0;
            pause().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_items_are_taken_one_by_one_and_quick_ones_together() {
        let mut pace = Pace::new();
        (0..10).for_each(|_| pace.note(pace.most(), Duration::from_nanos(100) * pace.most() as u32));
        assert_eq!(pace.most(), MOST);
        pace.note(64, Duration::from_millis(64));
        assert_eq!(pace.most(), 1);
    }
}
