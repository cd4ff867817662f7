//! Zstandard, RFC 8878.
//!
//! A small chunk is decoded in one call, straight to where it goes. A large one goes through a stream, piece by piece, so that
//! it can be stopped; a stream keeps a window, whose size the file claims, so that is bounded too.

use zstd::stream::raw::{CParameter, DParameter, Decoder, Encoder, InBuffer, Operation as _, OutBuffer};
use zstd::zstd_safe::compress_bound;

use super::{Contexts, damaged, wrong_size};
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::io::bytes::resize;

/// What is decoded or encoded in one call: about a millisecond's work at the usual levels.
const ONE_CALL: usize = 1 << 20;
/// What is decoded or encoded in one step of a stream.
const STEP: usize = 128 << 10;
/// Windows of 8 MiB are what any decoder should support (RFC 8878, 3.1.1.1.2).
const WINDOW_LOG: u32 = 23;
/// The largest window that a context has by default.
const MOST_WINDOW_LOG: u32 = 27;

/// The most memory that a context takes for `raw` bytes.
pub(super) fn scratch(level: i32, raw: u64) -> u64 {
    // Tables grow with the level, but not beyond some times what there is to compress.
    let tables: u64 = match level {
        ..=4 => 4 << 20,
        5..=12 => 64 << 20,
        _ => 800 << 20,
    };
    let window = if raw > ONE_CALL as u64 { 1 << window_log(raw) } else { 0 };
    tables.min(raw.saturating_mul(40).saturating_add(1 << 20)) + window
}

fn window_log(raw: u64) -> u32 {
    let log = raw.checked_next_power_of_two().map_or(MOST_WINDOW_LOG, u64::ilog2);
    log.clamp(WINDOW_LOG, MOST_WINDOW_LOG)
}

/// Fills `out`.
pub(super) fn decode(
    encoded: &[u8],
    out: &mut [u8],
    contexts: &mut Contexts,
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    if out.len() > ONE_CALL && stream_decode(encoded, out, checkpoint)? {
        return Ok(());
    }
    let decoded = contexts.decompressor()?.decompress_to_buffer(encoded, out);
    let decoded = decoded.map_err(|error| damaged("Zstandard", error))?;
    if decoded != out.len() {
        return Err(wrong_size(decoded, out.len()));
    }
    Ok(())
}

/// Fills `out` piece by piece; `false` if that is not possible, and one call may know more.
fn stream_decode(encoded: &[u8], out: &mut [u8], checkpoint: &Checkpoint) -> Result<bool, Error> {
    let mut decoder = Decoder::new().context("no Zstandard decoder")?;
    let log = window_log(out.len() as u64);
    decoder
        .set_parameter(DParameter::WindowLogMax(log))
        .context("no Zstandard decoder")?;
    let mut input = InBuffer::around(encoded);
    let mut done = 0;
    while done < out.len() {
        checkpoint.check()?;
        let end = out.len().min(done + STEP);
        let mut output = OutBuffer::around(&mut out[done..end]);
        let before = input.pos();
        if decoder.run(&mut input, &mut output).is_err() {
            return Ok(false);
        }
        let written = output.pos();
        if written == 0 && input.pos() == before {
            return Ok(false);
        }
        done += written;
    }
    // What is left must be the end of the frame: its checksum, not more samples.
    let mut one_more = [0];
    let mut output = OutBuffer::around(&mut one_more);
    let ended = decoder.run(&mut input, &mut output).is_ok_and(|left| left == 0);
    Ok(ended && output.pos() == 0 && input.pos() == encoded.len())
}

/// Makes `into` the frame of `raw`.
pub(super) fn encode(
    raw: &[u8],
    into: &mut Vec<u8>,
    level: i32,
    checksum: bool,
    contexts: &mut Contexts,
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    resize(into, compress_bound(raw.len()) as u64)?;
    let length = if raw.len() > ONE_CALL {
        stream_encode(raw, into, level, checksum, checkpoint)?
    } else {
        let compressor = contexts.compressor(level, checksum)?;
        compressor.compress_to_buffer(raw, &mut into[..]).context("Zstandard")?
    };
    into.truncate(length);
    Ok(())
}

fn stream_encode(
    raw: &[u8],
    into: &mut [u8],
    level: i32,
    checksum: bool,
    checkpoint: &Checkpoint,
) -> Result<usize, Error> {
    let mut encoder = Encoder::new(level).context("no Zstandard encoder")?;
    encoder
        .set_parameter(CParameter::ChecksumFlag(checksum))
        .context("no Zstandard encoder")?;
    encoder
        .set_pledged_src_size(Some(raw.len() as u64))
        .context("no Zstandard encoder")?;
    let mut output = OutBuffer::around(into);
    for piece in raw.chunks(STEP) {
        checkpoint.check()?;
        let mut input = InBuffer::around(piece);
        while input.pos() < piece.len() {
            encoder.run(&mut input, &mut output).context("Zstandard")?;
        }
    }
    while encoder.finish(&mut output, true).context("Zstandard")? > 0 {
        checkpoint.check()?;
    }
    Ok(output.pos())
}
