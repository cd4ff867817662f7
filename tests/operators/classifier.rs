//! Pixel classification: the counterparts of the original's tests, and what went wrong there.
//!
//! | lazyflow's test | here |
//! |---|---|
//! | `testOpFeatureMatrixCache` | `features_are_asked_for_around_labels_only` and those behind it |
//! | `testOpConcatenateFeatureMatrices` | `rows_of_all_lanes_follow_each_other` and those behind it |
//! | `testOpTrainClassifierFromFeatureVectors` | `rows_make_a_classifier` and the next |
//! | `testOpTrainClassifierBlocked` | `strokes_on_two_images_make_one_classifier` and those behind it |
//! | `testOpTrainPixelwiseClassifierBlocked` | none: there are no classifiers that look at neighbours |
//! | `testOpPixelwiseClassifierPredict` | `each_class_has_its_channel` and those behind it |
//! | `testParallelVigraRfLazyflowClassifier` | `kernels/forest.rs`, `kernels/forest_file.rs` |

use std::sync::{Arc, Mutex};

use headwater::graph::{Data, Declare, Dirty, Execute, Graph, Input, Node, Opaque, Operator, Output, Setup, Slot};
use headwater::kernels::{Forest, RandomForest};
use headwater::operators::{
    Classifier, ConcatenateFeatureMatrices, FeatureMatrix, FeatureMatrixCache, LoadForest, PredictForest, TrainForest,
    TrainFromMatrix,
};
use headwater::{Array, Checkpoint, DType, Error, Roi, roi};
use ndarray::{Array2, array};
use proptest::prelude::*;

use crate::exact::{assert_blockwise, assert_marked, region_in};

/// Hands on what comes in, and notes what was asked for.
#[derive(Default)]
struct Watched {
    asked: Arc<Mutex<Vec<Roi>>>,
}

struct WatchedSlots {
    input: Input<Array>,
    output: Output<Array>,
}

impl Operator for Watched {
    type Slots = WatchedSlots;

    fn slots(&self, declare: &mut Declare<'_>) -> WatchedSlots {
        WatchedSlots {
            input: declare.input("input"),
            output: declare.output("output"),
        }
    }

    fn setup(&self, slots: &WatchedSlots, cx: &mut Setup<'_>) -> Result<(), Error> {
        let meta = cx.meta(&slots.input)?;
        cx.describe(&slots.output, meta)
    }

    fn dirty(&self, slots: &WatchedSlots, cx: &mut Dirty<'_>) {
        cx.same_region(&slots.input, &slots.output);
    }

    async fn execute(&self, slots: &WatchedSlots, cx: &Execute, roi: Roi) -> Result<Data, Error> {
        self.asked.lock().unwrap().push(roi);
        Ok(cx.request(&slots.input, roi).await?.into())
    }
}

/// What was asked for since the last time, sorted.
fn asked(node: &Node<Watched>) -> Vec<Roi> {
    let mut asked = std::mem::take(&mut *node.operator().asked.lock().unwrap());
    asked.sort();
    asked
}

/// Each pixel of a `cyx` image has its channel, row and column in its value.
fn features(channels: usize, height: usize, width: usize) -> Array {
    let values = (0..channels).flat_map(|c| (0..height).flat_map(move |y| (0..width).map(move |x| (c, y, x))));
    let values = values.map(|(c, y, x)| (100 * c + 10 * y + x) as f32).collect();
    Array::from_vec("cyx", &[channels, height, width], values).unwrap()
}

fn labels(height: usize, width: usize, strokes: &[(usize, usize, u8)]) -> Array {
    let mut labels = Array::zeros("yx", &[height, width], DType::U8).unwrap();
    for (y, x, label) in strokes {
        labels.view_mut::<u8>().unwrap()[[*y, *x]] = *label;
    }
    labels
}

fn stroke(label: u8) -> Array {
    Array::full("yx", &[1, 1], label).unwrap()
}

fn flat(matrix: &FeatureMatrix) -> Vec<f32> {
    matrix
        .to_array()
        .unwrap()
        .view::<f32>()
        .unwrap()
        .iter()
        .copied()
        .collect()
}

// ---- the matrix of labelled features

/// Eight by eight pixels, two features, blocks of four by four.
struct Scene {
    graph: Graph,
    image: Node<Watched>,
    labels: Node<Watched>,
    cache: Node<FeatureMatrixCache>,
}

