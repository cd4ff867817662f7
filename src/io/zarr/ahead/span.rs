//! Stretches of a shard that are fetched as one.

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::object::{Fetched, Stretch};
use crate::io::zarr::array::ZarrArray;
use crate::io::zarr::codec::with_tools;
use crate::io::zarr::shard::Index;
use crate::io::zarr::target::Target;
use crate::roi::Roi;

use super::whole_at;

/// Pieces of a shard, and the stretch of it that holds them.
pub(super) struct Span<'a> {
    pub(super) key: String,
    pub(super) place: Stretch,
    parts: Vec<Piece<'a>>,
}

/// Where a piece lies in its shard, and where it goes.
struct Piece<'a> {
    place: Stretch,
    whole: Roi,
    target: Target<'a>,
}

impl Span<'_> {
    /// Decodes its pieces out of `bytes`, to where they go.
    ///
    /// # Errors
    ///
    /// Pieces that are cut short or damaged; the checkpoint's reason.
    pub(super) fn fill(self, array: &ZarrArray, bytes: &[u8], checkpoint: &Checkpoint) -> Result<(), Error> {
        for mut piece in self.parts {
            checkpoint.check()?;
            let encoded = self.place.part(piece.place, bytes);
            let encoded = encoded.ok_or_else(|| Error::msg("it ends before its data do (cut short or damaged)"))?;
            let decoded = decode(array, encoded, &piece.whole, &mut piece.target, checkpoint);
            decoded.map_err(|cause| cause.context(format!("what it holds of {}", piece.whole)))?;
        }
        Ok(())
    }
}

/// Decodes the piece whose whole box is `whole`.
///
/// # Errors
///
/// As [`ZarrArray::decode`].
pub(super) fn decode(
    array: &ZarrArray,
    encoded: &[u8],
    whole: &Roi,
    target: &mut Target<'_>,
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    with_tools(|tools| array.decode(encoded, whole, target, &mut tools.coding, checkpoint))
}

/// What is to be fetched of the shard of that key and whole box whose index has been `fetched`, in order of place, at most `most`
/// bytes at a time. What the shard does not have is filled.
///
/// # Errors
///
/// A damaged index; the checkpoint's reason.
pub(super) fn spans_of<'a>(
    array: &ZarrArray,
    (key, shard): (&str, &Roi),
    target: Target<'a>,
    fetched: &Fetched,
    most: u64,
    checkpoint: &Checkpoint,
) -> Result<Vec<Span<'a>>, Error> {
    let metadata = array.metadata();
    let index = Index::of(&fetched.bytes, fetched.length, metadata, checkpoint)?;
    let (mut found, mut targets) = (Vec::new(), vec![target]);
    while let Some(mut target) = targets.pop() {
        if let Some((axis, place)) = ZarrArray::between(array.pieces(), target.at()) {
            let (left, right) = target.split(axis, place)?;
            targets.extend([right, left]);
            continue;
        }
        checkpoint.check()?;
        let Some(whole) = whole_at(array.pieces(), target.at())? else {
            continue;
        };
        match index.place(&whole, shard, metadata)? {
            None => array.fill_missing(&whole, &mut target, checkpoint)?,
            Some((start, length)) => found.push(Piece {
                place: Stretch::new(start, length),
                whole,
                target,
            }),
        }
    }
    found.sort_by_key(|piece| piece.place.start);
    Ok(joined(key, found, most))
}

/// Pieces in order of place as stretches that are fetched as one.
fn joined<'a>(key: &str, pieces: Vec<Piece<'a>>, most: u64) -> Vec<Span<'a>> {
    let mut spans: Vec<Span<'a>> = Vec::new();
    for piece in pieces {
        // They may overlap in a shard that somebody has forged.
        if let Some(last) = spans.last_mut()
            && let Some(place) = last.place.joined(piece.place, most)
        {
            last.place = place;
            last.parts.push(piece);
            continue;
        }
        spans.push(Span {
            key: key.to_owned(),
            place: piece.place,
            parts: vec![piece],
        });
    }
    spans
}
