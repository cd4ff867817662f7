//! How fast a run goes.

use std::time::Duration;

/// How many points in time are kept.
const MOST: usize = 128;

/// When how much had been computed.
///
/// The rate is that of the later half of what this run has computed. So the first blocks, which fill caches and wait for
/// threads to wake up, are forgotten as the run goes on, and a change of pace shows; what an earlier run had written counts
/// for nothing.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// In order; the first of each run of `every` blocks.
    marks: Vec<(Duration, u64)>,
    last: (Duration, u64),
    blocks: usize,
    every: usize,
}

impl Pace {
    /// A block of `points` has been written, this long after the beginning.
    pub(super) fn add(&mut self, at: Duration, points: u64) {
        self.last = (at.max(self.last.0), self.last.1 + points);
        self.every = self.every.max(1);
        if self.blocks.is_multiple_of(self.every) {
            self.marks.push(self.last);
        }
        self.blocks += 1;
        if self.marks.len() == MOST {
            let mut nth = 0;
            self.marks.retain(|_| {
                nth += 1;
                nth % 2 == 1
            });
            self.every *= 2;
        }
    }

    /// Points in a second, once twice as many blocks have been written as are in flight: with fewer it would be a guess.
    pub(super) fn rate(&self, in_flight: usize) -> Option<f64> {
        if self.blocks < 2 * in_flight.max(1) {
            return None;
        }
        let after = self.marks.partition_point(|(_, points)| *points <= self.last.1 / 2);
        let (since, points) = *self.marks.get(after.saturating_sub(1))?;
        let seconds = self.last.0.saturating_sub(since).as_secs_f64();
        let done = self.last.1 - points;
        (seconds > 0.0 && done > 0).then(|| done as f64 / seconds)
    }

    /// How long `points` more will take from `now` on.
    pub(super) fn left(&self, points: u64, in_flight: usize, now: Duration) -> Option<Duration> {
        let seconds = points as f64 / self.rate(in_flight)?;
        let waited = now.saturating_sub(self.last.0);
        Some(Duration::try_from_secs_f64(seconds).ok()?.saturating_sub(waited))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_slow_beginning_is_forgotten() {
        let mut pace = Pace::default();
        pace.add(100 * SECOND, 10);
        assert_eq!(pace.rate(2), None);
        for block in 1..=1000 {
            pace.add(100 * SECOND + block * SECOND, 10);
        }
        let rate = pace.rate(2).unwrap();
        assert!((9.9..10.1).contains(&rate), "{rate}");
        let left = pace.left(100, 2, 1104 * SECOND).unwrap();
        assert!(left > 5 * SECOND && left < 7 * SECOND, "{left:?}");
        assert!(pace.marks.len() < MOST);
    }

    #[test]
    fn a_change_of_pace_shows() {
        let mut pace = Pace::default();
        (1..=100).for_each(|block| pace.add(block * SECOND, 1));
        (1..=100).for_each(|block| pace.add(100 * SECOND + 4 * block * SECOND, 1));
        assert!((0.24..0.26).contains(&pace.rate(1).unwrap()));
    }

    #[test]
    fn what_all_came_at_once_has_no_rate() {
        let mut pace = Pace::default();
        (0..10).for_each(|_| pace.add(SECOND, 1));
        assert_eq!(pace.rate(1), None);
    }
}
