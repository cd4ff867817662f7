//! PNG: sizes from its header, completeness from its chunks, pixels from the `image` crate.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use ::image::codecs::png::PngDecoder;
use ::image::{ImageDecoder, Limits};

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::file_reader::FileReader;
use crate::io::flat::cut_short;
use crate::io::limit::Limit;
use crate::io::picture::read::image_error;
use crate::io::watched::Watched;

/// What comes before the chunks.
const SIGNATURE: u64 = 8;
/// What texts and profiles around the pixels may take.
const METADATA: u64 = 8 << 20;

/// What decoding takes beside the decoded samples, of which one row has `row` bytes: rows before and after the filter, and the
/// window of the decompressor.
pub(super) fn overhead(row: u64) -> u64 {
    row.saturating_mul(4).saturating_add(METADATA)
}

/// A decoder of the whole picture in `file`.
///
/// # Errors
///
/// Cut short, damaged.
pub(super) fn decoder(
    mut file: FileReader,
    limit: Limit,
    checkpoint: &Checkpoint,
) -> Result<Box<dyn ImageDecoder>, Error> {
    check_complete(&mut Watched::new(BufReader::new(&mut file), checkpoint)).map_err(cut_short)?;
    file.rewind()?;
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(METADATA.min(limit.get()));
    let stream = BufReader::new(Watched::new(file, checkpoint));
    let decoder = PngDecoder::with_limits(stream, limits).map_err(|error| image_error(error, limit))?;
    Ok(Box::new(decoder))
}

/// Walks from chunk to chunk up to the one that ends the image.
///
/// The decoder is content as soon as it has the pixels; a copy that broke off after them is still a broken copy.
fn check_complete(stream: &mut (impl Read + Seek)) -> io::Result<()> {
    let length = stream.seek(SeekFrom::End(0))?;
    let mut place = SIGNATURE;
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
