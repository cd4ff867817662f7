//! Values that depend on all of an image: its range, and the threshold of Otsu.
//!
//! They are computed block by block, never holding more than a few blocks, and kept until the image changes.

use futures::stream::{self, Stream, StreamExt, TryStreamExt};

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::{Data, Declare, Execute, Input, Meta, Operator, Output, Revision, Setup};
use crate::kernels::{Histogram, value_range};
use crate::operators::assemble::{at_once, fold};
use crate::roi::{BlockGrid, Roi, request_block_shape};
use crate::sync::{Arc, Mutex};

/// The most elements of a block.
const POINTS: usize = 1 << 21;

/// The threshold that separates the values of an image best, by the method of Otsu: a value, to be connected to the level of
/// a [`Threshold`](super::Threshold).
///
/// scikit-image: `threshold_otsu`. [`kernels::otsu`](crate::kernels::otsu) says more. Images with elements of more than two
/// bytes are read twice, first for their range.
///
/// | slot | | what |
/// |---|---|---|
/// | `input` | input | an image of any element type |
/// | `threshold` | output | values up to it are of the lower kind |
#[derive(Debug, Default)]
pub struct Otsu {
    kept: Kept<f64>,
}

/// The slots of [`Otsu`].
#[derive(Debug)]
pub struct OtsuSlots {
    /// The image.
    pub input: Input<Array>,
    /// Up to which values are of the lower kind.
    pub threshold: Output<f64>,
}

impl Otsu {
    /// Of a whole image.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Operator for Otsu {
    type Slots = OtsuSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> OtsuSlots {
        OtsuSlots {
            input: declare.input("input"),
            threshold: declare.output("threshold"),
        }
    }

    fn setup(&self, slots: &OtsuSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        cx.computed(&slots.threshold)
    }

    async fn execute(&self, slots: &OtsuSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let stamp = cx.stamp(&roi);
        if let Some(threshold) = self.kept.find(stamp) {
            return Ok(Data::of(threshold));
        }
        let meta = cx.meta(&slots.input)?;
        must_have_elements(meta, "threshold")?;
        let empty = match Histogram::of_all(meta.dtype()) {
            Some(histogram) => histogram,
            None => Histogram::between(meta.dtype(), range_of(&slots.input, cx).await?)?,
        };
        let bins = Arc::new(empty.clone());
        let of_block = move |block: Array, checkpoint: &Checkpoint| {
            let mut own = bins.emptied(checkpoint)?;
            own.add(&block, checkpoint)?;
            Ok(Arc::new(own))
        };
        // In kernels too: a histogram may have a million bins.
        let merge = |all: &mut Histogram, own: Arc<Histogram>, checkpoint: &Checkpoint| all.try_merge(&own, checkpoint);
        let all = fold(cx, empty, of_blocks(&slots.input, cx, of_block)?, merge).await?;
        let threshold = cx.compute(move |checkpoint| all.try_otsu(checkpoint)).await?;
        self.kept.put(stamp, threshold);
        Ok(Data::of(threshold))
    }
}

/// The least and the greatest number in an image, as values: for [`Normalise`](super::Normalise).
///
/// NaN does not count. The kernel is [`value_range`].
///
/// | slot | | what |
/// |---|---|---|
/// | `input` | input | an image of any element type |
/// | `minimum` | output | its least number |
/// | `maximum` | output | its greatest number |
#[derive(Debug, Default)]
pub struct ValueRange {
    kept: Kept<(f64, f64)>,
}

/// The slots of [`ValueRange`].
#[derive(Debug)]
pub struct ValueRangeSlots {
    /// The image.
    pub input: Input<Array>,
    /// Its least number.
    pub minimum: Output<f64>,
    /// Its greatest number.
    pub maximum: Output<f64>,
}

impl ValueRange {
    /// Of a whole image.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Operator for ValueRange {
    type Slots = ValueRangeSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> ValueRangeSlots {
        ValueRangeSlots {
            input: declare.input("input"),
            minimum: declare.output("minimum"),
            maximum: declare.output("maximum"),
        }
    }

    fn setup(&self, slots: &ValueRangeSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        cx.computed(&slots.minimum)?;
        cx.computed(&slots.maximum)
    }

    async fn execute(&self, slots: &ValueRangeSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let stamp = cx.stamp(&roi);
        let range = match self.kept.find(stamp) {
            Some(range) => range,
            None => {
                must_have_elements(cx.meta(&slots.input)?, "range")?;
                let range = range_of(&slots.input, cx).await?;
                range.ok_or_else(|| Error::invalid("the image has no numbers, and so no range"))?
            }
        };
        self.kept.put(stamp, range);
        Ok(Data::of(if cx.is_for(&slots.minimum) { range.0 } else { range.1 }))
    }
}

/// What was computed last, and when what it depends on had changed last.
#[derive(Debug, Default)]
struct Kept<T> {
    last: Mutex<Option<(Revision, T)>>,
}

impl<T: Copy> Kept<T> {
    fn find(&self, stamp: Revision) -> Option<T> {
        let last = *self.last.lock();
        last.filter(|(when, _)| *when == stamp).map(|(_, value)| value)
    }

    fn put(&self, stamp: Revision, value: T) {
        let mut last = self.last.lock();
        // A question about an older revision may be answered later.
        if last.is_none_or(|(when, _)| when <= stamp) {
            *last = Some((stamp, value));
        }
    }
}

/// Refuses an image without elements, of which there is no such `value`.
fn must_have_elements(image: &Meta, value: &str) -> Result<(), Error> {
    match image.roi().is_empty() {
        true => Err(Error::invalid(format!(
            "the image {image:?} is empty, so it has no {value}"
        ))),
        false => Ok(()),
    }
}

async fn range_of(input: &Input<Array>, cx: &Execute) -> Result<Option<(f64, f64)>, Error> {
    let of_block = |block: Array, checkpoint: &Checkpoint| value_range(&block, checkpoint);
    let wider = |sum: Option<(f64, f64)>, own: Option<(f64, f64)>| match (sum, own) {
        (Some(sum), Some(own)) => Some((sum.0.min(own.0), sum.1.max(own.1))),
        (sum, own) => sum.or(own),
    };
    // Two numbers of each block: not worth a kernel.
    let parts = of_blocks(input, cx, of_block)?;
    parts
        .try_fold(None, |sum, own| std::future::ready(Ok(wider(sum, own))))
        .await
}

/// What `of_block` finds in each block of an input, in the order in which it is found.
fn of_blocks<S, F>(
    input: &Input<Array>,
    cx: &Execute,
    of_block: F,
) -> Result<impl Stream<Item = Result<S, Error>>, Error>
where
    S: Clone + Send + Sync + 'static,
    F: Fn(Array, &Checkpoint) -> Result<S, Error> + Clone + Send + 'static,
{
    let meta = cx.meta(input)?;
    let ideal = meta.ideal_block().unwrap_or(meta.shape());
    let block = request_block_shape(meta.shape(), ideal, POINTS)?;
    let blocks = BlockGrid::aligned(meta.shape(), block)?.iter();
    let blocks = blocks.filter(|block| !block.roi.is_empty());
    let parts = stream::iter(blocks).map(move |block| {
        let (pull, of_block) = (cx.request(input, block.roi), of_block.clone());
        async move {
            let array = pull.await?;
            cx.compute(move |checkpoint| of_block(array, checkpoint)).await
        }
    });
    Ok(parts.buffer_unordered(at_once(cx)))
}
