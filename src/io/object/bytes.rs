//! The bytes of an object: some here and there, a long stretch, or all.

use hashlink::LinkedHashMap;

use crate::array::DType;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::bytes::{Endian, zeroed};
use crate::io::flat::cut_short;
use crate::io::limit::Limit;
use crate::io::location::Location;
use crate::io::object::ahead::{self, Ahead};
use crate::io::object::fetch::Part;
use crate::io::object::pool::waiting;
use crate::io::object::remote::Remote;
use crate::io::object::samples::RemoteSamples;
use crate::io::object::window::Stretch;
use crate::io::open::Open;
use crate::roi::Shape;
use crate::sync::{Arc, Mutex};

/// What is fetched where little is asked for: directories and lists lie together, so that the next question finds its answer here.
const BLOCK: u64 = 64 << 10;
/// What is fetched at a time where more is asked for.
const PIECE: usize = 8 << 20;
/// How many blocks are kept at most, within their share of the limit.
const BLOCKS: u64 = 64;
const SHARE: u64 = 8;

/// An object that is there, of a known length.
#[derive(Debug)]
pub(crate) struct RemoteBytes {
    remote: Remote,
    length: u64,
    limit: Limit,
    /// By their number, those that were asked for longest ago first.
    blocks: Mutex<LinkedHashMap<u64, Arc<Vec<u8>>>>,
}

impl RemoteBytes {
    /// The object at the URL `at`.
    ///
    /// # Errors
    ///
    /// There is none; the store's; the checkpoint's reason.
    pub(crate) fn open(at: &Location, how: &Open) -> Result<Self, Error> {
        let (remote, length) = Remote::new(at, &how.settings)?.pinned(&how.checkpoint)?;
        Ok(Self {
            remote,
            length,
            limit: how.limit,
            blocks: Mutex::default(),
        })
    }

    /// How many there are.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// The most memory that blocks take which are kept.
    pub(crate) fn kept(&self) -> u64 {
        self.most_blocks().saturating_mul(BLOCK).min(self.length)
    }

    fn most_blocks(&self) -> u64 {
        (self.limit.get() / SHARE / BLOCK).clamp(1, BLOCKS)
    }

    /// Fills `into` with what lies from `at` on.
    ///
    /// # Errors
    ///
    /// An object that ends before; the transfer's; the checkpoint's reason.
    pub(crate) fn read(&self, into: &mut [u8], at: u64, checkpoint: &Checkpoint) -> Result<(), Error> {
        let wanted = Stretch::new(at, into.len() as u64);
        if wanted.end > self.length {
            return Err(ended());
        }
        if wanted.length() >= BLOCK {
            let mut at = at;
            for piece in into.chunks_mut(PIECE) {
                let place = Stretch::new(at, piece.len() as u64);
                piece.copy_from_slice(&self.fetch(place, checkpoint)?);
                at = place.end;
            }
            return Ok(());
        }
        let mut filled = 0;
        while filled < into.len() {
            let at = at + filled as u64;
            let block = self.block(at / BLOCK, checkpoint)?;
            let found = block.get((at % BLOCK) as usize..).filter(|found| !found.is_empty());
            let found = found.ok_or_else(ended)?;
            let count = found.len().min(into.len() - filled);
            into[filled..filled + count].copy_from_slice(&found[..count]);
            filled += count;
        }
        Ok(())
    }

    fn block(&self, number: u64, checkpoint: &Checkpoint) -> Result<Arc<Vec<u8>>, Error> {
        if let Some(block) = self.blocks.lock().to_back(&number) {
            return Ok(Arc::clone(block));
        }
        let start = number * BLOCK;
        let place = Stretch::new(start, BLOCK.min(self.length - start));
        self.limit.admit(place.length())?;
        let block = Arc::new(self.fetch(place, checkpoint)?);
        let mut blocks = self.blocks.lock();
        blocks.insert(number, Arc::clone(&block));
        while blocks.len() as u64 > self.most_blocks() {
            blocks.pop_front();
        }
        Ok(block)
    }

    fn fetch(&self, place: Stretch, checkpoint: &Checkpoint) -> Result<Vec<u8>, Error> {
        let (start, length) = (place.start, place.length());
        let fetched = self.remote.get("", Part::Range { start, length }, length, checkpoint)?;
        let fetched = fetched.ok_or_else(|| Error::msg("it is gone"))?;
        match fetched.length == self.length {
            true => Ok(fetched.bytes),
            false => Err(Error::msg("it has been changed by somebody else")),
        }
    }

    /// All of it, by many transfers at a time.
    ///
    /// # Errors
    ///
    /// More than the limit; the transfer's; the checkpoint's reason.
    pub(crate) fn whole(&self, checkpoint: &Checkpoint) -> Result<Vec<u8>, Error> {
        self.limit.admit(self.length)?;
        let mut all = zeroed(self.length)?;
        let copy = |place: Stretch, found: Option<&[u8]>| {
            all[place.start as usize..place.end as usize].copy_from_slice(found.unwrap_or_default());
            Ok(())
        };
        self.ahead(1, checkpoint, copy, |ahead| {
            let step = ahead.span();
            for start in (0..self.length).step_by(step as usize) {
                let place = Stretch::new(start, step.min(self.length - start));
                ahead.push(place, place)?;
            }
            Ok(())
        })?;
        Ok(all)
    }

    /// Lets `want` ask for pieces, as one of `parts` that do so at the same time, and hands them to `done` as they come.
    ///
    /// # Errors
    ///
    /// Of `want` and of `done`; the transfer's; the checkpoint's reason.
    pub(crate) fn ahead<T, F: FnMut(T, Option<&[u8]>) -> Result<(), Error>>(
        &self,
        parts: usize,
        checkpoint: &Checkpoint,
        done: F,
        want: impl FnOnce(&mut Ahead<'_, T, F>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        waiting(|| {
            let mut ahead = Ahead::new(&self.remote, (self.limit, parts), checkpoint, done);
            want(&mut ahead)?;
            ahead.finish()
        })
    }

    /// The most memory that [`ahead`](Self::ahead) takes for so many parts.
    pub(crate) fn under_way(&self, parts: usize) -> u64 {
        ahead::kept(self.limit, parts)
    }

    /// The samples of `shape` from `offset` on.
    pub(crate) fn samples(&self, offset: u64, shape: Shape, kind: (DType, Endian)) -> RemoteSamples {
        RemoteSamples::new(self.remote.clone(), offset, shape, kind, self.limit)
    }
}

fn ended() -> Error {
    cut_short(std::io::ErrorKind::UnexpectedEof.into())
}
