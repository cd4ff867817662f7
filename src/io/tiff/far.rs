//! Strips and tiles of an object: many are on their way while those before are unpacked.

use std::rc::Rc;

use crate::error::Error;
use crate::io::object::{RemoteBytes, Stretch};
use crate::io::tiff::chunk::{Bytes, Worker};
use crate::io::tiff::codec::Codec;
use crate::io::tiff::walk::{Errand, Walk};
use crate::roi::Roi;

/// Fills `out` with `roi`, as one of `parts` that do so at the same time.
///
/// # Errors
///
/// The transfer's, damaged data, the checkpoint's reason.
pub(super) fn read(
    object: &RemoteBytes,
    walk: &Walk<'_>,
    roi: &Roi,
    out: &mut [u8],
    parts: usize,
) -> Result<(), Error> {
    let mut worker = Worker::new(walk.file);
    let unpack = |(errand, start): (Errand<'_>, u64), found: Option<&[u8]>| {
        let bytes = Bytes::Fetched(start, found.unwrap_or_default());
        worker.work(&errand, bytes, out)
    };
    object.ahead(parts, walk.file.checkpoint(), unpack, |ahead| {
        let most = ahead.span();
        walk.along(roi, &mut |errand| {
            if errand.sheet.layout.codec == Codec::None {
                return by_rows(errand, most, &mut |errand, place| {
                    walk.file.must_have(place.start, place.length())?;
                    ahead.push(place, (errand, place.start))
                });
            }
            let place = Stretch::new(errand.place.offset, errand.place.length);
            // A claim: what it tells is about to be asked for.
            walk.file.must_have(place.start, place.length())?;
            ahead.push(place, (errand, place.start))
        })
    })
}

/// Calls `each` with the wanted rows of what is not compressed, of which at most `most` bytes come at a time.
fn by_rows<'a>(
    errand: Errand<'a>,
    most: u64,
    each: &mut dyn FnMut(Errand<'a>, Stretch) -> Result<(), Error>,
) -> Result<(), Error> {
    let Errand { sheet, place, piece } = errand;
    let row = sheet.layout.row_bytes() as u64;
    let step = usize::try_from(most / row).unwrap_or(usize::MAX).max(1);
    for first in piece.rows.clone().step_by(step) {
        let piece = piece.narrowed(first..piece.rows.end.min(first.saturating_add(step)));
        let stretch = match place.length {
            // It was never written.
            0 => Stretch::new(0, 0),
            _ => {
                let start = place.offset.saturating_add(first as u64 * row);
                Stretch::new(start, piece.rows.len() as u64 * row)
            }
        };
        let sheet = Rc::clone(&sheet);
        each(Errand { sheet, place, piece }, stretch)?;
    }
    Ok(())
}
