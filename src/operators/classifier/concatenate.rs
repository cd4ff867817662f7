//! The labelled rows of several images as one matrix.

use futures::future::try_join_all;

use crate::error::Error;
use crate::graph::{Data, Declare, Execute, Input, List, Operator, Output, Setup};
use crate::operators::classifier::feature_matrix::FeatureMatrix;
use crate::roi::Roi;

/// Puts the rows of several matrices one after the other; none of them is copied.
///
/// lazyflow: `OpConcatenateFeatureMatrices`.
///
/// | slot | | what |
/// |---|---|---|
/// | `matrices` | list of inputs | the matrices; those that are not ready are left out, and there may be none |
/// | `output` | output | all rows |
///
/// Matrices with rows must have the same features of the same names; else the output fails and names the matrix.
#[derive(Clone, Copy, Debug, Default)]
pub struct ConcatenateFeatureMatrices;

/// The slots of [`ConcatenateFeatureMatrices`].
#[derive(Debug)]
pub struct ConcatenateFeatureMatricesSlots {
    /// The matrices.
    pub matrices: List<Input<FeatureMatrix>>,
    /// All rows.
    pub output: Output<FeatureMatrix>,
}

impl Operator for ConcatenateFeatureMatrices {
    type Slots = ConcatenateFeatureMatricesSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> ConcatenateFeatureMatricesSlots {
        ConcatenateFeatureMatricesSlots {
            matrices: declare.optional_list("matrices"),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &ConcatenateFeatureMatricesSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        cx.computed(&slots.output)
    }

    async fn execute(&self, slots: &ConcatenateFeatureMatricesSlots, cx: &Execute, _: Roi) -> Result<Data, Error> {
        let lanes = cx.lanes(&slots.matrices).into_iter().map(|(_, lane)| lane);
        let ready = lanes.filter(|lane| cx.is_ready(lane));
        let matrices = try_join_all(ready.map(|lane| cx.get(&lane).submit())).await?;
        Ok(Data::of(FeatureMatrix::concatenated(&matrices)?))
    }
}
