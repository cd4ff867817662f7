//! Producers that many flows need.
//!
//! | | |
//! |---|---|
//! | [`Numbers`] | whole numbers, one after the other |
//! | [`TryIter`] | what an iterator gives that may fail; [`stream::iter`](futures::stream::iter) is there for others |
//! | [`Timer`] | a tick at a fixed interval |
//! | [`Paced`] | any producer, not faster than a rate |
//! | `ImageFiles` | image files, by a list or a pattern (feature `io`) |
//! | `Planes` | the planes of an image: pages of a TIFF, times of a series (feature `io`) |
//! | `ClipReader` | the frames of a Y4M video (feature `io`) |
//!
//! Files are read in the compute pool, one item ahead of what the flow takes.

#[cfg(all(feature = "io", not(shuttle)))]
mod clip;
#[cfg(all(feature = "io", not(shuttle)))]
mod images;
mod numbers;
mod paced;
#[cfg(all(feature = "io", not(shuttle)))]
mod planes;
mod timer;
mod try_iter;

#[cfg(all(feature = "io", not(shuttle)))]
pub use clip::ClipReader;
#[cfg(all(feature = "io", not(shuttle)))]
pub use images::ImageFiles;
pub use numbers::Numbers;
pub use paced::Paced;
#[cfg(all(feature = "io", not(shuttle)))]
pub use planes::Planes;
pub use timer::Timer;
pub use try_iter::TryIter;

use std::time::Duration;

/// `every`, so many times: exact, and the longest there is where it would be longer.
fn times(every: Duration, count: u64) -> Duration {
    const SECOND: u128 = 1_000_000_000;
    let nanoseconds = every.as_nanos().saturating_mul(u128::from(count));
    match u64::try_from(nanoseconds / SECOND) {
        Ok(seconds) => Duration::new(seconds, (nanoseconds % SECOND) as u32),
        Err(_) => Duration::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_exact_and_end_somewhere() {
        let third = Duration::from_nanos(33_366_667);
        assert_eq!(times(third, 0), Duration::ZERO);
        assert_eq!(times(third, 3_000_000), Duration::new(100_100, 1_000_000));
        assert_eq!(times(Duration::MAX, u64::MAX), Duration::MAX);
    }
}
