//! One as a list.

use crate::array::Array;
use crate::error::Error;
use crate::graph::{Data, Declare, Dirty, Execute, Input, List, Operator, Output, Setup};
use crate::roi::Roi;

/// Gives its input as a list of one element, for what takes lists only.
///
/// lazyflow: `OpWrapSlot`. Where the list may be edited, `e.push(&list)` and `e.connect` do without it.
///
/// | slot | | |
/// |---|---|---|
/// | `input` | array | |
/// | `list` | list of arrays | one element: the same buffer |
#[derive(Clone, Copy, Debug, Default)]
pub struct AsList;

/// The slots of an [`AsList`].
#[derive(Debug)]
pub struct AsListSlots {
    /// The one.
    pub input: Input<Array>,
    /// It alone.
    pub list: List<Output<Array>>,
}

impl Operator for AsList {
    type Slots = AsListSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> AsListSlots {
        AsListSlots {
            input: declare.input("input"),
            list: declare.list("list"),
        }
    }

    fn setup(&self, slots: &AsListSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = cx.meta(&slots.input)?;
        for lane in cx.set_len(&slots.list, 1)? {
            cx.describe(&lane, meta.clone())?;
        }
        Ok(())
    }

    fn dirty(&self, slots: &AsListSlots, cx: &mut Dirty<'_>) {
        for (_, lane) in cx.lanes(&slots.list) {
            cx.same_region(&slots.input, &lane);
        }
    }

    async fn execute(&self, slots: &AsListSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        Ok(cx.request(&slots.input, roi).await?.into())
    }

    fn is_inline(&self) -> bool {
        true
    }
}
