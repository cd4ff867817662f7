//! Which patches of an image's slices have no content.

use crate::array::{Array, DType};
use crate::error::Error;
use crate::graph::{Data, Declare, Dirt, Dirty, Execute, Input, Meta, Operator, Output, Setup, SlotType};
use crate::kernels::{Detector, MissingPatches, pooled};
use crate::operators::buffers::buffers;
use crate::operators::estimate::{block, with_bytes};
use crate::operators::form::form;
use crate::roi::Roi;

/// Finds the patches of each slice in which an image has no content: a [`MissingPatches`] kernel.
///
/// lazyflow: `OpDetectMissing`, with `classic` as [`Detector::Classic`]. The grid of patches is that of the image, so it does
/// not matter which region is asked for.
///
/// | slot | | |
/// |---|---|---|
/// | `input` | array | the image, with an axis `y` or `x` |
/// | `patch` | `usize` | the side of a patch; 128 |
/// | `halo` | `usize` | how far around a patch is looked at; 30 |
/// | `bins` | `usize` | of the histogram; 30 |
/// | `range` | `Option<(f64, f64)>` | where the bins begin and end. Without: of `u8` and `u16` their limits, of other types what the image says, or 0 to 255 |
/// | `detector` | [`Detector`] | who judges the histograms |
/// | `output` | array | `u8`: 1 is missing |
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::DetectMissing;
/// use headwater::{Array, DType, roi};
///
/// let graph = Graph::new();
/// let missing = graph.add(DetectMissing::new());
/// graph.edit(|e| e.set(&missing.input, Array::full("zyx", &[4, 200, 200], 128_u8)?))?;
/// graph.edit(|e| e.write(&missing.input, roi![2..3, 0..200, 0..200], &Array::zeros("zyx", &[1, 200, 200], DType::U8)?))?;
/// let mask = missing.output.request(roi![0..4, 7..8, 7..8]).wait()?;
/// assert_eq!(mask.view::<u8>()?.iter().copied().collect::<Vec<_>>(), [0, 0, 1, 0]);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct DetectMissing(());

/// The slots of [`DetectMissing`].
#[derive(Debug)]
pub struct DetectMissingSlots {
    /// The image.
    pub input: Input<Array>,
    /// The side of a patch.
    pub patch: Input<usize>,
    /// How far around a patch is looked at.
    pub halo: Input<usize>,
    /// How many bins a histogram has.
    pub bins: Input<usize>,
    /// Where the bins begin and end.
    pub range: Input<Option<(f64, f64)>>,
    /// Who judges the histograms.
    pub detector: Input<Detector>,
    /// Where the image is missing.
    pub output: Output<Array>,
}

impl SlotType for Detector {
    fn same(&self, other: &Self) -> bool {
        Detector::same(self, other)
    }
}

impl DetectMissing {
    /// With patches of 128 and a halo of 30.
    pub fn new() -> Self {
        Self::default()
    }
}

/// The values of the parameters.
struct Parameters {
    patch: usize,
    halo: usize,
    bins: usize,
    range: Option<(f64, f64)>,
    detector: Detector,
}

/// Takes them from whatever context there is.
macro_rules! parameters {
    ($slots:expr, $cx:expr) => {
        Parameters {
            patch: $cx.value(&$slots.patch)?,
            halo: $cx.value(&$slots.halo)?,
            bins: $cx.value(&$slots.bins)?,
            range: $cx.value(&$slots.range)?,
            detector: $cx.value(&$slots.detector)?,
        }
    };
}

impl Parameters {
    fn kernel(self, image: &Meta) -> MissingPatches {
        let kernel = MissingPatches::new(self.patch, self.halo)
            .bins(self.bins)
            .detector(self.detector);
        let said = match image.dtype() {
            DType::U8 | DType::U16 => None,
            _ => image.range().filter(|(least, greatest)| least < greatest),
        };
        match self.range.or(said) {
            Some((least, greatest)) => kernel.range(least, greatest),
            None => kernel,
        }
    }
}

impl Operator for DetectMissing {
    type Slots = DetectMissingSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> DetectMissingSlots {
        DetectMissingSlots {
            input: declare.input("input"),
            patch: declare.default("patch", 128),
            halo: declare.default("halo", 30),
            bins: declare.default("bins", 30),
            range: declare.default("range", None),
            detector: declare.default("detector", Detector::Classic),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &DetectMissingSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let image = cx.meta(&slots.input)?;
        let kernel = parameters!(slots, cx).kernel(&image);
        kernel.check(&form(&image))?;
        let meta = image.clone().with_dtype(DType::U8).with_range(0.0, 1.0);
        let block = block(&meta)?;
        let (part, own) = (kernel.needed(&form(&image), &block)?, block.volume()? as u64);
        cx.describe(&slots.output, with_bytes(meta, &block, own, &[(&image, part)])?)
    }

    fn dirty(&self, slots: &DetectMissingSlots, cx: &mut Dirty<'_>) {
        if cx.others_changed(&[&slots.input]) {
            return cx.mark_all(&slots.output);
        }
        let affected = || -> Result<Dirt, Error> {
            let image = cx.meta(&slots.input)?;
            let kernel = parameters!(slots, cx).kernel(image);
            let changed = cx.of(&slots.input).regions(image.roi()).into_iter();
            changed.map(|roi| kernel.affected(&form(image), &roi)).collect()
        };
        // What cannot be asked is an error of the setup, which has changed everything.
        let dirt = affected().unwrap_or_else(|_| Dirt::everything());
        cx.mark(&slots.output, dirt);
    }

    async fn execute(&self, slots: &DetectMissingSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let image = cx.meta(&slots.input)?;
        let (kernel, form) = (parameters!(slots, cx).kernel(image), form(image));
        let needed = kernel.needed(&form, &roi)?;
        let part = cx.request(&slots.input, needed).await?;
        let (shape, buffers) = (roi.shape(), buffers(cx.runtime()));
        let missing = cx.compute(move |checkpoint| {
            let mut out = pooled(&buffers, form.axes, shape.as_slice(), DType::U8, checkpoint)?;
            kernel.write_region(&form, &part, &needed, &roi, &mut out, checkpoint)?;
            Ok(out)
        });
        Ok(missing.await?.into())
    }
}
