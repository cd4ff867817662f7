//! How a block is kept: as it is, or compressed.

use crate::array::{Array, Axes, DType, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext};
use crate::graph::Execute;
use crate::kernels::Pieces;
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
    /// How to keep a block of so many bytes. Before compressed bytes stands how many they were, as a `u32`: a block that
    /// is larger could not be read back.
    fn of_block(self, nbytes: usize) -> Self {
        match u32::try_from(nbytes) {
            Ok(_) => self,
            Err(_) => Self::Plain,
        }
    }

    /// Packs a block in the compute pool, unless it is kept as it is.
    pub(crate) async fn pack_for(self, cx: &Execute, array: &Array) -> Result<Packed, Error> {
        if self.of_block(array.nbytes()) == Self::Plain && is_compact(array) {
            return self.pack(array);
        }
        let array = array.clone();
        cx.compute(move |_| self.pack(&array)).await
    }

    pub(crate) fn pack(self, array: &Array) -> Result<Packed, Error> {
        match self.of_block(array.nbytes()) {
            Self::Plain => Ok(Packed::Plain(compact(array)?)),
            Self::Lz4 => Ok(Packed::Lz4(Arc::new(Lz4 {
                bytes: compressed(array)?,
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
        let packed = self.clone();
        cx.compute(move |_| packed.unpack()).await
    }

    pub(crate) fn unpack(&self) -> Result<Array, Error> {
        match self {
            Self::Plain(array) => Ok(array.clone()),
            Self::Lz4(packed) => {
                let bytes = lz4_flex::decompress_size_prepended(&packed.bytes).context("unpacking a block")?;
                array(packed, &bytes)
            }
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
fn compressed(array: &Array) -> Result<Vec<u8>, Error> {
    let array = array.to_contiguous()?;
    match_dtype!(array.dtype(), T => {
        let view = array.view::<T>()?;
        let elements = view.as_slice().expect("invariant: it was made contiguous");
        Ok(lz4_flex::compress_prepend_size(bytemuck::cast_slice::<T, u8>(elements)))
    })
}

fn array(packed: &Lz4, bytes: &[u8]) -> Result<Array, Error> {
    match_dtype!(packed.dtype, T => {
        let read = bytemuck::checked::try_pod_read_unaligned::<T>;
        let elements: Result<Vec<T>, _> = bytes.chunks_exact(size_of::<T>()).map(read).collect();
        let elements = elements.map_err(|error| Error::msg(format!("unpacking a block: {error}")))?;
        Array::from_vec(packed.axes, &packed.shape, elements)
    })
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