impl Scene {
    fn new(strokes: &[(usize, usize, u8)]) -> Self {
        let graph = Graph::new();
        let (image, marks) = (graph.add(Watched::default()), graph.add(Watched::default()));
        let cache = graph.add(FeatureMatrixCache::new().block([4, 4]));
        graph
            .edit(|e| {
                e.set(&image.input, features(2, 8, 8))?;
                e.set(&marks.input, labels(8, 8, strokes))?;
                e.connect(&image.output, &cache.image)?;
                e.connect(&marks.output, &cache.labels)
            })
            .unwrap();
        Self {
            graph,
            image,
            labels: marks,
            cache,
        }
    }

    fn rows(&self) -> Vec<f32> {
        flat(&self.cache.output.get().wait().unwrap())
    }

    fn draw(&self, y: usize, x: usize, label: u8) {
        self.graph
            .edit(|e| e.write(&self.labels.input, roi![y..y + 1, x..x + 1], &stroke(label)))
            .unwrap();
    }
}

#[test]
fn features_are_asked_for_around_labels_only() {
    let scene = Scene::new(&[(1, 1, 1), (2, 3, 2), (5, 6, 1)]);
    assert!(asked(&scene.image).is_empty());
    assert_eq!(scene.rows(), [1.0, 11.0, 111.0, 2.0, 23.0, 123.0, 1.0, 56.0, 156.0]);
    assert_eq!(asked(&scene.image), [roi![0..2, 1..3, 1..4], roi![0..2, 5..6, 6..7]]);
    scene.rows();
    assert!(asked(&scene.image).is_empty());
}

#[test]
fn a_stroke_computes_the_block_that_it_touches_and_no_other() {
    let scene = Scene::new(&[(1, 1, 1), (5, 6, 1)]);
    scene.rows();
    asked(&scene.image);
    asked(&scene.labels);
    scene.draw(7, 7, 2);
    assert_eq!(scene.rows(), [1.0, 11.0, 111.0, 1.0, 56.0, 156.0, 2.0, 77.0, 177.0]);
    assert_eq!(asked(&scene.image), [roi![0..2, 5..8, 6..8]]);
    assert_eq!(asked(&scene.labels), [roi![4..8, 4..8]]);
    scene.draw(1, 1, 0);
    assert_eq!(scene.rows(), [1.0, 56.0, 156.0, 2.0, 77.0, 177.0]);
    assert!(asked(&scene.image).is_empty());
}

#[test]
fn changed_features_are_asked_for_again_where_there_are_labels() {
    let scene = Scene::new(&[(1, 1, 1), (5, 6, 1)]);
    scene.rows();
    asked(&scene.image);
    let part = Array::full("cyx", &[1, 1, 8], -1.0_f32).unwrap();
    scene
        .graph
        .edit(|e| e.write(&scene.image.input, roi![1..2, 5..6, 0..8], &part))
        .unwrap();
    assert_eq!(scene.rows(), [1.0, 11.0, 111.0, 1.0, 56.0, -1.0]);
    assert_eq!(asked(&scene.image), [roi![0..2, 5..6, 6..7]]);
}

#[test]
fn labels_that_were_there_before_it_was_connected_count() {
    // The original learned of labels from dirtiness alone.
    let scene = Scene::new(&[(0, 0, 3)]);
    scene.graph.edit(|e| e.disconnect(&scene.cache.labels)).unwrap();
    assert!(!scene.cache.output.is_ready());
    scene
        .graph
        .edit(|e| e.connect(&scene.labels.output, &scene.cache.labels))
        .unwrap();
    assert_eq!(scene.rows(), [3.0, 0.0, 100.0]);
}

#[test]
fn labels_are_looked_for_where_blocks_say_and_nowhere_else() {
    let scene = Scene::new(&[(1, 1, 1), (5, 6, 1)]);
    let blocks = vec![roi![5..6, 5..8], roi![7..8, 4..5]];
    scene.graph.edit(|e| e.set(&scene.cache.blocks, blocks)).unwrap();
    assert_eq!(scene.rows(), [1.0, 56.0, 156.0]);
    assert_eq!(asked(&scene.labels), [roi![4..8, 4..8]]);
    let mut events = scene.graph.subscribe();
    let far = Array::full("cyx", &[2, 4, 4], 0.0_f32).unwrap();
    scene
        .graph
        .edit(|e| e.write(&scene.image.input, roi![0..2, 0..4, 0..4], &far))
        .unwrap();
    let dirty =
        |batch: Arc<headwater::graph::Batch>| batch.events.iter().any(|event| event.slot == scene.cache.output.id());
    assert!(!events.try_next().is_some_and(dirty), "dirty where no label is");
    scene.graph.edit(|e| e.set(&scene.cache.blocks, Vec::new())).unwrap();
    assert!(scene.rows().is_empty());
}

