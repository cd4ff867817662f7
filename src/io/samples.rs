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
}

impl Samples {
    /// Fills `out` with `roi`.
    ///
    /// # Errors
    ///
    /// The file system's, cut short, damaged, the checkpoint's reason.
    pub(crate) fn read(&self, roi: &Roi, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error> {
        match self {
            Self::Bare(flat) => flat.read(roi, out, checkpoint),
            Self::Inflated(inflated) => inflated.read(roi, out, checkpoint),
        }
    }

    /// The most bytes that reading takes beside the result.
    pub(crate) fn scratch(&self) -> u64 {
        match self {
            Self::Bare(_) => 0,
            Self::Inflated(inflated) => inflated.scratch(),
        }
    }
}
