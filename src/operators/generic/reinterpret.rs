//! The same bits as another type.

use crate::array::{Array, DType};
use crate::error::Error;
use crate::graph::{Data, Declare, Dirty, Execute, Input, Operator, Output, Setup};
use crate::kernels;
use crate::operators::buffers::buffers;
use crate::operators::estimate::with_bytes_of_each;
use crate::roi::Roi;

/// Takes the bits of each element for one of another type of the same size: labels that were stored as `i32` for `u32`.
///
/// lazyflow: `OpDtypeView`.
///
/// | slot | | |
/// |---|---|---|
/// | `input` | array | |
/// | `dtype` | [`DType`] | the type of the output, of as many bytes |
/// | `output` | array | the bits as that; the same buffer, if the type is the same |
///
/// Another size fails the setup. Nothing is known of the range of values. Bits that are to be a `bool` and are neither 0 nor 1
/// fail the request.
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::Reinterpret;
/// use headwater::{Array, DType, roi};
///
/// let graph = Graph::new();
/// let bits = graph.add(Reinterpret::new(DType::U32));
/// graph.edit(|e| e.set(&bits.input, Array::from_vec("x", &[2], vec![1.0_f32, -0.0])?))?;
/// assert_eq!(bits.output.request(roi![0..2]).wait()?.view::<u32>()?.as_slice(), Some(&[0x3F80_0000, 1 << 31][..]));
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Reinterpret {
    dtype: DType,
}

/// The slots of a [`Reinterpret`].
#[derive(Debug)]
pub struct ReinterpretSlots {
    /// Bits.
    pub input: Input<Array>,
    /// As what.
    pub dtype: Input<DType>,
    /// The same bits.
    pub output: Output<Array>,
}

impl Reinterpret {
    /// As elements of `dtype`.
    pub fn new(dtype: DType) -> Self {
        Self { dtype }
    }
}

impl Operator for Reinterpret {
    type Slots = ReinterpretSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> ReinterpretSlots {
        ReinterpretSlots {
            input: declare.input("input"),
            dtype: declare.default("dtype", self.dtype),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &ReinterpretSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let (input, dtype) = (cx.meta(&slots.input)?, cx.value(&slots.dtype)?);
        if input.dtype() == dtype {
            return cx.describe(&slots.output, input);
        }
        if input.dtype().size() != dtype.size() {
            let (own, size) = (input.dtype().size(), dtype.size());
            return Err(Error::invalid(format!(
                "the input, {input:?}, has elements of {own} bytes; those of {dtype} have {size}"
            )));
        }
        let meta = input.clone().with_dtype(dtype).without_range();
        cx.describe(&slots.output, with_bytes_of_each(meta, &[input])?)
    }

    fn dirty(&self, slots: &ReinterpretSlots, cx: &mut Dirty<'_>) {
        cx.same_region(&slots.input, &slots.output);
    }

    async fn execute(&self, slots: &ReinterpretSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let dtype = cx.value(&slots.dtype)?;
        let image = cx.request(&slots.input, roi).await?;
        if image.dtype() == dtype {
            return Ok(image.into());
        }
        let buffers = buffers(cx.runtime());
        let kernel = cx.compute(move |checkpoint| {
            let mut out = kernels::pooled(&buffers, image.axes(), image.shape(), dtype, checkpoint)?;
            kernels::reinterpret(&image, &mut out, checkpoint)?;
            Ok(out)
        });
        Ok(kernel.await?.into())
    }
}