#[test]
fn no_labels_make_a_matrix_without_rows() {
    let scene = Scene::new(&[]);
    let matrix = scene.cache.output.get().wait().unwrap();
    assert_eq!((matrix.rows(), matrix.features()), (0, 2));
    assert_eq!(matrix.to_array().unwrap().shape(), [0, 3]);
    assert!(asked(&scene.image).is_empty());
}

#[test]
fn another_number_of_features_makes_another_matrix() {
    let scene = Scene::new(&[(1, 1, 1)]);
    scene.rows();
    scene
        .graph
        .edit(|e| e.set(&scene.image.input, features(3, 8, 8)))
        .unwrap();
    assert_eq!(scene.rows(), [1.0, 11.0, 111.0, 211.0]);
}

#[test]
fn labels_and_images_may_have_other_axes_and_types() {
    let graph = Graph::new();
    let cache = graph.add(FeatureMatrixCache::new());
    let rows = |image: Array, marks: Array| {
        graph
            .edit(|e| e.set(&cache.image, image).and_then(|()| e.set(&cache.labels, marks)))
            .unwrap();
        flat(&cache.output.get().wait().unwrap())
    };
    let (image, marks) = (features(2, 3, 4), labels(3, 4, &[(0, 3, 7), (2, 1, 1)]));
    let expected = [7.0, 3.0, 103.0, 1.0, 21.0, 121.0];
    assert_eq!(rows(image.clone(), marks.clone()), expected);
    assert_eq!(
        rows(image.to_axes("yxc").unwrap(), marks.to_axes("tzyxc").unwrap()),
        expected
    );
    assert_eq!(
        rows(image.to_axes("czyx").unwrap(), marks.cast(DType::I64).unwrap()),
        expected
    );
    let turned = rows(image.to_axes("xyc").unwrap(), marks.clone());
    assert_eq!(turned, [1.0, 21.0, 121.0, 7.0, 3.0, 103.0]);
    let plain = image
        .slice(&roi![0..1, 0..3, 0..4])
        .unwrap()
        .to_axes("yx")
        .unwrap()
        .cast(DType::U8)
        .unwrap();
    assert_eq!(rows(plain, marks), [7.0, 3.0, 1.0, 21.0]);
}

#[test]
fn labels_that_do_not_fit_the_image_are_not_ready_until_they_do() {
    let graph = Graph::new();
    let cache = graph.add(FeatureMatrixCache::new());
    let refusal = |marks: Array| {
        graph.edit(|e| e.set(&cache.labels, marks)).unwrap();
        let error = cache.output.get().wait().unwrap_err();
        assert!(error.is_not_ready());
        error.report()
    };
    graph.edit(|e| e.set(&cache.image, features(2, 3, 4))).unwrap();
    let axis = refusal(labels(3, 5, &[]));
    assert!(
        axis.ends_with("the length of axis x is 5 in yx (3, 5) u8 and 4 in cyx (2, 3, 4) f32"),
        "{axis}"
    );
    assert!(refusal(Array::zeros("yxc", &[3, 4, 2], DType::U8).unwrap()).contains("has 2 channels, not one"));
    assert!(refusal(Array::zeros("zyx", &[2, 3, 4], DType::U8).unwrap()).contains("the length of axis z is 2"));
    assert!(refusal(Array::zeros("yx", &[3, 4], DType::F32).unwrap()).contains("labels are integers, not f32"));
    graph
        .edit(|e| e.set(&cache.labels, labels(3, 4, &[(1, 1, 1)])))
        .unwrap();
    assert_eq!(flat(&cache.output.get().wait().unwrap()), [1.0, 11.0, 111.0]);
}

