//! Shards: files that hold many chunks, and an index that tells where.

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::bytes::{self, Endian, resize};
use crate::io::zarr::codec::with_tools;
use crate::io::zarr::metadata::{Metadata, Shards};
use crate::io::zarr::store::Store;
use crate::roi::Roi;

/// Start and length of a chunk that is not there.
const MISSING: (u64, u64) = (u64::MAX, u64::MAX);
/// Bytes of an entry.
const ENTRY: usize = 16;

/// Where the chunks of a shard are.
pub(super) struct Index {
    /// Start and length of each, in this machine's order of bytes.
    entries: Vec<u8>,
    shard_length: u64,
}

impl Index {
    /// That of the shard under `key`; `None` if there is no such shard.
    ///
    /// # Errors
    ///
    /// A damaged index; the store's error; the checkpoint's reason.
    pub(super) fn read(
        store: &dyn Store,
        key: &str,
        metadata: &Metadata,
        checkpoint: &Checkpoint,
    ) -> Result<Option<Self>, Error> {
        let Some(shards) = &metadata.shards else {
            return Ok(None);
        };
        let Some(shard_length) = store.length(key)? else {
            return Ok(None);
        };
        let stored = metadata.index_bytes();
        let Some(rest) = shard_length.checked_sub(stored) else {
            return Err(Error::msg("it is too short for its index (cut short or damaged)"));
        };
        let start = if shards.index_at_end { rest } else { 0 };
        let mut encoded = Vec::new();
        resize(&mut encoded, stored)?;
        let read = store.get_range(key, start, &mut encoded, checkpoint);
        read.map_err(|cause| cause.context("its index"))?;
        Self::of(&encoded, shard_length, metadata, checkpoint).map(Some)
    }

    /// The one in `encoded`, of a shard of `shard_length` bytes.
    ///
    /// # Errors
    ///
    /// A damaged index; the checkpoint's reason.
    pub(super) fn of(
        encoded: &[u8],
        shard_length: u64,
        metadata: &Metadata,
        checkpoint: &Checkpoint,
    ) -> Result<Self, Error> {
        let Some(shards) = metadata
            .shards
            .as_ref()
            .filter(|_| encoded.len() as u64 == metadata.index_bytes())
        else {
            return Err(Error::msg("it is too short for its index (cut short or damaged)"));
        };
        let mut entries = Vec::new();
        resize(&mut entries, metadata.index_bytes() - shards.index_codecs.longest(0))?;
        let decoded = with_tools(|tools| {
            let contexts = &mut tools.coding.contexts;
            shards.index_codecs.decode(encoded, &mut entries, contexts, checkpoint)
        });
        decoded.map_err(|cause| cause.context("its index"))?;
        bytes::to_native(&mut entries, 8, shards.index_endian);
        Ok(Self { entries, shard_length })
    }

    /// Start and length of the piece whose whole box is `piece`, in the shard that is `shard`; `None` if it is not there.
    ///
    /// # Errors
    ///
    /// An entry that points out of the shard, or is longer than any piece.
    pub(super) fn place(&self, piece: &Roi, shard: &Roi, metadata: &Metadata) -> Result<Option<(u64, u64)>, Error> {
        let Some(shards) = &metadata.shards else {
            return Ok(None);
        };
        let n = shards.entry(piece.start(), shard);
        let number = |at: usize| {
            let bytes = self.entries.get(at..).and_then(|rest| rest.first_chunk::<8>());
            bytes.map(|bytes| u64::from_ne_bytes(*bytes))
        };
        let entry = number(n * ENTRY).zip(number(n * ENTRY + 8));
        let (start, length) = entry.ok_or_else(|| Error::msg("its index is too short"))?;
        if (start, length) == MISSING {
            return Ok(None);
        }
        let most = metadata.chain.codecs.longest(metadata.piece_bytes()?);
        let ends = start.checked_add(length);
        if length > most || ends.is_none_or(|end| end > self.shard_length) {
            return Err(Error::msg(format!(
                "its index says {length} bytes from {start} on, of {} in all: it is cut short or damaged",
                self.shard_length
            )));
        }
        Ok(Some((start, length)))
    }
}

/// An index that is being written.
pub(super) struct NewIndex {
    entries: Vec<(u64, u64)>,
}

impl NewIndex {
    /// Of a shard in which nothing is yet.
    pub(super) fn new(metadata: &Metadata) -> Self {
        let Some(shards) = &metadata.shards else {
            return Self { entries: Vec::new() };
        };
        let bare = metadata.index_bytes() - shards.index_codecs.longest(0);
        Self {
            entries: vec![MISSING; bare as usize / ENTRY],
        }
    }

    /// Tells where the chunk of entry `n` is.
    pub(super) fn set(&mut self, n: usize, start: u64, length: u64) {
        self.entries[n] = (start, length);
    }

    /// Its bytes.
    ///
    /// # Errors
    ///
    /// The checkpoint's reason.
    pub(super) fn encode(&self, shards: &Shards, checkpoint: &Checkpoint) -> Result<Vec<u8>, Error> {
        let numbers = self.entries.iter().flat_map(|(start, length)| [*start, *length]);
        let raw: Vec<u8> = match shards.index_endian {
            Endian::Little => numbers.flat_map(u64::to_le_bytes).collect(),
            Endian::Big => numbers.flat_map(u64::to_be_bytes).collect(),
        };
        let mut encoded = Vec::new();
        with_tools(|tools| {
            shards
                .index_codecs
                .encode(&raw, &mut encoded, &mut tools.coding.contexts, checkpoint)
        })?;
        Ok(encoded)
    }
}
