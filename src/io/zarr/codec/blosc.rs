//! Blosc 1: blocks that are shuffled and compressed one by one.
//!
//! Source: the description of the format, `README_CHUNK_FORMAT.rst` of C-Blosc 1.21.
//!
//! The header says all sizes; it is held against what the array needs before the decoder sees anything. What the decoder does
//! not check it meets with a panic, which is an error here.

use blusc::blosc1_decompress;

use super::{Contexts, damaged, wrong_size};
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext as _};
use crate::io::guard::guarded;

const HEADER: usize = 16;
/// Flags of the header: the samples are not compressed; a block is one stream, not one for each byte of a sample.
const STORED: u8 = 0x2;
const UNSPLIT: u8 = 0x10;

/// The compressors of Blosc, each at the place that is its number in a header; LZ4HC writes what LZ4 reads.
const NAMES: [&str; 6] = ["blosclz", "lz4", "snappy", "zlib", "zstd", "lz4hc"];
const LZ4: u8 = 1;
const ZSTD: u8 = 4;
const SHUFFLED: u8 = 0x1;
/// The format's version, and that of all its compressors.
const VERSION: [u8; 2] = [2, 1];
/// About what a cache next to the processor holds twice.
const BLOCK: usize = 128 << 10;
/// Streams that are shorter are not worth dividing a block for, and older decoders do not.
const SHORTEST_STREAM: usize = 128;

/// How bytes are shuffled before they are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::io::zarr) enum Shuffle {
    No,
    Byte,
    Bit,
}

/// The options of Blosc.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::io::zarr) struct Blosc {
    code: u8,
    level: u8,
    shuffle: Shuffle,
    typesize: u8,
}

impl Blosc {
    /// With the compressor called `name`.
    ///
    /// # Errors
    ///
    /// Blosc has none of the name, or no such level.
    pub(in crate::io::zarr) fn new(name: &str, level: i64, shuffle: Shuffle, typesize: u8) -> Result<Self, Error> {
        let code = NAMES.iter().position(|known| *known == name);
        let code = code.ok_or_else(|| Error::invalid(format!("`{name:.20}` is no compressor of Blosc")))?;
        let level = u8::try_from(level).ok().filter(|level| *level <= 9);
        let level = level.ok_or_else(|| Error::invalid("Blosc has levels from 0 to 9"))?;
        Ok(Self {
            code: code as u8,
            level,
            shuffle,
            typesize: typesize.max(1),
        })
    }

    /// Makes `into` what `raw` is compressed to.
    pub(super) fn encode(
        &self,
        raw: &[u8],
        into: &mut Vec<u8>,
        contexts: &mut Contexts,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        if i32::try_from(raw.len() + HEADER).is_err() {
            return Err(Error::invalid("Blosc compresses no more than 2 GiB at a time"));
        }
        let size = usize::from(self.typesize);
        let block = raw.len().min(BLOCK / size * size).max(size);
        let streams = match self.code == LZ4 && self.shuffle == Shuffle::Byte && block / size >= SHORTEST_STREAM {
            true => size,
            false => 1,
        };
        let shuffled = self.shuffle == Shuffle::Byte && size > 1;
        let flags = self.code << 5 | if streams == 1 { UNSPLIT } else { 0 } | if shuffled { SHUFFLED } else { 0 };
        let blocks = raw.len().div_ceil(block);
        into.clear();
        into.resize(HEADER + 4 * blocks, 0);
        let mut buffer = Vec::new();
        for (n, content) in raw.chunks(block).enumerate() {
            checkpoint.check()?;
            let start = (into.len() as u32).to_le_bytes();
            into[HEADER + 4 * n..HEADER + 4 * n + 4].copy_from_slice(&start);
            let content = if shuffled {
                shuffle(content, size, &mut buffer)
            } else {
                content
            };
            let streams = if content.len() < block { 1 } else { streams };
            for stream in content.chunks(content.len() / streams) {
                self.append(stream, into, contexts)?;
            }
        }
        let stored = into.len() >= raw.len() + HEADER;
        if stored {
            into.truncate(HEADER);
            into.extend(raw);
        }
        let total = into.len();
        into[..2].copy_from_slice(&VERSION);
        into[2] = if stored { flags | STORED } else { flags };
        into[3] = self.typesize;
        for (place, number) in into[4..HEADER]
            .chunks_mut(4)
            .zip([raw.len(), block.min(raw.len()), total])
        {
            place.copy_from_slice(&(number as u32).to_le_bytes());
        }
        Ok(())
    }

