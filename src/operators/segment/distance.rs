//! The Euclidean distance transform.

use crate::array::{Array, DType};
use crate::error::Error;
use crate::graph::{Data, Declare, Dirt, Dirty, Execute, Input, Meta, Operator, Output, Setup};
use crate::kernels::{self, Stencil};
use crate::operators::buffers::buffers;
use crate::operators::estimate::{block, with_bytes};
use crate::operators::form::form;
use crate::operators::segment::blocks::{from_blocks, slice};
use crate::roi::Roi;

/// The distance of each pixel that is not 0 to the nearest that is.
///
/// lazyflow has none; vigra: `distanceTransform`, scipy: `distance_transform_edt`. The kernel is
/// [`kernels::DistanceTransform`], which says what is exact.
///
/// | slot | | what |
/// |---|---|---|
/// | `input` | input | an image of any element type; background is 0 |
/// | `sampling` | input, empty | how far neighbours are apart: one number for all axes of space or one for each; empty is 1 |
/// | `calibrated` | input, `false` | whether an empty sampling is the input's [pixel size](Meta::pixel_size), if that is known |
/// | `maximum` | input, `None` | the largest distance: all beyond it is as far as that |
/// | `squared` | input, `false` | whether to give squares |
/// | `output` | output | distances, `f32` |
///
/// Without a maximum a distance depends on all of its time step and channel, so that is computed at once and is the ideal
/// block of the output; put a [`BlockCache`](crate::operators::BlockCache) behind it. With one, any region is computed from
/// itself and as much around it, and the result is the same to the bit.
#[derive(Clone, Debug, Default)]
pub struct DistanceTransform {
    sampling: Vec<f64>,
    maximum: Option<f64>,
}

/// The slots of a [`DistanceTransform`].
#[derive(Debug)]
pub struct DistanceTransformSlots {
    /// The image; background is 0.
    pub input: Input<Array>,
    /// How far neighbours are apart along the axes of space.
    pub sampling: Input<Vec<f64>>,
    /// Whether that is the pixel size of the input, if nothing else is said.
    pub calibrated: Input<bool>,
    /// The largest distance.
    pub maximum: Input<Option<f64>>,
    /// Whether to give squares.
    pub squared: Input<bool>,
    /// The distances.
    pub output: Output<Array>,
}

impl DistanceTransform {
    /// Distances in pixels, however large.
    pub fn new() -> Self {
        Self::default()
    }

    /// With neighbours this far apart along the axes of space.
    #[must_use]
    pub fn sampling(mut self, sampling: impl Into<Vec<f64>>) -> Self {
        self.sampling = sampling.into();
        self
    }

    /// With everything that is further away than `maximum` at `maximum`.
    #[must_use]
    pub fn maximum(mut self, maximum: f64) -> Self {
        self.maximum = Some(maximum);
        self
    }
}

/// The values of the parameters.
struct Parameters {
    sampling: Vec<f64>,
    calibrated: bool,
    maximum: Option<f64>,
    squared: bool,
}

impl Parameters {
    fn kernel(self, input: &Meta) -> kernels::DistanceTransform {
        let sizes = input
            .pixel_size()
            .filter(|_| self.calibrated && self.sampling.is_empty());
        let sampling = match sizes {
            Some(sizes) => input.axes().spatial().map(|axis| sizes[axis].size).collect(),
            None => self.sampling,
        };
        let mut kernel = kernels::DistanceTransform::new().sampling(sampling);
        if let Some(maximum) = self.maximum {
            kernel = kernel.maximum(maximum);
        }
        if self.squared { kernel.squared() } else { kernel }
    }
}

impl Operator for DistanceTransform {
    type Slots = DistanceTransformSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> DistanceTransformSlots {
        DistanceTransformSlots {
            input: declare.input("input"),
            sampling: declare.default("sampling", self.sampling.clone()),
            calibrated: declare.default("calibrated", false),
            maximum: declare.default("maximum", self.maximum),
            squared: declare.default("squared", false),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &DistanceTransformSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let input = cx.meta(&slots.input)?;
        let parameters = Parameters {
            sampling: cx.value(&slots.sampling)?,
            calibrated: cx.value(&slots.calibrated)?,
            maximum: cx.value(&slots.maximum)?,
            squared: cx.value(&slots.squared)?,
        };
        let (maximum, squared) = (parameters.maximum, parameters.squared);
        let (kernel, form) = (parameters.kernel(&input), form(&input));
        let mut meta = input.clone().with_dtype(DType::F32).without_range();
        meta = match maximum {
            Some(maximum) => meta.with_range(0.0, if squared { maximum * maximum } else { maximum }),
            None => meta.with_ideal_block(slice(&input)?),
        };
        let block = block(&meta)?;
        let (part, own) = (kernel.needed(&form, &block)?, kernel.bytes(&form, &block, 1)?);
        cx.describe(&slots.output, with_bytes(meta, &block, own, &[(&input, part)])?)
    }

    fn dirty(&self, slots: &DistanceTransformSlots, cx: &mut Dirty<'_>) {
        if cx.others_changed(&[&slots.input]) {
            return cx.mark_all(&slots.output);
        }
        // Whatever does not let itself be asked is an error of the setup, which has changed everything.
        let dirt = affected(slots, cx).unwrap_or_else(|_| Dirt::everything());
        cx.mark(&slots.output, dirt);
    }

    async fn execute(&self, slots: &DistanceTransformSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let (input, meta) = (cx.meta(&slots.input)?, cx.output_meta(&slots.output)?);
        let parameters = Parameters {
            sampling: cx.value(&slots.sampling)?,
            calibrated: cx.value(&slots.calibrated)?,
            maximum: cx.value(&slots.maximum)?,
            squared: cx.value(&slots.squared)?,
        };
        if parameters.maximum.is_none()
            && let Some(array) = from_blocks(cx, meta, &roi).await?
        {
            return Ok(array.into());
        }
        let (kernel, form) = (parameters.kernel(input), form(input));
        let part = kernel.needed(&form, &roi)?;
        let bytes = kernel.bytes(&form, &roi, cx.runtime().compute_threads())?;
        let own = roi.relative_to(&part)?;
        let image = cx.request(&slots.input, part).await?;
        let (axes, buffers) = (form.axes, buffers(cx.runtime()));
        let kernel = cx.compute_within(bytes, move |checkpoint| {
            let mut out = kernels::pooled(&buffers, axes, own.shape().as_slice(), DType::F32, checkpoint)?;
            kernel.write_region(&image, &own, &mut out, checkpoint)?;
            Ok(out)
        });
        Ok(kernel.await?.into())
    }
}

/// What of the output changes with what changed of the input.
fn affected(slots: &DistanceTransformSlots, cx: &Dirty<'_>) -> Result<Dirt, Error> {
    let input = cx.meta(&slots.input)?;
    let parameters = Parameters {
        sampling: cx.value(&slots.sampling)?,
        calibrated: cx.value(&slots.calibrated)?,
        maximum: cx.value(&slots.maximum)?,
        squared: cx.value(&slots.squared)?,
    };
    let (kernel, form) = (parameters.kernel(input), form(input));
    let regions = cx.of(&slots.input).regions(input.roi()).into_iter();
    regions.map(|roi| kernel.affected(&form, &roi)).collect()
}
