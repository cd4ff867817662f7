//! More about an image.

use crate::array::Array;
use crate::error::Error;
use crate::graph::{Data, Declare, Dirty, Execute, Input, Operator, Output, Setup};
use crate::operators::values::meta_patch::MetaPatch;
use crate::roi::Roi;

/// Adds facts to the description of its input.
///
/// lazyflow: `OpMetadataInjector`, which tells nobody when the facts change.
///
/// | slot | | |
/// |---|---|---|
/// | `input` | array | |
/// | `patch` | [`MetaPatch`] | the facts; none is the default |
/// | `output` | array | the same buffer, described as the input and with the facts |
///
/// Other facts are another description, of which everybody behind hears; the same facts again are no change.
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::{InjectMeta, MetaPatch};
/// use headwater::{Array, DType};
///
/// let graph = Graph::new();
/// let inject = graph.add(InjectMeta::new(MetaPatch::new().range(0.0, 4095.0)));
/// graph.edit(|e| e.set(&inject.input, Array::zeros("yx", &[8, 8], DType::U16)?))?;
/// assert_eq!(inject.output.meta()?.range(), Some((0.0, 4095.0)));
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct InjectMeta {
    patch: MetaPatch,
}

/// The slots of an [`InjectMeta`].
#[derive(Debug)]
pub struct InjectMetaSlots {
    /// As it describes itself.
    pub input: Input<Array>,
    /// What to say beyond that.
    pub patch: Input<MetaPatch>,
    /// The same data.
    pub output: Output<Array>,
}

impl InjectMeta {
    /// Adds `patch`.
    pub fn new(patch: MetaPatch) -> Self {
        Self { patch }
    }
}

impl Operator for InjectMeta {
    type Slots = InjectMetaSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> InjectMetaSlots {
        InjectMetaSlots {
            input: declare.input("input"),
            patch: declare.default("patch", self.patch.clone()),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &InjectMetaSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = cx.value(&slots.patch)?.apply(cx.meta(&slots.input)?)?;
        cx.describe(&slots.output, meta)
    }

    fn dirty(&self, slots: &InjectMetaSlots, cx: &mut Dirty<'_>) {
        // Another description has changed everything already.
        let dirt = cx.of(&slots.input).clone();
        cx.mark(&slots.output, dirt);
    }

    async fn execute(&self, slots: &InjectMetaSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        Ok(cx.request(&slots.input, roi).await?.into())
    }

    fn is_inline(&self) -> bool {
        true
    }
}
