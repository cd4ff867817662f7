//! The bytes of a TIFF, and the numbers in them.

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::blob::Blob;
use crate::io::bytes::Endian;
use crate::io::flat::cut_short;
use crate::sync::Arc;

/// A file whose first bytes are a TIFF's. Any number of threads may read from it.
#[derive(Clone, Debug)]
pub(super) struct TiffFile {
    blob: Arc<Blob>,
    /// Looked at where an answer takes a while.
    checkpoint: Checkpoint,
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
    pub(super) fn open(blob: Blob, checkpoint: &Checkpoint) -> Result<Self, Error> {
        let mut this = Self {
            blob: Arc::new(blob),
            checkpoint: checkpoint.clone(),
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

    /// The same for somebody else.
    pub(super) fn watched_by(&self, checkpoint: &Checkpoint) -> Self {
        let (this, checkpoint) = (self.clone(), checkpoint.clone());
        Self { checkpoint, ..this }
    }

    /// The checkpoint of whoever reads.
    pub(super) fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Where the bytes are.
    pub(super) fn blob(&self) -> &Blob {
        &self.blob
    }

    /// Fills `bytes` with what lies from `at` on.
    ///
    /// # Errors
    ///
    /// A file that ends before, the file system's or the store's, the checkpoint's reason.
    pub(super) fn read(&self, at: u64, bytes: &mut [u8]) -> Result<(), Error> {
        self.must_have(at, bytes.len() as u64)?;
        self.blob.read(bytes, at, &self.checkpoint)
    }

    /// Whether there are `count` bytes from `at` on: to be asked before memory is taken for them.
    ///
    /// # Errors
    ///
    /// That the file is cut short.
    pub(super) fn must_have(&self, at: u64, count: u64) -> Result<(), Error> {
        match at.checked_add(count) {
            Some(end) if end <= self.length() => Ok(()),
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
        self.blob.length()
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
