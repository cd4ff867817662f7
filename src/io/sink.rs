//! What every file that can be written is.

use std::path::PathBuf;

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::Meta;
use crate::roi::{Roi, Shape};

/// An image that is being written, block by block.
///
/// Its name appears only with [`finish`](Self::finish), when it is whole. Dropped before, it leaves nothing behind, unless it
/// was made to be [resumed](crate::io::Create::resume): then what is written stays under a name of its own for the next run.
pub trait Sink: Send + Sync + 'static {
    /// What is written.
    fn meta(&self) -> &Meta;

    /// Where it will be, as errors and reports name it.
    fn name(&self) -> &str;

    /// Blocks begin at multiples of this, and end at multiples or at the end of the image. Without it: anywhere.
    fn unit(&self) -> Shape {
        Shape::from_fn(self.meta().shape().rank(), |_| 1)
    }

    /// In which order blocks may come.
    fn order(&self) -> WriteOrder {
        WriteOrder::Any
    }

    /// Whether an earlier run has written all of `roi`, and it is still good.
    fn is_written(&self, roi: &Roi) -> bool {
        let _ = roi;
        false
    }

    /// The most bytes that writing `roi` takes beside the block itself.
    fn scratch(&self, roi: &Roi) -> u64;

    /// Writes `block`, of the shape of `roi` and of the image's type and axes, as the content of `roi`. In any layout.
    ///
    /// It runs in the compute pool. With [`WriteOrder::Any`] it may be called from several threads at once, for regions that do
    /// not overlap.
    ///
    /// # Errors
    ///
    /// A full disk, a folder that is gone, a block that does not fit [`unit`](Self::unit) or the order; the checkpoint's reason.
    /// The error names the file. The block then counts as not written.
    fn write_region(&self, roi: &Roi, block: &Array, checkpoint: &Checkpoint) -> Result<(), Error>;

    /// Makes the file appear under its name, in one step, after all of it has been written.
    ///
    /// # Errors
    ///
    /// Blocks that are missing; the file system's errors; the checkpoint's reason. The name is then as it was before.
    fn finish(self: Box<Self>, checkpoint: &Checkpoint) -> Result<Saved, Error>;
}

/// In which order the blocks of a [`Sink`] may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteOrder {
    /// In any, and several at once.
    Any,
    /// One after another, in C order of the [units](Sink::unit): the format is a stream.
    Ascending,
}

/// A file that has been written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Where.
    pub path: PathBuf,
    /// Its length, or that of all its parts.
    pub bytes: u64,
}
