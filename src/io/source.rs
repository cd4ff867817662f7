//! What every file that can be read is.

use std::fmt;
use std::ops::Deref;

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::{Meta, SlotType};
use crate::roi::Roi;
use crate::sync::Arc;

/// An image in a file or a store, of which any part can be read.
///
/// Opening has checked what can be checked without reading pixels; nothing of the pixels is kept between two calls except
/// what [`scratch`](Self::scratch) says. All methods may be called from several threads at once.
pub trait Source: Send + Sync + 'static {
    /// Shape, type, axes, and what the file says of pixel sizes, units, channel names and values. The
    /// [ideal block](Meta::ideal_block) is what the file decodes at a time: a chunk, a tile, a page.
    fn meta(&self) -> &Meta;

    /// Where it lies, as errors and reports name it.
    fn name(&self) -> &str;

    /// Fills `out` with `roi`: an array of the shape of `roi`, of the image's type and axes, contiguous in C order.
    ///
    /// It runs in the compute pool, uses its threads, and stops within a millisecond of decoding when `checkpoint` says so.
    ///
    /// # Errors
    ///
    /// A file that is cut short, damaged or not there any more; decoding would take more memory than the limit that it was
    /// opened with; the checkpoint's reason. The error names the file, and what is in `out` then means nothing.
    fn read_region(&self, roi: &Roi, out: &mut Array, checkpoint: &Checkpoint) -> Result<(), Error>;

    /// The most bytes that reading `roi` takes beside the result.
    fn scratch(&self, roi: &Roi) -> u64;

    /// The whole of `roi` as a new array.
    ///
    /// # Errors
    ///
    /// As [`read_region`](Self::read_region); a region that is not within the image, or for which there is no memory.
    fn read(&self, roi: &Roi, checkpoint: &Checkpoint) -> Result<Array, Error> {
        let meta = self.meta();
        let new = || {
            roi.relative_to(&meta.roi())?;
            Array::zeros(meta.axes(), roi.shape().as_slice(), meta.dtype())
        };
        let mut out = new().map_err(|error| error.context(format!("cannot read `{}`", self.name())))?;
        self.read_region(roi, &mut out, checkpoint)?;
        Ok(out)
    }
}

/// A [`Source`] as a value of a slot. Two are the same if they share it.
#[derive(Clone)]
pub struct SharedSource(Arc<dyn Source>);

impl SharedSource {
    /// Shares `source`.
    pub fn new(source: impl Source) -> Self {
        Self(Arc::new(source))
    }
}

impl From<Box<dyn Source>> for SharedSource {
    fn from(source: Box<dyn Source>) -> Self {
        Self(source.into())
    }
}

impl Deref for SharedSource {
    type Target = dyn Source;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl fmt::Debug for SharedSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedSource").field(&self.name()).finish()
    }
}

impl SlotType for SharedSource {
    fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
