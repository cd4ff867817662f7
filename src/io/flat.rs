//! Samples that lie bare in a file, one after another: what NPY, raw files, uncompressed NIfTI and contiguous HDF5 have in common.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use crate::array::{Array, DType};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::boxes::{Layout, advance};
use crate::io::bytes::{self, Endian};
use crate::roi::{Roi, Shape};

/// What is read at a time: between two looks at the checkpoint.
const PIECE: usize = 256 << 10;
/// What is written at a time, from one multiple of it in the file to the next: the system keeps what begins and ends there in
/// large pages, and is a quarter faster than with pieces of 256 KiB that lie anyhow.
const STRETCH: u64 = 1 << 20;

/// A box of samples in a file, in C order.
#[derive(Debug)]
pub(crate) struct Flat {
    file: File,
    /// Where the first sample lies.
    offset: u64,
    whole: Roi,
    dtype: DType,
    order: Endian,
}

impl Flat {
    /// The samples of `shape` from `offset` on.
    pub(crate) fn new(file: File, offset: u64, shape: Shape, dtype: DType, order: Endian) -> Self {
        let whole = Roi::full(shape);
        Self {
            file,
            offset,
            whole,
            dtype,
            order,
        }
    }

    /// Bytes of all samples, if that is a number.
    pub(crate) fn nbytes(shape: &Shape, dtype: DType) -> Option<u64> {
        let lengths = shape.iter().map(|length| length as u64);
        let samples = lengths.into_iter().try_fold(1_u64, |n, length| n.checked_mul(length));
        samples?.checked_mul(dtype.size() as u64)
    }

    /// The file.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Fills `out` with `roi`.
    ///
    /// # Errors
    ///
    /// The file system's, a file that is too short, the checkpoint's reason.
    pub(crate) fn read(&self, roi: &Roi, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        bytes::fill(out, |bytes| {
            self.runs(roi, |offset, place| {
                for (at, piece) in pieces(&mut bytes[place]) {
                    checkpoint.check()?;
                    self.file.read_exact_at(piece, offset + at as u64).map_err(cut_short)?;
                }
                Ok(())
            })?;
            bytes::to_native(bytes, self.dtype.size(), self.order);
            Ok(())
        })
    }

    /// Writes `block` as the content of `roi`. If it is to be `summed`, returns what [`checksum`](Self::checksum) would.
    ///
    /// # Errors
    ///
    /// The file system's, the checkpoint's reason.
    pub(crate) fn write(
        &self,
        roi: &Roi,
        block: &Array,
        summed: bool,
        checkpoint: &Checkpoint,
    ) -> Result<Option<u32>, Error> {
        let mut bytes = bytes::bytes_of(block)?;
        if self.order != Endian::NATIVE {
            bytes::to_native(bytes.to_mut(), self.dtype.size(), self.order);
        }
        let mut sum = 0;
        self.runs(roi, |offset, place| {
            let (mut rest, mut at) = (&bytes[place], offset);
            while !rest.is_empty() {
                checkpoint.check()?;
                let left = (STRETCH - at % STRETCH) as usize;
                let (piece, after) = rest.split_at(left.min(rest.len()));
                self.file.write_all_at(piece, at)?;
                if summed {
                    sum = crc32c::crc32c_append(sum, piece);
                }
                (rest, at) = (after, at + piece.len() as u64);
            }
            Ok(())
        })?;
        Ok(summed.then_some(sum))
    }

    /// The CRC-32C of the bytes of `roi`, in the order in which they lie in the file. A piece is in memory at a time.
    ///
    /// # Errors
    ///
    /// A region that is not within the box; the file system's, a file that is too short.
    pub(crate) fn checksum(&self, roi: &Roi) -> Result<u32, Error> {
        // A journal tells it, and whoever wrote that may have told anything.
        if !self.whole.contains(roi) {
            return Err(Error::invalid(format!("{roi} is not within {}", self.whole)));
        }
        let (mut sum, mut buffer) = (0, vec![0; PIECE]);
        self.runs(roi, |offset, place| {
            for at in place.clone().step_by(PIECE) {
                let piece = &mut buffer[..PIECE.min(place.end - at)];
                let offset = offset + (at - place.start) as u64;
                self.file.read_exact_at(piece, offset).map_err(cut_short)?;
                sum = crc32c::crc32c_append(sum, piece);
            }
            Ok(())
        })?;
        Ok(sum)
    }

    /// Calls `each` with the place in the file, and in the bytes of `roi`, of every run of samples that lie together.
    fn runs(
        &self,
        roi: &Roi,
        mut each: impl FnMut(u64, std::ops::Range<usize>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        runs(&self.whole, roi, self.dtype.size(), |offset, place| {
            each(self.offset + offset, place)
        })
    }
}

/// Calls `each` with the place in the file, counted from the first sample of `whole`, and in the bytes of `roi`, of every run of
/// samples of `item` bytes that lie together.
///
/// # Errors
///
/// Those of `each`.
pub(crate) fn runs(
    whole: &Roi,
    roi: &Roi,
    item: usize,
    mut each: impl FnMut(u64, std::ops::Range<usize>) -> Result<(), Error>,
) -> Result<(), Error> {
    if roi.is_empty() {
        return Ok(());
    }
    let inner = Layout::of(whole, item);
    let mut run_axis = roi.rank();
    let mut run = item;
    while run_axis > 0 {
        run_axis -= 1;
        run *= roi.range(run_axis).len();
        if roi.range(run_axis) != whole.range(run_axis) {
            break;
        }
    }
    let mut at = roi.start().to_vec();
    let mut place = 0;
    loop {
        each(inner.offset(&at) as u64, place..place + run)?;
        place += run;
        if !advance(&mut at[..run_axis], roi) {
            return Ok(());
        }
    }
}

/// `bytes` in pieces, each with its place.
fn pieces(bytes: &mut [u8]) -> impl Iterator<Item = (usize, &mut [u8])> {
    bytes.chunks_mut(PIECE).enumerate().map(|(n, piece)| (n * PIECE, piece))
}

/// What went wrong with the stream below a decoder.
pub(crate) fn cut_short(error: io::Error) -> Error {
    // Of a stream of our own, such as one that was stopped.
    if let Some(own) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        return own.clone();
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Error::msg("it ends before its data do (cut short or damaged)"),
        _ => error.into(),
    }
}
