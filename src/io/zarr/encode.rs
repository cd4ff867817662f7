//! Writing the chunks of an array.

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::bytes::{self, resize};
use crate::io::zarr::array::ZarrArray;
use crate::io::zarr::codec::{Coding, Tools, with_tools};
use crate::io::zarr::metadata::Shards;
use crate::io::zarr::shard::NewIndex;
use crate::io::zarr::store::Growing;
use crate::io::zarr::target::Target;
use crate::kernels::parallel::{join, threads};
use crate::roi::Roi;
use crate::sync::Mutex;

/// Fills the part of a piece that is within the image.
pub(super) type Content<'a> = dyn Fn(&Roi, &mut Target<'_>) -> Result<(), Error> + Sync + 'a;

impl ZarrArray {
    /// Whether the chunk whose whole box is `chunk` is there. A power cut may have left its name without its bytes: no chunk is
    /// empty.
    ///
    /// # Errors
    ///
    /// The store's.
    pub(super) fn has(&self, chunk: &Roi) -> Result<bool, Error> {
        Ok(self.store().length(&self.key(chunk))?.is_some_and(|length| length > 0))
    }

    /// Writes the chunk whose whole box is `chunk`, in one step.
    ///
    /// # Errors
    ///
    /// Those of `content`, the store's, the checkpoint's reason. The chunk is then as it was.
    pub(super) fn write(&self, chunk: &Roi, content: &Content<'_>, checkpoint: &Checkpoint) -> Result<(), Error> {
        let key = self.key(chunk);
        let written = match &self.metadata().shards {
            None => with_tools(|tools| {
                self.encode(chunk, content, tools, checkpoint)?;
                self.store().put(&key, &tools.encoded, checkpoint)
            }),
            Some(shards) => self.write_shard(&key, chunk, shards, content, checkpoint),
        };
        written.map_err(|cause| cause.context(format!("the chunk `{key}`")))
    }

    fn write_shard(
        &self,
        key: &str,
        chunk: &Roi,
        shards: &Shards,
        content: &Content<'_>,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        let growing = self.store().begin(key)?;
        let index = Mutex::new(NewIndex::new(self.metadata()));
        let blocks = self.pieces().intersecting(chunk)?;
        let pieces: Vec<_> = blocks
            .filter_map(|block| self.pieces().whole_block(block.number))
            .collect();
        let one = |piece: &Roi| {
            let (start, length) = self.append(&*growing, piece, content, checkpoint)?;
            index.lock().set(shards.entry(piece.start(), chunk), start, length);
            Ok(())
        };
        // Where memory is short, whoever writes several shards has divided them already.
        let each_takes = self.metadata().piece_scratch();
        let tasks = if self.lanes_of(each_takes) >= threads() {
            pieces.len()
        } else {
            1
        };
        each(&pieces, tasks, &one)?;
        let index = index.lock().encode(shards, checkpoint)?;
        growing.append(&index, checkpoint)?;
        growing.finish()
    }

    fn append(
        &self,
        growing: &dyn Growing,
        piece: &Roi,
        content: &Content<'_>,
        checkpoint: &Checkpoint,
    ) -> Result<(u64, u64), Error> {
        with_tools(|tools| {
            self.encode(piece, content, tools, checkpoint)?;
            let start = growing.append(&tools.encoded, checkpoint)?;
            Ok((start, tools.encoded.len() as u64))
        })
    }

    /// Makes the encoded bytes of `tools` those of the piece whose whole box is `piece`.
    fn encode(
        &self,
        piece: &Roi,
        content: &Content<'_>,
        tools: &mut Tools,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        let item = self.metadata().dtype.size();
        let Tools {
            encoded,
            coding: Coding { decoded, contexts },
        } = tools;
        resize(decoded, self.metadata().piece_bytes()?)?;
        let within = piece.intersection(self.chunks().extent());
        if within.as_ref() != Some(piece) {
            // What is beyond the image compresses best as zeros, and no old samples leave this process.
            decoded.fill(0);
        }
        if let Some(within) = within {
            content(&within, &mut Target::new(*piece, decoded, item))?;
        }
        let chain = &self.metadata().chain;
        bytes::to_native(decoded, item, chain.endian);
        chain.codecs.encode(decoded, encoded, contexts, checkpoint)
    }
}

/// Calls `one` for each of `items`, in up to `tasks` tasks.
///
/// # Errors
///
/// The first of `one`.
pub(super) fn each<T: Sync>(
    items: &[T],
    tasks: usize,
    one: &(dyn Fn(&T) -> Result<(), Error> + Sync),
) -> Result<(), Error> {
    if tasks <= 1 || items.len() <= 1 {
        return items.iter().try_for_each(one);
    }
    let (left, right) = items.split_at(items.len() / 2);
    join(|| each(left, tasks / 2, one), || each(right, tasks - tasks / 2, one))
}
