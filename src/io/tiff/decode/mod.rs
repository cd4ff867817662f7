//! From the bytes of a strip or tile in the file to samples.
//!
//! Every decoder fills a buffer whose size was known and admitted before, and stops when it is full: what a file claims to unpack
//! to is nobody's concern.

mod bits;
mod jpeg;
mod packbits;
mod predictor;
mod unpack;

pub(super) use bits::expand;
pub(super) use jpeg::working_memory as jpeg_memory;
pub(super) use unpack::{AT_ONCE, Unpackers, ZSTD_MEMORY};

use crate::array::DType;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::bytes::{Endian, to_native};
use crate::io::tiff::codec::{Codec, Predictor};
use crate::io::tiff::layout::Layout;

/// A strip or tile as it lies in the file.
pub(super) struct Packed<'a> {
    pub(super) bytes: &'a [u8],
    /// What all JPEGs of the page share; empty if they do not.
    pub(super) tables: &'a [u8],
    /// The order of bytes in samples.
    pub(super) order: Endian,
    /// As many bytes of the rows have to be there; the others may be missing.
    pub(super) needed: usize,
}

/// Decodes the first rows of a strip or tile, as many as `rows` has, to samples in this machine's order of bytes.
///
/// # Errors
///
/// Data that are damaged or end early, the checkpoint's reason.
pub(super) fn decode(
    layout: &Layout,
    packed: &Packed<'_>,
    rows: &mut [u8],
    unpackers: &mut Unpackers,
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    let needed = packed.needed;
    match layout.codec {
        // Those are read without a detour.
        Codec::None => rows.copy_from_slice(&packed.bytes[..rows.len()]),
        Codec::Deflate => unpackers.deflate(packed.bytes, rows, needed, checkpoint)?,
        Codec::Zstd => unpackers.zstd(packed.bytes, rows, needed, checkpoint)?,
        Codec::Lzw => unpack::lzw(packed.bytes, rows, checkpoint)?,
        Codec::PackBits => packbits::unpack(packed.bytes, rows, checkpoint)?,
        Codec::Jpeg => return jpeg::decode(layout, packed, rows, checkpoint),
    }
    finish(layout, packed.order, rows, checkpoint)
}

/// From unpacked rows to samples: order of bytes and predictor.
///
/// # Errors
///
/// The checkpoint's reason.
pub(super) fn finish(layout: &Layout, order: Endian, rows: &mut [u8], checkpoint: &Checkpoint) -> Result<(), Error> {
    let item = layout.dtype.size();
    match layout.predictor {
        _ if layout.dtype == DType::Bool => Ok(()),
        Predictor::None => {
            to_native(rows, item, order);
            Ok(())
        }
        Predictor::Horizontal => {
            to_native(rows, item, order);
            predictor::add_horizontally(rows, layout.row_bytes(), layout.chunk_samples(), item, checkpoint)
        }
        Predictor::Float => predictor::join_floats(rows, layout.row_bytes(), layout.chunk_samples(), item, checkpoint),
    }
}
