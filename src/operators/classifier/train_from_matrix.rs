//! Training on labelled rows.

use ndarray::ArrayView2;

use crate::error::Error;
use crate::graph::{Data, Declare, Execute, Input, Opaque, Operator, Output, Setup};
use crate::kernels::RandomForest;
use crate::operators::classifier::Classifier;
use crate::operators::classifier::feature_matrix::FeatureMatrix;
use crate::roi::Roi;

/// Trains a random forest on labelled rows, when somebody asks for it.
///
/// lazyflow: `OpTrainClassifierFromFeatureVectors`.
///
/// | slot | | what |
/// |---|---|---|
/// | `matrix` | input | the labelled rows |
/// | `options` | input, 100 trees | how to train |
/// | `classes` | input, 1 | the least number of rows: how many classes there are to be told apart |
/// | `classifier` | output | the forest, or `None` if there are fewer rows than `classes` |
///
/// The names of the features go with the forest, unless the options have names already.
#[derive(Clone, Debug, Default)]
pub struct TrainFromMatrix {
    options: RandomForest,
}

/// The slots of [`TrainFromMatrix`].
#[derive(Debug)]
pub struct TrainFromMatrixSlots {
    /// The labelled rows.
    pub matrix: Input<FeatureMatrix>,
    /// How to train.
    pub options: Input<RandomForest>,
    /// The least number of rows.
    pub classes: Input<usize>,
    /// The trained forest, if there are rows enough.
    pub classifier: Output<Classifier>,
}

impl TrainFromMatrix {
    /// Training with these options.
    pub fn new(options: RandomForest) -> Self {
        Self { options }
    }
}

impl Operator for TrainFromMatrix {
    type Slots = TrainFromMatrixSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> TrainFromMatrixSlots {
        TrainFromMatrixSlots {
            matrix: declare.input("matrix"),
            options: declare.default("options", self.options.clone()),
            classes: declare.default("classes", 1),
            classifier: declare.output("classifier"),
        }
    }

    fn setup(&self, slots: &TrainFromMatrixSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        cx.computed(&slots.classifier)
    }

    async fn execute(&self, slots: &TrainFromMatrixSlots, cx: &Execute, _: Roi) -> Result<Data, Error> {
        let matrix = cx.get(&slots.matrix).await?;
        let (mut options, classes) = (cx.get(&slots.options).await?, cx.get(&slots.classes).await?);
        let rows = matrix.rows();
        if rows < classes.max(1) {
            return Ok(Data::of::<Classifier>(None));
        }
        if !options.has_feature_names() {
            options = options.feature_names(matrix.feature_names().iter().map(|name| &**name));
        }
        let threads = cx.runtime().compute_threads();
        let bytes = options.train_bytes(rows, matrix.features(), threads) + matrix.bytes_together();
        let forest = cx.compute_within(bytes, move |checkpoint| {
            let train = |values: ArrayView2<'_, f32>, labels: &[u32]| options.train(values, labels, checkpoint);
            matrix.together(train, checkpoint).map(Opaque::new)
        });
        Ok(Data::of::<Classifier>(Some(forest.await?)))
    }
}
