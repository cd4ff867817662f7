//! How a block is kept: as it is, or compressed.

use crate::array::{Array, Axes, DType, match_dtype};
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorContext};
use crate::graph::Execute;
use crate::kernels::{Pieces, contiguous, copied};
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
    /// Packs a block in the compute pool, unless it is kept as it is.
    pub(crate) async fn pack_for(self, cx: &Execute, array: &Array) -> Result<Packed, Error> {
        let array = array.clone();
        if self == Self::Plain && is_compact(&array) {
            return Ok(Packed::Plain(array));
        }
        cx.compute(move |checkpoint| self.pack(&array, checkpoint)).await
    }

    pub(crate) fn pack(self, array: &Array, checkpoint: &Checkpoint) -> Result<Packed, Error> {
        match self {
            Self::Plain => Ok(Packed::Plain(compact(array, checkpoint)?)),
            Self::Lz4 => Ok(Packed::Lz4(Arc::new(Lz4 {
                pieces: compressed(array, checkpoint)?,
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
        let packed = self.clone();
        cx.compute(move |checkpoint| packed.unpack(checkpoint)).await
    }

    pub(crate) fn unpack(&self, checkpoint: &Checkpoint) -> Result<Array, Error> {
        match self {
            Self::Plain(array) => Ok(array.clone()),
            Self::Lz4(packed) => array(packed, checkpoint),
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

fn compressed(array: &Array, checkpoint: &Checkpoint) -> Result<Vec<Vec<u8>>, Error> {
    let array = contiguous(array.clone(), checkpoint)?;
    match_dtype!(array.dtype(), T => {
        let view = array.view::<T>()?;
        let elements = view.as_slice().expect("invariant: it was made contiguous");
        let mut pieces = Vec::new();
        for piece in bytemuck::cast_slice::<T, u8>(elements).chunks(PIECE) {
            checkpoint.check()?;
            pieces.push(lz4_flex::compress_prepend_size(piece));
        }
        Ok(pieces)
    })
}

fn array(packed: &Lz4, checkpoint: &Checkpoint) -> Result<Array, Error> {
    match_dtype!(packed.dtype, T => {
        let mut elements = Vec::with_capacity(packed.shape.iter().product());
        for piece in &packed.pieces {
            checkpoint.check()?;
            let bytes = lz4_flex::decompress_size_prepended(piece).context("unpacking a block")?;
            for element in bytes.chunks_exact(size_of::<T>()) {
                let element = bytemuck::checked::try_pod_read_unaligned::<T>(element);
                elements.push(element.map_err(|error| Error::msg(format!("unpacking a block: {error}")))?);
            }
        }
        Array::from_vec(packed.axes, &packed.shape, elements)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_of_four_gibibytes_was_packed_and_could_not_be_read_back() {
        // What is compressed is preceded by its length, as a `u32`: no piece is that long, however long the block is.
        for (count, pieces) in [(0, 0), (PIECE / 8, 1), (PIECE / 8 + 1, 2), (PIECE / 2, 4)] {
            let numbers: Vec<u64> = (0..count as u64).map(|nth| nth * nth).collect();
            let array = Array::from_vec("x", &[count], numbers).unwrap();
            let packed = Packing::Lz4.pack(&array, &Checkpoint::never()).unwrap();
            assert!(matches!(&packed, Packed::Lz4(own) if own.pieces.len() == pieces));
            assert_eq!(packed.unpack(&Checkpoint::never()).unwrap(), array);
        }
    }
}
