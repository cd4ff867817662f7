//! Samples that lie bare in an object: any region is fetched by a few ranges.

use std::collections::HashMap;
use std::ops::Range;

use crate::array::{Array, DType};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::bytes::{self, Endian};
use crate::io::flat::{cut_short, runs};
use crate::io::limit::Limit;
use crate::io::object::fetch::{Fetch, Fetched, Part, TRANSFERS, window};
use crate::io::object::pool::{Inbox, LOOK, Transfer, waiting};
use crate::io::object::remote::Remote;
use crate::roi::{Roi, Shape};
use crate::sync::Arc;

/// What is fetched at a time, and what is fetched in vain to save a transfer: about what a network brings in the time that one
/// takes to begin.
const SPAN: u64 = 8 << 20;
const GAP: u64 = 256 << 10;

/// A box of samples in an object, in C order.
#[derive(Debug)]
pub(crate) struct RemoteSamples {
    remote: Remote,
    /// Where the first sample lies.
    offset: u64,
    whole: Roi,
    dtype: DType,
    order: Endian,
    limit: Limit,
}

/// Samples that lie together: where in the object, and where among the bytes of the region.
struct Run {
    start: u64,
    place: Range<usize>,
}

impl Run {
    fn end(&self) -> u64 {
        self.start + self.place.len() as u64
    }
}

type Arrived = (usize, Result<Option<Fetched>, Error>);

impl RemoteSamples {
    /// The samples of `shape` in the object at `remote`, from `offset` on.
    pub(super) fn new(remote: Remote, offset: u64, shape: Shape, kind: (DType, Endian), limit: Limit) -> Self {
        let (dtype, order) = kind;
        Self {
            remote,
            offset,
            whole: Roi::full(shape),
            dtype,
            order,
            limit,
        }
    }

    /// The most bytes that reading `roi` takes beside the result.
    pub(crate) fn scratch(&self, roi: &Roi) -> u64 {
        let rows = (0..roi.rank().saturating_sub(1)).map(|axis| roi.range(axis).len() as u64);
        let rows = rows.fold(1, u64::saturating_mul);
        window(self.limit).saturating_add(rows.saturating_mul(size_of::<Run>() as u64))
    }

    /// Fills `out` with `roi`.
    ///
    /// # Errors
    ///
    /// The transfer's, an object that is too short, the checkpoint's reason.
    pub(crate) fn read(&self, roi: &Roi, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        let runs = self.runs(roi, checkpoint)?;
        bytes::fill(out, |bytes| {
            waiting(|| self.fetch(&runs, bytes, checkpoint))?;
            bytes::to_native(bytes, self.dtype.size(), self.order);
            Ok(())
        })
    }

    /// The runs of `roi` in order of place, none longer than is fetched at a time.
    fn runs(&self, roi: &Roi, checkpoint: &Checkpoint) -> Result<Vec<Run>, Error> {
        let (mut all, most) = (Vec::new(), self.most() as usize);
        runs(&self.whole, roi, self.dtype.size(), |offset, place| {
            checkpoint.check()?;
            for at in place.clone().step_by(most) {
                let start = self.offset + offset + (at - place.start) as u64;
                let place = at..place.end.min(at + most);
                all.push(Run { start, place });
            }
            Ok(())
        })?;
        Ok(all)
    }

    fn most(&self) -> u64 {
        SPAN.min(window(self.limit)).max(4 << 10)
    }

    fn fetch(&self, runs: &[Run], bytes: &mut [u8], checkpoint: &Checkpoint) -> Result<(), Error> {
        let inbox: Arc<Inbox<Arrived>> = Arc::default();
        let mut expected: HashMap<usize, (Range<usize>, Option<Transfer>)> = HashMap::new();
        let (mut next, mut left) = (0, window(self.limit));
        while next < runs.len() || !expected.is_empty() {
            checkpoint.check()?;
            while next < runs.len() && expected.len() < TRANSFERS {
                let span = self.span(runs, next);
                let (start, length) = extent(&runs[span.clone()]);
                if length > left && !expected.is_empty() {
                    break;
                }
                let (outbox, number) = (Arc::clone(&inbox), next);
                let arrival = move |outcome| outbox.post((number, outcome));
                let transfer = self
                    .remote
                    .begin("", Part::Range { start, length }, length, Box::new(arrival));
                left = left.saturating_sub(length);
                next = span.end;
                expected.insert(number, (span, transfer));
            }
            let Some((number, outcome)) = inbox.take(LOOK) else {
                continue;
            };
            let Some((span, _)) = expected.remove(&number) else {
                continue;
            };
            let fetched = outcome?.ok_or_else(|| Error::msg("it is gone"))?;
            left += extent(&runs[span.clone()]).1;
            place(&runs[span], &fetched.bytes, bytes, checkpoint)?;
        }
        Ok(())
    }

    /// The runs from `first` on that are fetched as one.
    fn span(&self, runs: &[Run], first: usize) -> Range<usize> {
        let near = |n: &usize| {
            let (before, one) = (&runs[n - 1], &runs[*n]);
            one.start <= before.end() + GAP && one.end() - runs[first].start <= self.most()
        };
        let end = (first + 1..runs.len()).find(|n| !near(n));
        first..end.unwrap_or(runs.len())
    }
}

/// Where runs begin, and how many bytes there are to the end of the last.
fn extent(runs: &[Run]) -> (u64, u64) {
    match (runs.first(), runs.last()) {
        (Some(first), Some(last)) => (first.start, last.end() - first.start),
        _ => (0, 0),
    }
}

/// Copies what has been fetched of `runs` to its places.
fn place(runs: &[Run], fetched: &[u8], bytes: &mut [u8], checkpoint: &Checkpoint) -> Result<(), Error> {
    let (first, _) = extent(runs);
    for run in runs {
        checkpoint.check()?;
        let start = (run.start - first) as usize;
        let found = fetched.get(start..start + run.place.len());
        let found = found.ok_or_else(|| cut_short(std::io::ErrorKind::UnexpectedEof.into()))?;
        bytes[run.place.clone()].copy_from_slice(found);
    }
    Ok(())
}
