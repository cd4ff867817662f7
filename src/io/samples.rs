//! Samples in C order in a file: bare or compressed as one stream.

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::io::flat::Flat;
use crate::io::inflated::Inflated;
use crate::roi::Roi;

/// Where samples come from.
pub(crate) enum Samples {
    /// Any region at once.
    Bare(Flat),
    /// By inflating all that comes before.
    Inflated(Inflated),
    /// In an object store, by ranges.
    #[cfg(feature = "object-store")]
    Remote(crate::io::object::RemoteSamples),
}

impl Samples {
    /// What is best read at a time, if each piece is worked on before the next.
    pub(crate) fn piece(&self) -> usize {
        match self {
            Self::Bare(_) | Self::Inflated(_) => 256 << 10,
            #[cfg(feature = "object-store")]
            Self::Remote(_) => 8 << 20,
        }
    }

    /// Fills `out` with `roi`.
    ///
    /// # Errors
    ///
    /// The file system's, cut short, damaged, the checkpoint's reason.
    pub(crate) fn read(&self, roi: &Roi, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        match self {
            Self::Bare(flat) => flat.read(roi, out, checkpoint),
            Self::Inflated(inflated) => inflated.read(roi, out, checkpoint),
            #[cfg(feature = "object-store")]
            Self::Remote(remote) => remote.read(roi, out, checkpoint),
        }
    }

    /// The most bytes that reading takes beside the result.
    pub(crate) fn scratch(&self) -> u64 {
        match self {
            Self::Bare(_) => 0,
            Self::Inflated(inflated) => inflated.scratch(),
            #[cfg(feature = "object-store")]
            Self::Remote(remote) => remote.scratch(),
        }
    }
}
