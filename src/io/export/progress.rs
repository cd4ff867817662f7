//! How far a run is.

use std::time::{Duration, Instant};

use crate::io::export::pace::Pace;
use crate::io::export::plan::ExportPlan;
use crate::sync::Mutex;

/// How far an [`Export`](crate::io::Export) is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ExportProgress {
    /// How many blocks there are. 0 while it is not known, before the first is begun.
    pub blocks: u64,
    /// Blocks that are in the file, whoever wrote them.
    pub done: u64,
    /// Those of them that an earlier run has written.
    pub resumed: u64,
    /// Bytes of all samples.
    pub bytes: u64,
    /// Bytes of the samples that are in the file.
    pub done_bytes: u64,
    /// Since the run began.
    pub elapsed: Duration,
    /// Bytes of samples that are computed and written in a second: of the later half of this run, without what an earlier one
    /// has written. `None` while there are too few blocks to tell.
    pub bytes_per_second: Option<f64>,
    /// How long it will still take at that rate, if nothing more of an earlier run is found.
    pub left: Option<Duration>,
}

impl ExportProgress {
    /// The share that is done, from 0 to 1.
    pub fn fraction(&self) -> f64 {
        if self.bytes == 0 {
            0.0
        } else {
            self.done_bytes as f64 / self.bytes as f64
        }
    }
}

/// Whoever wants to be told after each block.
pub(super) type Listener = Box<dyn FnMut(ExportProgress) + Send>;

/// The books of one run.
pub(super) struct Tracker {
    begun: Instant,
    books: Mutex<Books>,
}

#[derive(Default)]
struct Books {
    progress: ExportProgress,
    pace: Pace,
    in_flight: usize,
    /// Of a sample, in bytes.
    item: u64,
    ended: Option<Duration>,
}

/// A block that is in the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    pub(super) points: u64,
    pub(super) resumed: bool,
}

impl Tracker {
    pub(super) fn new() -> Self {
        Self {
            begun: Instant::now(),
            books: Mutex::default(),
        }
    }

    pub(super) fn begin(&self, plan: &ExportPlan) {
        let mut books = self.books.lock();
        books.item = plan.meta.dtype().size() as u64;
        books.in_flight = plan.in_flight;
        books.progress.blocks = plan.blocks;
        books.progress.bytes = plan.meta.shape().saturating_volume() as u64 * books.item;
    }

    pub(super) fn add(&self, written: Written) {
        let at = self.begun.elapsed();
        let mut books = self.books.lock();
        books.progress.done += 1;
        books.progress.done_bytes += written.points * books.item;
        if written.resumed {
            books.progress.resumed += 1;
        } else {
            books.pace.add(at, written.points);
        }
    }

    pub(super) fn end(&self) {
        self.books.lock().ended = Some(self.begun.elapsed());
    }

    pub(super) fn progress(&self) -> ExportProgress {
        let books = self.books.lock();
        let elapsed = books.ended.unwrap_or_else(|| self.begun.elapsed());
        let missing = books.progress.bytes.saturating_sub(books.progress.done_bytes);
        let rate = books.pace.rate(books.in_flight);
        ExportProgress {
            elapsed,
            bytes_per_second: rate.map(|points| points * books.item as f64),
            left: match missing / books.item.max(1) {
                0 if books.progress.blocks > 0 => Some(Duration::ZERO),
                points => books.pace.left(points, books.in_flight, elapsed),
            },
            ..books.progress
        }
    }
}
