//! Reading from a store whose answers take a while: many are asked for at once, and decoded as they come.
//!
//! A region is a stack of jobs. Whoever has nothing to decode takes jobs off it and begins their transfers, until as many are
//! under way as may be, and decodes what has arrived, in whatever order that is. The index of a shard that arrives becomes jobs
//! again: stretches of the shard that lie near each other are fetched as one.
//!
//! `span` knows the stretches, and decodes pieces. No thread waits for a certain transfer, and each looks at its checkpoint
//! while it waits. Whoever fails ends all transfers.

mod span;

use std::collections::HashMap;

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::object::{Fetch, Fetched, Inbox, LOOK, Part, SPAN, TRANSFERS, Transfer, Window, waiting, window};
use crate::io::zarr::array::ZarrArray;
use crate::io::zarr::encode::each;
use crate::io::zarr::target::Target;
use crate::roi::{BlockGrid, Roi};
use crate::sync::{Arc, Mutex};
use span::{Span, decode, spans_of};

/// What is still to be fetched.
enum Job<'a> {
    /// What lies in any number of chunks.
    Region(Target<'a>),
    /// Pieces of a shard, and the stretch of it that holds them.
    Span(Span<'a>),
}

/// What is under way.
enum Expected<'a> {
    Chunk(String, Roi, Target<'a>),
    Index(String, Roi, Target<'a>),
    Span(Span<'a>),
}

struct Work<'a> {
    jobs: Vec<Job<'a>>,
    expected: HashMap<usize, (Expected<'a>, u64, Option<Transfer>)>,
    next: usize,
    /// What all that is under way, or being decoded, holds.
    window: Window,
    /// Threads that decode, and may find more to do.
    busy: usize,
    failed: bool,
}

type Arrived = (usize, Result<Option<Fetched>, Error>);

/// A region that is being read.
struct Reading<'a, 'f> {
    array: &'f ZarrArray,
    fetch: &'f dyn Fetch,
    work: Mutex<Work<'a>>,
    inbox: Arc<Inbox<Arrived>>,
    /// The longest stretch that is fetched as one, unless a piece is longer.
    span: u64,
}

impl ZarrArray {
    /// The most bytes of transfers at a time, for so many pieces.
    pub(super) fn under_way(&self, pieces: usize) -> u64 {
        let metadata = self.metadata();
        // What is too long for any memory has been refused.
        let longest = metadata
            .chain
            .codecs
            .longest(metadata.piece_bytes().unwrap_or(u64::MAX));
        let each = longest.saturating_add(metadata.index_bytes());
        // One that is longer than the window is let through.
        window(self.limit()).max(each).min(each.saturating_mul(pieces as u64))
    }

    /// Fills `target` by what `fetch` gets, on up to `lanes` threads.
    ///
    /// # Errors
    ///
    /// As [`ZarrArray::read`].
    pub(super) fn read_ahead(
        &self,
        fetch: &dyn Fetch,
        target: Target<'_>,
        lanes: usize,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        if target.at().is_empty() {
            return Ok(());
        }
        let work = Work {
            jobs: vec![Job::Region(target)],
            expected: HashMap::new(),
            next: 0,
            window: Window::new(window(self.limit())),
            busy: 0,
            failed: false,
        };
        let reading = Reading {
            array: self,
            fetch,
            work: Mutex::new(work),
            inbox: Arc::default(),
            span: SPAN.min(window(self.limit())),
        };
        let lanes: Vec<_> = (0..lanes.max(1)).collect();
        each(&lanes, lanes.len(), &|_: &usize| waiting(|| reading.run(checkpoint)))
    }
}

/// A thread that decodes, and holds what it decodes.
struct Busy<'r, 'a> {
    work: &'r Mutex<Work<'a>>,
    bytes: u64,
}

impl Drop for Busy<'_, '_> {
    fn drop(&mut self) {
        let mut work = self.work.lock();
        work.busy -= 1;
        work.window.end(self.bytes);
        if std::thread::panicking() {
            // The others would wait for what this one was to find.
            work.fail();
        }
    }
}

impl<'a> Reading<'a, '_> {
    /// Fetches and decodes until nothing is left that this thread could do.
    fn run(&self, checkpoint: &Checkpoint) -> Result<(), Error> {
        loop {
            checkpoint.check()?;
            if self.is_done()? {
                return Ok(());
            }
            let Some((number, outcome)) = self.inbox.take(LOOK) else {
                continue;
            };
            let Some((expected, _busy)) = self.expected(number) else {
                continue;
            };
            match self.decode(expected, outcome, checkpoint) {
                Ok(jobs) => self.work.lock().jobs.extend(jobs),
                Err(error) => {
                    self.work.lock().fail();
                    return Err(error);
                }
            }
        }
    }

    /// Begins what may be begun; whether there is nothing more to wait for.
    fn is_done(&self) -> Result<bool, Error> {
        let mut work = self.work.lock();
        while !work.failed && work.expected.len() < TRANSFERS {
            let Some(job) = work.jobs.pop() else { break };
            let (cost, job) = match job {
                Job::Region(target) => match ZarrArray::between(self.array.chunks(), target.at()) {
                    Some((axis, place)) => {
                        let (left, right) = target.split(axis, place)?;
                        work.jobs.extend([Job::Region(right), Job::Region(left)]);
                        continue;
                    }
                    None => (self.array.first_fetch()?.1, Job::Region(target)),
                },
                Job::Span(span) => (span.place.length(), Job::Span(span)),
            };
            if !work.window.admits(cost) {
                work.jobs.push(job);
                break;
            }
            if let Err(error) = self.begin(&mut work, job, cost) {
                work.fail();
                return Err(error);
            }
        }
        Ok(work.failed || (work.expected.is_empty() && work.jobs.is_empty() && work.busy == 0))
    }

    fn begin(&self, work: &mut Work<'a>, job: Job<'a>, cost: u64) -> Result<(), Error> {
        let (part, expected) = match job {
            Job::Region(target) => {
                let Some(whole) = whole_at(self.array.chunks(), target.at())? else {
                    return Ok(());
                };
                let key = self.array.key(&whole);
                let expected = match self.array.metadata().shards {
                    None => Expected::Chunk(key, whole, target),
                    Some(_) => Expected::Index(key, whole, target),
                };
                (self.array.first_fetch()?.0, expected)
            }
            Job::Span(span) => {
                let (start, length) = (span.place.start, span.place.length());
                (Part::Range { start, length }, Expected::Span(span))
            }
        };
        let (Expected::Chunk(key, ..) | Expected::Index(key, ..) | Expected::Span(Span { key, .. })) = &expected;
        let (number, inbox) = (work.next, Arc::clone(&self.inbox));
        let arrival = move |outcome| inbox.post((number, outcome));
        let transfer = self.fetch.begin(key, part, cost, Box::new(arrival));
        work.next += 1;
        work.window.begin(cost);
        work.expected.insert(number, (expected, cost, transfer));
        Ok(())
    }

    /// What has arrived, and is this thread's to decode.
    fn expected(&self, number: usize) -> Option<(Expected<'a>, Busy<'_, 'a>)> {
        let mut work = self.work.lock();
        let (expected, bytes, _) = work.expected.remove(&number)?;
        work.busy += 1;
        let work = &self.work;
        Some((expected, Busy { work, bytes }))
    }

    fn decode(
        &self,
        expected: Expected<'a>,
        outcome: Result<Option<Fetched>, Error>,
        checkpoint: &Checkpoint,
    ) -> Result<Vec<Job<'a>>, Error> {
        let key = expected.key().to_owned();
        let decoded = outcome.and_then(|fetched| match (expected, fetched) {
            (Expected::Chunk(_, whole, mut target) | Expected::Index(_, whole, mut target), None) => {
                let filled = self.array.fill_missing(&whole, &mut target, checkpoint);
                filled.map(|()| Vec::new())
            }
            (Expected::Chunk(_, whole, mut target), Some(fetched)) => {
                let decoded = decode(self.array, &fetched.bytes, &whole, &mut target, checkpoint);
                decoded.map(|()| Vec::new())
            }
            (Expected::Index(key, whole, target), Some(fetched)) => {
                let spans = spans_of(self.array, (&key, &whole), target, &fetched, self.span, checkpoint)?;
                // The last is begun first.
                Ok(spans.into_iter().rev().map(Job::Span).collect())
            }
            (Expected::Span(_), None) => Err(Error::msg("it is gone: somebody removes the image")),
            (Expected::Span(span), Some(fetched)) => {
                let filled = span.fill(self.array, &fetched.bytes, checkpoint);
                filled.map(|()| Vec::new())
            }
        });
        decoded.map_err(|cause| cause.context(format!("the chunk `{key}`")))
    }
}

impl Work<'_> {
    fn fail(&mut self) {
        self.failed = true;
        self.jobs.clear();
        // What is under way ends.
        let dropped: u64 = self.expected.drain().map(|(_, (_, bytes, _))| bytes).sum();
        self.window.end(dropped);
    }
}

impl Expected<'_> {
    fn key(&self) -> &str {
        match self {
            Self::Chunk(key, ..) | Self::Index(key, ..) | Self::Span(Span { key, .. }) => key,
        }
    }
}

impl ZarrArray {
    /// What is fetched first of a chunk, and how many bytes that has at most.
    fn first_fetch(&self) -> Result<(Part, u64), Error> {
        let metadata = self.metadata();
        let index = metadata.index_bytes();
        Ok(match &metadata.shards {
            None => (Part::Whole, metadata.chain.codecs.longest(metadata.piece_bytes()?)),
            Some(shards) if shards.index_at_end => (Part::Last(index), index),
            Some(_) => {
                let (start, length) = (0, index);
                (Part::Range { start, length }, index)
            }
        })
    }
}

/// The whole box of the block of `grid` in which `at` begins.
fn whole_at(grid: &BlockGrid, at: &Roi) -> Result<Option<Roi>, Error> {
    let first = grid.intersecting(at)?.next();
    Ok(first.and_then(|block| grid.whole_block(block.number)))
}
