//! Other types of elements.

use crate::array::{Array, DType};
use crate::error::Error;
use crate::graph::{Data, Declare, Dirty, Execute, Input, Operator, Output, Setup};
use crate::kernels;
use crate::operators::assemble::SMALL;
use crate::operators::buffers::buffers;
use crate::operators::estimate::with_bytes_of_each;
use crate::roi::Roi;

/// Gives the same numbers as elements of another type, each as [`Element::cast`](crate::array::Element::cast) makes it:
/// saturated, halves rounded to even, NaN to 0.
///
/// lazyflow: `OpConvertDtype`, which cuts off fractions and wraps around.
///
/// | slot | | |
/// |---|---|---|
/// | `input` | array | |
/// | `dtype` | [`DType`] | the type of the output |
/// | `output` | array | the numbers as that; the same buffer, if they are of that type already |
///
/// The range of values goes through the same conversion.
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::Cast;
/// use headwater::{Array, DType, roi};
///
/// let graph = Graph::new();
/// let cast = graph.add(Cast::new(DType::U8));
/// graph.edit(|e| e.set(&cast.input, Array::from_vec("x", &[3], vec![-1.0_f32, 2.5, 1000.0])?))?;
/// assert_eq!(cast.output.request(roi![0..3]).wait()?.view::<u8>()?.as_slice(), Some(&[0, 2, 255][..]));
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Cast {
    dtype: DType,
}

/// The slots of a [`Cast`].
#[derive(Debug)]
pub struct CastSlots {
    /// Numbers.
    pub input: Input<Array>,
    /// As what.
    pub dtype: Input<DType>,
    /// The same numbers.
    pub output: Output<Array>,
}

impl Cast {
    /// To elements of `dtype`.
    pub fn new(dtype: DType) -> Self {
        Self { dtype }
    }
}

/// What becomes of a number between `from` and `to`.
fn through(number: f64, from: DType, to: DType) -> Result<f64, Error> {
    let there = Array::from_vec("", &[], vec![number])?.cast(from)?.cast(to)?;
    Ok(there.cast(DType::F64)?.view::<f64>()?[[]])
}

impl Operator for Cast {
    type Slots = CastSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> CastSlots {
        CastSlots {
            input: declare.input("input"),
            dtype: declare.default("dtype", self.dtype),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &CastSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let (input, dtype) = (cx.meta(&slots.input)?, cx.value(&slots.dtype)?);
        if input.dtype() == dtype {
            return cx.describe(&slots.output, input);
        }
        let meta = input.clone().with_dtype(dtype);
        let meta = match input.range() {
            // What differs from zero is true, below as above.
            Some(_) if dtype == DType::Bool => meta.with_range(0.0, 1.0),
            Some((least, greatest)) => {
                let through = |end| through(end, input.dtype(), dtype);
                meta.with_range(through(least)?, through(greatest)?)
            }
            None => meta,
        };
        cx.describe(&slots.output, with_bytes_of_each(meta, &[input])?)
    }

    fn dirty(&self, slots: &CastSlots, cx: &mut Dirty<'_>) {
        cx.same_region(&slots.input, &slots.output);
    }

    async fn execute(&self, slots: &CastSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let dtype = cx.value(&slots.dtype)?;
        let image = cx.request(&slots.input, roi).await?;
        if image.dtype() == dtype || image.nbytes().min(image.buffer_nbytes()) <= SMALL {
            return Ok(image.cast(dtype)?.into());
        }
        let buffers = buffers(cx.runtime());
        let kernel = cx.compute(move |checkpoint| {
            let mut out = kernels::pooled(&buffers, image.axes(), image.shape(), dtype, checkpoint)?;
            kernels::cast(&image, &mut out, checkpoint)?;
            Ok(out)
        });
        Ok(kernel.await?.into())
    }
}
