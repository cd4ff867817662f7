//! How a block is kept: as it is, or compressed.

use lz4_flex::block::{compress_into, decompress_into, get_maximum_output_size};

use crate::array::{Array, Axes, BufferPool, DType, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext};
use crate::graph::{Execute, Meta};
use crate::kernels::{Pieces, cast, contiguous, copied, pooled};
use crate::operators::buffers::buffers;
use crate::operators::estimate;
use crate::sync::Arc;

/// How many bytes are compressed on their own: so many between two looks at the checkpoint. A window of LZ4 reaches back half
/// as far, so that little is lost.
const PIECE: usize = 1 << 17;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    Plain,
    Lz4,
}

/// A block as it is kept. Cloning shares it.
#[derive(Clone)]
pub(crate) enum Packed {
    Plain(Array),
    Lz4(Arc<Lz4>),
    /// Labels that are unique within the block, as the runs in which they were found.
    Pieces(Arc<Pieces>),
}

pub(crate) struct Lz4 {
    /// The elements in order, as they lie in this machine's memory, [`PIECE`] bytes of them at a time.
    pieces: Vec<Vec<u8>>,
    axes: Axes,
    shape: Vec<usize>,
    dtype: DType,
}

impl Packing {
    /// The description of what is kept so: to be compressed takes room for the worst case of a piece, beside what comes of it.
    pub(crate) fn described(self, meta: Meta) -> Result<Meta, Error> {
        match self {
            Self::Plain => Ok(meta),
            Self::Lz4 => {
                let block = estimate::block(&meta)?;
                let plain = block.volume()? * meta.dtype().size();
                let own = (room_for(plain) + plain) as u64;
                estimate::with_bytes(meta.clone(), &block, own, &[(&meta, block)])
            }
        }
    }

    /// Packs a block in the compute pool, unless it is kept as it is.
    pub(crate) async fn pack_for(self, cx: &Execute, array: &Array) -> Result<Packed, Error> {
        let (array, buffers) = (array.clone(), buffers(cx.runtime()));
        if self == Self::Plain && is_compact(&array) {
            return Ok(Packed::Plain(array));
        }
        let pack = cx.compute(move |checkpoint| self.pack_in(&array, &buffers, checkpoint));
        pack.await
    }

    pub(crate) fn pack(self, array: &Array, checkpoint: &Checkpoint) -> Result<Packed, Error> {
        self.pack_in(array, &BufferPool::new(0), checkpoint)
    }

    /// Packs with the room that it takes from one of `buffers`.
    fn pack_in(self, array: &Array, buffers: &Arc<BufferPool>, checkpoint: &Checkpoint) -> Result<Packed, Error> {
        match self {
            Self::Plain => Ok(Packed::Plain(compact(array, checkpoint)?)),
            Self::Lz4 => Ok(Packed::Lz4(Arc::new(Lz4 {
                pieces: compressed(array, buffers, checkpoint)?,
                axes: array.axes(),
                shape: array.shape().to_vec(),
                dtype: array.dtype(),
            }))),
        }
    }
}

impl Packed {
    /// What it takes in memory.
    pub(crate) fn nbytes(&self) -> u64 {
        match self {
            Self::Plain(array) => array.nbytes().min(array.buffer_nbytes()) as u64,
            Self::Lz4(packed) => packed.pieces.iter().map(|piece| piece.len() as u64).sum(),
            Self::Pieces(pieces) => pieces.nbytes() as u64,
        }
    }

    /// Unpacks a block in the compute pool, unless it is kept as it is.
    pub(crate) async fn unpack_for(&self, cx: &Execute) -> Result<Array, Error> {
        if let Self::Plain(array) = self {
            return Ok(array.clone());
        }
        let (packed, buffers) = (self.clone(), buffers(cx.runtime()));
        let unpack = cx.compute(move |checkpoint| packed.unpack_in(&buffers, checkpoint));
        unpack.await
    }

    pub(crate) fn unpack(&self, checkpoint: &Checkpoint) -> Result<Array, Error> {
        self.unpack_in(&BufferPool::new(0), checkpoint)
    }

    /// Unpacks into one of `buffers`.
    pub(crate) fn unpack_in(&self, buffers: &Arc<BufferPool>, checkpoint: &Checkpoint) -> Result<Array, Error> {
        match self {
            Self::Plain(array) => Ok(array.clone()),
            Self::Lz4(packed) => packed.unpack_in(buffers, checkpoint),
            Self::Pieces(pieces) => pieces.labels(checkpoint),
        }
    }
}

