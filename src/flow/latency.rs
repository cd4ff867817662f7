//! How long something took, many times.

use std::fmt;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

/// The longest time that is told apart from longer ones.
const LONGEST: Duration = Duration::from_secs(3600);

/// A histogram of durations, from a nanosecond to an hour, each to within 7 %.
#[derive(Clone)]
pub struct Latency {
    nanos: Histogram<u64>,
}

impl Default for Latency {
    fn default() -> Self {
        let nanos = Histogram::new_with_bounds(1, LONGEST.as_nanos() as u64, 1);
        Self {
            nanos: nanos.expect("invariant: the bounds and the precision are valid"),
        }
    }
}

impl Latency {
    /// Adds `count` times that took so long.
    #[inline]
    pub(crate) fn record(&mut self, time: Duration, count: u64) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.nanos.saturating_record_n(nanos.max(1), count);
    }

    /// Adds the times from each of `since` to `now`. Those in a row that are the same cost as much as one.
    pub(crate) fn record_since(&mut self, since: impl Iterator<Item = Instant>, now: Instant) {
        let mut run: Option<(Instant, u64)> = None;
        for since in since {
            match &mut run {
                Some((same, count)) if *same == since => *count += 1,
                _ => {
                    let before = run.replace((since, 1));
                    before
                        .into_iter()
                        .for_each(|(since, count)| self.record(now.saturating_duration_since(since), count));
                }
            }
        }
        run.into_iter()
            .for_each(|(since, count)| self.record(now.saturating_duration_since(since), count));
    }

    /// How many times there are.
    pub fn count(&self) -> u64 {
        self.nanos.len()
    }

    /// The mean; zero if there are none.
    pub fn mean(&self) -> Duration {
        Duration::from_nanos(self.nanos.mean() as u64)
    }

    /// The time that the fraction `q` of all did not exceed: 0.5 for the median; zero if there are none.
    ///
    /// `q` is brought into 0 to 1.
    pub fn quantile(&self, q: f64) -> Duration {
        if self.nanos.is_empty() {
            return Duration::ZERO;
        }
        Duration::from_nanos(self.nanos.value_at_quantile(q.clamp(0.0, 1.0)))
    }

    /// The longest; zero if there are none.
    pub fn max(&self) -> Duration {
        Duration::from_nanos(self.nanos.max())
    }
}

impl fmt::Debug for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Latency")
            .field("count", &self.count())
            .field("median", &self.quantile(0.5))
            .field("p99", &self.quantile(0.99))
            .field("max", &self.max())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_right_to_within_7_percent() {
        let mut latency = Latency::default();
        (1..=1000).for_each(|n| latency.record(Duration::from_micros(n), 1));
        for (q, expected) in [(0.5, 500.0), (0.99, 990.0), (1.0, 1000.0)] {
            let micros = latency.quantile(q).as_secs_f64() * 1e6;
            assert!((micros / expected - 1.0).abs() < 0.07, "{q}: {micros}");
        }
        assert_eq!(
            (latency.count(), Latency::default().quantile(0.5)),
            (1000, Duration::ZERO)
        );
    }

    #[test]
    fn runs_count_as_often_as_they_are_long() {
        let now = Instant::now();
        let ago = |micros| now - Duration::from_micros(micros);
        let mut latency = Latency::default();
        latency.record_since([ago(5), ago(5), ago(900), ago(900), ago(900), ago(5)].into_iter(), now);
        latency.record_since(std::iter::empty(), now);
        assert_eq!(latency.count(), 6);
        assert!(
            latency.quantile(0.5) < Duration::from_micros(6) && latency.quantile(0.51) > Duration::from_micros(800)
        );
    }

    #[test]
    fn what_is_longer_than_an_hour_counts_as_an_hour() {
        let mut latency = Latency::default();
        latency.record(Duration::from_secs(100_000), 2);
        latency.record(Duration::ZERO, 1);
        assert_eq!(latency.count(), 3);
        assert!(latency.max() >= LONGEST);
    }
}
