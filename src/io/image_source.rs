//! A file as a source of the graph.

use crate::array::Array;
use crate::error::Error;
use crate::graph::{Data, Declare, Dirty, Execute, Input, Operator, Output, Setup};
use crate::io::open::open;
use crate::io::source::SharedSource;
use crate::kernels::pooled;
use crate::operators::buffers::buffers;
use crate::roi::Roi;

/// Gives an image that lies in a file or a store, as much of it as is asked for.
///
/// lazyflow: `OpInputDataReader`. Nothing is kept: connect a [`BlockCache`](crate::operators::BlockCache) whose blocks are a few
/// chunks, if parts are asked for again.
///
/// | slot | | what |
/// |---|---|---|
/// | `source` | input | a [`SharedSource`] |
/// | `output` | output | its image; the ideal block is what the file decodes at a time |
#[derive(Clone, Debug)]
pub struct ImageSource {
    source: SharedSource,
}

/// The slots of an [`ImageSource`].
#[derive(Debug)]
pub struct ImageSourceSlots {
    /// Where the image lies.
    pub source: Input<SharedSource>,
    /// The image.
    pub output: Output<Array>,
}

impl ImageSource {
    /// The image of `source`.
    pub fn new(source: impl Into<SharedSource>) -> Self {
        let source = source.into();
        Self { source }
    }

    /// The image at `location`, as [`open`] opens it.
    ///
    /// # Errors
    ///
    /// As [`open`].
    pub fn open(location: &str) -> Result<Self, Error> {
        Ok(Self::new(open(location)?))
    }
}

impl Operator for ImageSource {
    type Slots = ImageSourceSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> ImageSourceSlots {
        ImageSourceSlots {
            source: declare.default("source", self.source.clone()),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &ImageSourceSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let source = cx.value(&slots.source)?;
        cx.describe(&slots.output, source.meta().clone())
    }

    fn dirty(&self, slots: &ImageSourceSlots, cx: &mut Dirty<'_>) {
        // Another source may have the same description and other pixels.
        cx.mark_all(&slots.output);
    }

    async fn execute(&self, slots: &ImageSourceSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let source = cx.value(&slots.source)?;
        let buffers = buffers(cx.runtime());
        let meta = source.meta();
        let bytes = roi.volume()? as u64 * meta.dtype().size() as u64 + source.scratch(&roi);
        let read = cx.compute_within(bytes, move |checkpoint| {
            let meta = source.meta();
            let mut out = pooled(&buffers, meta.axes(), roi.shape().as_slice(), meta.dtype(), checkpoint)?;
            source.read_region(&roi, &mut out, checkpoint)?;
            Ok(out)
        });
        Ok(read.await?.into())
    }
}
