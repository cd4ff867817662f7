//! From samples to the bytes of a strip or tile in the file.

use flate2::{Compress, FlushCompress, Status};
use libdeflater::{CompressionLvl, Compressor as Deflate};
use zstd::bulk::Compressor as Zstd;
use zstd::stream::raw::{CParameter, Encoder, InBuffer, Operation as _, OutBuffer};

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::compression::Compression;
use crate::io::tiff::codec::Predictor;
use crate::io::tiff::layout::Layout;
use crate::io::tiff::write::lzw::Lzw;

/// A strip or tile up to this size is packed at one go at the usual levels, in a millisecond or two: the encoder that cannot stop
/// in between is twice as fast as the one that can.
const AT_ONCE: usize = 256 << 10;
/// Levels above take so long for their little gain that they are asked to stop in between.
const SLOW_LEVEL: u8 = 7;
/// What is packed between two looks at the checkpoint.
const PIECE: usize = 16 << 10;

/// The most bytes that `bare` ones become.
pub(super) fn bound(bare: usize) -> usize {
    bare.saturating_add(bare / 2).saturating_add(4096)
}

/// The encoders of one compression, kept from one strip or tile to the next.
#[derive(Default)]
pub(super) struct Packers {
    deflate: Option<Deflate>,
    zstd: Option<Zstd<'static>>,
    lzw: Option<Lzw>,
}

impl Packers {
    /// Packs `rows`, which are used up, into `packed`, which is emptied before.
    ///
    /// # Errors
    ///
    /// No memory, the checkpoint's reason.
    pub(super) fn pack(
        &mut self,
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
        let at_once = |level: u8| level < SLOW_LEVEL && rows.len() <= AT_ONCE;
        match compression {
            Compression::Deflate(level) if at_once(level) => self.deflate(level, rows, packed),
            Compression::Deflate(level) => deflate(level, rows, packed, checkpoint),
            Compression::Zstd(level) if at_once(level) => self.zstd(level, rows, packed),
            Compression::Zstd(level) => zstd(level, rows, packed, checkpoint),
            Compression::Lzw => self.lzw.get_or_insert_with(Lzw::new).pack(rows, packed, checkpoint),
            _ => {
                packed.extend_from_slice(rows);
                Ok(())
            }
        }
    }

    fn deflate(&mut self, level: u8, rows: &[u8], packed: &mut Vec<u8>) -> Result<(), Error> {
        let failed = || Error::msg("deflate failed");
        let level = CompressionLvl::new(i32::from(level)).map_err(|_| failed())?;
        let stream = self.deflate.get_or_insert_with(|| Deflate::new(level));
        packed.resize(bound(rows.len()), 0);
        let length = stream.zlib_compress(rows, packed).map_err(|_| failed())?;
        packed.truncate(length);
        Ok(())
    }

    fn zstd(&mut self, level: u8, rows: &[u8], packed: &mut Vec<u8>) -> Result<(), Error> {
        let stream = match &mut self.zstd {
            Some(stream) => stream,
            none => none.insert(Zstd::new(i32::from(level))?),
        };
        stream.compress_to_buffer(rows, packed)?;
        Ok(())
    }
}

/// Leaves of each sample the difference to its neighbour on the left.
fn subtract<const N: usize>(row: &mut [u8], samples: usize) {
    let (items, _) = row.as_chunks_mut::<N>();
    match samples {
        1 => subtract_pixels::<N, 1>(items),
        _ => subtract_pixels::<N, 3>(items),
    }
}

fn subtract_pixels<const N: usize, const S: usize>(items: &mut [[u8; N]]) {
    let mut left = [0; S];
    for pixel in items.as_chunks_mut::<S>().0 {
        for (sample, left) in pixel.iter_mut().zip(&mut left) {
            let here = wide(sample);
            *sample = narrow(here.wrapping_sub(*left));
            *left = here;
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

fn narrow<const N: usize>(number: u32) -> [u8; N] {
    let mut sample = [0; N];
    sample.copy_from_slice(&number.to_le_bytes()[..N]);
    if cfg!(target_endian = "big") {
        sample.reverse();
    }
    sample
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::DType;
    use crate::io::bytes::Endian;
    use crate::io::tiff::codec::Codec;
    use crate::io::tiff::decode::{Packed, Unpackers, decode};

    /// A strip of `height` rows of 500 samples with the codec and predictor.
    fn layout(codec: Codec, predictor: Predictor, dtype: DType, height: usize) -> Layout {
        Layout {
            width: 500,
            height,
            dtype,
            samples: 1,
            planar: false,
            codec,
            predictor,
            chunk_width: 500,
            chunk_height: height,
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
            (Codec::Deflate, Compression::Deflate(9)),
            (Codec::Zstd, Compression::Zstd(3)),
            (Codec::Zstd, Compression::Zstd(19)),
            (Codec::Lzw, Compression::Lzw),
        ];
        for (codec, compression) in codecs {
            for (predictor, dtype) in [(Predictor::Horizontal, DType::U16), (Predictor::None, DType::F64)] {
                trip(codec, compression, &layout(codec, predictor, dtype, 300), &mut noise);
                // Small enough to go at once.
                trip(codec, compression, &layout(codec, predictor, dtype, 60), &mut noise);
            }
        }
    }

    fn trip(codec: Codec, compression: Compression, layout: &Layout, noise: &mut impl FnMut() -> u8) {
        let count = layout.row_bytes() * layout.height;
        for rows in [(0..count).map(|_| noise()).collect::<Vec<_>>(), vec![0; count]] {
            let (mut packers, mut packed, never) = (Packers::default(), Vec::new(), Checkpoint::never());
            // The second time in encoders that have been used.
            for _ in 0..2 {
                packers
                    .pack(layout, compression, &mut rows.clone(), &mut packed, &never)
                    .unwrap();
            }
            assert!(packed.len() <= bound(count));
            for some in [count, layout.row_bytes() * 7] {
                let (mut back, mut unpackers) = (vec![1; some], Unpackers::default());
                let packed = Packed {
                    bytes: &packed,
                    tables: &[],
                    order: Endian::NATIVE,
                    needed: some,
                };
                decode(layout, &packed, &mut back, &mut unpackers, &never).unwrap();
                assert_eq!(back, rows[..some], "{codec:?} {compression}");
            }
        }
    }
}
