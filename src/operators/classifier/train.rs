//! Training on brush strokes: the operators in between, put together.

use crate::array::Array;
use crate::graph::{Declare, Input, List, Operator, Output, PerLane};
use crate::kernels::RandomForest;
use crate::operators::classifier::Classifier;
use crate::operators::classifier::concatenate::ConcatenateFeatureMatrices;
use crate::operators::classifier::feature_matrix::FeatureMatrix;
use crate::operators::classifier::matrix_cache::FeatureMatrixCache;
use crate::operators::classifier::train_from_matrix::TrainFromMatrix;
use crate::roi::Roi;

/// Trains a random forest on the labelled pixels of one or more images.
///
/// Made of a [`FeatureMatrixCache`] for each image, [`ConcatenateFeatureMatrices`] and [`TrainFromMatrix`].
///
/// lazyflow: `OpTrainClassifierBlocked`, `OpTrainVectorwiseClassifierBlocked`.
///
/// | slot | | what |
/// |---|---|---|
/// | `images` | list of inputs | the features of each image, numbered along `c` |
/// | `labels` | list of inputs | the labels of each image; 0 is unlabelled |
/// | `blocks` | list of inputs, may be empty | of each image, where labels may be |
/// | `options` | input, 100 trees | how to train |
/// | `classes` | input, 1 | the least number of labelled pixels |
/// | `matrix` | output | the labelled rows |
/// | `classifier` | output | the forest, or `None` if there are too few labelled pixels |
///
/// Images without labels, and images whose labels are not ready, are left out.
///
/// # Examples
///
/// ```
/// use headwater::graph::Graph;
/// use headwater::operators::{PredictForest, TrainForest};
/// use headwater::{Array, roi};
///
/// let graph = Graph::new();
/// let (train, predict) = (graph.add(TrainForest::default()), graph.add(PredictForest::new(2)));
/// let image = Array::from_vec("xc", &[4, 1], vec![0.1_f32, 0.2, 0.8, 0.9])?;
/// graph.edit(|e| {
///     let ((_, features), (_, labels)) = (e.push(&train.images)?, e.push(&train.labels)?);
///     e.set(&features, image.clone())?;
///     e.set(&labels, Array::from_vec("x", &[4], vec![1_u8, 0, 0, 2])?)?;
///     e.set(&predict.image, image)?;
///     e.connect(&train.classifier, &predict.classifier)
/// })?;
/// let shares = predict.output.request(roi![1..3, 0..2]).wait()?;
/// let shares = shares.view::<f32>()?;
/// assert!(shares[[0, 0]] > 0.5 && shares[[1, 1]] > 0.5);
/// # Ok::<(), headwater::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct TrainForest {
    options: RandomForest,
    block: Option<Vec<usize>>,
}

/// The slots of [`TrainForest`].
#[derive(Debug)]
pub struct TrainForestSlots {
    /// The features of each image.
    pub images: List<Input<Array>>,
    /// The labels of each image.
    pub labels: List<Input<Array>>,
    /// Where the labels of each image may be.
    pub blocks: List<Input<Vec<Roi>>>,
    /// How to train.
    pub options: Input<RandomForest>,
    /// The least number of labelled pixels.
    pub classes: Input<usize>,
    /// The labelled rows.
    pub matrix: Output<FeatureMatrix>,
    /// The trained forest.
    pub classifier: Output<Classifier>,
}

impl TrainForest {
    /// Training with these options.
    pub fn new(options: RandomForest) -> Self {
        Self { options, block: None }
    }

    /// Keeps features in blocks of this shape: see [`FeatureMatrixCache::block`].
    #[must_use]
    pub fn block(mut self, shape: impl Into<Vec<usize>>) -> Self {
        self.block = Some(shape.into());
        self
    }
}

impl Operator for TrainForest {
    type Slots = TrainForestSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> TrainForestSlots {
        let block = self.block.clone();
        let cache = move || match &block {
            Some(block) => FeatureMatrixCache::new().block(block.clone()),
            None => FeatureMatrixCache::new(),
        };
        let caches = declare.add(PerLane::new(cache));
        let join = declare.add(ConcatenateFeatureMatrices);
        let train = declare.add(TrainFromMatrix::new(self.options.clone()));
        let (images, labels, blocks) = (
            declare.list("images"),
            declare.list("labels"),
            declare.optional_list("blocks"),
        );
        let options = declare.default("options", self.options.clone());
        let classes = declare.default("classes", 1);
        declare.connect(&images, &caches.list(|lane| &lane.image));
        declare.connect(&labels, &caches.list(|lane| &lane.labels));
        declare.connect(&blocks, &caches.list(|lane| &lane.blocks));
        declare.connect(&caches.list(|lane| &lane.output), &join.matrices);
        declare.connect(&join.output, &train.matrix);
        declare.connect(&options, &train.options);
        declare.connect(&classes, &train.classes);
        TrainForestSlots {
            matrix: declare.expose("matrix", &join.output),
            classifier: declare.expose("classifier", &train.classifier),
            images,
            labels,
            blocks,
            options,
            classes,
        }
    }
}
