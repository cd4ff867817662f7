//! Reading from a store whose answers take a while: many are asked for at once, and decoded as they come.
//!
//! A region is a stack of jobs. Whoever has nothing to decode takes jobs off it and begins their transfers, until as many are
//! under way as may be, and decodes what has arrived, in whatever order that is. The index of a shard that arrives becomes jobs
//! again: stretches of the shard that lie near each other are fetched as one.
//!
//! No thread waits for a certain transfer, and each looks at its checkpoint while it waits. Whoever fails ends all transfers.

use std::collections::HashMap;

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::object::{Fetch, Fetched, Inbox, LOOK, Part, TRANSFERS, Transfer, waiting, window};
use crate::io::zarr::array::ZarrArray;
use crate::io::zarr::codec::with_tools;
use crate::io::zarr::encode::each;
use crate::io::zarr::shard::Index;
use crate::io::zarr::target::Target;
use crate::roi::{BlockGrid, Roi};
use crate::sync::{Arc, Mutex};

/// What is fetched of a shard at a time, and what is fetched in vain to save a transfer.
const SPAN: u64 = 8 << 20;
const GAP: u64 = 64 << 10;

/// What is still to be fetched.
enum Job<'a> {
    /// What lies in any number of chunks.
    Region(Target<'a>),
    /// Pieces of a shard, and the stretch of it that holds them.
    Span(Span<'a>),
}

struct Span<'a> {
    key: String,
    start: u64,
    length: u64,
    parts: Vec<Piece<'a>>,
}

/// Where a piece lies in its shard, and where it goes.
struct Piece<'a> {
    start: u64,
    length: u64,
    whole: Roi,
    target: Target<'a>,
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
    /// What all that is under way will hold.
    bytes: u64,
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
    window: u64,
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
        window(self.limit()).min(each.saturating_mul(pieces as u64))
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
            bytes: 0,
            busy: 0,
            failed: false,
        };
        let reading = Reading {
            array: self,
            fetch,
            work: Mutex::new(work),
            inbox: Arc::default(),
            window: window(self.limit()),
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
        work.bytes -= self.bytes;
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
                Job::Region(target) => match self.array.between_chunks(target.at()) {
                    Some((axis, place)) => {
                        let (left, right) = target.split(axis, place)?;
                        work.jobs.extend([Job::Region(right), Job::Region(left)]);
                        continue;
                    }
                    None => (self.array.first_fetch()?.1, Job::Region(target)),
                },
                Job::Span(span) => (span.length, Job::Span(span)),
            };
            if work.bytes > 0 && work.bytes.saturating_add(cost) > self.window {
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
                let Some(whole) = self.array.chunk_of(target.at())? else {
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
                let (start, length) = (span.start, span.length);
                (Part::Range { start, length }, Expected::Span(span))
            }
        };
        let (Expected::Chunk(key, ..) | Expected::Index(key, ..) | Expected::Span(Span { key, .. })) = &expected;
        let (number, inbox) = (work.next, Arc::clone(&self.inbox));
        let arrival = move |outcome| inbox.post((number, outcome));
        let transfer = self.fetch.begin(key, part, cost, Box::new(arrival));
        work.next += 1;
        work.bytes += cost;
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
            (Expected::Chunk(_, whole, mut target), Some(fetched)) => self
                .piece(&fetched.bytes, &whole, &mut target, checkpoint)
                .map(|()| Vec::new()),
            (Expected::Index(key, whole, target), Some(fetched)) => {
                self.spans(&key, &whole, target, fetched, checkpoint)
            }
            (Expected::Span(_), None) => Err(Error::msg("it is gone: somebody removes the image")),
            (Expected::Span(span), Some(fetched)) => self.span(span, &fetched.bytes, checkpoint).map(|()| Vec::new()),
        });
        decoded.map_err(|cause| cause.context(format!("the chunk `{key}`")))
    }

    fn piece(
        &self,
        encoded: &[u8],
        whole: &Roi,
        target: &mut Target<'a>,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        with_tools(|tools| {
            tools.encoded.clear();
            tools.encoded.extend_from_slice(encoded);
            self.array.decode(whole, target, tools, checkpoint)
        })
    }

    fn span(&self, span: Span<'a>, bytes: &[u8], checkpoint: &Checkpoint) -> Result<(), Error> {
        for mut piece in span.parts {
            checkpoint.check()?;
            let start = (piece.start - span.start) as usize;
            let encoded = bytes.get(start..start + piece.length as usize);
            let encoded = encoded.ok_or_else(|| Error::msg("it ends before its data do (cut short or damaged)"))?;
            let whole = piece.whole;
            let decoded = self.piece(encoded, &whole, &mut piece.target, checkpoint);
            decoded.map_err(|cause| cause.context(format!("what it holds of {whole}")))?;
        }
        Ok(())
    }

    /// What is to be fetched of the shard whose index has arrived.
    fn spans(
        &self,
        key: &str,
        shard: &Roi,
        target: Target<'a>,
        fetched: Fetched,
        checkpoint: &Checkpoint,
    ) -> Result<Vec<Job<'a>>, Error> {
        let metadata = self.array.metadata();
        let index = Index::of(&fetched.bytes, fetched.length, metadata, checkpoint)?;
        let (mut found, mut targets) = (Vec::new(), vec![target]);
        while let Some(mut target) = targets.pop() {
            if let Some((axis, place)) = self.array.between_pieces(target.at()) {
                let (left, right) = target.split(axis, place)?;
                targets.extend([right, left]);
                continue;
            }
            checkpoint.check()?;
            let Some(whole) = self.array.piece_of(target.at())? else {
                continue;
            };
            match index.place(&whole, shard, metadata)? {
                None => self.array.fill_missing(&whole, &mut target, checkpoint)?,
                Some((start, length)) => found.push(Piece {
                    start,
                    length,
                    whole,
                    target,
                }),
            }
        }
        found.sort_by_key(|piece| piece.start);
        Ok(joined(key, found, SPAN.min(self.window)))
    }
}

