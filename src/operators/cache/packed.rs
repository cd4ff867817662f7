//! How a block is kept: as it is, or compressed.

use lz4_flex::block::{compress_into, decompress_into, get_maximum_output_size};

use crate::array::{Array, Axes, BufferPool, DType, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext};
use crate::graph::{Execute, Meta};
use crate::kernels::Pieces;
use crate::operators::buffers::buffers;
use crate::operators::estimate;
use crate::sync::Arc;

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
    bytes: Vec<u8>,
    axes: Axes,
    shape: Vec<usize>,
    dtype: DType,
}

impl Packing {
    /// How to keep a block of so many bytes. LZ4 counts places in a block as `u32`: one that is larger could not be read back.
    fn of_block(self, nbytes: usize) -> Self {
        match u32::try_from(nbytes) {
            Ok(_) => self,
            Err(_) => Self::Plain,
        }
    }

    /// The description of what is kept so: to be compressed takes room for the worst case, and then what comes of it.
    pub(crate) fn described(self, meta: Meta) -> Result<Meta, Error> {
        match self {
            Self::Plain => Ok(meta),
            Self::Lz4 => {
                let block = estimate::block(&meta)?;
                let plain = block.volume()? * meta.dtype().size();
                let own = (get_maximum_output_size(plain) + plain) as u64;
                estimate::with_bytes(meta.clone(), &block, own, &[(&meta, block)])
            }
        }
    }

    /// Packs a block in the compute pool, unless it is kept as it is.
    pub(crate) async fn pack_for(self, cx: &Execute, array: &Array) -> Result<Packed, Error> {
        if self.of_block(array.nbytes()) == Self::Plain && is_compact(array) {
            return self.pack(array);
        }
        let (array, buffers) = (array.clone(), buffers(cx.runtime()));
        cx.compute(move |_| self.pack_in(&array, &buffers)).await
    }

    pub(crate) fn pack(self, array: &Array) -> Result<Packed, Error> {
        self.pack_in(array, &BufferPool::new(0))
    }

    /// Packs with the room that it takes from one of `buffers`.
    fn pack_in(self, array: &Array, buffers: &Arc<BufferPool>) -> Result<Packed, Error> {
        match self.of_block(array.nbytes()) {
            Self::Plain => Ok(Packed::Plain(compact(array)?)),
            Self::Lz4 => Ok(Packed::Lz4(Arc::new(Lz4 {
                bytes: compressed(array, buffers)?,
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
            Self::Lz4(packed) => packed.bytes.len() as u64,
            Self::Pieces(pieces) => pieces.nbytes() as u64,
        }
    }

    /// Unpacks a block in the compute pool, unless it is kept as it is.
    pub(crate) async fn unpack_for(&self, cx: &Execute) -> Result<Array, Error> {
        if let Self::Plain(array) = self {
            return Ok(array.clone());
        }
        let (packed, buffers) = (self.clone(), buffers(cx.runtime()));
        cx.compute(move |_| packed.unpack_in(&buffers)).await
    }

    pub(crate) fn unpack(&self) -> Result<Array, Error> {
        self.unpack_in(&BufferPool::new(0))
    }

    /// Unpacks into one of `buffers`.
    pub(crate) fn unpack_in(&self, buffers: &Arc<BufferPool>) -> Result<Array, Error> {
        match self {
            Self::Plain(array) => Ok(array.clone()),
            Self::Lz4(packed) => packed.unpack_in(buffers),
            Self::Pieces(pieces) => pieces.labels(&Checkpoint::never()),
        }
    }
}

/// An array that keeps no more in memory than it shows: itself if that is so, since its buffer can be shared, or a copy. A
/// slice of something larger would keep the whole of it.
fn compact(array: &Array) -> Result<Array, Error> {
    match is_compact(array) {
        true => Ok(array.clone()),
        false => array.detached(),
    }
}

fn is_compact(array: &Array) -> bool {
    let is_constant = array.buffer_nbytes() < array.nbytes();
    let is_whole = array.buffer_nbytes() == array.nbytes() && array.is_contiguous();
    is_constant || is_whole
}

/// The elements in order, as they lie in this machine's memory, compressed.
fn compressed(array: &Array, buffers: &Arc<BufferPool>) -> Result<Vec<u8>, Error> {
    let array = array.to_contiguous()?;
    let mut room = buffers.array("x", &[get_maximum_output_size(array.nbytes())], DType::U8)?;
    let room = bytes_mut(&mut room)?.unwrap_or_default();
    match_dtype!(array.dtype(), T => {
        let view = array.view::<T>()?;
        let elements = view.as_slice().expect("invariant: it was made contiguous");
        let count = compress_into(bytemuck::cast_slice::<T, u8>(elements), room).context("packing a block")?;
        Ok(room[..count].to_vec())
    })
}

impl Lz4 {
    fn unpack_in(&self, buffers: &Arc<BufferPool>) -> Result<Array, Error> {
        let mut array = buffers.array(self.axes, &self.shape, self.dtype)?;
        let Some(elements) = bytes_mut(&mut array)? else {
            // Not every byte is a `bool`.
            let mut bytes = buffers.array(self.axes, &self.shape, DType::U8)?;
            self.write(bytes_mut(&mut bytes)?.unwrap_or_default())?;
            return bytes.cast(DType::Bool);
        };
        self.write(elements)?;
        Ok(array)
    }

    fn write(&self, out: &mut [u8]) -> Result<(), Error> {
        let written = decompress_into(&self.bytes, out).context("unpacking a block")?;
        match written == out.len() {
            true => Ok(()),
            false => Err(Error::msg(format!(
                "unpacking a block: {written} bytes of {}",
                out.len()
            ))),
        }
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
        let largest = u32::MAX as usize;
        assert_eq!(Packing::Lz4.of_block(largest), Packing::Lz4);
        assert_eq!(Packing::Lz4.of_block(largest + 1), Packing::Plain);
        assert_eq!(Packing::Plain.of_block(1), Packing::Plain);
    }
}
