//! Several lists as one.

use crate::array::Array;
use crate::error::Error;
use crate::graph::{Data, Declare, Dirty, Execute, Input, LaneKey, List, Operator, Output, Setup};
use crate::roi::Roi;

/// Gives the elements of several lists one after the other, as one list.
///
/// lazyflow: `OpMultiInputConcatenater`.
///
/// | slot | | |
/// |---|---|---|
/// | `lists` | list of lists of arrays | any number, of any length |
/// | `list` | list of arrays | all elements, in order: the same buffers |
///
/// An element has in the joined list the key that it has in its own: it stays what it is when others come and go, and nobody
/// behind it hears of that. So one list cannot be joined to itself. An element that is not ready is not ready there alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct JoinLists;

/// The slots of a [`JoinLists`].
#[derive(Debug)]
pub struct JoinListsSlots {
    /// One after the other.
    pub lists: List<List<Input<Array>>>,
    /// All in one.
    pub list: List<Output<Array>>,
}

fn joined<'a>(
    lists: Vec<(LaneKey, List<Input<Array>>)>,
    lanes: impl Fn(&List<Input<Array>>) -> Vec<(LaneKey, Input<Array>)> + 'a,
) -> impl Iterator<Item = (LaneKey, Input<Array>)> + 'a {
    lists.into_iter().flat_map(move |(_, list)| lanes(&list))
}

impl Operator for JoinLists {
    type Slots = JoinListsSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> JoinListsSlots {
        JoinListsSlots {
            lists: declare.optional_list("lists"),
            list: declare.list("list"),
        }
    }

    fn setup(&self, slots: &JoinListsSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let elements: Vec<_> = joined(cx.lanes(&slots.lists), |list| cx.lanes(list)).collect();
        let keys: Vec<_> = elements.iter().map(|(key, _)| *key).collect();
        let lanes = cx.set_lanes(&slots.list, &keys)?;
        for ((_, element), lane) in elements.iter().zip(&lanes) {
            match cx.is_ready(element) {
                true => cx.describe(lane, cx.meta(element)?)?,
                false => cx.not_ready(lane, "the element that it stands for is not")?,
            }
        }
        Ok(())
    }

    fn dirty(&self, slots: &JoinListsSlots, cx: &mut Dirty<'_>) {
        let lanes = cx.lanes(&slots.list);
        let elements: Vec<_> = joined(cx.lanes(&slots.lists), |list| cx.lanes(list)).collect();
        for ((_, element), (_, lane)) in elements.iter().zip(&lanes) {
            let dirt = cx.of(element).clone();
            cx.mark(lane, dirt);
        }
    }

    async fn execute(&self, slots: &JoinListsSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        let own = cx.lane().first().copied();
        let element = joined(cx.lanes(&slots.lists), |list| cx.lanes(list)).find(|(key, _)| Some(*key) == own);
        let (_, element) = element.ok_or_else(|| Error::invalid("no element is that of this output"))?;
        Ok(cx.request(&element, roi).await?.into())
    }

    fn is_inline(&self) -> bool {
        true
    }
}
