//! PNG: sizes from its header, completeness from its chunks, pixels from the `image` crate.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use ::image::codecs::png::PngDecoder;
use ::image::{DynamicImage, ImageDecoder as _, Limits};
use headwater::{Checkpoint, Error};

use super::super::watched::Watched;
use super::super::{Budget, Image};
use super::{from_dynamic, image_error, stream_error};

/// What part of the budget may go into one row, its predecessor, and the chunks of text around the pixels.
const METADATA_SHARE: u64 = 4;

/// Reads the PNG image in `file`.
///
/// # Errors
///
/// Cut short, damaged, or above the budget.
pub(super) fn read(mut file: &File, budget: Budget, checkpoint: &Checkpoint) -> Result<Image, Error> {
    check_complete(&mut Watched::new(BufReader::new(file), checkpoint)).map_err(stream_error)?;
    file.rewind()?;
    let metadata = budget.limit() / METADATA_SHARE;
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(metadata);
    let stream = BufReader::new(Watched::new(file, checkpoint));
    let decoder = PngDecoder::with_limits(stream, limits).map_err(|e| image_error(e, budget))?;
    budget.admit(decoder.total_bytes().saturating_add(metadata))?;
    let decoded = DynamicImage::from_decoder(decoder).map_err(|e| image_error(e, budget))?;
    from_dynamic(decoded)
}

/// Walks from chunk to chunk up to the one that ends the image.
///
/// The decoder is content as soon as it has the pixels; a copy that broke off after them is still a broken copy.
fn check_complete(stream: &mut (impl Read + Seek)) -> io::Result<()> {
    let length = stream.seek(SeekFrom::End(0))?;
    let mut place = super::PNG_START.len() as u64;
    loop {
        let mut head = [0; 8];
        stream.seek(SeekFrom::Start(place))?;
        stream.read_exact(&mut head)?;
        let [a, b, c, d, kind @ ..] = head;
        // Head (length and kind), data, checksum.
        place += 8 + u64::from(u32::from_be_bytes([a, b, c, d])) + 4;
        if place > length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if &kind == b"IEND" {
            return Ok(());
        }
    }
}
