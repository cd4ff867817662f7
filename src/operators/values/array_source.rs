//! An array in the graph.

use crate::array::{Array, Axes, Element};
use crate::error::Error;
use crate::graph::{Data, Declare, Dirty, Execute, Input, Operator, Output, Setup};
use crate::operators::values::meta_patch::MetaPatch;
use crate::roi::Roi;

/// Gives an array, with what is to be said of it.
///
/// lazyflow: `OpOutputProvider`, whose data cannot change.
///
/// | slot | | |
/// |---|---|---|
/// | `array` | array | the one that the operator was made with, unless another is set, written to or connected |
/// | `patch` | [`MetaPatch`] | facts for its description |
/// | `output` | array | parts of the same buffer |
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::{ArraySource, MetaPatch};
/// use headwater::{Array, roi};
///
/// let graph = Graph::new();
/// let image = Array::from_vec("yx", &[2, 2], vec![1_u8, 2, 3, 4])?;
/// let source = graph.add(ArraySource::new(image).patch(MetaPatch::new().range(1.0, 4.0)));
/// assert_eq!(source.output.request(roi![1..2, 0..2]).wait()?, Array::from_vec("yx", &[1, 2], vec![3_u8, 4])?);
///
/// // One pixel changes, and one pixel is dirty.
/// graph.edit(|e| e.write(&source.array, roi![0..1, 1..2], &Array::full("yx", &[1, 1], 3_u8)?))?;
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ArraySource {
    array: Array,
    patch: MetaPatch,
}

/// The slots of an [`ArraySource`].
#[derive(Debug)]
pub struct ArraySourceSlots {
    /// What is given.
    pub array: Input<Array>,
    /// What is said of it.
    pub patch: Input<MetaPatch>,
    /// That array.
    pub output: Output<Array>,
}

impl ArraySource {
    /// Gives `array`.
    pub fn new(array: Array) -> Self {
        let patch = MetaPatch::new();
        Self { array, patch }
    }

    /// Gives `value` everywhere, from memory for one element.
    ///
    /// # Errors
    ///
    /// As [`Array::full`].
    pub fn constant<T: Element, A>(axes: A, shape: &[usize], value: T) -> Result<Self, Error>
    where
        A: TryInto<Axes>,
        Error: From<A::Error>,
    {
        Ok(Self::new(Array::full(axes, shape, value)?))
    }

    /// With `patch` in its description.
    #[must_use]
    pub fn patch(self, patch: MetaPatch) -> Self {
        Self { patch, ..self }
    }
}

impl Operator for ArraySource {
    type Slots = ArraySourceSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> ArraySourceSlots {
        ArraySourceSlots {
            array: declare.default("array", self.array.clone()),
            patch: declare.default("patch", self.patch.clone()),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &ArraySourceSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = cx.value(&slots.patch)?.apply(cx.meta(&slots.array)?)?;
        cx.describe(&slots.output, meta)
    }

    fn dirty(&self, slots: &ArraySourceSlots, cx: &mut Dirty<'_>) {
        // Another description has changed everything already.
        let dirt = cx.of(&slots.array).clone();
        cx.mark(&slots.output, dirt);
    }

    async fn execute(&self, slots: &ArraySourceSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        Ok(cx.request(&slots.array, roi).await?.into())
    }

    fn is_inline(&self) -> bool {
        true
    }
}