/// An array that keeps no more in memory than it shows: itself if that is so, since its buffer can be shared, or a copy. A
/// slice of something larger would keep the whole of it.
fn compact(array: &Array, checkpoint: &Checkpoint) -> Result<Array, Error> {
    match is_compact(array) {
        true => Ok(array.clone()),
        false => copied(array, checkpoint),
    }
}

fn is_compact(array: &Array) -> bool {
    let is_constant = array.buffer_nbytes() < array.nbytes();
    let is_whole = array.buffer_nbytes() == array.nbytes() && array.is_contiguous();
    is_constant || is_whole
}

/// The room that each piece of so many bytes is compressed to.
fn room_for(nbytes: usize) -> usize {
    get_maximum_output_size(nbytes.min(PIECE))
}

/// The elements in order, as they lie in this machine's memory, compressed in pieces.
fn compressed(array: &Array, buffers: &Arc<BufferPool>, checkpoint: &Checkpoint) -> Result<Vec<Vec<u8>>, Error> {
    let array = contiguous(array.clone(), checkpoint)?;
    let mut room = buffers.array("x", &[room_for(array.nbytes())], DType::U8)?;
    let room = bytes_mut(&mut room)?.unwrap_or_default();
    match_dtype!(array.dtype(), T => {
        let view = array.view::<T>()?;
        let elements = view.as_slice().expect("invariant: it was made contiguous");
        let mut pieces = Vec::new();
        for piece in bytemuck::cast_slice::<T, u8>(elements).chunks(PIECE) {
            checkpoint.check()?;
            let count = compress_into(piece, room).context("packing a block")?;
            pieces.push(room[..count].to_vec());
        }
        Ok(pieces)
    })
}

impl Lz4 {
    fn unpack_in(&self, buffers: &Arc<BufferPool>, checkpoint: &Checkpoint) -> Result<Array, Error> {
        let mut array = pooled(buffers, self.axes, &self.shape, self.dtype, checkpoint)?;
        match bytes_mut(&mut array)? {
            Some(elements) => self.write(elements, checkpoint)?,
            // Not every byte is a `bool`.
            None => {
                let mut bytes = pooled(buffers, self.axes, &self.shape, DType::U8, checkpoint)?;
                self.write(bytes_mut(&mut bytes)?.unwrap_or_default(), checkpoint)?;
                cast(&bytes, &mut array, checkpoint)?;
            }
        }
        Ok(array)
    }

    fn write(&self, out: &mut [u8], checkpoint: &Checkpoint) -> Result<(), Error> {
        for (out, piece) in out.chunks_mut(PIECE).zip(&self.pieces) {
            checkpoint.check()?;
            let written = decompress_into(piece, out).context("unpacking a block")?;
            if written != out.len() {
                let wanted = out.len();
                return Err(Error::msg(format!("unpacking a block: {written} bytes of {wanted}")));
            }
        }
        Ok(())
    }
}

/// The elements of a contiguous array as bytes, if all bytes are elements.
fn bytes_mut(array: &mut Array) -> Result<Option<&mut [u8]>, Error> {
    macro_rules! by_type {
        ($($dtype:ident $type:ty,)*) => {
            match array.dtype() {
                $(DType::$dtype => {
                    let elements = array.view_mut::<$type>()?.into_slice();
                    Ok(elements.map(bytemuck::cast_slice_mut))
                })*
                DType::Bool => Ok(None),
            }
        };
    }
    by_type!(U8 u8, U16 u16, U32 u32, U64 u64, I8 i8, I16 i16, I32 i32, I64 i64, F32 f32, F64 f64,)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_of_four_gibibytes_was_packed_and_could_not_be_read_back() {
        // LZ4 counts places as `u32`: no piece has that many, however long the block is.
        for (count, pieces) in [(0, 0), (PIECE / 8, 1), (PIECE / 8 + 1, 2), (PIECE / 2, 4)] {
            let numbers: Vec<u64> = (0..count as u64).map(|nth| nth * nth).collect();
            let array = Array::from_vec("x", &[count], numbers).unwrap();
            let packed = Packing::Lz4.pack(&array, &Checkpoint::never()).unwrap();
            assert!(matches!(&packed, Packed::Lz4(own) if own.pieces.len() == pieces));
            assert_eq!(packed.unpack(&Checkpoint::never()).unwrap(), array);
        }
    }
}
