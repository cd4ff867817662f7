//! The directories of a TIFF, looked over before the decoder believes them.
//!
//! The decoder reserves memory for as many values as a directory's entry claims, up to 256 MiB, before anybody can set it
//! a limit. It also prints to stderr when numbers come as an enormous text. Both end here.

use std::io::{self, Read, Seek, SeekFrom};

use ::tiff::tags::Tag;
use headwater::Error;

use super::super::super::Budget;
use super::super::{cut_short, stream_error};

/// The most bytes that the decoder keeps for one value of an array while it parses a directory.
const BYTES_PER_VALUE: u64 = 64;
/// The type of a text.
const ASCII: u16 = 2;

/// The tags whose values the decoder, or [`super::page`], fetches. All are numbers.
const NUMBERS: [Tag; 19] = [
    Tag::ImageWidth,
    Tag::ImageLength,
    Tag::BitsPerSample,
    Tag::Compression,
    Tag::PhotometricInterpretation,
    Tag::StripOffsets,
    Tag::SamplesPerPixel,
    Tag::RowsPerStrip,
    Tag::StripByteCounts,
    Tag::PlanarConfiguration,
    Tag::Predictor,
    Tag::TileWidth,
    Tag::TileLength,
    Tag::TileOffsets,
    Tag::TileByteCounts,
    Tag::ExtraSamples,
    Tag::SampleFormat,
    Tag::JPEGTables,
    Tag::ChromaSubsampling,
];

/// A walk along the chain of directories, one step ahead of the decoder.
///
/// It does not look for cycles: the decoder does, and the walk takes a step only where the decoder is about to follow.
pub(super) struct Directories {
    little_endian: bool,
    big_tiff: bool,
    /// Bytes in the file.
    length: u64,
    next: u64,
}

impl Directories {
    /// The chain of the TIFF in `source`.
    ///
    /// # Errors
    ///
    /// The stream's errors; a header that is cut short.
    pub(super) fn of(source: &mut (impl Read + Seek)) -> Result<Self, Error> {
        Self::open(source).map_err(stream_error)
    }

    fn open(source: &mut (impl Read + Seek)) -> io::Result<Self> {
        let length = source.seek(SeekFrom::End(0))?;
        source.rewind()?;
        let mut start = [0; 4];
        source.read_exact(&mut start)?;
        let mut directories = Self {
            little_endian: start[0] == b'I',
            big_tiff: start.contains(&43),
            length,
            next: 0,
        };
        if directories.big_tiff {
            // The width of an offset and a reserved word: the decoder insists on their values.
            directories.number(source, 4)?;
        }
        directories.next = directories.number(source, directories.offset_width())?;
        Ok(directories)
    }

    /// Looks over the directory that the decoder will load next.
    ///
    /// # Errors
    ///
    /// An array that is longer than the file, takes more than `budget` while it is parsed, or is a text.
    pub(super) fn check_next(&mut self, source: &mut (impl Read + Seek), budget: Budget) -> Result<(), Error> {
        source.seek(SeekFrom::Start(self.next)).map_err(stream_error)?;
        let entries = self
            .number(source, if self.big_tiff { 8 } else { 2 })
            .map_err(stream_error)?;
        for _ in 0..entries {
            let (tag, kind, count) = self.entry(source).map_err(stream_error)?;
            if NUMBERS.iter().any(|number| number.to_u16() == tag) {
                self.check_numbers(kind, count, budget)?;
            }
        }
        self.next = self.number(source, self.offset_width()).map_err(stream_error)?;
        Ok(())
    }

    fn check_numbers(&self, kind: u16, count: u64, budget: Budget) -> Result<(), Error> {
        if kind == ASCII {
            return Err(Error::msg("its directory has a text where a number belongs"));
        }
        if count > self.length {
            return Err(cut_short());
        }
        budget.admit(count.saturating_mul(BYTES_PER_VALUE))
    }

    /// Tag, type and number of values of the entry where `source` stands.
    fn entry(&self, source: &mut impl Read) -> io::Result<(u16, u16, u64)> {
        let tag = self.number(source, 2)? as u16;
        let kind = self.number(source, 2)? as u16;
        let count = self.number(source, self.offset_width())?;
        self.number(source, self.offset_width())?;
        Ok((tag, kind, count))
    }

    /// Counts and offsets are as wide as each other.
    fn offset_width(&self) -> usize {
        if self.big_tiff { 8 } else { 4 }
    }

    /// The unsigned number of `width` bytes, 8 at most, where `source` stands.
    fn number(&self, source: &mut impl Read, width: usize) -> io::Result<u64> {
        let mut bytes = [0; 8];
        source.read_exact(&mut bytes[..width])?;
        if self.little_endian {
            return Ok(u64::from_le_bytes(bytes));
        }
        bytes[..width].reverse();
        Ok(u64::from_le_bytes(bytes))
    }
}
