//! What the metadata of an array say, whatever the version.

use serde_json::{Map, Value};

use crate::array::DType;
use crate::error::Error;
use crate::io::bytes::Endian;
use crate::io::limit::Limit;
use crate::io::zarr::codec::Codecs;
use crate::io::zarr::data_type::Sample;
use crate::io::zarr::keys::Keys;
use crate::roi::{Roi, Shape};

/// An array in a store.
#[derive(Clone, Debug)]
pub(super) struct Metadata {
    pub(super) shape: Shape,
    /// Of a chunk, which is a shard if there are [`shards`](Self::shards).
    pub(super) chunk: Shape,
    pub(super) dtype: DType,
    /// The value of samples that are in no chunk.
    pub(super) fill: Sample,
    pub(super) keys: Keys,
    /// Of what is encoded at a time: a chunk, or a chunk within a shard.
    pub(super) chain: Chain,
    pub(super) shards: Option<Shards>,
    /// Names of the axes, where it has them.
    pub(super) names: Vec<Option<String>>,
    pub(super) attributes: Map<String, Value>,
}

/// How the samples of a chunk become bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chain {
    /// Axis `n` of what is stored is axis `order[n]` of the array, if that is not `n` everywhere.
    pub(super) order: Option<Vec<usize>>,
    pub(super) endian: Endian,
    pub(super) codecs: Codecs,
}

/// How chunks lie in a shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shards {
    /// The shape of a chunk within.
    pub(super) inner: Shape,
    pub(super) index_endian: Endian,
    pub(super) index_codecs: Codecs,
    pub(super) index_at_end: bool,
}

impl Metadata {
    /// The shape of what is encoded at a time.
    pub(super) fn piece(&self) -> Shape {
        self.shards.as_ref().map_or(self.chunk, |shards| shards.inner)
    }

    /// Bytes of the samples of a piece.
    ///
    /// # Errors
    ///
    /// More than can be counted.
    pub(super) fn piece_bytes(&self) -> Result<u64, Error> {
        let bytes = self.piece().volume()?.checked_mul(self.dtype.size());
        // Vectors hold no more than this.
        let bytes = bytes.filter(|bytes| isize::try_from(*bytes).is_ok());
        bytes
            .map(|bytes| bytes as u64)
            .ok_or_else(|| Error::invalid(format!("no memory holds chunks of {}", self.piece())))
    }

    /// Bytes of the index of a shard, as it is stored; 0 without shards.
    pub(super) fn index_bytes(&self) -> u64 {
        let Some(shards) = &self.shards else { return 0 };
        let counts = self
            .chunk
            .iter()
            .zip(shards.inner.iter())
            .map(|(outer, inner)| outer / inner);
        let entries = counts.fold(1_u64, |n, count| n.saturating_mul(count as u64));
        shards.index_codecs.longest(entries.saturating_mul(16))
    }

    /// The most memory that reading or writing one piece takes.
    pub(super) fn piece_scratch(&self) -> u64 {
        // What overflows has been refused.
        let raw = self.piece_bytes().unwrap_or(u64::MAX);
        let codecs = &self.chain.codecs;
        let parts = [
            raw,
            codecs.longest(raw),
            codecs.scratch(raw),
            self.index_bytes().saturating_mul(2),
        ];
        parts.into_iter().fold(0, u64::saturating_add)
    }

    /// Whether it can be worked with: sizes that fit each other and `limit`.
    ///
    /// # Errors
    ///
    /// They do not.
    pub(super) fn check(&self, limit: Limit) -> Result<(), Error> {
        let (shape, chunk) = (self.shape, self.chunk);
        if chunk.rank() != shape.rank() {
            return Err(Error::invalid(format!(
                "chunks of {chunk} do not fit the shape {shape}"
            )));
        }
        if chunk.iter().any(|length| length == 0) {
            return Err(Error::invalid(format!("chunks of {chunk}")));
        }
        if let Some(shards) = &self.shards {
            let fits = |(outer, inner): (usize, usize)| inner > 0 && outer.is_multiple_of(inner);
            let inner = shards.inner;
            if inner.rank() != chunk.rank() || !chunk.iter().zip(inner.iter()).all(fits) {
                return Err(Error::invalid(format!(
                    "shards of {chunk} do not divide into chunks of {inner}"
                )));
            }
        }
        // Coordinates beyond this are in no array, and sums of them would overflow.
        let far = |length: usize| length > isize::MAX as usize / 4;
        if shape.iter().chain(chunk.iter()).any(far) {
            return Err(Error::invalid(format!(
                "the shape {shape} in chunks of {chunk} is out of range"
            )));
        }
        let piece = self.piece();
        let context = |cause: Error| cause.context(format!("a chunk of {piece} {}", self.dtype));
        self.piece_bytes().map_err(context)?;
        limit.admit(self.piece_scratch()).map_err(context)
    }
}

impl Shards {
    /// Which entry of the index belongs to the piece that begins at `start`, in the shard that is `shard`.
    pub(super) fn entry(&self, start: &[usize], shard: &Roi) -> usize {
        let axes = start
            .iter()
            .zip(shard.start())
            .zip(shard.shape().iter().zip(self.inner.iter()).collect::<Vec<_>>());
        axes.fold(0, |entry, ((at, first), (length, inner))| {
            entry * (length / inner) + (at - first) / inner
        })
    }
}
