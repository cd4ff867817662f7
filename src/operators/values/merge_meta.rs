//! What another image says.

use crate::array::Array;
use crate::error::Error;
use crate::graph::{Data, Declare, Dirty, Execute, Input, Operator, Output, Setup};
use crate::operators::values::meta_field::MetaField;
use crate::roi::Roi;

/// Gives its input, described with facts from another image: a filtered image keeps what its raw data says of pixels.
///
/// lazyflow: `OpMetadataMerge`.
///
/// | slot | | |
/// |---|---|---|
/// | `input` | array | |
/// | `source` | array | whose description has the facts; its data is not asked for |
/// | `fields` | `Vec<`[`MetaField`]`>` | which; those that the source does not have stay as the input has them |
/// | `output` | array | the same buffer as the input |
///
/// What changes of the data of the source is nothing to the output.
#[derive(Clone, Debug, Default)]
pub struct MergeMeta {
    fields: Vec<MetaField>,
}

/// The slots of a [`MergeMeta`].
#[derive(Debug)]
pub struct MergeMetaSlots {
    /// As it describes itself.
    pub input: Input<Array>,
    /// Whose description has the facts.
    pub source: Input<Array>,
    /// Which facts.
    pub fields: Input<Vec<MetaField>>,
    /// The same data.
    pub output: Output<Array>,
}

impl MergeMeta {
    /// Takes `fields` over.
    pub fn new(fields: impl Into<Vec<MetaField>>) -> Self {
        let fields = fields.into();
        Self { fields }
    }
}

impl Operator for MergeMeta {
    type Slots = MergeMetaSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> MergeMetaSlots {
        MergeMetaSlots {
            input: declare.input("input"),
            source: declare.input("source"),
            fields: declare.default("fields", self.fields.clone()),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &MergeMetaSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let (input, source) = (cx.meta(&slots.input)?, cx.meta(&slots.source)?);
        let fields = cx.value(&slots.fields)?;
        let meta = fields.iter().try_fold(input, |meta, field| field.copy(meta, &source))?;
        cx.describe(&slots.output, meta)
    }

    fn dirty(&self, slots: &MergeMetaSlots, cx: &mut Dirty<'_>) {
        // Another description has changed everything already.
        let dirt = cx.of(&slots.input).clone();
        cx.mark(&slots.output, dirt);
    }

    async fn execute(&self, slots: &MergeMetaSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        Ok(cx.request(&slots.input, roi).await?.into())
    }

    fn is_inline(&self) -> bool {
        true
    }
}
