//! Blocks of an object store: many are on their way while those before are decoded.

use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::io::boxes::advance;
use crate::io::limit::Limit;
use crate::io::n5::block::Blocks;
use crate::io::object::{Ahead, Remote, kept, waiting};
use crate::roi::Roi;

/// Longer than any head of a block and of its compression.
const HEAD: u64 = 64 << 10;

/// Calls `put` with the samples, and the place, of each block that `roi` touches and that is there.
///
/// # Errors
///
/// Damaged, above the limit; the transfer's; the checkpoint's reason. It names the block.
pub(super) fn read(
    remote: &Remote,
    blocks: &Blocks,
    roi: &Roi,
    limit: Limit,
    checkpoint: &Checkpoint,
    mut put: impl FnMut((Vec<u8>, Roi)) -> Result<(), Error>,
) -> Result<(), Error> {
    let decode = |index: Vec<usize>, found: Option<&[u8]>| {
        let Some(found) = found else { return Ok(()) };
        let decoded = blocks.decode(found, &index, limit, checkpoint);
        let decoded = decoded.context(format!("its block `{}`", blocks.path(&index).display()));
        put(decoded?)
    };
    let (touched, most) = (blocks.touched(roi)?, longest(blocks));
    waiting(|| {
        let mut ahead = Ahead::new(remote, (limit, 1), checkpoint, decode);
        let mut index = touched.start().to_vec();
        loop {
            let key = blocks.path(&index).to_string_lossy().into_owned();
            ahead.push_whole(key, most, index.clone())?;
            if !advance(&mut index, &touched) {
                return ahead.finish();
            }
        }
    })
}

/// The most bytes that a block has in the store. No compression makes samples twice as long.
fn longest(blocks: &Blocks) -> u64 {
    let bare = (blocks.shape.saturating_volume() as u64).saturating_mul(blocks.item as u64);
    bare.saturating_mul(2).saturating_add(HEAD)
}

/// The most bytes that transfers hold.
pub(super) fn scratch(blocks: &Blocks, limit: Limit) -> u64 {
    // One that is longer than all that may be under way is let through.
    kept(limit, 1).max(longest(blocks))
}
