//! Other axes for the same data.

use crate::array::{Array, Axes};
use crate::error::Error;
use crate::graph::{Data, Declare, Dirty, Execute, Input, Operator, Output, Setup};
use crate::operators::generic::describe::{map_dirt, reordered, reordered_roi};
use crate::roi::Roi;

/// Gives its input's axes in another order, with new ones of length 1, and without old ones of that length.
///
/// lazyflow: `OpReorderAxes`.
///
/// | slot | | |
/// |---|---|---|
/// | `input` | array | |
/// | `order` | `String` | the axes of the output, as in `"tzyxc"`, which is the default |
/// | `output` | array | the input in that order: the same buffer, nothing is copied |
///
/// Sizes of pixels and blocks go with their axes; along a new axis a block is 1. An order that leaves out an axis of
/// another length fails the setup, with the name of that axis, and is mended by the next edit of either.
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::ReorderAxes;
/// use headwater::{Array, DType, roi};
///
/// let graph = Graph::new();
/// let reorder = graph.add(ReorderAxes::new("zcxy"));
/// graph.edit(|e| e.set(&reorder.input, Array::zeros("tyxc", &[1, 20, 30, 3], DType::U8)?))?;
/// assert_eq!(reorder.output.meta()?.shape(), [1, 3, 30, 20]);
/// assert_eq!(reorder.output.request(roi![0..1, 2..3, 0..5, 0..7]).wait()?.shape(), [1, 1, 5, 7]);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ReorderAxes {
    order: String,
}

/// The slots of a [`ReorderAxes`].
#[derive(Debug)]
pub struct ReorderAxesSlots {
    /// In any order.
    pub input: Input<Array>,
    /// The axes of the output.
    pub order: Input<String>,
    /// In that order.
    pub output: Output<Array>,
}

impl ReorderAxes {
    /// To the axes `order`.
    pub fn new(order: impl Into<String>) -> Self {
        Self { order: order.into() }
    }
}

impl Default for ReorderAxes {
    fn default() -> Self {
        Self::new("tzyxc")
    }
}

impl Operator for ReorderAxes {
    type Slots = ReorderAxesSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> ReorderAxesSlots {
        ReorderAxesSlots {
            input: declare.input("input"),
            order: declare.default("order", self.order.clone()),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &ReorderAxesSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let order: Axes = cx.value(&slots.order)?.parse()?;
        let meta = reordered(cx.meta(&slots.input)?, order)?;
        cx.describe(&slots.output, meta)
    }

    fn dirty(&self, slots: &ReorderAxesSlots, cx: &mut Dirty<'_>) {
        let order = cx.value(&slots.order).and_then(|order| order.parse::<Axes>());
        let (Ok(meta), Ok(order)) = (cx.meta(&slots.input), order) else {
            return cx.everything();
        };
        if cx.is_dirty(&slots.order) {
            return cx.everything();
        }
        let dirt = map_dirt(cx.of(&slots.input), meta.roi(), |roi| {
            reordered_roi(roi, meta.axes(), order).map(Some)
        });
        cx.mark(&slots.output, dirt);
    }

    async fn execute(&self, slots: &ReorderAxesSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let (from, to) = (cx.meta(&slots.input)?.axes(), cx.output_meta(&slots.output)?.axes());
        let array = cx.request(&slots.input, reordered_roi(&roi, to, from)?).await?;
        // Of a new axis nothing may be wanted.
        let wanted = Roi::full(roi.shape());
        Ok(array.to_axes(to)?.slice(&wanted)?.into())
    }

    fn is_inline(&self) -> bool {
        true
    }
}
