//! Features of regions, as a value.

use futures::{StreamExt, stream};

use crate::array::Array;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::{Data, Declare, Execute, Input, Meta, Operator, Output, Setup, SlotType};
use crate::kernels::{self, Regions, Table};
use crate::operators::assemble::{at_once, fold};
use crate::operators::segment::blocks::{grid, preferred};
use crate::roi::Roi;
use crate::sync::{Arc, Mutex};

/// A table of the regions of a label image: how large they are, where, how they lie, and how bright they are.
///
/// lazyflow: `OpObjectFeatures`. The kernel is [`kernels::RegionFeatures`], which says what the columns are.
///
/// | slot | | what |
/// |---|---|---|
/// | `labels` | input | integers; 0 is background |
/// | `image` | input, optional | intensities: the axes of the labels, in any order, and channels if it has some |
/// | `background` | input, `false` | whether label 0 has a row |
/// | `table` | output, a [`Table`] | a row for each label of each time step |
///
/// The table is computed block by block, several at the same time, and what the blocks say is merged: neither labels nor
/// image are ever there as a whole. Any change of them changes the table.
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::RegionFeatures;
/// use headwater::Array;
///
/// let graph = Graph::new();
/// let features = graph.add(RegionFeatures::new());
/// let labels = Array::from_vec("yx", &[2, 3], vec![1u32, 1, 0, 0, 0, 4])?;
/// graph.edit(|e| e.set(&features.labels, labels))?;
/// let table = features.table.get().wait()?;
/// assert_eq!(table.integers("label"), Some(&[1, 4][..]));
/// assert_eq!(table.integers("count"), Some(&[2, 1][..]));
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct RegionFeatures {
    background: bool,
}

/// The slots of [`RegionFeatures`].
#[derive(Debug)]
pub struct RegionFeaturesSlots {
    /// Which region each pixel is of.
    pub labels: Input<Array>,
    /// How bright each pixel is.
    pub image: Input<Array>,
    /// Whether label 0 has a row.
    pub background: Input<bool>,
    /// A row for each region.
    pub table: Output<Table>,
}

impl RegionFeatures {
    /// Of all regions but the background.
    pub fn new() -> Self {
        Self::default()
    }

    /// With a row for label 0.
    #[must_use]
    pub fn background(mut self) -> Self {
        self.background = true;
        self
    }
}

/// The same numbers: what is no number is the same as itself.
impl SlotType for Table {
    fn same(&self, other: &Self) -> bool {
        self.same_bits(other)
    }
}

impl Operator for RegionFeatures {
    type Slots = RegionFeaturesSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> RegionFeaturesSlots {
        RegionFeaturesSlots {
            labels: declare.input("labels"),
            image: declare.optional("image"),
            background: declare.default("background", self.background),
            table: declare.output("table"),
        }
    }

    fn setup(&self, slots: &RegionFeaturesSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let labels = cx.meta(&slots.labels)?;
        if cx.is_ready(&slots.image) {
            must_fit(&labels, &cx.meta(&slots.image)?)?;
        }
        if !labels.dtype().is_integer() {
            return Err(Error::invalid(format!("labels are integers, not {}", labels.dtype())));
        }
        cx.computed(&slots.table)
    }

    async fn execute(&self, slots: &RegionFeaturesSlots, cx: &Execute, _: Roi) -> Result<Data, Error> {
        let labels = cx.meta(&slots.labels)?;
        let image = if cx.is_ready(&slots.image) {
            Some(cx.meta(&slots.image)?)
        } else {
            None
        };
        let mut kernel = kernels::RegionFeatures::new();
        if cx.value(&slots.background)? {
            kernel = kernel.background();
        }
        let blocks = grid(&Meta::clone(labels).with_ideal_block(preferred(labels)?))?;
        let measured = blocks
            .intersecting(&labels.roi())?
            .map(|block| block.roi)
            .map(|roi| async move {
                let labelled = cx.request(&slots.labels, roi).submit();
                let bright = match image {
                    Some(image) => Some(cx.request(&slots.image, part_of(image, labels, &roi)?).await?),
                    None => None,
                };
                let labelled = labelled.await?;
                let measure = cx.compute(move |checkpoint| {
                    let found = kernel.measure(&labelled, bright.as_ref(), roi.start(), checkpoint)?;
                    Ok(Arc::new(Mutex::new(found)))
                });
                measure.await
            });
        // In the order of the blocks, so that sums are rounded in the same way each time.
        let parts = stream::iter(measured).buffered(at_once(cx));
        let merge = |all: &mut Regions, part: Part, checkpoint: &Checkpoint| {
            let part = std::mem::take(&mut *part.lock());
            all.try_merge(part, checkpoint)
        };
        let all = match labels.roi().is_empty() {
            true => nothing(labels, image.map(|image| &**image), kernel)?,
            false => fold(cx, Regions::default(), parts, merge).await?,
        };
        let table = cx.compute(move |checkpoint| all.try_table(checkpoint));
        Ok(Data::of(table.await?))
    }
}

/// What was measured of a block, to be taken out by whoever merges it.
type Part = Arc<Mutex<Regions>>;

/// The regions of an image without pixels: none, but with the columns of others.
fn nothing(labels: &Meta, image: Option<&Meta>, kernel: kernels::RegionFeatures) -> Result<Regions, Error> {
    let empty = |meta: &Meta| Array::zeros(meta.axes(), meta.shape().as_slice(), meta.dtype());
    let (labels, image) = (empty(labels)?, image.map(empty).transpose()?);
    let start = vec![0; labels.ndim()];
    // There is nothing to do, and so nothing to stop.
    kernel.measure(&labels, image.as_ref(), &start, &Checkpoint::never())
}

/// Refuses an image that is not as large as the labels.
fn must_fit(labels: &Meta, image: &Meta) -> Result<(), Error> {
    let length = |of: &Meta, letter| of.axes().position(letter).map(|axis| of.shape()[axis]);
    let letters = format!("{}{}", labels.axes(), image.axes());
    for letter in letters.chars().filter(|letter| *letter != 'c') {
        if length(labels, letter) != length(image, letter) {
            return Err(Error::invalid(format!(
                "the image {image:?} does not fit the labels {labels:?}: axis {letter}"
            )));
        }
    }
    Ok(())
}

/// The region of the image that shows what `roi` of the labels does, with all channels.
fn part_of(image: &Meta, labels: &Meta, roi: &Roi) -> Result<Roi, Error> {
    let (axes, shape) = (image.axes(), image.shape());
    let ranges = axes.iter().zip(shape.iter()).map(|(letter, whole)| {
        let own = labels.axes().position(letter).filter(|_| letter != 'c');
        own.map_or(0..whole, |axis| roi.range(axis))
    });
    Ok(Roi::from_ranges(ranges.collect::<Vec<_>>())?)
}
