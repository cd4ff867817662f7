//! Compressions and sums of chunks: bytes to bytes, into buffers of a size that is known before.
//!
//! A decoder never decides how much memory it takes. What a chunk decodes to is told by the array's shape and type, and one
//! byte more or less is an error; so at most one compression may stand in a chain, because what lies between two has no known
//! size.

mod blosc;
mod deflate;
mod tools;
mod zstd;

pub(super) use blosc::{Blosc, Shuffle};
pub(super) use tools::{Coding, Tools, with_tools};

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::bytes::resize;
use tools::Contexts;

/// The length of a CRC-32C.
const SUM: usize = 4;
/// More than any of the compressions adds to what it cannot compress.
const OVERHEAD: u64 = 64 << 10;

/// One compression with its options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compressor {
    /// Zstandard.
    Zstd { level: i32, checksum: bool },
    /// RFC 1952.
    Gzip { level: u32 },
    /// RFC 1950; in version 2 alone.
    Zlib { level: u32 },
    /// Blosc 1.
    Blosc(Blosc),
}

/// What happens to the bytes of a chunk, in the order of writing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Codecs {
    /// How many sums are added before compressing.
    inner_sums: usize,
    compressor: Option<Compressor>,
    /// And how many after it.
    outer_sums: usize,
}

impl Codecs {
    /// Adds a compression.
    ///
    /// # Errors
    ///
    /// There is one already.
    pub(super) fn compress(&mut self, compressor: Compressor) -> Result<(), Error> {
        if self.compressor.is_some() {
            return Err(Error::invalid("two compressions, one after another, are not supported"));
        }
        self.compressor = Some(compressor);
        Ok(())
    }

    /// Adds a CRC-32C.
    pub(super) fn sum(&mut self) {
        match self.compressor {
            None => self.inner_sums += 1,
            Some(_) => self.outer_sums += 1,
        }
    }

    /// The most bytes that `raw` bytes may be encoded to.
    pub(super) fn longest(&self, raw: u64) -> u64 {
        let sums = (SUM * (self.inner_sums + self.outer_sums)) as u64;
        let bare = match self.compressor {
            None => raw,
            Some(_) => raw.saturating_add(raw / 8).saturating_add(OVERHEAD),
        };
        bare.saturating_add(sums)
    }

    /// Whether `raw` bytes are encoded to exactly as many, whatever they are.
    pub(super) fn exact(&self, raw: u64) -> Option<u64> {
        self.compressor.is_none().then(|| self.longest(raw))
    }

    /// The most memory that decoding to or encoding from `raw` bytes takes beside both.
    pub(super) fn scratch(&self, raw: u64) -> u64 {
        let sums = if self.inner_sums > 0 { raw } else { 0 };
        let work = match self.compressor {
            None => 0,
            Some(Compressor::Zstd { level, .. }) => zstd::scratch(level, raw),
            Some(Compressor::Gzip { .. } | Compressor::Zlib { .. }) => 512 << 10,
            Some(Compressor::Blosc(_)) => raw.saturating_mul(2).saturating_add(1 << 20),
        };
        sums.saturating_add(work)
    }

    /// Fills `out` with what `encoded` stands for.
    ///
    /// # Errors
    ///
    /// Damaged data; more or fewer bytes than `out` has; the checkpoint's reason.
    pub(super) fn decode(
        &self,
        encoded: &[u8],
        out: &mut [u8],
        contexts: &mut Contexts,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        checkpoint.check()?;
        let encoded = checked(encoded, self.outer_sums)?;
        if self.inner_sums == 0 {
            return self.decompress(encoded, out, contexts, checkpoint);
        }
        let mut summed = Vec::new();
        resize(&mut summed, (out.len() + SUM * self.inner_sums) as u64)?;
        self.decompress(encoded, &mut summed, contexts, checkpoint)?;
        out.copy_from_slice(checked(&summed, self.inner_sums)?);
        Ok(())
    }

    fn decompress(
        &self,
        encoded: &[u8],
        out: &mut [u8],
        contexts: &mut Contexts,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        match self.compressor {
            None if encoded.len() == out.len() => {
                out.copy_from_slice(encoded);
                Ok(())
            }
            None => Err(wrong_size(encoded.len(), out.len())),
            Some(Compressor::Zstd { .. }) => zstd::decode(encoded, out, contexts, checkpoint),
            Some(Compressor::Gzip { .. }) => deflate::decode_gzip(encoded, out, checkpoint),
            Some(Compressor::Zlib { .. }) => deflate::decode_zlib(encoded, out, checkpoint),
            Some(Compressor::Blosc(_)) => blosc::decode(encoded, out, checkpoint),
        }
    }

    /// Makes `into` what `raw` is encoded to.
    ///
    /// # Errors
    ///
    /// No memory; the checkpoint's reason.
    pub(super) fn encode(
        &self,
        raw: &[u8],
        into: &mut Vec<u8>,
        contexts: &mut Contexts,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        checkpoint.check()?;
        if self.inner_sums == 0 {
            self.compressed(raw, into, contexts, checkpoint)?;
        } else {
            let mut summed = raw.to_vec();
            add_sums(&mut summed, self.inner_sums);
            self.compressed(&summed, into, contexts, checkpoint)?;
        }
        add_sums(into, self.outer_sums);
        Ok(())
    }

    fn compressed(
        &self,
        raw: &[u8],
        into: &mut Vec<u8>,
        contexts: &mut Contexts,
        checkpoint: &Checkpoint,
    ) -> Result<(), Error> {
        match self.compressor {
            None => {
                resize(into, raw.len() as u64)?;
                into.copy_from_slice(raw);
                Ok(())
            }
            Some(Compressor::Zstd { level, checksum }) => {
                zstd::encode(raw, into, level, checksum, contexts, checkpoint)
            }
            Some(Compressor::Gzip { level }) => deflate::encode_gzip(raw, into, level, checkpoint),
            Some(Compressor::Zlib { level }) => deflate::encode_zlib(raw, into, level, checkpoint),
            Some(Compressor::Blosc(blosc)) => blosc.encode(raw, into, contexts, checkpoint),
        }
    }
}

/// `bytes` without their last `sums` sums, which are right.
fn checked(mut bytes: &[u8], sums: usize) -> Result<&[u8], Error> {
    for _ in 0..sums {
        let (rest, sum) = bytes
            .split_last_chunk::<SUM>()
            .ok_or_else(|| Error::msg("it ends before its checksum does (cut short or damaged)"))?;
        if crc32c::crc32c(rest) != u32::from_le_bytes(*sum) {
            return Err(Error::msg("its checksum does not fit its data: it is damaged"));
        }
        bytes = rest;
    }
    Ok(bytes)
}

fn add_sums(bytes: &mut Vec<u8>, sums: usize) {
    for _ in 0..sums {
        let sum = crc32c::crc32c(bytes);
        bytes.extend(sum.to_le_bytes());
    }
}

/// The error of data that decode to another length than the array says.
fn wrong_size(found: usize, wanted: usize) -> Error {
    Error::msg(format!("it decodes to {found} bytes, where the array needs {wanted}"))
}

/// The error of data that do not decode.
fn damaged(decoder: &str, error: impl std::fmt::Display) -> Error {
    Error::msg(format!("its {decoder} data are damaged ({error})"))
}

#[cfg(test)]
#[path = "../tests/codec.rs"]
mod tests;
