//! Blosc 1: blocks that are shuffled and compressed one by one.
//!
//! The header says all sizes; it is held against what the array needs before the decoder sees anything. What the decoder does
//! not check it meets with a panic, which is an error here.

use blusc::{
    BLOSC_BITSHUFFLE, BLOSC_BLOSCLZ, BLOSC_LZ4, BLOSC_LZ4HC, BLOSC_NOSHUFFLE, BLOSC_SHUFFLE, BLOSC_SNAPPY, BLOSC_ZLIB,
    BLOSC_ZSTD, BLOSC2_CPARAMS_DEFAULTS, blosc1_compress_ctx, blosc1_decompress, blosc2_create_cctx,
};

use super::{damaged, wrong_size};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::guard::guarded;
use crate::io::zarr::store::resize;

const HEADER: usize = 16;
/// Flags of the header: the samples are not compressed; a block is one stream, not one for each byte of a sample.
const STORED: u8 = 0x2;
const UNSPLIT: u8 = 0x10;

/// The compressors of Blosc, by name.
const NAMES: [(&str, u8); 6] = [
    ("blosclz", BLOSC_BLOSCLZ),
    ("lz4", BLOSC_LZ4),
    ("lz4hc", BLOSC_LZ4HC),
    ("snappy", BLOSC_SNAPPY),
    ("zlib", BLOSC_ZLIB),
    ("zstd", BLOSC_ZSTD),
];

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
        let Some(&(_, code)) = NAMES.iter().find(|(known, _)| *known == name) else {
            return Err(Error::invalid(format!("`{name:.20}` is no compressor of Blosc")));
        };
        let level = u8::try_from(level).ok().filter(|level| *level <= 9);
        let level = level.ok_or_else(|| Error::invalid("Blosc has levels from 0 to 9"))?;
        Ok(Self {
            code,
            level,
            shuffle,
            typesize: typesize.max(1),
        })
    }

    /// Makes `into` what `raw` is compressed to.
    pub(super) fn encode(&self, raw: &[u8], into: &mut Vec<u8>, checkpoint: &Checkpoint) -> Result<(), Error> {
        if i32::try_from(raw.len() + HEADER).is_err() {
            return Err(Error::invalid("Blosc compresses no more than 2 GiB at a time"));
        }
        checkpoint.check()?;
        resize(into, (raw.len() + raw.len() / 8 + 4096) as u64)?;
        let mut options = BLOSC2_CPARAMS_DEFAULTS;
        options.compcode = self.code;
        options.clevel = self.level;
        options.typesize = i32::from(self.typesize);
        options.filters[5] = match self.shuffle {
            Shuffle::No => BLOSC_NOSHUFFLE,
            // Of single bytes there is nothing to shuffle.
            Shuffle::Byte if self.typesize == 1 => BLOSC_NOSHUFFLE,
            Shuffle::Byte => BLOSC_SHUFFLE,
            Shuffle::Bit => BLOSC_BITSHUFFLE,
        };
        let length = guarded(|| Ok(blosc1_compress_ctx(&blosc2_create_cctx(options), raw, into)))?;
        match usize::try_from(length) {
            Ok(length) if length >= HEADER && length <= into.len() => {
                into.truncate(length);
                Ok(())
            }
            _ => Err(Error::msg("Blosc does not compress it")),
        }
    }
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