#[test]
fn what_an_old_snapshot_gathers_never_takes_the_place_of_what_is_newer() {
    let scene = Scene::new(&[(1, 1, 1)]);
    let old = scene.graph.snapshot();
    scene.draw(1, 1, 2);
    assert_eq!(scene.rows(), [2.0, 11.0, 111.0]);
    assert_eq!(flat(&old.get(&scene.cache.output).wait().unwrap()), [1.0, 11.0, 111.0]);
    asked(&scene.image);
    assert_eq!(scene.rows(), [2.0, 11.0, 111.0]);
    assert!(asked(&scene.image).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn rows_are_those_of_the_labelled_pixels_after_any_strokes(
        strokes in prop::collection::vec((0_usize..8, 0_usize..8, 0_u8..4), 0..12),
        ask_between in any::<bool>(),
    ) {
        let scene = Scene::new(&[]);
        let mut drawn = labels(8, 8, &[]);
        for (y, x, label) in strokes {
            scene.draw(y, x, label);
            drawn.view_mut::<u8>().unwrap()[[y, x]] = label;
            if ask_between {
                scene.rows();
            }
        }
        let mut rows: Vec<_> = scene.rows().chunks(3).map(|row| [row[0], row[1], row[2]].map(|value| value as u32)).collect();
        rows.sort_unstable();
        let drawn = drawn.view::<u8>().unwrap().to_owned();
        let marked = drawn.indexed_iter().filter(|(_, label)| **label != 0);
        let mut expected: Vec<_> = marked.map(|(at, label)| {
            let here = 10 * at[0] as u32 + at[1] as u32;
            [u32::from(*label), here, 100 + here]
        }).collect();
        expected.sort_unstable();
        prop_assert_eq!(rows, expected);
    }
}

// ---- several matrices

fn matrix(rows: &[(u32, f32)], name: &str) -> FeatureMatrix {
    let values = Array2::from_shape_vec((rows.len(), 1), rows.iter().map(|row| row.1).collect()).unwrap();
    FeatureMatrix::new(rows.iter().map(|row| row.0).collect(), values, [name]).unwrap()
}

#[test]
fn rows_of_all_lanes_follow_each_other() {
    let graph = Graph::new();
    let join = graph.add(ConcatenateFeatureMatrices);
    assert_eq!(join.output.get().wait().unwrap().rows(), 0);
    let (first, second) = graph
        .edit(|e| {
            let ((first, lane), (second, other)) = (e.push(&join.matrices)?, e.push(&join.matrices)?);
            e.set(&lane, matrix(&[(1, 5.0), (2, 6.0)], "a"))?;
            e.set(&other, matrix(&[(1, 7.0)], "a"))?;
            Ok((first, second))
        })
        .unwrap();
    assert_eq!(flat(&join.output.get().wait().unwrap()), [1.0, 5.0, 2.0, 6.0, 1.0, 7.0]);
    graph.edit(|e| e.remove_lane(&join.matrices, first)).unwrap();
    let rest = join.output.get().wait().unwrap();
    assert_eq!((flat(&rest), &*rest.feature_names()[0]), (vec![1.0, 7.0], "a"));
    graph.edit(|e| e.remove_lane(&join.matrices, second)).unwrap();
    assert_eq!(join.output.get().wait().unwrap().rows(), 0);
}

#[test]
fn lanes_with_other_features_are_refused_and_lanes_without_rows_or_data_are_left_out() {
    let graph = Graph::new();
    let join = graph.add(ConcatenateFeatureMatrices);
    let (_, other) = graph
        .edit(|e| {
            let (_, lane) = e.push(&join.matrices)?;
            e.set(&lane, matrix(&[(1, 5.0)], "a"))?;
            e.push(&join.matrices)
        })
        .unwrap();
    assert_eq!(join.output.get().wait().unwrap().rows(), 1); // the other is not ready
    graph.edit(|e| e.set(&other, matrix(&[], "b"))).unwrap();
    assert_eq!(join.output.get().wait().unwrap().rows(), 1);
    graph.edit(|e| e.set(&other, matrix(&[(1, 5.0)], "b"))).unwrap();
    let report = join.output.get().wait().unwrap_err().report();
    assert!(
        report.contains(r#"matrix 1 has other features than the first: ["b"], not ["a"]"#),
        "{report}"
    );
}

#[test]
fn a_matrix_needs_a_label_for_each_row_and_a_name_for_each_feature() {
    let error = FeatureMatrix::new(vec![1], Array2::zeros((2, 3)), ["a"]).unwrap_err();
    assert_eq!(error.to_string(), "1 labels and 1 names for 2 rows of 3 features");
}

// ---- training

#[test]
fn rows_make_a_classifier() {
    let graph = Graph::new();
    let train = graph.add(TrainFromMatrix::new(RandomForest::new().trees(30)));
    graph
        .edit(|e| e.set(&train.matrix, matrix(&[(1, 0.0), (1, 0.1), (5, 0.9), (5, 1.0)], "grey")))
        .unwrap();
    let forest = train.classifier.get().wait().unwrap().unwrap();
    assert_eq!((forest.classes(), forest.trees()), (&[1, 5][..], 30));
    assert_eq!(forest.feature_names(), ["grey"]);
    let shares = forest
        .predict(array![[0.0], [1.0]].view(), &Checkpoint::never())
        .unwrap();
    assert!(shares[[0, 0]] > 0.6 && shares[[1, 1]] > 0.6, "{shares}");
    let again = train.classifier.get().wait().unwrap().unwrap();
    assert!(*again == *forest);
    graph
        .edit(|e| e.set(&train.options, RandomForest::new().trees(3)))
        .unwrap();
    assert_eq!(train.classifier.get().wait().unwrap().unwrap().trees(), 3);
}

#[test]
fn fewer_rows_than_classes_make_no_classifier() {
    let graph = Graph::new();
    let train = graph.add(TrainFromMatrix::default());
    graph.edit(|e| e.set(&train.matrix, matrix(&[], "grey"))).unwrap();
    assert!(train.classifier.get().wait().unwrap().is_none());
    graph
        .edit(|e| {
            e.set(&train.matrix, matrix(&[(1, 0.0)], "grey"))
                .and_then(|()| e.set(&train.classes, 2_usize))
        })
        .unwrap();
    assert!(train.classifier.get().wait().unwrap().is_none());
    graph
        .edit(|e| e.set(&train.matrix, matrix(&[(1, 0.0), (2, 1.0)], "grey")))
        .unwrap();
    assert!(train.classifier.get().wait().unwrap().is_some());
}

#[test]
fn strokes_on_two_images_make_one_classifier() {
    let graph = Graph::new();
    let train = graph.add(TrainForest::new(RandomForest::new().trees(10)).block([4, 4]));
    let images: Vec<_> = (0..2).map(|_| graph.add(Watched::default())).collect();
    let lanes = graph
        .edit(|e| {
            let mut lanes = Vec::new();
            for (image, label) in images.iter().zip([1, 2]) {
                e.set(&image.input, features(2, 8, 8))?;
                let ((key, features), (_, marks)) = (e.push(&train.images)?, e.push(&train.labels)?);
                e.connect(&image.output, &features)?;
                e.set(&marks, labels(8, 8, &[(2, 2, label), (6, 7, label)]))?;
                lanes.push((key, marks));
            }
            Ok(lanes)
        })
        .unwrap();
    assert!(asked(&images[0]).is_empty()); // nobody has asked yet
    assert_eq!(train.classifier.get().wait().unwrap().unwrap().classes(), [1, 2]);
    let boxes = [roi![0..2, 2..3, 2..3], roi![0..2, 6..7, 7..8]];
    assert_eq!((asked(&images[0]), asked(&images[1])), (boxes.to_vec(), boxes.to_vec()));
    assert_eq!(train.matrix.get().wait().unwrap().labels(), [1, 1, 2, 2]);

    graph
        .edit(|e| e.write(&lanes[1].1, roi![6..7, 6..7], &stroke(3)))
        .unwrap();
    assert_eq!(train.classifier.get().wait().unwrap().unwrap().classes(), [1, 2, 3]);
    assert_eq!(
        (asked(&images[0]), asked(&images[1])),
        (vec![], vec![roi![0..2, 6..7, 6..8]])
    );
}

#[test]
fn images_come_and_go() {
    let graph = Graph::new();
    let train = graph.add(TrainForest::default());
    assert!(train.classifier.get().wait().unwrap().is_none());
    let add = |label: u8| {
        graph
            .edit(|e| {
                let ((key, image), (marks_key, marks)) = (e.push(&train.images)?, e.push(&train.labels)?);
                e.set(&image, features(1, 4, 4))?;
                e.set(&marks, labels(4, 4, &[(1, 1, label)]))?;
                Ok((key, marks_key, marks))
            })
            .unwrap()
    };
    let classes = || train.classifier.get().wait().unwrap().unwrap().classes().to_vec();
    add(4);
    let (image, marks, lane) = add(9);
    assert_eq!(classes(), [4, 9]);
    graph.edit(|e| e.disconnect(&lane)).unwrap();
    assert_eq!(classes(), [4]); // the labels of one image are not ready: it is left out
    graph.edit(|e| e.set(&lane, labels(4, 4, &[(0, 0, 8)]))).unwrap();
    assert_eq!(classes(), [4, 8]);
    graph
        .edit(|e| {
            e.remove_lane(&train.images, image)
                .and_then(|()| e.remove_lane(&train.labels, marks))
        })
        .unwrap();
    assert_eq!(classes(), [4]);
}

#[test]
fn blocks_of_labels_may_be_given_for_each_image() {
    let graph = Graph::new();
    let train = graph.add(TrainForest::default().block([2, 2]));
    let marks = graph.add(Watched::default());
    graph
        .edit(|e| {
            e.set(&marks.input, labels(4, 4, &[(0, 0, 1), (3, 3, 2)]))?;
            let ((_, image), (_, lane)) = (e.push(&train.images)?, e.push(&train.labels)?);
            e.set(&image, features(1, 4, 4))?;
            e.connect(&marks.output, &lane)?;
            let (_, blocks) = e.push(&train.blocks)?;
            e.set(&blocks, vec![roi![2..4, 2..4]])
        })
        .unwrap();
    assert_eq!(train.classifier.get().wait().unwrap().unwrap().classes(), [2]);
    assert_eq!(asked(&marks), [roi![2..4, 2..4]]);
}

// ---- prediction

/// Classes 1 and 3, below and above 50 in the first of two features.
fn forest() -> Forest {
    let values = Array2::from_shape_fn((40, 2), |(row, feature)| (row * 3 * (1 - feature)) as f32);
    let labels: Vec<u32> = (0..40).map(|row| if row * 3 < 50 { 1 } else { 3 }).collect();
    RandomForest::new()
        .trees(25)
        .train(values.view(), &labels, &Checkpoint::never())
        .unwrap()
}

fn classifier() -> Classifier {
    Some(Opaque::new(forest()))
}

struct Prediction {
    graph: Graph,
    image: Node<Watched>,
    predict: Node<PredictForest>,
}

impl Prediction {
    fn new(image: Array, classes: usize, forest: Classifier) -> Self {
        let graph = Graph::new();
        let (source, predict) = (graph.add(Watched::default()), graph.add(PredictForest::new(classes)));
        graph
            .edit(|e| {
                e.set(&source.input, image)?;
                e.connect(&source.output, &predict.image)?;
                e.set(&predict.classifier, forest)
            })
            .unwrap();
        Self {
            graph,
            image: source,
            predict,
        }
    }

    fn whole(&self) -> Array {
        let extent = self.predict.output.meta().unwrap().roi();
        self.predict.output.request(extent).wait().unwrap()
    }
}

#[test]
fn each_class_has_its_channel() {
    let image = features(2, 8, 8);
    let scene = Prediction::new(image.clone(), 4, classifier());
    let meta = scene.predict.output.meta().unwrap();
    assert_eq!(
        (meta.axes().to_string(), meta.shape().as_slice().to_vec()),
        ("cyx".to_owned(), vec![4, 8, 8])
    );
    assert_eq!((meta.dtype(), meta.range()), (DType::F32, Some((0.0, 1.0))));
    let whole = scene.whole();
    assert_eq!(
        whole,
        forest().predict_image(&image, 0..4, &Checkpoint::never()).unwrap()
    );
    let shares = whole.view::<f32>().unwrap();
    assert!(shares[[0, 1, 1]] > 0.9 && shares[[2, 7, 1]] > 0.9);
    for unknown in [1, 3] {
        assert!(
            shares
                .index_axis(ndarray::Axis(0), unknown)
                .iter()
                .all(|share| *share == 0.0)
        );
    }
    let regions = [
        roi![2..3, 0..8, 0..8],
        roi![1..4, 3..5, 2..7],
        roi![0..1, 7..8, 7..8],
        roi![3..4, 0..1, 0..1],
    ];
    assert_blockwise(&scene.predict.output, regions);
    asked(&scene.image);
    scene.predict.output.request(roi![2..3, 1..3, 4..6]).wait().unwrap();
    assert_eq!(asked(&scene.image), [roi![0..2, 1..3, 4..6]]);
}

#[test]
fn channels_are_where_those_of_the_image_are() {
    for axes in ["yxc", "ycx", "cyx", "tyxc"] {
        let image = features(2, 8, 8).to_axes(axes).unwrap();
        let scene = Prediction::new(image, 3, classifier());
        assert_eq!(scene.predict.output.meta().unwrap().axes().to_string(), axes);
        let expected = forest()
            .predict_image(&features(2, 8, 8), 0..3, &Checkpoint::never())
            .unwrap();
        assert_eq!(scene.whole(), expected.to_axes(axes).unwrap());
    }
    let values = array![[0.0_f32], [9.0]];
    let forest = RandomForest::new()
        .train(values.view(), &[1, 2], &Checkpoint::never())
        .unwrap();
    let image = Array::from_vec("yx", &[1, 2], vec![0_u16, 9]).unwrap();
    let scene = Prediction::new(image, 2, Some(Opaque::new(forest)));
    let whole = scene.whole();
    assert_eq!(
        (whole.axes().to_string(), whole.shape()),
        ("cyx".to_owned(), &[2, 1, 2][..])
    );
    assert!(whole.view::<f32>().unwrap()[[1, 0, 1]] > 0.5);
}

#[test]
fn no_classes_have_one_channel() {
    let scene = Prediction::new(features(2, 8, 8), 0, classifier());
    assert_eq!(scene.whole().shape(), [1, 8, 8]);
}

#[test]
fn pixels_with_nan_are_of_no_class() {
    let mut image = features(2, 8, 8);
    image.view_mut::<f32>().unwrap()[[1, 2, 3]] = f32::NAN;
    let whole = Prediction::new(image, 3, classifier()).whole();
    let sums = whole.view::<f32>().unwrap().sum_axis(ndarray::Axis(0));
    for (at, sum) in sums.indexed_iter() {
        let expected = if at[0] == 2 && at[1] == 3 { 0.0 } else { 1.0 };
        assert!((sum - expected).abs() < 1e-6, "{at:?}: {sum}");
    }
}

#[test]
fn without_a_classifier_all_is_zero_and_no_features_are_asked_for() {
    let scene = Prediction::new(features(2, 8, 8), 2, None);
    assert_eq!(scene.whole(), Array::zeros("cyx", &[2, 8, 8], DType::F32).unwrap());
    assert!(asked(&scene.image).is_empty());
}

#[test]
fn a_mask_multiplies_and_where_it_is_empty_no_features_are_asked_for() {
    let scene = Prediction::new(features(2, 8, 8), 3, classifier());
    let unmasked = scene.whole();
    asked(&scene.image);
    let mask = labels(8, 8, &[(1, 1, 1), (1, 2, 1), (6, 6, 1)]);
    scene.graph.edit(|e| e.set(&scene.predict.mask, mask.clone())).unwrap();
    let masked = scene.whole();
    let (masked, unmasked) = (masked.view::<f32>().unwrap(), unmasked.view::<f32>().unwrap());
    let mask = mask.view::<u8>().unwrap();
    for (at, share) in masked.indexed_iter() {
        let kept = mask[[at[1], at[2]]] == 1;
        assert_eq!(*share, if kept { unmasked[&at] } else { 0.0 });
    }
    asked(&scene.image);
    let empty = scene.predict.output.request(roi![0..3, 2..6, 0..8]).wait().unwrap();
    assert_eq!(empty, Array::zeros("cyx", &[3, 4, 8], DType::F32).unwrap());
    assert!(asked(&scene.image).is_empty());
    let half = Array::full("zyxc", &[1, 8, 8, 1], 0.5_f32).unwrap();
    scene.graph.edit(|e| e.set(&scene.predict.mask, half)).unwrap();
    assert_eq!(scene.whole().view::<f32>().unwrap(), unmasked.mapv(|share| 0.5 * share));
    scene
        .graph
        .edit(|e| e.set(&scene.predict.mask, labels(8, 7, &[])))
        .unwrap();
    assert!(
        scene
            .predict
            .output
            .request(roi![0..1, 0..1, 0..1])
            .wait()
            .unwrap_err()
            .is_not_ready()
    );
}

#[test]
fn a_forest_of_other_features_is_an_error_that_says_so() {
    let scene = Prediction::new(features(3, 8, 8), 2, classifier());
    let error = scene.predict.output.request(roi![0..1, 0..1, 0..1]).wait().unwrap_err();
    assert!(
        error.report().ends_with("3 features for a forest of 2"),
        "{}",
        error.report()
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_partial_change_of_the_image_marks_that_part_in_all_channels(roi in region_in(&[2, 8, 8])) {
        // The original marked the whole output, whatever changed.
        let scene = Prediction::new(features(2, 8, 8), 3, classifier());
        let part = Array::full("cyx", roi.shape().as_slice(), 60.0_f32).unwrap();
        let (marked, _) = assert_marked(&scene.graph, &scene.image.input, &scene.predict.output, roi, &part);
        prop_assert_eq!(marked.regions(roi![0..3, 0..8, 0..8]), vec![roi.with_axis(0, 0..3).unwrap()]);
    }

    #[test]
    fn a_partial_change_of_the_mask_marks_that_part_in_all_channels(roi in region_in(&[8, 8])) {
        let scene = Prediction::new(features(2, 8, 8), 3, classifier());
        let mask = Array::full("yx", &[8, 8], 1_u8).unwrap();
        scene.graph.edit(|e| e.set(&scene.predict.mask, mask)).unwrap();
        let part = Array::zeros("yx", roi.shape().as_slice(), DType::U8).unwrap();
        let (marked, changed) = assert_marked(&scene.graph, &scene.predict.mask, &scene.predict.output, roi, &part);
        prop_assert_eq!(marked.regions(roi![0..3, 0..8, 0..8]), vec![roi.insert_axis(0, 0..3).unwrap()]);
        prop_assert!(changed.is_some());
    }
}

#[test]
fn another_classifier_or_number_of_classes_changes_everything() {
    let scene = Prediction::new(features(2, 8, 8), 3, None);
    assert!(scene.whole().view::<f32>().unwrap().iter().all(|share| *share == 0.0));
    scene
        .graph
        .edit(|e| e.set(&scene.predict.classifier, classifier()))
        .unwrap();
    assert!(scene.whole().view::<f32>().unwrap().iter().any(|share| *share > 0.0));
    scene.graph.edit(|e| e.set(&scene.predict.classes, 1_usize)).unwrap();
    assert_eq!(scene.whole().shape(), [1, 8, 8]);
}

// ---- files

#[test]
fn a_classifier_comes_from_a_file_when_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("forest.safetensors");
    let graph = Graph::new();
    let load = graph.add(LoadForest::new(&path));
    let error = load.classifier.get().wait().unwrap_err().report();
    assert!(error.contains("cannot read the forest in"), "{error}");
    forest().save(&path).unwrap();
    graph
        .edit(|e| e.mark_dirty(&load.classifier, headwater::graph::Dirt::everything()))
        .unwrap();
    assert!(*load.classifier.get().wait().unwrap().unwrap() == forest());
    graph.edit(|e| e.set(&load.path, None)).unwrap();
    assert!(load.classifier.get().wait().unwrap().is_none());
}

#[test]
fn a_label_that_is_no_class_is_not_made_another_one() {
    // As `u32` they would be 0, unlabelled, and 4294967295.
    let negative = Array::from_vec("x", &[2], vec![1_i32, -1]).unwrap();
    let large = Array::from_vec("x", &[2], vec![1_u64, 1 << 32]).unwrap();
    for (labels, wrong) in [(negative, "-1"), (large, "4294967296")] {
        let graph = Graph::new();
        let cache = graph.add(FeatureMatrixCache::new());
        let image = Array::from_vec("xc", &[2, 1], vec![0.5_f32, 1.5]).unwrap();
        graph
            .edit(|e| {
                e.set(&cache.image, image)?;
                e.set(&cache.labels, labels)
            })
            .unwrap();
        let error = cache.output.get().wait().unwrap_err();
        let said = error.report();
        assert!(
            said.contains(&format!("{wrong} is no label, those are 0 to 4294967295")),
            "{said}"
        );
    }
}
