//! Operators whose every element depends on the same element of the input, and on values that may have to be computed.

use crate::array::{Array, DType};
use crate::error::Error;
use crate::graph::{Data, Declare, Dirty, Execute, Input, Meta, Operator, Output, Setup};
use crate::kernels::{self, Stencil};
use crate::operators::buffers::buffers;
use crate::operators::estimate::with_bytes_of_each;
use crate::roi::{Roi, Shape};

/// Which elements are above a level: `bool`.
///
/// The kernel is [`kernels::Threshold`]. The level may be what another operator computes, such as
/// [`Otsu`](super::Otsu).
///
/// | slot | | what |
/// |---|---|---|
/// | `input` | input | an image of any element type |
/// | `level` | input | true is what is greater than this |
/// | `output` | output | `bool` |
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::{Otsu, Threshold};
/// use headwater::{Array, roi};
///
/// let graph = Graph::new();
/// let (otsu, threshold) = (graph.add(Otsu::new()), graph.add(Threshold::above(0.0)));
/// graph.edit(|e| {
///     e.set(&otsu.input, Array::from_vec("x", &[6], vec![10_u8, 12, 11, 200, 201, 199])?)?;
///     e.set(&threshold.input, Array::from_vec("x", &[6], vec![10_u8, 12, 11, 200, 201, 199])?)?;
///     e.connect(&otsu.threshold, &threshold.level)
/// })?;
/// let mask = threshold.output.request(roi![1..4]).wait()?;
/// assert_eq!(mask.view::<bool>()?.as_slice(), Some(&[false, false, true][..]));
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Threshold {
    level: f64,
}

/// The slots of [`Threshold`].
#[derive(Debug)]
pub struct ThresholdSlots {
    /// The image.
    pub input: Input<Array>,
    /// True is what is greater than this.
    pub level: Input<f64>,
    /// Which elements are.
    pub output: Output<Array>,
}

impl Threshold {
    /// True where an element is greater than `level`.
    pub fn above(level: f64) -> Self {
        Self { level }
    }
}

impl Operator for Threshold {
    type Slots = ThresholdSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> ThresholdSlots {
        ThresholdSlots {
            input: declare.input("input"),
            level: declare.default("level", self.level),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &ThresholdSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = described(&cx.meta(&slots.input)?, DType::Bool)?;
        cx.describe(&slots.output, meta.with_range(0.0, 1.0))
    }

    fn dirty(&self, slots: &ThresholdSlots, cx: &mut Dirty<'_>) {
        cx.same_region(&slots.input, &slots.output);
    }

    async fn execute(&self, slots: &ThresholdSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let level = cx.get(&slots.level);
        let input = cx.request(&slots.input, roi);
        let (level, input) = futures::try_join!(level, input)?;
        run(cx, kernels::Threshold::above(level), input, DType::Bool).await
    }
}

/// Maps a range of values linearly to another, as elements of some type.
///
/// lazyflow has this as a part of `OpFormattedDataExport`. The kernel is [`kernels::Normalise`], which gives the formula and
/// says what becomes of values beyond. For the range of the whole image connect a [`ValueRange`](super::ValueRange).
///
/// | slot | | what |
/// |---|---|---|
/// | `input` | input | an image of any element type |
/// | `in_min`, `in_max` | inputs | the range to be mapped |
/// | `out_min`, `out_max` | inputs | what it is mapped to |
/// | `dtype` | input | the type of the result |
/// | `output` | output | the image with other values |
#[derive(Clone, Debug)]
pub struct Normalise {
    from: (f64, f64),
    to: (f64, f64),
    dtype: DType,
}

/// The slots of [`Normalise`].
#[derive(Debug)]
pub struct NormaliseSlots {
    /// The image.
    pub input: Input<Array>,
    /// What becomes `out_min`.
    pub in_min: Input<f64>,
    /// What becomes `out_max`.
    pub in_max: Input<f64>,
    /// What `in_min` becomes.
    pub out_min: Input<f64>,
    /// What `in_max` becomes.
    pub out_max: Input<f64>,
    /// The type of the result.
    pub dtype: Input<DType>,
    /// The image with other values.
    pub output: Output<Array>,
}

impl Normalise {
    /// Maps `from` (its minimum and maximum) to `to`, as elements of `dtype`.
    pub fn new(from: (f64, f64), to: (f64, f64), dtype: DType) -> Self {
        Self { from, to, dtype }
    }
}

impl Operator for Normalise {
    type Slots = NormaliseSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> NormaliseSlots {
        NormaliseSlots {
            input: declare.input("input"),
            in_min: declare.default("in_min", self.from.0),
            in_max: declare.default("in_max", self.from.1),
            out_min: declare.default("out_min", self.to.0),
            out_max: declare.default("out_max", self.to.1),
            dtype: declare.default("dtype", self.dtype),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &NormaliseSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = cx.meta(&slots.input)?;
        let result = described(&meta, cx.value(&slots.dtype)?)?;
        // Values beyond the range are mapped beyond it: what is known is where the least and the greatest go.
        let ends = [&slots.in_min, &slots.in_max, &slots.out_min, &slots.out_max].map(|slot| cx.value(slot).ok());
        let range = match (meta.range(), ends) {
            (Some((least, greatest)), [Some(in_min), Some(in_max), Some(out_min), Some(out_max)]) => {
                let kernel = kernels::Normalise::new((in_min, in_max), (out_min, out_max), result.dtype());
                Some(kernel.range_between(least, greatest)?)
            }
            _ => None,
        };
        let result = match range {
            Some((least, greatest)) => result.with_range(least, greatest),
            None => result,
        };
        cx.describe(&slots.output, result)
    }

    fn dirty(&self, slots: &NormaliseSlots, cx: &mut Dirty<'_>) {
        cx.same_region(&slots.input, &slots.output);
    }

    async fn execute(&self, slots: &NormaliseSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let [in_min, in_max] = [&slots.in_min, &slots.in_max].map(|slot| cx.get(slot));
        let [out_min, out_max] = [&slots.out_min, &slots.out_max].map(|slot| cx.get(slot));
        let input = cx.request(&slots.input, roi);
        let (in_min, in_max, out_min, out_max, input) = futures::try_join!(in_min, in_max, out_min, out_max, input)?;
        let dtype = cx.value(&slots.dtype)?;
        let kernel = kernels::Normalise::new((in_min, in_max), (out_min, out_max), dtype);
        run(cx, kernel, input, dtype).await
    }
}

/// The description of what a pointwise operator makes of `input`.
fn described(input: &Meta, dtype: DType) -> Result<Meta, Error> {
    let result = input.clone().with_dtype(dtype).without_range();
    with_bytes_of_each(result, std::slice::from_ref(input))
}

/// Applies a kernel without a halo to all of `input`.
async fn run(cx: &Execute, kernel: impl Stencil, input: Array, dtype: DType) -> Result<Data, Error> {
    let roi = Roi::full(Shape::new(input.shape())?);
    let (buffers, bytes) = (buffers(cx.runtime()), (input.len() * dtype.size()) as u64);
    let result = cx.compute_within(bytes, move |checkpoint| {
        let mut out = kernels::pooled(&buffers, input.axes(), input.shape(), dtype, checkpoint)?;
        kernel.write_region(&input, &roi, &mut out, checkpoint)?;
        Ok(out)
    });
    Ok(result.await?.into())
}
