//! Nothing.

use crate::array::Array;
use crate::error::Error;
use crate::graph::{Data, Declare, Dirty, Execute, Input, Operator, Output, Setup};
use crate::roi::Roi;

/// Gives what it gets: a place in the graph to connect to, to [freeze](crate::graph::Edit::freeze) or to look at.
///
/// lazyflow: `OpArrayPiper`.
///
/// | slot | | |
/// |---|---|---|
/// | `input` | array | |
/// | `output` | array | the same buffer |
#[derive(Clone, Copy, Debug, Default)]
pub struct Identity;

/// The slots of an [`Identity`].
#[derive(Debug)]
pub struct IdentitySlots {
    /// What comes in.
    pub input: Input<Array>,
    /// The same.
    pub output: Output<Array>,
}

impl Operator for Identity {
    type Slots = IdentitySlots;

    fn slots(&self, declare: &mut Declare<'_>) -> IdentitySlots {
        IdentitySlots {
            input: declare.input("input"),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &IdentitySlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = cx.meta(&slots.input)?;
        cx.describe(&slots.output, meta)
    }

    fn dirty(&self, slots: &IdentitySlots, cx: &mut Dirty<'_>) {
        cx.same_region(&slots.input, &slots.output);
    }

    async fn execute(&self, slots: &IdentitySlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        Ok(cx.request(&slots.input, roi).await?.into())
    }

    fn is_inline(&self) -> bool {
        true
    }
}
