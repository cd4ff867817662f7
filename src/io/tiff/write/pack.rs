//! From samples to the bytes of a strip or tile in the file.

use flate2::{Compress, FlushCompress, Status};
use weezl::{BitOrder, LzwStatus};
use zstd::stream::raw::{CParameter, Encoder, InBuffer, Operation as _, OutBuffer};

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::compression::Compression;
use crate::io::tiff::codec::Predictor;
use crate::io::tiff::layout::Layout;

/// What is packed between two looks at the checkpoint.
const PIECE: usize = 16 << 10;

/// The most bytes that `bare` ones become.
pub(super) fn bound(bare: usize) -> usize {
    bare.saturating_add(bare / 2).saturating_add(4096)
}

/// Packs `rows`, which are used up, into `packed`, which is emptied before.
///
/// # Errors
///
/// No memory, the checkpoint's reason.
pub(super) fn pack(
    layout: &Layout,
    compression: Compression,
    rows: &mut [u8],
    packed: &mut Vec<u8>,
    checkpoint: &Checkpoint,
) -> Result<(), Error> {
    if layout.predictor == Predictor::Horizontal {
        for row in rows.chunks_mut(layout.row_bytes()) {
            match layout.dtype.size() {
                1 => subtract::<1>(row, layout.samples),
                2 => subtract::<2>(row, layout.samples),
                _ => subtract::<4>(row, layout.samples),
            }
        }
    }
    packed.clear();
    let room = packed.try_reserve_exact(bound(rows.len()));
    room.map_err(|_| Error::msg("the system has no memory for a strip or tile"))?;
    match compression {
        Compression::Deflate(level) => deflate(level, rows, packed, checkpoint),
        Compression::Zstd(level) => zstd(level, rows, packed, checkpoint),
        Compression::Lzw => lzw(rows, packed, checkpoint),
        _ => {
            packed.extend_from_slice(rows);
            Ok(())
        }
    }
}

/// Leaves of each sample the difference to its neighbour on the left.
fn subtract<const N: usize>(row: &mut [u8], samples: usize) {
    let (items, _) = row.as_chunks_mut::<N>();
    for at in (samples..items.len()).rev() {
        let (here, left) = (wide(&items[at]), wide(&items[at - samples]));
        let difference = here.wrapping_sub(left).to_le_bytes();
        let (bytes, _) = difference.split_at(N);
        items[at].copy_from_slice(bytes);
        if cfg!(target_endian = "big") {
            items[at].reverse();
        }
    }
}

fn wide<const N: usize>(sample: &[u8; N]) -> u32 {
    let mut bytes = [0; 4];
    bytes[..N].copy_from_slice(sample);
    if cfg!(target_endian = "big") {
        bytes[..N].reverse();
    }
    u32::from_le_bytes(bytes)
}

fn deflate(level: u8, rows: &[u8], packed: &mut Vec<u8>, checkpoint: &Checkpoint) -> Result<(), Error> {
    let mut stream = Compress::new(flate2::Compression::new(u32::from(level)), true);
    let failed = || Error::msg("deflate failed");
    loop {
        checkpoint.check()?;
        let read = stream.total_in() as usize;
        let end = rows.len().min(read + PIECE);
        let flush = if end == rows.len() {
            FlushCompress::Finish
        } else {
            FlushCompress::None
        };
        let status = stream
            .compress_vec(&rows[read..end], packed, flush)
            .map_err(|_| failed())?;
        match status {
            Status::StreamEnd => return Ok(()),
            Status::BufError if packed.len() == packed.capacity() => return Err(failed()),
            Status::Ok | Status::BufError => {}
        }
    }
}

fn zstd(level: u8, rows: &[u8], packed: &mut Vec<u8>, checkpoint: &Checkpoint) -> Result<(), Error> {
    let mut stream = Encoder::new(i32::from(level))?;
    stream.set_pledged_src_size(Some(rows.len() as u64))?;
    stream.set_parameter(CParameter::ContentSizeFlag(true))?;
    let mut filled = 0;
    for piece in rows.chunks(PIECE) {
        let mut input = InBuffer::around(piece);
        while input.pos() < piece.len() {
            checkpoint.check()?;
            let mut output = OutBuffer::around_pos(packed, filled);
            stream.run(&mut input, &mut output)?;
            filled = output.pos();
        }
    }
    let mut output = OutBuffer::around_pos(packed, filled);
    while stream.finish(&mut output, true)? > 0 {
        if output.pos() == output.capacity() {
            return Err(Error::msg("Zstandard failed"));
        }
    }
    Ok(())
}

fn lzw(rows: &[u8], packed: &mut Vec<u8>, checkpoint: &Checkpoint) -> Result<(), Error> {
    let mut stream = weezl::encode::Encoder::with_tiff_size_switch(BitOrder::Msb, 8);
    packed.resize(bound(rows.len()), 0);
    let (mut read, mut filled) = (0, 0);
    loop {
        checkpoint.check()?;
        let end = rows.len().min(read + PIECE);
        if end == rows.len() {
            stream.finish();
        }
        let step = stream.encode_bytes(&rows[read..end], &mut packed[filled..]);
        read += step.consumed_in;
        filled += step.consumed_out;
        match step.status {
            Ok(LzwStatus::Done) => break,
            Ok(LzwStatus::Ok | LzwStatus::NoProgress) if filled < packed.len() => {}
            _ => return Err(Error::msg("LZW failed")),
        }
    }
    packed.truncate(filled);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::DType;
    use crate::io::bytes::Endian;
    use crate::io::tiff::codec::Codec;
    use crate::io::tiff::decode::{Packed, decode};

    /// A strip of 300 rows of 500 samples with the codec and predictor.
    fn layout(codec: Codec, predictor: Predictor, dtype: DType) -> Layout {
        Layout {
            width: 500,
            height: 300,
            dtype,
            samples: 1,
            planar: false,
            codec,
            predictor,
            chunk_width: 500,
            chunk_height: 300,
            tiled: false,
            ycbcr: false,
        }
    }

    #[test]
    fn noise_and_nothing_fit_their_bound_and_come_back_whole_and_in_part() {
        let mut state = 7_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        let codecs = [
            (Codec::Deflate, Compression::Deflate(6)),
            (Codec::Zstd, Compression::Zstd(19)),
            (Codec::Lzw, Compression::Lzw),
        ];
        for (codec, compression) in codecs {
            for (predictor, dtype) in [(Predictor::Horizontal, DType::U16), (Predictor::None, DType::F64)] {
                let layout = layout(codec, predictor, dtype);
                let count = layout.row_bytes() * layout.height;
                for rows in [(0..count).map(|_| noise()).collect::<Vec<_>>(), vec![0; count]] {
                    let (mut packed, never) = (Vec::new(), Checkpoint::never());
                    pack(&layout, compression, &mut rows.clone(), &mut packed, &never).unwrap();
                    assert!(packed.len() <= bound(count));
                    for some in [count, layout.row_bytes() * 7] {
                        let mut back = vec![1; some];
                        let packed = Packed {
                            bytes: &packed,
                            tables: &[],
                            order: Endian::NATIVE,
                        };
                        decode(&layout, &packed, &mut back, &never).unwrap();
                        assert_eq!(back, rows[..some], "{compression}");
                    }
                }
            }
        }
    }
}
