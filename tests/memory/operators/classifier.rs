//! Forests: prediction as an operator, and what kernels say of prediction and training.

use headwater::graph::{Graph, Opaque};
use headwater::kernels::{Forest, RandomForest};
use headwater::operators::PredictForest;
use headwater::{Array, Checkpoint, DType, roi};
use ndarray::Array2;

use super::fresh::{fresh, image, things};
use super::{Asked, Case, at_most, check, computes, hands_on};
use crate::{alone, peak};

/// So many rows of features that tell two classes apart at once, and their labels: the forest is small.
fn rows(count: usize, features: usize) -> (Array2<f32>, Vec<u32>) {
    let labels: Vec<u32> = (0..count).map(|row| 1 + row as u32 % 2).collect();
    let values = Array2::from_shape_fn((count, features), |(row, feature)| {
        (100 * (row % 2)) as f32 + ((row * 7 + feature) % 10) as f32
    });
    (values, labels)
}

fn forest(features: usize) -> Forest {
    let (values, labels) = rows(100, features);
    let options = RandomForest::new().trees(10);
    options.train(values.view(), &labels, &Checkpoint::never()).unwrap()
}

fn prediction(graph: &Graph, features: usize, dtype: DType, with_mask: bool) -> Asked {
    let (features_of, mask, node) = (
        fresh(graph, "czyx", &[features, 64, 64, 64], dtype),
        image(graph, "zyx", &[64, 64, 64], DType::U8, things),
        graph.add(PredictForest::new(2)),
    );
    let classifier = Some(Opaque::new(forest(features)));
    graph
        .edit(|e| {
            e.connect(&features_of, &node.image)?;
            e.set(&node.classifier, classifier)?;
            if with_mask {
                e.connect(&mask, &node.mask)
            } else {
                Ok(())
            }
        })
        .unwrap();
    (node.output.clone(), roi![0..2, 0..64, 0..64, 0..64])
}

const CASES: &[Case] = &[
    computes("PredictForest", |g| prediction(g, 3, DType::F32, false)),
    computes("PredictForest with a mask", |g| prediction(g, 2, DType::U8, true)),
    at_most(hands_on("PredictForest without a forest", |g| {
        let (image, node) = (
            fresh(g, "czyx", &[2, 64, 64, 64], DType::F32),
            g.add(PredictForest::new(2)),
        );
        g.edit(|e| {
            e.connect(&image, &node.image)?;
            e.set(&node.classifier, None::<Opaque<Forest>>)
        })
        .unwrap();
        (node.output.clone(), roi![0..2, 0..64, 0..64, 0..64])
    })),
];

#[test]
fn classifiers() {
    check(CASES);
}

#[track_caller]
fn assert_right(said: u64, taken: u64) {
    let off = said as f64 / taken as f64 - 1.0;
    assert!(off.abs() <= 0.1, "said {said}, took {taken}, {:+.0} %", off * 100.0);
}

/// Beside the result.
#[test]
fn a_prediction() {
    let _alone = alone();
    for features in [4, 30] {
        let (forest, points) = (forest(features), 60_000);
        let image = Array::full("cx", &[features, points], 7.0_f32).unwrap();
        let mut out = Array::zeros("cx", &[2, points], DType::F32).unwrap();
        let never = Checkpoint::never();
        let (taken, result) = peak(|| forest.predict_image_into(&image, 0..2, &mut out, &never));
        result.unwrap();
        assert_right(forest.predict_bytes(points, 1), taken);
    }
}

/// Beside the rows and the forest.
#[test]
fn a_training() {
    let _alone = alone();
    for (count, features, fraction) in [(100_000, 8, 1.0), (70_000, 30, 1.0), (130_000, 3, 0.2)] {
        let (values, labels) = rows(count, features);
        let options = RandomForest::new().trees(5).sample_fraction(fraction);
        let (taken, forest) = peak(|| options.train(values.view(), &labels, &Checkpoint::never()));
        assert_eq!(forest.unwrap().classes(), [1, 2]);
        assert_right(options.train_bytes(count, features, 1), taken);
    }
}
