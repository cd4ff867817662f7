//! What an operator is.

use std::fmt;
use std::future::Future;

use crate::array::Array;
use crate::error::Error;
use crate::graph::data::Data;
use crate::graph::declare::Declare;
use crate::graph::dirty::Dirty;
use crate::graph::edit::Edit;
use crate::graph::execute::Execute;
use crate::graph::id::SlotId;
use crate::graph::kept::Kept;
use crate::graph::setup::Setup;
use crate::roi::Roi;
use crate::sync::Arc;

/// A computation with slots: it says what it needs and gives, describes its outputs from the descriptions of its inputs,
/// maps changes of its inputs to changes of its outputs, and computes regions on demand.
///
/// The first three are pure: they look at nothing but their arguments. `execute` may wait, compute and fail; it runs as a
/// [request](crate::Request), in parallel with itself for other regions, and reads one revision of the graph from beginning
/// to end. An operator without inputs is a source.
///
/// An operator that consists of others adds them in [`slots`](Self::slots) and needs nothing else.
/// [`guide::writing_an_operator`](crate::guide::writing_an_operator) grows one step by step.
///
/// A panic in any of them is caught. It becomes an error that names operator, slot and region.
///
/// # Examples
///
/// A pointwise operator:
///
/// ```
/// use headwater::graph::{Data, Declare, Dirty, Execute, Graph, Input, Operator, Output, Setup};
/// use headwater::roi::Roi;
/// use headwater::{Array, Error, roi};
///
/// struct Invert;
///
/// struct InvertSlots {
///     input: Input<Array>,
///     output: Output<Array>,
/// }
///
/// impl Operator for Invert {
///     type Slots = InvertSlots;
///
///     fn slots(&self, declare: &mut Declare<'_>) -> InvertSlots {
///         InvertSlots { input: declare.input("input"), output: declare.output("output") }
///     }
///
///     fn setup(&self, slots: &InvertSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
///         let meta = cx.meta(&slots.input)?;
///         cx.describe(&slots.output, meta)
///     }
///
///     fn dirty(&self, slots: &InvertSlots, cx: &mut Dirty<'_>) {
///         cx.same_region(&slots.input, &slots.output);
///     }
///
///     async fn execute(&self, slots: &InvertSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
///         let image = cx.request(&slots.input, roi).await?;
///         Ok(image.map(|value: u8| 255 - value)?.into())
///     }
/// }
///
/// let graph = Graph::new();
/// let invert = graph.add(Invert);
/// graph.edit(|e| e.set(&invert.input, Array::from_vec("x", &[4], vec![0_u8, 1, 2, 3])?))?;
/// let result = invert.output.request(roi![1..3]).wait()?;
/// assert_eq!(result.view::<u8>()?.as_slice(), Some(&[254, 253][..]));
/// # Ok::<(), Error>(())
/// ```
pub trait Operator: Send + Sync + 'static {
    /// The handles of its slots, as fields with their names.
    type Slots: Send + Sync + 'static;

    /// Declares the slots, and the operators inside if it is made of some. Called once, when it is added.
    fn slots(&self, declare: &mut Declare<'_>) -> Self::Slots;

    /// Describes the outputs, and with them what a request takes in memory ([`Meta::bytes_for`](crate::graph::Meta::bytes_for)).
    /// Called when all required inputs are ready and a description or value that it looked at has changed, at most once an
    /// edit.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the inputs. The outputs fail with it until an edit mends that; the edit itself succeeds.
    fn setup(&self, slots: &Self::Slots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let _ = (slots, cx);
        Ok(())
    }

    /// Says which parts of the outputs change with the parts of the inputs that did. Called at most once an edit, for all
    /// inputs together. Without it, everything does.
    fn dirty(&self, slots: &Self::Slots, cx: &mut Dirty<'_>) {
        let _ = slots;
        cx.everything();
    }

    /// Computes `roi` of the output that [`cx`](Execute::output) names; of a value, where `roi` has no axes, the whole.
    ///
    /// # Errors
    ///
    /// Whatever went wrong. Whoever waits gets it, behind the names of operator, slot and region.
    fn execute(&self, slots: &Self::Slots, cx: &Execute, roi: Roi) -> impl Future<Output = Result<Data, Error>> + Send {
        let _ = (slots, roi);
        let name = cx.output_path();
        async move {
            Err(Error::invalid(format!(
                "nothing computes `{name}`: its operator has no `execute`"
            )))
        }
    }

    /// Takes `data` as the content of `roi` of an input, from outside: what a cache does when it is restored.
    /// [`cx`](Execute::output) names the input, and is of the revision that the edit is about to publish.
    ///
    /// # Errors
    ///
    /// That the operator does not keep data, unless it does. The edit fails with it if nobody else behind the slot keeps
    /// any, and with all other errors.
    fn write(&self, slots: &Self::Slots, cx: &Execute, roi: Roi, data: &Array) -> Result<(), Error> {
        let _ = (slots, roi, data);
        Err(Error::new(KeepsNothing { slot: cx.output_path() }))
    }

    /// Takes `data` that an edit [writes](Edit::write) to `roi` of one of this operator's slots, before that is done in any other
    /// way: an operator whose data lies in values of its own changes these, with the steps of the same edit, and says where its
    /// outputs differ. So what it gives is that of a revision, as all values are. [`write`](Self::write) is not called then.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the data. The error is that of the step.
    fn write_in_edit(
        &self,
        slots: &Self::Slots,
        e: &mut Edit<'_>,
        slot: SlotId,
        roi: Roi,
        data: &Array,
    ) -> Result<Written, Error> {
        let _ = (slots, e, slot, roi, data);
        Ok(Written::Left)
    }

    /// Whether an execution is so little work that it runs as part of whoever asks, without a request of its own and
    /// without being shared: handing a region on, slicing, reordering axes.
    fn is_inline(&self) -> bool {
        false
    }

    /// How much of `roi` of the output that [`cx`](Execute::output) names it keeps, if it keeps anything: what drawings and
    /// [`Graph::why`](crate::graph::Graph::why) show. [`Execute::stamp`] says what is right.
    fn kept(&self, slots: &Self::Slots, cx: &Execute, roi: Roi) -> Option<Kept> {
        let _ = (slots, cx, roi);
        None
    }

    /// A name for errors and drawings, unless [`Edit::add_named`] gave one: the type's, if
    /// this is not overridden.
    fn name(&self) -> &str {
        let name = std::any::type_name::<Self>();
        let name = name.split('<').next().unwrap_or(name);
        name.rsplit("::").next().unwrap_or(name)
    }
}

/// What became of data that an edit wrote to a slot.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// The operator made it a part of the edit.
    Taken,
    /// The operator did nothing with it.
    Left,
}

/// What an operator says that has no [`Operator::write`].
#[derive(Debug)]
pub(crate) struct KeepsNothing {
    slot: Arc<str>,
}

impl fmt::Display for KeepsNothing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` cannot be written to: its operator keeps no data", self.slot)
    }
}

impl std::error::Error for KeepsNothing {}
