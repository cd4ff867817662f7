//! Two images, element by element.

use futures::future::try_join;

use crate::array::{Array, DType};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::graph::{Data, Declare, Dirty, Execute, Input, Meta, Operator, Output, Setup, SlotType};
use crate::kernels::{self, ArithmeticOperation};
use crate::operators::buffers::buffers;
use crate::operators::estimate::with_bytes_of_each;
use crate::roi::Roi;

/// Adds, subtracts, multiplies … two images of the same axes and shape.
///
/// lazyflow: `OpMultiArrayMerger` with a function of NumPy's, `OpPixelOperator`.
///
/// | slot | | |
/// |---|---|---|
/// | `a`, `b` | arrays | |
/// | `operation` | [`ArithmeticOperation`] | what is done to their elements |
/// | `dtype` | `Option<DType>` | the type of the result; `None`, the default, is the one that holds the numbers of both |
/// | `output` | array | the result |
///
/// [`kernels::Arithmetic`] says what the types are, and that integers saturate. The range of the result is known if those
/// of both images are. Sizes and names are those of `a`.
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::Arithmetic;
/// use headwater::{Array, roi};
///
/// let graph = Graph::new();
/// let difference = graph.add(Arithmetic::subtract());
/// graph.edit(|e| {
///     e.set(&difference.a, Array::full("yx", &[8, 8], 7.0_f32)?)?;
///     e.set(&difference.b, Array::full("yx", &[8, 8], 5_u8)?)
/// })?;
/// assert_eq!(difference.output.request(roi![0..1, 0..1]).wait()?.view::<f32>()?[[0, 0]], 2.0);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Arithmetic {
    operation: ArithmeticOperation,
    dtype: Option<DType>,
}

/// The slots of an [`Arithmetic`].
#[derive(Debug)]
pub struct ArithmeticSlots {
    /// The first image.
    pub a: Input<Array>,
    /// The second.
    pub b: Input<Array>,
    /// What is done to their elements.
    pub operation: Input<ArithmeticOperation>,
    /// The type of the result; the one that holds the numbers of both, if not said.
    pub dtype: Input<Option<DType>>,
    /// The result.
    pub output: Output<Array>,
}

impl SlotType for ArithmeticOperation {
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

impl Arithmetic {
    /// Does `operation`.
    pub fn new(operation: ArithmeticOperation) -> Self {
        Self { operation, dtype: None }
    }

    /// `a + b`.
    pub fn add() -> Self {
        Self::new(ArithmeticOperation::Add)
    }

    /// `a - b`.
    pub fn subtract() -> Self {
        Self::new(ArithmeticOperation::Subtract)
    }

    /// `a * b`.
    pub fn multiply() -> Self {
        Self::new(ArithmeticOperation::Multiply)
    }

    /// `a / b`, in floating point.
    pub fn divide() -> Self {
        Self::new(ArithmeticOperation::Divide)
    }

    /// With a result of type `dtype`.
    #[must_use]
    pub fn dtype(self, dtype: DType) -> Self {
        let dtype = Some(dtype);
        Self { dtype, ..self }
    }
}

fn kernel(operation: ArithmeticOperation, dtype: Option<DType>) -> kernels::Arithmetic {
    let kernel = kernels::Arithmetic::new(operation);
    dtype.map_or(kernel, |dtype| kernel.with_dtype(dtype))
}

/// Between which values the result is: no operation turns round between the ends of what it gets, so it is what comes of
/// these, computed with the same rounding. Distances turn at 0, and quotients jump there.
fn range(operation: ArithmeticOperation, dtype: Option<DType>, a: &Meta, b: &Meta) -> Option<(f64, f64)> {
    let ((a_least, a_greatest), (b_least, b_greatest)) = (a.range()?, b.range()?);
    if operation == ArithmeticOperation::Divide && b_least <= 0.0 && b_greatest >= 0.0 {
        return None;
    }
    if kernel(operation, dtype).dtype(a.dtype(), b.dtype()) == DType::Bool {
        return Some((0.0, 1.0));
    }
    let ends = |ends: [f64; 4], dtype| Array::from_vec("x", &[4], ends.to_vec()).and_then(|ends| ends.cast(dtype));
    let first = ends([a_least, a_least, a_greatest, a_greatest], a.dtype()).ok()?;
    let second = ends([b_least, b_greatest, b_least, b_greatest], b.dtype()).ok()?;
    let results = kernel(operation, dtype)
        .apply(&first, &second, &Checkpoint::never())
        .ok()?;
    let results = results.cast(DType::F64).ok()?;
    let results = results.view::<f64>().ok()?;
    if results.iter().any(|value| value.is_nan()) {
        return None;
    }
    let mut least = results.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = results.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if operation == ArithmeticOperation::Difference && a_least <= b_greatest && b_least <= a_greatest {
        least = 0.0;
    }
    Some((least, greatest))
}

impl Operator for Arithmetic {
    type Slots = ArithmeticSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> ArithmeticSlots {
        ArithmeticSlots {
            a: declare.input("a"),
            b: declare.input("b"),
            operation: declare.default("operation", self.operation),
            dtype: declare.default("dtype", self.dtype),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &ArithmeticSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let (a, b) = (cx.meta(&slots.a)?, cx.meta(&slots.b)?);
        let (operation, dtype) = (cx.value(&slots.operation)?, cx.value(&slots.dtype)?);
        if a.shape() != b.shape() || a.axes() != b.axes() {
            return Err(Error::invalid(format!(
                "`a`, {a:?}, and `b`, {b:?}, differ in axes or shape"
            )));
        }
        let meta = a
            .clone()
            .with_dtype(kernel(operation, dtype).dtype(a.dtype(), b.dtype()));
        let meta = match range(operation, dtype, &a, &b) {
            Some((least, greatest)) => meta.with_range(least, greatest),
            None => meta.without_range(),
        };
        cx.describe(&slots.output, with_bytes_of_each(meta, &[a, b])?)
    }

    fn dirty(&self, slots: &ArithmeticSlots, cx: &mut Dirty<'_>) {
        if cx.others_changed(&[&slots.a, &slots.b]) {
            return cx.everything();
        }
        let mut dirt = cx.of(&slots.a).clone();
        dirt.merge(cx.of(&slots.b));
        cx.mark(&slots.output, dirt);
    }

    async fn execute(&self, slots: &ArithmeticSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let kernel = kernel(cx.value(&slots.operation)?, cx.value(&slots.dtype)?);
        let (a, b) = (cx.request(&slots.a, roi).submit(), cx.request(&slots.b, roi));
        let (a, b) = try_join(a, b).await?;
        let buffers = buffers(cx.runtime());
        let result = cx.compute(move |checkpoint| {
            let mut out = kernels::pooled(
                &buffers,
                a.axes(),
                a.shape(),
                kernel.dtype(a.dtype(), b.dtype()),
                checkpoint,
            )?;
            kernel.write(&a, &b, &mut out, checkpoint)?;
            Ok(out)
        });
        Ok(result.await?.into())
    }
}
