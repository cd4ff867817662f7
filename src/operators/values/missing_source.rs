//! A description without data.

use crate::array::Array;
use crate::error::Error;
use crate::graph::{Data, Declare, Execute, Meta, Operator, Output, Setup};
use crate::roi::Roi;
use crate::sync::Arc;

/// Stands for data that is not there: it is described, so that what is behind it can be set up, and asking for it fails.
///
/// lazyflow: `OpMissingDataSource`, for projects whose training data was moved.
///
/// | slot | | |
/// |---|---|---|
/// | `output` | array | described as the operator was told; every request fails with [`MissingDataError`] |
///
/// # Examples
///
/// ```
/// use headwater::graph::{Graph, Meta};
/// use headwater::operators::{MissingDataError, MissingSource};
/// use headwater::{DType, Shape, roi};
///
/// let graph = Graph::new();
/// let gone = graph.add(MissingSource::new(Meta::new(Shape::from([64, 64]), DType::U8, "yx")?));
/// assert_eq!(gone.output.meta()?.shape(), [64, 64]);
/// let error = gone.output.request(roi![0..1, 0..1]).wait().unwrap_err();
/// assert!(error.downcast_ref::<MissingDataError>().is_some());
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct MissingSource {
    meta: Meta,
}

/// The slot of a [`MissingSource`].
#[derive(Debug)]
pub struct MissingSourceSlots {
    /// What is described and not there.
    pub output: Output<Array>,
}

/// What asking a [`MissingSource`] fails with. lazyflow: `MissingDataAccessError`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the data of `{slot}` is missing; all that is known of it is its description")]
pub struct MissingDataError {
    slot: Arc<str>,
}

impl MissingSource {
    /// Data that would be as `meta` says.
    pub fn new(meta: Meta) -> Self {
        Self { meta }
    }
}

impl Operator for MissingSource {
    type Slots = MissingSourceSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> MissingSourceSlots {
        MissingSourceSlots {
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &MissingSourceSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        cx.describe(&slots.output, self.meta.clone())
    }

    async fn execute(&self, _: &MissingSourceSlots, cx: &Execute, _: Roi) -> Result<Data, Error> {
        Err(Error::new(MissingDataError { slot: cx.output_path() }))
    }

    fn is_inline(&self) -> bool {
        true
    }
}
