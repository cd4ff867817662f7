//! Zeros for want of data.

use crate::array::{Array, match_dtype};
use crate::error::Error;
use crate::graph::{Data, Declare, Dirty, Execute, Input, Operator, Output, Setup};
use crate::roi::Roi;

/// Gives its input, and zeros while that is not ready: what shows predictions before there is a classifier.
///
/// lazyflow: `OpZeroDefault`.
///
/// | slot | | |
/// |---|---|---|
/// | `meta` | array | whose description the output has; its data is not asked for |
/// | `input` | array, optional | the data, of the same axes, shape and type |
/// | `output` | array | the same buffer, or zeros, which take no memory; ready as soon as `meta` is |
///
/// All of the output changes when the input becomes ready or ceases to be. An input that does not fit fails the setup.
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::ZeroDefault;
/// use headwater::{Array, DType, roi};
///
/// let graph = Graph::new();
/// let zeros = graph.add(ZeroDefault);
/// graph.edit(|e| e.set(&zeros.meta, Array::zeros("yx", &[8, 8], DType::F32)?))?;
/// assert_eq!(zeros.output.request(roi![0..1, 0..1]).wait()?.view::<f32>()?[[0, 0]], 0.0);
/// graph.edit(|e| e.set(&zeros.input, Array::full("yx", &[8, 8], 1.0_f32)?))?;
/// assert_eq!(zeros.output.request(roi![0..1, 0..1]).wait()?.view::<f32>()?[[0, 0]], 1.0);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct ZeroDefault;

/// The slots of a [`ZeroDefault`].
#[derive(Debug)]
pub struct ZeroDefaultSlots {
    /// As what the output is described.
    pub meta: Input<Array>,
    /// The data, if there is some.
    pub input: Input<Array>,
    /// The data, or zeros.
    pub output: Output<Array>,
}

impl Operator for ZeroDefault {
    type Slots = ZeroDefaultSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> ZeroDefaultSlots {
        ZeroDefaultSlots {
            meta: declare.input("meta"),
            input: declare.optional("input"),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &ZeroDefaultSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = cx.meta(&slots.meta)?;
        if cx.is_ready(&slots.input) {
            let input = cx.meta(&slots.input)?;
            let fits = (input.axes(), input.shape(), input.dtype()) == (meta.axes(), meta.shape(), meta.dtype());
            if !fits {
                return Err(Error::invalid(format!(
                    "the input, {input:?}, is not as `meta`, {meta:?}"
                )));
            }
        }
        cx.describe(&slots.output, meta)
    }

    fn dirty(&self, slots: &ZeroDefaultSlots, cx: &mut Dirty<'_>) {
        let dirt = cx.of(&slots.input).clone();
        cx.mark(&slots.output, dirt);
    }

    async fn execute(&self, slots: &ZeroDefaultSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        if cx.is_ready(&slots.input) {
            return Ok(cx.request(&slots.input, roi).await?.into());
        }
        let meta = cx.output_meta(&slots.output)?;
        let shape = roi.shape();
        let zeros = match_dtype!(meta.dtype(), T => Array::full(meta.axes(), shape.as_slice(), T::default()));
        Ok(zeros?.into())
    }

    fn is_inline(&self) -> bool {
        true
    }
}
