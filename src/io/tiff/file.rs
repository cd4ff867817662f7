//! The bytes of a TIFF, and the numbers in them.

use std::fs::File;
use std::os::unix::fs::FileExt as _;

use crate::error::Error;
use crate::io::bytes::Endian;
use crate::io::flat::cut_short;

/// A file whose first bytes are a TIFF's. Any number of threads may read from it.
#[derive(Debug)]
pub(super) struct TiffFile {
    file: File,
    length: u64,
    order: Endian,
    big: bool,
    first: u64,
}

impl TiffFile {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// No TIFF, cut short, the file system's.
    pub(super) fn open(file: File) -> Result<Self, Error> {
        let length = file.metadata()?.len();
        let mut this = Self {
            file,
            length,
            order: Endian::Little,
            big: false,
            first: 0,
        };
        let mut start = [0; 8];
        this.read(0, &mut start)?;
        (this.order, this.big) = match &start[..4] {
            b"II*\0" => (Endian::Little, false),
            b"MM\0*" => (Endian::Big, false),
            b"II+\0" => (Endian::Little, true),
            b"MM\0+" => (Endian::Big, true),
            _ => return Err(Error::invalid("it does not begin as a TIFF")),
        };
        this.first = this.number(&start[4..]);
        if this.big {
            if this.number(&start[4..6]) != 8 || this.number(&start[6..]) != 0 {
                return Err(Error::msg("its header is not that of a BigTIFF (damaged)"));
            }
            let mut first = [0; 8];
            this.read(8, &mut first)?;
            this.first = this.number(&first);
        }
        Ok(this)
    }

    /// Fills `bytes` with what lies from `at` on.
    ///
    /// # Errors
    ///
    /// A file that ends before, the file system's.
    pub(super) fn read(&self, at: u64, bytes: &mut [u8]) -> Result<(), Error> {
        self.must_have(at, bytes.len() as u64)?;
        self.file.read_exact_at(bytes, at).map_err(cut_short)
    }

    /// Whether there are `count` bytes from `at` on: to be asked before memory is taken for them.
    ///
    /// # Errors
    ///
    /// That the file is cut short.
    pub(super) fn must_have(&self, at: u64, count: u64) -> Result<(), Error> {
        match at.checked_add(count) {
            Some(end) if end <= self.length => Ok(()),
            _ => Err(cut_short(std::io::ErrorKind::UnexpectedEof.into())),
        }
    }

    /// The number in `bytes`, of which there are at most eight.
    pub(super) fn number(&self, bytes: &[u8]) -> u64 {
        let one_more = |n: u64, byte: &u8| n << 8 | u64::from(*byte);
        match self.order {
            Endian::Big => bytes.iter().fold(0, one_more),
            Endian::Little => bytes.iter().rev().fold(0, one_more),
        }
    }

    /// Bytes in the file.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// The order of bytes in numbers and samples.
    pub(super) fn order(&self) -> Endian {
        self.order
    }

    /// Whether offsets and counts have 64 bits.
    pub(super) fn is_big(&self) -> bool {
        self.big
    }

    /// Where the first directory lies.
    pub(super) fn first(&self) -> u64 {
        self.first
    }
}