impl Work<'_> {
    fn fail(&mut self) {
        self.failed = true;
        self.jobs.clear();
        // What is under way ends.
        let dropped: u64 = self.expected.drain().map(|(_, (_, bytes, _))| bytes).sum();
        self.bytes -= dropped;
    }
}

impl Expected<'_> {
    fn key(&self) -> &str {
        match self {
            Self::Chunk(key, ..) | Self::Index(key, ..) | Self::Span(Span { key, .. }) => key,
        }
    }
}

/// Pieces in order of place as stretches that are fetched as one. The last, which is begun first, comes first in the shard.
fn joined<'a>(key: &str, pieces: Vec<Piece<'a>>, most: u64) -> Vec<Job<'a>> {
    let mut spans: Vec<Span<'a>> = Vec::new();
    for piece in pieces {
        let end = piece.start + piece.length;
        if let Some(last) = spans.last_mut()
            && piece.start <= last.start + last.length + GAP
            && end.saturating_sub(last.start) <= most
        {
            // Pieces may overlap in a shard that somebody has forged.
            last.length = last.length.max(end - last.start);
            last.parts.push(piece);
            continue;
        }
        spans.push(Span {
            key: key.to_owned(),
            start: piece.start,
            length: piece.length,
            parts: vec![piece],
        });
    }
    spans.into_iter().rev().map(Job::Span).collect()
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

    /// Where `at` is best divided between chunks, if there are several.
    fn between_chunks(&self, at: &Roi) -> Option<(usize, usize)> {
        Self::between(self.chunks(), at)
    }

    fn between_pieces(&self, at: &Roi) -> Option<(usize, usize)> {
        Self::between(self.pieces(), at)
    }

    /// The whole box of the chunk in which `at` lies.
    fn chunk_of(&self, at: &Roi) -> Result<Option<Roi>, Error> {
        whole(self.chunks(), at)
    }

    fn piece_of(&self, at: &Roi) -> Result<Option<Roi>, Error> {
        whole(self.pieces(), at)
    }
}

fn whole(grid: &BlockGrid, at: &Roi) -> Result<Option<Roi>, Error> {
    let first = grid.intersecting(at)?.next();
    Ok(first.and_then(|block| grid.whole_block(block.number)))
}
