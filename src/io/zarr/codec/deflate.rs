//! gzip and zlib, RFC 1952 and 1950.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::bufread::{MultiGzDecoder, ZlibDecoder};
use flate2::write::{GzEncoder, ZlibEncoder};

use super::damaged;
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::io::flat::cut_short;

/// Less than a millisecond's work.
const DECODED_STEP: usize = 128 << 10;
const ENCODED_STEP: usize = 16 << 10;

/// Fills `out`.
pub(super) fn decode_gzip(encoded: &[u8], out: &mut [u8], checkpoint: &Checkpoint) -> Result<(), Error> {
    decode("gzip", MultiGzDecoder::new(encoded), out, checkpoint)
}

/// Fills `out`.
pub(super) fn decode_zlib(encoded: &[u8], out: &mut [u8], checkpoint: &Checkpoint) -> Result<(), Error> {
    decode("zlib", ZlibDecoder::new(encoded), out, checkpoint)
}

fn decode(name: &str, mut decoder: impl Read, out: &mut [u8], checkpoint: &Checkpoint) -> Result<(), Error> {
    let wrong = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::UnexpectedEof => cut_short(error),
        _ => damaged(name, error),
    };
    for piece in out.chunks_mut(DECODED_STEP) {
        checkpoint.check()?;
        decoder.read_exact(piece).map_err(wrong)?;
    }
    // Only at its end does a decoder look at its checksum.
    match decoder.read(&mut [0]).map_err(wrong)? {
        0 => Ok(()),
        _ => Err(Error::msg(format!(
            "it decodes to more than the {} bytes that the array needs",
            out.len()
        ))),
    }
}

/// Makes `into` what `raw` is compressed to.
pub(super) fn encode_gzip(raw: &[u8], into: &mut Vec<u8>, level: u32, checkpoint: &Checkpoint) -> Result<(), Error> {
    into.clear();
    let mut encoder = GzEncoder::new(into, Compression::new(level));
    feed(&mut encoder, raw, checkpoint)?;
    encoder.finish().context("gzip")?;
    Ok(())
}

/// Makes `into` what `raw` is compressed to.
pub(super) fn encode_zlib(raw: &[u8], into: &mut Vec<u8>, level: u32, checkpoint: &Checkpoint) -> Result<(), Error> {
    into.clear();
    let mut encoder = ZlibEncoder::new(into, Compression::new(level));
    feed(&mut encoder, raw, checkpoint)?;
    encoder.finish().context("zlib")?;
    Ok(())
}

fn feed(encoder: &mut impl Write, raw: &[u8], checkpoint: &Checkpoint) -> Result<(), Error> {
    for piece in raw.chunks(ENCODED_STEP) {
        checkpoint.check()?;
        encoder.write_all(piece).context("deflate")?;
    }
    Ok(())
}