    /// Adds a stream: its length, and its content, compressed where that makes it shorter.
    fn append(&self, stream: &[u8], into: &mut Vec<u8>, contexts: &mut Contexts) -> Result<(), Error> {
        let start = into.len();
        let content = start + 4;
        let compressed = match self.code {
            LZ4 => {
                into.resize(content + lz4_flex::block::get_maximum_output_size(stream.len()), 0);
                lz4_flex::block::compress_into(stream, &mut into[content..]).context("LZ4")?
            }
            ZSTD => {
                into.resize(content + zstd::zstd_safe::compress_bound(stream.len()), 0);
                // Blosc's levels are those of Zstandard, taken twice as fast.
                let level = (2 * i32::from(self.level) - 1).max(1);
                let compressor = contexts.compressor(level, false)?;
                compressor
                    .compress_to_buffer(stream, &mut into[content..])
                    .context("Zstandard")?
            }
            other => {
                return Err(Error::invalid(format!(
                    "Blosc with {} is not written",
                    NAMES[usize::from(other)]
                )));
            }
        };
        into.truncate(content + compressed);
        if compressed >= stream.len() {
            into.truncate(content);
            into.extend(stream);
        }
        let length = ((into.len() - content) as u32).to_le_bytes();
        into[start..content].copy_from_slice(&length);
        Ok(())
    }
}

/// The first bytes of all samples, then the second ones, and so on.
fn shuffle<'a>(content: &[u8], size: usize, buffer: &'a mut Vec<u8>) -> &'a [u8] {
    buffer.resize(content.len(), 0);
    let samples = content.len() / size;
    for (n, plane) in buffer.chunks_exact_mut(samples.max(1)).take(size).enumerate() {
        plane
            .iter_mut()
            .zip(content[n..].iter().step_by(size))
            .for_each(|(to, from)| *to = *from);
    }
    buffer
}

/// Fills `out`.
pub(super) fn decode(encoded: &[u8], out: &mut [u8], checkpoint: &Checkpoint) -> Result<(), Error> {
    let header = Header::read(encoded)?;
    if header.raw != out.len() {
        return Err(wrong_size(header.raw, out.len()));
    }
    let encoded = &encoded[..header.encoded];
    if header.flags & STORED != 0 {
        let samples = encoded.get(HEADER..HEADER + out.len());
        out.copy_from_slice(samples.ok_or_else(|| damaged("Blosc", "cut short"))?);
        return Ok(());
    }
    let mut alone = Vec::new();
    for (n, piece) in out.chunks_mut(header.block.max(1)).enumerate() {
        checkpoint.check()?;
        header.isolate(encoded, n, piece.len(), &mut alone)?;
        let decoded = guarded(|| Ok(blosc1_decompress(&alone, piece)))?;
        if usize::try_from(decoded).ok() != Some(piece.len()) {
            return Err(damaged("Blosc", "it does not decode"));
        }
    }
    Ok(())
}

/// The sizes that a chunk claims.
struct Header {
    flags: u8,
    typesize: usize,
    raw: usize,
    block: usize,
    encoded: usize,
}

impl Header {
    fn read(encoded: &[u8]) -> Result<Self, Error> {
        let number = |at| number(encoded, at).map(|n| n as usize);
        let this = Self {
            flags: byte(encoded, 2)?,
            typesize: usize::from(byte(encoded, 3)?),
            raw: number(4)?,
            block: number(8)?,
            encoded: number(12)?,
        };
        // Version 2 of the format is that of Blosc 1; later ones are Blosc 2, with other headers.
        let version = byte(encoded, 0)?;
        if !(1..=2).contains(&version) {
            return Err(damaged("Blosc", format_args!("version {version}")));
        }
        if this.encoded > encoded.len() || this.encoded < HEADER {
            return Err(damaged("Blosc", "cut short"));
        }
        if this.raw > 0 && (this.typesize == 0 || this.block == 0) {
            return Err(damaged("Blosc", "blocks without a size"));
        }
        Ok(this)
    }

    /// Makes `alone` a chunk that holds block `n` only, of `length` bytes.
    ///
    /// The decoder takes blocks to lie in their order. Compressed by several threads, they lie in any.
    fn isolate(&self, encoded: &[u8], n: usize, length: usize, alone: &mut Vec<u8>) -> Result<(), Error> {
        let start = number(encoded, HEADER + 4 * n)? as usize;
        let streams = match self.flags & UNSPLIT != 0 || length < self.block {
            true => 1,
            false => self.typesize,
        };
        let mut end = start;
        for _ in 0..streams {
            let content = match number(encoded, end)? as i32 {
                0 => 0,
                ..0 => 1,
                content => content as usize,
            };
            end = end.saturating_add(4 + content);
        }
        let block = encoded.get(start..end).ok_or_else(|| damaged("Blosc", "cut short"))?;
        alone.clear();
        alone.extend(&encoded[..4]);
        let total = HEADER + 4 + block.len();
        for size in [length, self.block, total, HEADER + 4] {
            alone.extend((size as u32).to_le_bytes());
        }
        alone.extend(block);
        Ok(())
    }
}

fn byte(encoded: &[u8], at: usize) -> Result<u8, Error> {
    encoded.get(at).copied().ok_or_else(|| damaged("Blosc", "cut short"))
}

fn number(encoded: &[u8], at: usize) -> Result<u32, Error> {
    let bytes = encoded.get(at..).and_then(|rest| rest.first_chunk::<4>());
    let bytes = bytes.ok_or_else(|| damaged("Blosc", "cut short"))?;
    Ok(u32::from_le_bytes(*bytes))
}
