//! What is missing, interpolated.

use crate::array::{Array, DType};
use crate::error::Error;
use crate::graph::{Data, Declare, Dirt, Dirty, Execute, Input, Operator, Output, Setup, SlotType};
use crate::kernels::{FillMissing, GapFilling, any_nonzero, pooled};
use crate::operators::buffers::buffers;
use crate::operators::estimate::{block, size, with_bytes};
use crate::roi::Roi;

/// Puts what it interpolates along `z` in the place of what is missing: a [`FillMissing`] kernel.
///
/// Each slice depends on `depth` slices before and behind it, and on no more: so it is the same whichever region is asked for.
/// A gap of *n* slices is closed between its ends if `depth` is at least *n*, and by a cubic, if it is one slice, from a depth of
/// 2 on. Of a longer gap, the slices that see one end only get the slice of that end, and those that see none keep what the
/// image has. Where nothing is missing, the image is handed on as it is.
///
/// lazyflow: `OpInterpolate`, and the search of `OpInterpMissingData`, whose `InputSearchDepth` is `depth`. There, what is
/// searched depends on what was found and on the region that is asked for, and a change of a slice does not tell those that were interpolated from it.
///
/// | slot | | |
/// |---|---|---|
/// | `input` | array | the image, with an axis `z` |
/// | `missing` | array | of the same axes and shape: what is not 0 is missing |
/// | `method` | [`GapFilling`] | how gaps are closed at best; cubic |
/// | `depth` | `usize` | how many slices around a region are looked at; 3 |
/// | `output` | array | the image without gaps |
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::InterpolateMissing;
/// use headwater::{Array, roi};
///
/// let graph = Graph::new();
/// let filled = graph.add(InterpolateMissing::new());
/// graph.edit(|e| {
///     e.set(&filled.input, Array::from_vec("z", &[5], vec![1_u8, 2, 0, 0, 5])?)?;
///     e.set(&filled.missing, Array::from_vec("z", &[5], vec![0_u8, 0, 1, 1, 0])?)
/// })?;
/// let slice = filled.output.request(roi![3..4]).wait()?;
/// assert_eq!(slice.view::<u8>()?[[0]], 4);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct InterpolateMissing(());

/// The slots of [`InterpolateMissing`].
#[derive(Debug)]
pub struct InterpolateMissingSlots {
    /// The image.
    pub input: Input<Array>,
    /// Where it is missing.
    pub missing: Input<Array>,
    /// How gaps are closed at best.
    pub method: Input<GapFilling>,
    /// How many slices around a region are looked at.
    pub depth: Input<usize>,
    /// The image without gaps.
    pub output: Output<Array>,
}

impl SlotType for GapFilling {
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

impl InterpolateMissing {
    /// Cubic, and three slices deep.
    pub fn new() -> Self {
        Self::default()
    }
}

/// A region with `depth` slices more before and behind it, within `whole`.
fn deeper(roi: &Roi, z: Option<usize>, depth: usize, whole: &Roi) -> Roi {
    let Some(z) = z else { return *roi };
    let range = roi.range(z);
    let deeper = range.start.saturating_sub(depth)..range.end.saturating_add(depth).min(whole.stop()[z]);
    roi.with_axis(z, deeper).unwrap_or(*whole)
}

impl Operator for InterpolateMissing {
    type Slots = InterpolateMissingSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> InterpolateMissingSlots {
        InterpolateMissingSlots {
            input: declare.input("input"),
            missing: declare.input("missing"),
            method: declare.default("method", GapFilling::default()),
            depth: declare.default("depth", 3),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &InterpolateMissingSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let (image, missing) = (cx.meta(&slots.input)?, cx.meta(&slots.missing)?);
        if image.axes() != missing.axes() || image.shape() != missing.shape() {
            return Err(Error::invalid(format!(
                "what is missing, {missing:?}, does not fit {image:?}"
            )));
        }
        if !image.axes().contains('z') {
            return Err(Error::invalid(format!(
                "{image:?} has no axis `z` to interpolate along"
            )));
        }
        let block = block(&image)?;
        let depth = cx.value(&slots.depth)?;
        let around = deeper(&block, image.axes().position('z'), depth, &image.roi());
        // The result, and what is missing as `bool`.
        let as_bool = if missing.dtype() == DType::Bool {
            0
        } else {
            around.volume()? as u64
        };
        let own = block.volume()? as u64 * size(&image) + as_bool;
        let meta = with_bytes(image.clone(), &block, own, &[(&missing, around), (&image, around)])?;
        cx.describe(&slots.output, meta)
    }

    fn dirty(&self, slots: &InterpolateMissingSlots, cx: &mut Dirty<'_>) {
        if cx.others_changed(&[&slots.input, &slots.missing]) {
            return cx.mark_all(&slots.output);
        }
        let affected = || -> Result<Dirt, Error> {
            let (image, depth) = (cx.meta(&slots.input)?, cx.value(&slots.depth)?);
            let (whole, z) = (image.roi(), image.axes().position('z'));
            let changed = [&slots.input, &slots.missing]
                .into_iter()
                .flat_map(|input| cx.of(input).regions(whole));
            Ok(changed.map(|roi| deeper(&roi, z, depth, &whole)).collect())
        };
        let dirt = affected().unwrap_or_else(|_| Dirt::everything());
        cx.mark(&slots.output, dirt);
    }

    async fn execute(&self, slots: &InterpolateMissingSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let (image, depth) = (cx.meta(&slots.input)?, cx.value(&slots.depth)?);
        let kernel = FillMissing::new(cx.value(&slots.method)?).depth(depth);
        let own = cx.request(&slots.missing, roi).await?;
        let is_whole = cx.compute(move |checkpoint| Ok(!any_nonzero(&own, checkpoint)?));
        if is_whole.await? {
            return Ok(cx.request(&slots.input, roi).await?.into());
        }
        let around = deeper(&roi, image.axes().position('z'), depth, &image.roi());
        let missing = cx.request(&slots.missing, around).submit();
        let (image, missing) = (cx.request(&slots.input, around).await?, missing.await?);
        let inside = roi.relative_to(&around)?;
        let buffers = buffers(cx.runtime());
        let filled = cx.compute(move |checkpoint| {
            let mut out = pooled(
                &buffers,
                image.axes(),
                inside.shape().as_slice(),
                image.dtype(),
                checkpoint,
            )?;
            kernel.write_region(&image, &missing, &inside, &mut out, checkpoint)?;
            Ok(out)
        });
        Ok(filled.await?.into())
    }
}
