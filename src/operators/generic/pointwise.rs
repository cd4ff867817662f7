//! A function of each element.

use crate::array::Array;
use crate::error::Error;
use crate::graph::{Data, Declare, Dirty, Execute, Input, Operator, Output, Setup};
use crate::kernels::pooled;
use crate::operators::assemble::SMALL;
use crate::operators::buffers::buffers;
use crate::operators::estimate::with_bytes_of_each;
use crate::operators::generic::element_fn::ElementFn;
use crate::roi::Roi;

/// Applies a function to each element.
///
/// lazyflow: `OpPixelOperator`.
///
/// | slot | | |
/// |---|---|---|
/// | `input` | array | of the type that the function takes; [`Cast`](crate::operators::Cast) makes it that |
/// | `function` | [`ElementFn`] | |
/// | `output` | array | what it gives |
///
/// The range of values is mapped if the function is said to be [monotone](ElementFn::monotone), and unknown else. For a
/// [constant](Array::full) the function is called once.
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::{ElementFn, Pointwise};
/// use headwater::{Array, roi};
///
/// let graph = Graph::new();
/// let negative = graph.add(Pointwise::new(|value: u8| 255 - value));
/// graph.edit(|e| e.set(&negative.input, Array::full("yx", &[8, 8], 5_u8)?))?;
/// assert_eq!(negative.output.request(roi![0..1, 0..1]).wait()?.view::<u8>()?[[0, 0]], 250);
///
/// // Another function is another value of a slot.
/// graph.edit(|e| e.set(&negative.function, ElementFn::new(|value: u8| f32::from(value) * 0.5)))?;
/// assert_eq!(negative.output.request(roi![0..1, 0..1]).wait()?.view::<f32>()?[[0, 0]], 2.5);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Pointwise {
    function: ElementFn,
}

/// The slots of a [`Pointwise`].
#[derive(Debug)]
pub struct PointwiseSlots {
    /// The arguments.
    pub input: Input<Array>,
    /// Of each element.
    pub function: Input<ElementFn>,
    /// The results.
    pub output: Output<Array>,
}

impl Pointwise {
    /// `f` of each element.
    pub fn new<T: crate::array::Element, U: crate::array::Element>(f: impl Fn(T) -> U + Send + Sync + 'static) -> Self {
        Self::with(ElementFn::new(f))
    }

    /// `function` of each element.
    pub fn with(function: ElementFn) -> Self {
        Self { function }
    }
}

impl Operator for Pointwise {
    type Slots = PointwiseSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> PointwiseSlots {
        PointwiseSlots {
            input: declare.input("input"),
            function: declare.default("function", self.function.clone()),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &PointwiseSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let (input, function) = (cx.meta(&slots.input)?, cx.value(&slots.function)?);
        if input.dtype() != function.takes() {
            return Err(Error::invalid(format!(
                "the function takes {}, the input, {input:?}, holds {}",
                function.takes(),
                input.dtype()
            )));
        }
        let meta = input.clone().with_dtype(function.gives());
        let meta = match input.range().and_then(|range| function.range(range)) {
            Some((least, greatest)) => meta.with_range(least, greatest),
            None => meta.without_range(),
        };
        cx.describe(&slots.output, with_bytes_of_each(meta, &[input])?)
    }

    fn dirty(&self, slots: &PointwiseSlots, cx: &mut Dirty<'_>) {
        cx.same_region(&slots.input, &slots.output);
    }

    async fn execute(&self, slots: &PointwiseSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let function = cx.value(&slots.function)?;
        let image = cx.request(&slots.input, roi).await?;
        // What is small, or a constant, is not worth a kernel.
        if image.nbytes().min(image.buffer_nbytes()) <= SMALL {
            return Ok(function.map(&image)?.into());
        }
        let buffers = buffers(cx.runtime());
        let kernel = cx.compute(move |checkpoint| {
            let mut out = pooled(&buffers, image.axes(), image.shape(), function.gives(), checkpoint)?;
            function.write(&image, &mut out, checkpoint)?;
            Ok(out)
        });
        Ok(kernel.await?.into())
    }
}
