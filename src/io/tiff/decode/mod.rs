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
pub(super) use unpack::ZSTD_MEMORY;

use crate::array::DType;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::bytes::{Endian, to_native};
use crate::io::tiff::codec::{Codec, Predictor};
use crate::io::tiff::layout::Layout;

/// Decodes the first rows of a strip or tile, as many as `rows` has, whole rows of samples in this machine's order of bytes.
///
/// # Errors
///
/// Data that are damaged or end early, the checkpoint's reason.
pub(super) fn decode(
    layout: &Layout,
    packed: &[u8],
    tables: Option<&[u8]>,
    order: Endian,
    rows: &mut [u8],
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    match layout.codec {
        Codec::None => rows.copy_from_slice(&packed[..rows.len()]),
        Codec::Deflate => unpack::deflate(packed, rows, checkpoint)?,
        Codec::Zstd => unpack::zstd(packed, rows, checkpoint)?,
        Codec::Lzw => unpack::lzw(packed, rows, checkpoint)?,
        Codec::PackBits => packbits::unpack(packed, rows, checkpoint)?,
        Codec::Jpeg => return jpeg::decode(layout, packed, tables, rows, checkpoint),
    }
    finish(layout, order, rows, checkpoint)
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
